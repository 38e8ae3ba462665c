"""What the directory keeps: bodies as clients write them, items as they read them.

An item is a body with `id`, `version` and `updated_at`. The version is its ETag: a change must name the one it changes.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from cti_model import subjects
from cti_model.directory import PHOTO_URL, PHOTO_URL_MOST, Role
from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=500)]
Text = Annotated[str, Meta(max_length=500)]
Token = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[^\s.*>\x00-\x1f\x7f\x85\ufeff]+$",
        description="no dot, space, `*` or `>`",
    ),
]
PhotoUrl = Annotated[
    str,
    Meta(max_length=PHOTO_URL_MOST, pattern=PHOTO_URL, description="absolute http or https address, or empty"),
]


class UserBody(Struct, kw_only=True):
    """Somebody who signs in."""

    name: Name
    roles: tuple[Role, ...] = (Role.OPERATOR,)
    active: bool = True
    photo_url: PhotoUrl = ""


class NewUser(UserBody, kw_only=True):
    """`id` is the `sub` of the user's tokens."""

    id: Token

    def __post_init__(self) -> None:
        subjects.token(self.id)


class User(UserBody, kw_only=True):
    """A user."""

    id: str
    version: int
    updated_at: datetime


class ExtensionBody(Struct, kw_only=True):
    """A user has a PBX's extension, from `valid_from` (or always) until before `valid_to` (or for ever).

    Several users may have the same one at once: a shared telephone.
    """

    user_id: Token
    pbx: Token
    extension: Token
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        for each in (self.user_id, self.pbx, self.extension):
            subjects.token(each)
        for instant in (self.valid_from, self.valid_to):
            if instant is not None and instant.tzinfo is None:
                raise ValueError("an instant needs its offset from UTC, as 2026-01-31T00:00:00Z")


class Extension(ExtensionBody, kw_only=True):
    """A user's extension."""

    id: str
    version: int
    updated_at: datetime


class CommunicationKind(StrEnum):
    """What a communication is."""

    PHONE = "phone"
    EMAIL = "email"
    WEB = "web"
    OTHER = "other"


class CommunicationBody(Struct, kw_only=True):
    """A way to reach somebody. `value` is kept as it is written; `label` says which: mobile, work."""

    value: Name
    kind: CommunicationKind = CommunicationKind.PHONE
    label: Text = ""


class Communication(CommunicationBody, kw_only=True):
    """With what a number is found by. `e164` is empty when it is not valid."""

    digits: str = ""
    e164: str = ""


Communications = Annotated[list[CommunicationBody], Meta(max_length=100)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=200)] | None


class ContactBody(Struct, kw_only=True):
    """A person outside. `external_id`: in the system it comes from, unique among contacts."""

    name: Name
    external_id: ExternalId = None
    job: Text = ""
    account_id: str | None = None
    photo_url: PhotoUrl = ""
    communications: Communications = []


class Contact(ContactBody, kw_only=True):
    """A contact."""

    id: str
    version: int
    updated_at: datetime
    communications: list[Communication] = []  # type: ignore[assignment]


class AccountBody(Struct, kw_only=True):
    """A company. `photo_url`: its logo."""

    name: Name
    external_id: ExternalId = None
    type: Text = ""
    city: Text = ""
    photo_url: PhotoUrl = ""
    communications: Communications = []


class Account(AccountBody, kw_only=True):
    """An account."""

    id: str
    version: int
    updated_at: datetime
    communications: list[Communication] = []  # type: ignore[assignment]


class EmployeeBody(Struct, kw_only=True):
    """A person inside: only they are found by internal numbers. `user_id`: who they sign in as."""

    name: Name
    external_id: ExternalId = None
    job: Text = ""
    department: Text = ""
    user_id: str | None = None
    photo_url: PhotoUrl = ""
    communications: Communications = []


class Employee(EmployeeBody, kw_only=True):
    """An employee."""

    id: str
    version: int
    updated_at: datetime
    communications: list[Communication] = []  # type: ignore[assignment]


class CredentialBody(Struct, kw_only=True):
    """How a user's own connection signs in at a PBX. `secret` is written only: no answer holds it."""

    user_id: Token
    pbx: Token
    login: Name
    secret: Annotated[str, Meta(min_length=1, max_length=4096)]

    def __repr__(self) -> str:
        return f"CredentialBody(user_id={self.user_id!r}, pbx={self.pbx!r})"


class Credential(Struct, kw_only=True):
    """That there is a secret, not which."""

    id: str
    version: int
    updated_at: datetime
    user_id: str
    pbx: str
    login: str


class NumberingBody(Struct, kw_only=True):
    """How the tenant's numbers are read; see `identify.Rules`. `region` is of ISO 3166: `RU`, `DE`."""

    region: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    search_number_length: Annotated[int, Meta(ge=1, le=32)]
    internal_number_length: Annotated[int, Meta(ge=0, le=12)]


class Numbering(NumberingBody, kw_only=True):
    """`version` is 0 while the service's defaults are in force."""

    version: int = 0


class AuditItem(Struct, kw_only=True):
    """Who changed what, when, from what to what."""

    seq: int
    at: datetime
    actor: str
    action: str
    entity: str
    entity_id: str
    before: dict[str, object] | None
    after: dict[str, object] | None
