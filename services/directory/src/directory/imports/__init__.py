"""CSV as spreadsheets and other systems write it: bytes in, rows and bad lines out. Pure.

The first line names the columns, in any order; which there are, a `Layout` says. Comma, semicolon or tab; UTF-8.
"""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from msgspec import Struct

_MOST_CHARACTERS = 65_536
R = TypeVar("R")


class BadHeader(ValueError):
    """The first line does not name columns that we know; nothing can be read."""


class Layout(Struct, Generic[R], frozen=True):
    """What files of one kind hold. `families`: beginnings of the names of columns of which there may be any number.

    `column`: from a column's name as it is written to what it is known by. `row`: from the number of a line and its
    cells by column, stripped, to a row; raises `ValueError`, of which msgspec's are.
    """

    needed: tuple[str, ...]
    known: tuple[str, ...]
    families: tuple[str, ...]
    row: Callable[[int, dict[str, str]], R]
    column: Callable[[str], str] = str.lower


class Bad(Struct, frozen=True):
    """A line that is left out, and why. Lines are counted from 1, the header is one."""

    line: int
    problem: str


class Parser(Generic[R]):
    """Takes bytes as they come, in pieces of any size, and gives rows as soon as they are whole."""

    def __init__(self, layout: Layout[R]) -> None:
        self._layout = layout
        self._rest = b""
        self._record = ""
        self._began = 1
        self._line = 0
        self._columns: list[str] = []
        self._delimiter = ","

    def feed(self, data: bytes) -> Iterator[R | Bad]:
        """The rows that are whole now. Raises `BadHeader`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._take(line)
        if len(self._rest) > _MOST_CHARACTERS:
            raise BadHeader(f"line {self._line + 1} has no end after {_MOST_CHARACTERS} bytes: this is no CSV")

    def end(self) -> Iterator[R | Bad]:
        """What is left. Raises `BadHeader` when there was no header."""
        if self._rest:
            yield from self._take(self._rest)
        if self._record:
            yield Bad(self._began, "a quote that is opened is not closed")
        if not self._columns:
            raise BadHeader("there is no line that names the columns")

    def _take(self, raw: bytes) -> Iterator[R | Bad]:
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
        columns = [
            self._layout.column(each.strip()) for each in next(csv.reader([text], delimiter=self._delimiter), [])
        ]
        layout = self._layout
        unknown = [each for each in columns if each not in layout.known and not each.startswith(layout.families)]
        if unknown:
            known = f"{', '.join(layout.known)}, and {', '.join(f'{each}…' for each in layout.families)}"
            raise BadHeader(f"unknown columns: {', '.join(map(repr, unknown))}; known are {known}")
        missing = [each for each in layout.needed if each not in columns]
        if missing:
            raise BadHeader(f"missing columns: {', '.join(missing)}")
        if len(set(columns)) < len(columns):
            raise BadHeader("a column is there twice")
        self._columns = columns

    def _row(self, text: str) -> R | Bad:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True), [])
            if len(cells) != len(self._columns):
                raise ValueError(f"{len(cells)} cells, but {len(self._columns)} columns")
            named = dict(zip(self._columns, (each.strip() for each in cells), strict=True))
            if "\0" in "".join(cells):
                raise ValueError("a NUL character")
            for name in self._layout.needed:
                if not named[name]:
                    raise ValueError(f"{name} is empty")
            return self._layout.row(self._began, named)
        except (ValueError, csv.Error) as error:
            return Bad(self._began, str(error))


def values_in(cell: str) -> list[str]:
    """The values of a cell that may hold several, separated by `;`."""
    return [each.strip() for each in cell.split(";") if each.strip()]
