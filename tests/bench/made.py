"""A past of any length: made-up calls as the journal's own projection writes them, multiplied inside PostgreSQL.

A form is one call: its events, told by the model, and the rows that the journal makes of them. In the rows a
placeholder stands wherever two calls of the form differ (ids, numbers, instants, sequences), so that a form is filled
in by SQL, some thousand times in a statement.
"""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from call_journal.project import IdentifiedRow, project
from call_journal.store.archive import EVENT_COLUMNS, event_values
from call_journal.store.identified import IDENTIFICATION
from call_journal.store.tables import TABLES, of_tables
from cti_model.calls import Cause, Device, DeviceKind, Direction, Party
from cti_model.directory import Candidate, Match, SubscriberKind
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    ConnectionCleared,
    Delivered,
    Established,
    Held,
    Leg,
    Origin,
    Originated,
    Queued,
    Retrieved,
)
from cti_model.fold import born, tell
from cti_model.journal import Identified, JournalEvent
from msgspec.structs import replace

TENANT, PBX = "made", "pbx"
EVERY = timedelta(seconds=2)
"""Between the beginnings of two calls: 43 200 a day, so that a larger journal is one with a longer past."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NUMBER = "79030000001"  # digits, since the journal takes a number's digits out
_EVENTS_MOST = 16
_PLACES = re.compile(rf"@(call|one|other|name|user|i)@|@event(\d+)@|({_NUMBER})|2026-01-01T00:0(\d):(\d\d)Z")
FORMS = ("answered", "missed", "out", "out, no answer", "queue, answered", "queue, abandoned")
_MADE = """
    CREATE TEMP TABLE made ON COMMIT DROP AS
    SELECT i::text AS i, i AS number_of, md5('c' || i)::uuid::text AS call, md5('a' || i)::uuid::text AS one,
           md5('b' || i)::uuid::text AS other, (100 + i * 7 % 200)::text AS "user",
           'Клиент ' || i * 7919 % 100000 AS name,
           '7903' || lpad((i * 7919 % 100000)::text, 7, '0') AS number, $1::timestamptz + i * $2::interval AS at,
           CASE WHEN i % 10 IN (0, 4) THEN 4 WHEN i % 2 = 0 THEN 0 ELSE 2 END + CASE WHEN i % 3 = 0 THEN 1 ELSE 0 END
           AS form
    FROM generate_series($3::bigint, $4::bigint - 1) AS i
"""


def call_id(i: int) -> str:
    """The id of the i-th made call."""
    return str(uuid.UUID(hashlib.md5(b"c%d" % i, usedforsecurity=False).hexdigest()))


def number(i: int) -> str:
    """The number that its other party has: one of 100 000."""
    return f"+7903{i * 7919 % 100000:07}"


def contact(i: int) -> str:
    """Who that is."""
    return f"contact-{number(i)[1:]}"


@dataclass(frozen=True)
class Insert:
    """The rows that the calls of a form have in a table, one for each of `selects`."""

    table: str
    columns: tuple[str, ...]
    selects: tuple[str, ...]

    @property
    def statement(self) -> str:
        """To be run where `made` is."""
        return f"INSERT INTO {self.table} ({', '.join(self.columns)}) {' UNION ALL '.join(self.selects)}"


async def make(connection: object, since: datetime, calls: range, archive: str = "call_event") -> None:
    """Put these calls in, with their events into the table `archive`."""
    async with connection.transaction():  # type: ignore[attr-defined]
        made = _MADE.replace("$1", f"'{since.isoformat()}'").replace("$2", f"'{EVERY.seconds} s'")
        made = made.replace("$3", str(calls.start)).replace("$4", str(calls.stop))
        await connection.execute(made)  # type: ignore[attr-defined]
        for each in inserts(archive):
            await connection.execute(each.statement)  # type: ignore[attr-defined]


@cache
def inserts(archive: str) -> tuple[Insert, ...]:
    """Everything that is made of `made`, table by table."""
    found: dict[str, tuple[tuple[str, ...], list[str]]] = {}
    for form in range(len(FORMS)):
        for table, columns, kinds, values in _rows_of(form, archive):
            _, selects = found.setdefault(table, (columns, []))
            selects.append(_select(form, columns, kinds, values))
    return tuple(Insert(table, columns, tuple(selects)) for table, (columns, selects) in found.items())


def _rows_of(form: int, archive: str) -> Iterator[tuple[str, tuple[str, ...], Sequence[str], tuple[object, ...]]]:
    """Table, columns, their types and values of each row of a form."""
    events = _events(form)
    rows = project(list(enumerate(events, 1)))
    for table, found in of_tables(rows):
        for row in found:
            yield table.name, table.names, [kind for _, kind in table.columns], table.values(row)
    kinds = ["text", "text", "timestamptz", "timestamptz", "bigint", "text", "integer", "text", "text", "text[]"]
    for row in rows.events:
        yield archive, EVENT_COLUMNS, [*kinds, "jsonb", "jsonb", "timestamptz", "timestamptz"], event_values(row)
    told = IDENTIFICATION.values(_identified(rows.records[0].record.connection_id, len(events) + 1))
    yield IDENTIFICATION.name, IDENTIFICATION.names, [kind for _, kind in IDENTIFICATION.columns], told


def _select(form: int, columns: Iterable[str], kinds: Iterable[str], values: Iterable[object]) -> str:
    cells = ", ".join(_cell(*each) for each in zip(columns, kinds, values, strict=True))
    return f"SELECT {cells} FROM made WHERE form = {form}"


def _cell(column: str, kind: str, value: object) -> str:
    """A value as an expression over `made`."""
    if column == "stream_seq":
        return f"number_of * {_EVENTS_MOST} + {value}"
    if value is None:
        return f"NULL::{kind}"
    if isinstance(value, datetime):
        return f"at + interval '{(value - _AT).total_seconds()} s'"
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(map(_text, value))}]::text[]"
    if isinstance(value, bool | int | float):
        return f"{value}::{kind}"
    return f"({_text(str(value))})::{kind}"


def _text(text: str) -> str:
    """A text with placeholders as a concatenation."""
    parts, after = [], 0
    for place in _PLACES.finditer(text):
        parts += [_quoted(text[after : place.start()]), _place(place)]
        after = place.end()
    parts.append(_quoted(text[after:]))
    return " || ".join(each for each in parts if each != "''") or "''"


def _place(place: re.Match[str]) -> str:
    name, event, digits, minute, second = place.groups()
    if name is not None:
        return f'"{name}"'
    if event is not None:
        return f"md5('e{event}' || i)::uuid::text"
    if digits is not None:
        return "number"
    return f"to_char(at + interval '{int(minute) * 60 + int(second)} s', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identified(connection_id: str, seq: int) -> IdentifiedRow:
    who = Candidate(
        kind=SubscriberKind.CONTACT,
        id=f"contact-{_NUMBER}",
        name="@name@",
        number=f"+{_NUMBER}",
        match=Match.E164,
        matched_digits=11,
    )
    fact = Identified(
        connection_id=connection_id,
        contact_id=who.id,
        name=who.name,
        number=f"+{_NUMBER}",
        device="@user@",
        candidates=(who,),
    )
    event = JournalEvent(event_id="@event0@", occurred_at=_AT, tenant=TENANT, pbx=PBX, call_id="@call@", fact=fact)
    return IdentifiedRow(seq, event, fact)


def _events(form: int) -> list[CallEvent]:
    """The events of one call. Every answered one is held once."""
    inbound, answered, queued = form not in (2, 3), form % 2 == 0, form >= 4
    trunk = Leg(
        connection_id="@one@",
        device=Device(number="trunk", kind=DeviceKind.TRUNK),
        direction=Direction.OUT if inbound else Direction.IN,
        party=Party(number=f"+{_NUMBER}", name="@name@"),
        remote=Party(number="700"),
        native_id="@i@.1",
    )
    phone = Leg(
        connection_id="@other@",
        device=Device(number="@user@", kind=DeviceKind.EXTENSION),
        direction=Direction.IN if inbound else Direction.OUT,
        party=Party(number="@user@"),
        remote=Party(number=f"+{_NUMBER}", name="@name@"),
        native_id="@i@.2",
        queue="support" if queued else "",
    )
    first, second = (trunk, phone) if inbound else (phone, trunk)
    facts: list[tuple[int, CallFact]] = [(0, Originated(leg=first, dialled="700" if inbound else f"+{_NUMBER}"))]
    if queued:
        facts.append((1, Queued(connection_id="@one@", queue="support")))
    facts.append((5, Delivered(leg=second)))
    if answered:
        facts += [
            (9, Established(leg=second, connected=(first.connection_id,))),
            (30, Held(connection_id="@other@")),
            (40, Retrieved(connection_id="@other@")),
        ]
    facts += [
        (90, ConnectionCleared(connection_id=each.connection_id, released_by="@one@", cause=Cause.NORMAL))
        for each in (second, first)
    ]
    call = born("@call@", TENANT, PBX, _AT, "@i@.1")
    events = []
    for version, (seconds, fact) in enumerate((*facts, (90, Cleared())), 1):
        at = _AT + timedelta(seconds=seconds)
        event = tell(call, fact, at, at, Origin.OBSERVED, ("@i@.1",))
        call = event.call
        events.append(replace(event, event_id=f"@event{version}@"))
    return events


MADE_TABLES = (*(table.name for table in TABLES), IDENTIFICATION.name)
"""The tables that `make` fills, beside the archive."""
