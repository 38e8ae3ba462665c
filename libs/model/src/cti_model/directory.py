"""What the directory tells others: who has an extension, who a user is, who may be behind a number.

`UserEntry`, `ExtensionEntry` and `CredentialEntry` are the values of the bucket `cti_directory`; `IdentifyRequest` and
`IdentifyReply` go over the subject `cti.<tenant>.directory.identify`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

PHOTO_URL = r"^(https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?)?$(?!\n)"
"""An absolute address over HTTP: a host by name, no user or password, escaped as RFC 3986 has it. Or nothing."""
PHOTO_URL_MOST = 500
"""Characters of one: those of ten candidates are in each message about a call's view."""


def photo_url(text: str | None) -> str:
    """The address, if a panel may load a photo from it; else nothing, so that initials are shown."""
    return text if text and len(text) <= PHOTO_URL_MOST and re.search(PHOTO_URL, text) else ""


class Role(StrEnum):
    """What a user may do."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    INTEGRATOR = "integrator"
    ADMIN = "admin"


class Ownership(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A user has an extension of a PBX from an instant (or always) until before another (or for ever)."""

    user: str
    pbx: str
    extension: str
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the extension is the user's at an instant."""
        return (self.valid_from is None or self.valid_from <= at) and (self.valid_to is None or at < self.valid_to)


Owners = Callable[[str, str, str, datetime], tuple[str, ...]]
"""From tenant, PBX, extension and instant to the users who have it then: several share it, none has it."""


class UserEntry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A user and their extensions, past and future ones too: the reader asks `Ownership.holds`."""

    id: str
    name: str
    roles: tuple[Role, ...] = ()
    active: bool = True
    photo_url: str = ""
    extensions: tuple[Ownership, ...] = ()


class ExtensionEntry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An extension and the active users who have, had or will have it; several at once share it."""

    pbx: str
    extension: str
    owners: tuple[Ownership, ...] = ()


class CredentialEntry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """That a user has a credential for a PBX, and which version of it; nothing of what is in it."""

    user: str
    pbx: str
    credential: str


class SubscriberKind(StrEnum):
    """What a candidate is."""

    CONTACT = "contact"
    ACCOUNT = "account"
    EMPLOYEE = "employee"


class Match(StrEnum):
    """How a number agrees with a stored one, best first. `suffix`: only the last digits are the same."""

    E164 = "e164"
    DIGITS = "digits"
    SUFFIX = "suffix"


class Candidate(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody who may be behind a number.

    `number` is the stored one as it was written, `matched_digits` how many of its last digits agree. `detail` is a
    contact's job, an account's city, an employee's department. `photo_url`: where their photo is (`PHOTO_URL`); the one
    who shows it loads it. `source`: `directory`, or the name of another system.
    """

    id: str
    kind: SubscriberKind
    name: str
    number: str
    match: Match
    matched_digits: int
    detail: str = ""
    account_id: str | None = None
    user: str | None = None
    source: str = "directory"
    photo_url: str = ""


class IdentifyRequest(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Who is behind this number? In any notation."""

    number: str


class IdentifyReply(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Candidates, the likeliest first. With `error` the question was not answered: go on without a name."""

    candidates: tuple[Candidate, ...] = ()
    error: str = ""
