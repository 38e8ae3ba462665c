"""Rows of the Calls section, and single calls."""

from typing import Any

import asyncpg
import msgspec
from cti_model.calls import Call
from cti_model.history import CallCount, CallDetail, CallItem, CallPage, CallPath, Link, TimelineItem
from cti_model.questions import CountCalls, GetCall, GetPath, ListCalls
from cti_store import Pool

from call_journal.history.asker import Asker, narrowed
from call_journal.history.checked import checked
from call_journal.history.errors import NotThere
from call_journal.history.pages import decoded, encoded
from call_journal.history.path import path_and_story, stories
from call_journal.store.outbox import users_of
from call_journal.store.queries import Cursor, count_records, events_of, list_records, one_call, records_of

COUNT_BOUND = 100_000
"""No further than this is counted: a count reads what it counts."""
COLUMNS_OF = {"user": "user_id", "remote_name": "party_name"}
"""Columns of the store that the API names otherwise."""
SOURCES = tuple((name, COLUMNS_OF.get(name, name)) for name in CallItem.__struct_fields__ if name != "path")
"""What a row of the store has of an item, and in which column."""
links_of = msgspec.json.Decoder(list[Link]).decode


async def list_calls(pool: Pool, asker: Asker, question: ListCalls) -> CallPage:
    """A page of rows, newest first, with their paths when asked for."""
    asked = checked(question)
    after, seen = decoded(asked.cursor), narrowed(asker, asked)
    if seen is None:
        return CallPage(items=[], next=None)
    rows = await list_records(pool, asker.tenant, seen, after, asked.limit + 1)
    more = rows[asked.limit - 1] if len(rows) > asked.limit else None
    items = [item(asker, row) for row in rows[: asked.limit]]
    if asked.paths:
        async with pool.acquire() as connection:
            told = await stories(connection, asker.tenant, (each.call_id for each in items), asked.language)
        for each in items:
            each.path = told.get(each.call_id)
    return CallPage(
        items=items,
        next=encoded(Cursor(more["started_at"], more["connection_id"])) if more else None,
    )


async def count_calls(pool: Pool, asker: Asker, question: CountCalls) -> CallCount:
    """How many rows `list_calls` lists, counted no further than `COUNT_BOUND`."""
    seen = narrowed(asker, checked(question))
    if seen is None:
        return CallCount(count=0, exact=True)
    found = await count_records(pool, asker.tenant, seen, COUNT_BOUND)
    return CallCount(count=found.count, exact=found.exact, estimate=found.estimate)


async def get_call(pool: Pool, asker: Asker, question: GetCall) -> CallDetail:
    """A call that the asker, or somebody whose rows they see, took part in; raises `NotThere` for others."""
    row, records = await _call(pool, asker, question)
    call = msgspec.json.decode(row["state"], type=Call)
    events = await events_of(pool, asker.tenant, question.call_id)
    devices = {each.connection_id: each.device.number for each in call.connections}
    path, story = path_and_story(events, question.language)
    return CallDetail(
        call=call,
        story=story,
        path=path,
        records=[item(asker, each) for each in records],
        timeline=[_timeline(each, devices) for each in events],
    )


async def get_path(pool: Pool, asker: Asker, question: GetPath) -> CallPath:
    """The path of such a call, without all the rest."""
    await _call(pool, asker, question)
    path, story = path_and_story(await events_of(pool, asker.tenant, question.call_id), question.language)
    return CallPath(call_id=question.call_id, story=story, path=path)


async def _call(pool: Pool, asker: Asker, question: GetCall | GetPath) -> tuple[asyncpg.Record, list[asyncpg.Record]]:
    call_id = checked(question).call_id
    row = await one_call(pool, asker.tenant, call_id)
    records = await records_of(pool, asker.tenant, call_id) if row is not None else []
    if row is None or not (asker.sees_everyone or any(asker.sees(*users_of(each)) for each in records)):
        raise NotThere(f"no call {call_id}")
    return row, records


def item(asker: Asker, row: asyncpg.Record) -> CallItem:
    """A row of the Calls section as the asker may see it."""
    fields = {name: row[source] for name, source in SOURCES}
    fields["links"] = links_of(row["links"])
    if not asker.notes:
        fields["note"] = ""
    return msgspec.convert(fields, CallItem)


def _timeline(row: asyncpg.Record, devices: dict[str, str]) -> TimelineItem:
    fact: dict[str, Any] = msgspec.json.decode(row["fact"])
    leg = fact.get("leg") or {}
    connection_id = leg.get("connection_id") or fact.get("connection_id") or fact.get("by") or ""
    return TimelineItem(
        version=row["version"],
        kind=row["kind"],
        occurred_at=row["occurred_at"],
        observed_at=row["observed_at"],
        origin=row["origin"],
        connection_id=connection_id,
        device=devices.get(connection_id) or (leg.get("device") or {}).get("number", ""),
        fact=fact,
    )
