"""Files of users and their telephones. Pure.

`id` and `name` must be there; `roles` (several separated by `;`, not given: operator) and `active` (yes or no, not
given: yes) may; so may any number of columns `extension_<pbx>`, whose cells hold the extensions of that PBX, several
separated by `;`. Without a column what is stored stays: who leaves `roles` out takes no role from anybody.
"""

from typing import Any

import msgspec
from msgspec import Struct

from directory.entities import ExtensionBody, NewUser
from directory.imports import Layout, values_in

_NEEDED = ("id", "name")
_ACTIVE = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_EXTENSION = "extension_"


class UserRow(Struct, frozen=True):
    """One user. `values`: what the file says of them; `extensions`: PBX and number of their telephones, each once."""

    line: int
    values: dict[str, Any]
    extensions: tuple[tuple[str, str], ...]


def _row(line: int, cells: dict[str, str]) -> UserRow:
    values: dict[str, Any] = {"id": cells["id"], "name": cells["name"]}
    if roles := values_in(cells.get("roles", "")):
        values["roles"] = list(dict.fromkeys(roles))
    if active := cells.get("active", ""):
        if active.lower() not in _ACTIVE:
            raise ValueError(f"active is {active!r}: it may be yes or no")
        values["active"] = _ACTIVE[active.lower()]
    msgspec.convert(values, NewUser)
    found = {
        (column.removeprefix(_EXTENSION), number): None
        for column, cell in cells.items()
        if column.startswith(_EXTENSION)
        for number in values_in(cell)
    }
    for pbx, number in found:
        msgspec.convert({"user_id": cells["id"], "pbx": pbx, "extension": number}, ExtensionBody)
    return UserRow(line, values, tuple(found))


def _column(name: str) -> str:
    """In any case, but for the name of the PBX."""
    at = len(_EXTENSION) if name.lower().startswith(_EXTENSION) else None
    return name[:at].lower() + (name[at:] if at else "")


LAYOUT = Layout(_NEEDED, (*_NEEDED, "roles", "active"), (_EXTENSION,), _row, _column)
