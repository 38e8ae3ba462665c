"""Files of contacts, accounts and employees. Pure.

`external_id` and `name` must be there; `kind` (contact, account or employee), `job`, `department`, `type`, `city`,
`account` (an account's external id), `user_id` and `photo_url` may; so may any number of columns whose names begin with
`phone`, `email` or `web`, as `phone_mobile`, whose cells may hold several values separated by `;`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from directory import numbers
from directory.entities import AccountBody, ContactBody, EmployeeBody
from directory.imports import Layout, values_in

_BODIES: dict[str, type[ContactBody] | type[AccountBody] | type[EmployeeBody]] = {
    "contact": ContactBody,
    "account": AccountBody,
    "employee": EmployeeBody,
}
_NEEDED = ("external_id", "name")
_COMMUNICATIONS = ("phone", "email", "web")


class Row(Struct, frozen=True):
    """One subscriber. `values` are of a body of its kind; `account`: external id of the account, "" when none."""

    line: int
    kind: str
    account: str
    values: dict[str, Any]


def _row(line: int, cells: dict[str, str]) -> Row:
    kind = cells.pop("kind", "") or "contact"
    body = _BODIES.get(kind)
    if body is None:
        raise ValueError(f"kind is {kind!r}: it may be {', '.join(_BODIES)}")
    account = cells.pop("account", "")
    values: dict[str, Any] = {"communications": list(_communications(cells))}
    for name in [each for each in cells if not each.startswith(_COMMUNICATIONS)]:
        if cells[name] and name not in body.__struct_fields__:
            raise ValueError(f"an {kind} has no {name}" if kind[0] in "ae" else f"a {kind} has no {name}")
        if name in body.__struct_fields__:
            values[name] = cells[name] or (None if name == "user_id" else "")
    if account and kind != "contact":
        raise ValueError("only a contact has an account")
    return Row(line, kind, account, msgspec.to_builtins(msgspec.convert(values, body)))


def _communications(cells: dict[str, str]) -> Iterator[dict[str, str]]:
    for column, cell in cells.items():
        kind = next((each for each in _COMMUNICATIONS if column.startswith(each)), None)
        for value in values_in(cell) if kind else ():
            if kind == "phone" and not numbers.digits_of(value):
                raise ValueError(f"{column}: {value!r} has no digits")
            yield {"kind": str(kind), "label": column.removeprefix(str(kind)).strip(" _-"), "value": value}


LAYOUT = Layout(
    _NEEDED,
    (*_NEEDED, "kind", "job", "department", "type", "city", "account", "user_id", "photo_url"),
    _COMMUNICATIONS,
    _row,
)
