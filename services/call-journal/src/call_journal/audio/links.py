"""Links by which a recording can be heard without a token, for a short time. Pure.

A link is a JSON Web Token of our own, HS256 with a key of our own: it names the recording, who listens, and its end.
Changing anything in it breaks the signature.
"""

from datetime import datetime

import jwt
import msgspec
from cti_runtime.auth import Unauthorized

_ALGORITHM = "HS256"
_AUDIENCE = "trunkline-recording"  # a token for people has another one, and another key


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a link lets happen: `listener` hears this recording until `expires_at`. `granted_by`: who asked for it."""

    tenant: str
    recording: str
    listener: str
    granted_by: str
    expires_at: datetime


def signed(link: Link, key: bytes) -> str:
    """The link as text for an address."""
    claims = {
        "aud": _AUDIENCE,
        "exp": link.expires_at,
        "tenant": link.tenant,
        "rec": link.recording,
        "sub": link.listener,
        "by": link.granted_by,
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM)


def opened(text: str, key: bytes) -> Link:
    """What a link says; raises `Unauthorized`."""
    required = ["exp", "aud", "tenant", "rec", "sub", "by"]
    try:
        claims = jwt.decode(text, key, algorithms=[_ALGORITHM], audience=_AUDIENCE, options={"require": required})
        return msgspec.convert(
            {
                "tenant": claims["tenant"],
                "recording": claims["rec"],
                "listener": claims["sub"],
                "granted_by": claims["by"],
                "expires_at": claims["exp"],
            },
            Link,
            strict=False,
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthorized("the link has expired") from error
    except (jwt.PyJWTError, msgspec.ValidationError) as error:
        raise Unauthorized("the link is not one that we gave out") from error
