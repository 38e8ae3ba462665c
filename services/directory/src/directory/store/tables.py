"""Which entity lies in which table, and how a row becomes what clients read."""

from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from directory import entities, phones

_COMMUNICATIONS = """
    COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
                   'value', c.raw, 'kind', c.kind, 'label', c.label, 'digits', c.digits, 'e164', c.e164
               ) ORDER BY c.position)
        FROM directory.communications c WHERE (c.tenant, c.subscriber_id) = (t.tenant, t.id)
    ), '[]') AS communications
"""


Item = (
    entities.User
    | entities.Extension
    | entities.Contact
    | entities.Account
    | entities.Employee
    | entities.Credential
    | phones.WebPhone
)


class Table(Struct, frozen=True, kw_only=True):
    """One entity. `columns` are those of its own that clients see; `kind` tells subscribers apart."""

    entity: str
    name: str
    columns: tuple[str, ...]
    item: type[Item]
    kind: str | None = None

    @property
    def select(self) -> str:
        """The beginning of a query for its items, up to and with the tenant ($1)."""
        columns = [f"t.{name}" for name in ("id", "version", "updated_at", *self.columns)]
        columns += [_COMMUNICATIONS] if self.kind else []
        only = f" AND t.kind = '{self.kind}'" if self.kind else ""
        return f"SELECT {', '.join(columns)} FROM directory.{self.name} t WHERE t.tenant = $1{only}"  # noqa: S608

    def of(self, row: asyncpg.Record) -> Item:
        """A row as an item."""
        fields: dict[str, Any] = dict(row)
        if "communications" in fields:
            fields["communications"] = msgspec.json.decode(fields["communications"])
        return msgspec.convert(fields, self.item)


USERS = Table(entity="user", name="users", columns=("name", "roles", "active", "photo_url"), item=entities.User)
EXTENSIONS = Table(
    entity="extension",
    name="extensions",
    columns=("user_id", "pbx", "extension", "valid_from", "valid_to"),
    item=entities.Extension,
)
CONTACTS = Table(
    entity="contact",
    name="subscribers",
    kind="contact",
    columns=("name", "external_id", "job", "account_id", "photo_url"),
    item=entities.Contact,
)
ACCOUNTS = Table(
    entity="account",
    name="subscribers",
    kind="account",
    columns=("name", "external_id", "type", "city", "photo_url"),
    item=entities.Account,
)
EMPLOYEES = Table(
    entity="employee",
    name="subscribers",
    kind="employee",
    columns=("name", "external_id", "job", "department", "user_id", "photo_url"),
    item=entities.Employee,
)
CREDENTIALS = Table(
    entity="credential", name="credentials", columns=("user_id", "pbx", "login"), item=entities.Credential
)
WEB_PHONES = Table(
    entity="web_phone",
    name="web_phones",
    columns=("user_id", "pbx", "kind", "url", "uri", "login", "stun"),
    item=phones.WebPhone,
)
SUBSCRIBERS = {table.kind: table for table in (CONTACTS, ACCOUNTS, EMPLOYEES)}
