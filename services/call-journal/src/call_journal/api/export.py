"""The Calls section as a file: CSV for spreadsheets, JSON lines for programs."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from cti_api.problems import PROBLEMS
from cti_model.history import CallItem
from cti_model.questions import CallFilters
from cti_model.story import Language
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import ServiceUnavailableException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream

from call_journal.api.asked import InLanguage, Paths, Zone
from call_journal.api.documented import Exporting
from call_journal.history.asker import Asker, narrowed
from call_journal.history.calls import SOURCES, links_of
from call_journal.history.checked import checked, zone_of
from call_journal.history.path import stories
from call_journal.store.queries import streamed

MAX_EXPORTS = 2
"""Each holds one of the pool's connections until its last byte is taken."""
_RETRY_AFTER_S = 10
_CHUNK_ROWS = 200
_INSTANTS = ("started_at", "answered_at", "ended_at", "changed_at")
COLUMNS = (*CallItem.__struct_fields__, "utc_offset")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_encode = msgspec.json.Encoder().encode


class Format(StrEnum):
    """What the file looks like."""

    CSV = "csv"
    JSONL = "jsonl"


_MEDIA_TYPES = {Format.CSV: "text/csv", Format.JSONL: "application/x-ndjson"}


class Slots:
    """How many exports may run at once. Refuses, and does not let wait."""

    def __init__(self, free: int) -> None:
        self._free = free

    def take(self) -> None:
        """Take one; raises an answer of 503 when none is left."""
        if self._free == 0:
            raise ServiceUnavailableException(
                detail=f"{MAX_EXPORTS} exports are running: ask again", headers={"Retry-After": str(_RETRY_AFTER_S)}
            )
        self._free -= 1

    def give(self) -> None:
        """Give one back."""
        self._free += 1


@get(
    "/v1/calls/export",
    summary="The Calls section as a file",
    operation_id="exportCalls",
    operation_class=Exporting,
    responses=PROBLEMS | {200: ResponseSpec(str, description="The rows", media_type="text/csv")},
)
async def export_calls(
    state: State,
    asker: NamedDependency[Asker],
    filters: NamedDependency[CallFilters],
    form: Annotated[Format, QueryParameter(name="format")] = Format.CSV,
    zone: Zone = "UTC",
    bom: Annotated[bool, QueryParameter(description="CSV: begin with a mark by which Excel knows UTF-8")] = False,
    paths: Paths = False,
    language: InLanguage = Language.ENGLISH,
) -> Stream:
    """All rows that `GET /v1/calls` lists with the same filters, as of now, newest first, however many.

    CSV: instants are wall-clock times of `tz` with their offset in `utc_offset`; text that a spreadsheet would take for
    a formula begins with an apostrophe. JSON lines: instants with their offset. A file that breaks off was cut short.
    """
    place = zone_of(zone)
    written = _Csv(place, asker.notes, bom) if form is Format.CSV else _Lines(place, asker.notes)
    seen = narrowed(asker, checked(filters))
    pieces = _pieces(state.pool, asker.tenant, seen, written, state.exports, language if paths else None)
    first = await anext(pieces)  # what goes wrong at the start is still answered in words
    return Stream(
        _joined(first, pieces),
        media_type=_MEDIA_TYPES[form],
        headers={"Content-Disposition": f'attachment; filename="calls.{form.value}"'},
    )


async def _pieces(
    pool: Any,
    tenant: str,
    filters: CallFilters | None,
    written: "_Csv | _Lines",
    slots: Slots,
    paths: Language | None,
) -> AsyncIterator[bytes]:
    """The file piece by piece; the first one is its head. `paths`: in which language, if there are any."""
    if filters is None:
        yield written.head
        return
    slots.take()
    try:
        async with streamed(pool, tenant, filters, _CHUNK_ROWS) as (connection, chunks):
            yield written.head
            async for rows in chunks:
                calls = {row["call_id"] for row in rows}
                told = await stories(connection, tenant, calls, paths) if paths is not None else {}
                yield b"".join(written.line(row, told.get(row["call_id"])) for row in rows)
    finally:
        slots.give()


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


class _Csv:
    """RFC 4180: commas, CRLF, UTF-8."""

    def __init__(self, zone: ZoneInfo, notes: bool, bom: bool) -> None:
        self._zone = zone
        self._notes = notes
        self._buffer = io.StringIO()
        self._write: Callable[[Any], Any] = csv.writer(self._buffer).writerow
        self.head = (b"\xef\xbb\xbf" if bom else b"") + self._line(COLUMNS)

    def line(self, row: asyncpg.Record, path: str | None) -> bytes:
        """One record."""
        fields = _fields(row, path, self._notes)
        fields["links"] = "; ".join(f"{each.kind}:{each.id} {each.label}".rstrip() for each in fields["links"])
        for name in _INSTANTS:
            if fields[name] is not None:
                fields[name] = fields[name].astimezone(self._zone)
        fields["utc_offset"] = fields["started_at"].isoformat()[-6:]
        for name in _INSTANTS:
            fields[name] = fields[name] and fields[name].replace(tzinfo=None).isoformat(" ", "milliseconds")
        return self._line([_cell(fields[name]) for name in COLUMNS])

    def _line(self, cells: Any) -> bytes:
        self._write(cells)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text.encode()


class _Lines:
    """A JSON object for each row."""

    head = b""

    def __init__(self, zone: ZoneInfo, notes: bool) -> None:
        self._zone = zone
        self._notes = notes

    def line(self, row: asyncpg.Record, path: str | None) -> bytes:
        """One record."""
        fields = _fields(row, path, self._notes)
        for name in _INSTANTS:
            fields[name] = fields[name] and fields[name].astimezone(self._zone)
        return _encode(fields) + b"\n"


def _fields(row: asyncpg.Record, path: str | None, notes: bool) -> dict[str, Any]:
    """A row by the names of its columns; without `notes` its note is empty."""
    fields = {name: row[source] for name, source in SOURCES} | {"path": path}
    fields["links"] = links_of(fields["links"])
    return fields if notes else fields | {"note": ""}


def _cell(value: Any) -> Any:
    """Text that a spreadsheet might calculate is made text for it (OWASP, CSV injection)."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
