"""Users of an import, by id, and the telephones that they have from now on."""

from collections.abc import Sequence

import msgspec
from cti_store import Connection

from directory.entities import NewUser
from directory.identify import Rules
from directory.imports.users import LAYOUT, UserRow
from directory.store.directory import Change, create, replace
from directory.store.importing import Kind
from directory.store.tables import EXTENSIONS, USERS, Item

_Known = dict[str, tuple[Item, set[tuple[str, str]]]]
_LASTING = """
    SELECT user_id, pbx, extension FROM directory.extensions
    WHERE tenant = $1 AND user_id = ANY($2::text[]) AND (valid_to IS NULL OR valid_to > now())
"""


async def _known(connection: Connection, tenant: str, rows: Sequence[UserRow]) -> _Known:
    """The users that are there, with the telephones that they have or are to have."""
    ids = sorted({row.values["id"] for row in rows})
    stored = await connection.fetch(f"{USERS.select} AND t.id = ANY($2::text[]) FOR UPDATE OF t", tenant, ids)
    found: _Known = {row["id"]: (USERS.of(row), set()) for row in stored}
    for row in await connection.fetch(_LASTING, tenant, ids):
        found[row["user_id"]][1].add((row["pbx"], row["extension"]))
    return found


async def _put(connection: Connection, change: Change, row: UserRow, rules: Rules, known: _Known) -> str:
    """A telephone that the file does not name stays: rows of the past are by it, and it is ended by hand."""
    user = row.values["id"]
    before, telephones = known.get(user, (None, set[tuple[str, str]]()))
    missing = [each for each in row.extensions if each not in telephones]
    if before is None:
        values = msgspec.structs.asdict(msgspec.convert(row.values, NewUser))
        after = await create(connection, USERS, change, values, rules)
        outcome = "created"
    else:
        stored = {name: getattr(before, name) for name in USERS.columns}
        wanted = stored | {name: value for name, value in row.values.items() if name != "id"}
        wanted["roles"] = tuple(wanted["roles"])
        same = wanted == stored
        after = before if same else await replace(connection, USERS, change, user, before.version, wanted, rules)
        outcome = "unchanged" if same and not missing else "updated"
    for pbx, extension in missing:
        values = {"user_id": user, "pbx": pbx, "extension": extension, "valid_from": None, "valid_to": None}
        await create(connection, EXTENSIONS, change, values, rules)
    known[user] = after, telephones | {*missing}
    return outcome


USERS_FILE = Kind(LAYOUT, _known, _put)
