"""Any number of rows in one round trip, and values as PostgreSQL stores them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec
from cti_store import Connection

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """A table whose rows are computed from events: names and types of its columns, its key, a row's values.

    `merged`: columns in which a newer row does not simply replace the older one, and how.
    `kept`: columns that stay as they were first written, since not events alone say what is in them.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    values: Callable[[Any], Values]
    merged: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.columns)


def statement(table: Table) -> str:
    """Insert rows given as one array for each column; a row gives way only to one with a newer sequence."""
    names = table.names
    arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(table.columns, 1))
    updates = ", ".join(
        f"{name} = {table.merged.get(name, f'EXCLUDED.{name}')}" for name in names if name not in table.key + table.kept
    )
    return (
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays}) "  # noqa: S608 - constants
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {updates} "
        f"WHERE {table.name}.stream_seq < EXCLUDED.stream_seq"
    )


async def insert(connection: Connection, statement: str, values: Sequence[Values]) -> None:
    """One round trip for any number of rows: a column an array."""
    if values:
        await connection.execute(statement, *(list(column) for column in zip(*values, strict=True)))


async def insert_returning(connection: Connection, statement: str, values: Sequence[Values]) -> list[asyncpg.Record]:
    """The same with a statement that returns something of each row."""
    if not values:
        return []
    return list(await connection.fetch(statement, *(list(column) for column in zip(*values, strict=True))))


def digits(number: str) -> str:
    """The digits of a number: what people search by, however it was written."""
    return "".join(each for each in number if each.isdecimal() and each.isascii())


def as_json(value: object) -> str:
    """Text for a jsonb column. PostgreSQL stores no NUL in text or jsonb; a caller's name may hold one."""
    return msgspec.json.encode(value).decode().replace("\\u0000", "")


def storable(text: str) -> str:
    """Text for a text column."""
    return text.replace("\0", "")
