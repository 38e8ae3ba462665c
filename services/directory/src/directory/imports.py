"""Contacts from CSV, as spreadsheets and other systems write it: bytes in, rows and bad lines out. Pure.

The first line names the columns, in any order: `external_id` and `name` must be there; `kind` (contact, account or
employee), `job`, `department`, `type`, `city`, `account` (an account's external id), `user_id` and `photo_url` may;
so may any number of columns whose names begin with `phone`, `email` or `web`, as `phone_mobile`, whose cells may hold
several values separated by `;`. Comma, semicolon or tab; UTF-8.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from directory import numbers
from directory.entities import AccountBody, ContactBody, EmployeeBody

_BODIES: dict[str, type[ContactBody] | type[AccountBody] | type[EmployeeBody]] = {
    "contact": ContactBody,
    "account": AccountBody,
    "employee": EmployeeBody,
}
_NEEDED = ("external_id", "name")
_KNOWN = (*_NEEDED, "kind", "job", "department", "type", "city", "account", "user_id", "photo_url")
_COMMUNICATIONS = ("phone", "email", "web")
_MOST_CHARACTERS = 65_536


class BadHeader(ValueError):
    """The first line does not name columns that we know; nothing can be read."""


class Row(Struct, frozen=True):
    """One subscriber. `values` are of a body of its kind; `account`: external id of the account, "" when none."""

    line: int
    kind: str
    account: str
    values: dict[str, Any]


class Bad(Struct, frozen=True):
    """A line that is left out, and why. Lines are counted from 1, the header is one."""

    line: int
    problem: str


class Parser:
    """Takes bytes as they come, in pieces of any size, and gives rows as soon as they are whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._record = ""
        self._began = 1
        self._line = 0
        self._columns: list[str] = []
        self._delimiter = ","

    def feed(self, data: bytes) -> Iterator[Row | Bad]:
        """The rows that are whole now. Raises `BadHeader`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._take(line)
        if len(self._rest) > _MOST_CHARACTERS:
            raise BadHeader(f"line {self._line + 1} has no end after {_MOST_CHARACTERS} bytes: this is no CSV")

    def end(self) -> Iterator[Row | Bad]:
        """What is left. Raises `BadHeader` when there was no header."""
        if self._rest:
            yield from self._take(self._rest)
        if self._record:
            yield Bad(self._began, "a quote that is opened is not closed")
        if not self._columns:
            raise BadHeader("there is no line that names the columns")

    def _take(self, raw: bytes) -> Iterator[Row | Bad]:
        self._line += 1
        if not self._record:
            self._began = self._line
        try:
            text = raw.rstrip(b"\r").decode("utf-8-sig" if self._line == 1 else "utf-8")
        except UnicodeDecodeError:
            self._record = ""
            if not self._columns:
                raise BadHeader("the first line is not UTF-8") from None
            yield Bad(self._line, "not UTF-8")
            return
        self._record += ("\n" if self._record else "") + text
        if self._record.count('"') % 2:  # a line's end inside quotes belongs to the cell
            if len(self._record) > _MOST_CHARACTERS:
                self._record = ""
                yield Bad(self._began, f"a quote is not closed within {_MOST_CHARACTERS} characters")
            return
        record, self._record = self._record, ""
        if not self._columns:
            self._header(record)
        elif record.strip():
            yield self._row(record)

    def _header(self, text: str) -> None:
        self._delimiter = max(",;\t", key=text.count)
        columns = [each.strip().lower() for each in next(csv.reader([text], delimiter=self._delimiter), [])]
        unknown = [each for each in columns if each not in _KNOWN and not each.startswith(_COMMUNICATIONS)]
        if unknown:
            known = f"{', '.join(_KNOWN)}, and phone…, email…, web…"
            raise BadHeader(f"unknown columns: {', '.join(map(repr, unknown))}; known are {known}")
        missing = [each for each in _NEEDED if each not in columns]
        if missing:
            raise BadHeader(f"missing columns: {', '.join(missing)}")
        if len(set(columns)) < len(columns):
            raise BadHeader("a column is there twice")
        self._columns = columns

    def _row(self, text: str) -> Row | Bad:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True), [])
            if len(cells) != len(self._columns):
                raise ValueError(f"{len(cells)} cells, but {len(self._columns)} columns")
            return self._subscriber(dict(zip(self._columns, (each.strip() for each in cells), strict=True)))
        except (ValueError, csv.Error) as error:
            return Bad(self._began, str(error))

    def _subscriber(self, cells: dict[str, str]) -> Row:
        """Raises `ValueError`, of which msgspec's are."""
        if "\0" in "".join(cells.values()):
            raise ValueError("a NUL character")
        kind = cells.pop("kind", "") or "contact"
        body = _BODIES.get(kind)
        if body is None:
            raise ValueError(f"kind is {kind!r}: it may be {', '.join(_BODIES)}")
        account = cells.pop("account", "")
        for name in _NEEDED:
            if not cells[name]:
                raise ValueError(f"{name} is empty")
        values: dict[str, Any] = {"communications": list(_communications(cells))}
        for name in [each for each in cells if not each.startswith(_COMMUNICATIONS)]:
            if cells[name] and name not in body.__struct_fields__:
                raise ValueError(f"an {kind} has no {name}" if kind[0] in "ae" else f"a {kind} has no {name}")
            if name in body.__struct_fields__:
                values[name] = cells[name] or (None if name == "user_id" else "")
        if account and kind != "contact":
            raise ValueError("only a contact has an account")
        whole = msgspec.convert(values, body)
        return Row(self._began, kind, account, msgspec.to_builtins(whole))


def _communications(cells: dict[str, str]) -> Iterator[dict[str, str]]:
    for column, cell in cells.items():
        kind = next((each for each in _COMMUNICATIONS if column.startswith(each)), None)
        for value in (each.strip() for each in cell.split(";")) if kind else ():
            if kind == "phone" and value and not numbers.digits_of(value):
                raise ValueError(f"{column}: {value!r} has no digits")
            if kind and value:
                yield {"kind": kind, "label": column.removeprefix(kind).strip(" _-"), "value": value}
