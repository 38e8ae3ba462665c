"""The path of a call, from its archived events."""

from collections.abc import Iterable, Sequence

import asyncpg
from cti_model.calls import Connection, DeviceKind
from cti_model.events import CallEvent
from cti_model.history import PathItem
from cti_model.path import segments
from cti_model.story import Language, story
from cti_store import Connection as StoreConnection

from call_journal.project.archived import Archived, Incomplete, newest_telling, retold
from call_journal.store.archive import archived, from_row


def path_and_story(rows: Sequence[asyncpg.Record], language: Language) -> tuple[list[PathItem], str | None]:
    """Who talked with whom, and the line for people, of one call's rows of `call_event`, living or over.

    No story, and no path, of a call whose events are not all in the archive.
    """
    events = _told(sorted(map(from_row, rows), key=lambda each: each.stream_seq))
    return (_items(events), story(events, language)) if events else ([], None)


async def stories(
    connection: StoreConnection, tenant: str, call_ids: Iterable[str], language: Language
) -> dict[str, str | None]:
    """The line for people of each of these calls; None, or nothing, where `path_and_story` has none."""
    found = await archived(connection, {(tenant, call_id) for call_id in call_ids})
    told = ((call_id, _told(rows)) for (_, call_id), rows in found)
    return {call_id: story(events, language) if events else None for call_id, events in told}


def _told(rows: Iterable[Archived]) -> list[CallEvent]:
    """The events of one call as they were told last; empty when not all are in the archive."""
    try:
        return newest_telling(retold(rows))
    except Incomplete:
        return []


def _items(events: list[CallEvent]) -> list[PathItem]:
    known = {each.connection_id: each for event in events for each in event.call.connections}
    return [
        PathItem(
            one=each.one,
            one_number=_number(known[each.one]),
            other=each.other,
            other_number=_number(known[each.other]),
            began_at=each.began_at,
            began_by=each.began_by,
            ended_at=each.ended_at,
            ended_by=each.ended_by,
        )
        for each in segments(events)
    ]


def _number(connection: Connection) -> str:
    """Of a line, the number behind it."""
    trunk = connection.device.kind is DeviceKind.TRUNK
    return connection.party.number if trunk else connection.device.number
