"""Who may do what, which version a change means, and cursors."""

import base64
import binascii
import re

from cti_model.directory import Role
from cti_runtime.auth import Identity
from litestar.exceptions import HTTPException, PermissionDeniedException

from directory.api.problems import Senseless
from directory.store.directory import Change

_ETAG = re.compile(r'"(\d{1,9})"')
_ANY_ROLE = frozenset(role.value for role in Role)


class VersionNeeded(HTTPException):
    """A change without a version could undo somebody else's."""

    status_code = 428


class VersionPassed(HTTPException):
    """The version named is no longer the present one."""

    status_code = 412


def may_read(identity: Identity) -> str:
    """The tenant to read; raises 403 when the token has no role of ours."""
    if not identity.roles & _ANY_ROLE:
        raise PermissionDeniedException(detail="the token holds no role that may read the directory")
    return identity.tenant


def may_change(identity: Identity) -> Change:
    """Whose tenant to change; raises 403 for everybody but an administrator."""
    if Role.ADMIN.value not in identity.roles:
        raise PermissionDeniedException(detail="only an administrator (role admin) may do this")
    return Change(identity.tenant, identity.user)


def as_oneself(identity: Identity) -> Change:
    """Who reads what is their own alone; raises 403 when the token has no role of ours."""
    return Change(may_read(identity), identity.user)


def version_of(if_match: str | None) -> int:
    """The version in an `If-Match` header; raises 428 when there is none, 412 when it is no version of ours."""
    if if_match is None:
        raise VersionNeeded(detail='name the version that you change: If-Match: "3", as its ETag says')
    found = _ETAG.fullmatch(if_match.strip().removeprefix("W/"))
    if found is None:
        raise VersionPassed(detail="If-Match is not an ETag of ours")
    return int(found[1])


def etag(version: int) -> dict[str, str]:
    """The header that tells a version."""
    return {"ETag": f'"{version}"'}


def cursor_of(position: str) -> str:
    """What a client hands back to go on behind this position."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> str:
    """Where to go on; raises 422 when the cursor is none of ours."""
    if cursor is None:
        return ""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Senseless(detail="cursor is not one that we gave out") from error
