"""Removing what is older than it may be (see `retention`), so slowly that nobody waits for it.

    1  events: months in which nothing is worth keeping are dropped, from the others rows are deleted
    2  recordings: the sound, where its place deletes; what cannot be reached now stays and is tried the next night
    3  calls, with everything that belongs to them, and states of agents of the same age

Each batch is a transaction, followed by a pause as long as it took. Ended anywhere, it goes on there the next time.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import structlog
from cti_store import Connection, Pool

from call_journal.audio.listening import recorded
from call_journal.audio.sound import Place, SoundError
from call_journal.retention import Limits, Periods, limits
from call_journal.store import ageing
from call_journal.store.agents import remove_states
from call_journal.store.exclusive import exclusive
from call_journal.store.recordings import mark_gone
from call_journal.telemetry import Metrics

_log = structlog.get_logger(__name__)
_CALLS = 200  # some thousand rows
_RECORDINGS = 100
_STATES = 2000
_ATTEMPTS = 20
_FIRST = (datetime.min.replace(tzinfo=UTC), "")
T = TypeVar("T")


class Removed(msgspec.Struct, kw_only=True):
    """What was removed of a tenant, or would be. `left`: recordings that are no longer known here, but whose sound
    stays where it lies, since its place does not delete; `failed`: recordings whose place did not answer.

    Events of dropped months are not counted: `months` are named.
    """

    tenant: str
    events: int = 0
    calls: int = 0
    rows: dict[str, int] = {}
    states: int = 0
    recordings: int = 0
    left: int = 0
    failed: int = 0
    months: list[str] = []


async def retain(
    pool: Pool,
    tenants: list[str] | None,
    periods: Callable[[str], Periods],
    places: Mapping[str, Place],
    metrics: Metrics,
    now: datetime,
    *,
    dry_run: bool = False,
) -> list[Removed]:
    """Remove what is old of these tenants (None: of all). Raises `exclusive.Busy`."""
    async with exclusive(pool) as connection:
        known = await ageing.tenants(connection)
        old = {tenant: limits(periods(tenant), now) for tenant in known}
        found = [Removed(tenant=tenant) for tenant in known if tenants is None or tenant in tenants]
        if dry_run:
            for each in found:
                await _count(connection, each, old[each.tenant])
            return found
        await _months(connection, found, {tenant: each.events for tenant, each in old.items()}, metrics)
        for each in found:
            await _rows(connection, each, old[each.tenant], places, metrics)
            _log.info("old data removed", **msgspec.to_builtins(each))
        return found


async def _rows(
    connection: Connection, told: Removed, old: Limits, places: Mapping[str, Place], metrics: Metrics
) -> None:
    if old.events is not None:
        async for count in _events(connection, told.tenant, old.events):
            told.events += count
            metrics.removed.add(count, {"what": "event"})
    if old.recordings is not None:
        await _recordings(connection, told, old.recordings, places, metrics)
    while old.records is not None:
        removed = await _paced(ageing.remove_calls(connection, told.tenant, old.records, _CALLS))
        if not removed:
            break
        told.calls += removed["call"]
        told.rows = {name: told.rows.get(name, 0) + count for name, count in removed.items()}
        metrics.removed.add(removed["call"], {"what": "call"})
    while old.records is not None:
        count = await _paced(remove_states(connection, told.tenant, old.records, _STATES))
        if not count:
            break
        told.states += count
        metrics.removed.add(count, {"what": "agent state"})


async def _count(connection: Connection, told: Removed, old: Limits) -> None:
    told.events, told.calls = await ageing.counted(connection, told.tenant, old.events, old.records)
    after = _FIRST
    while old.recordings is not None:
        rows = await ageing.old_recordings(connection, told.tenant, old.recordings, after, _RECORDINGS)
        if not rows:
            break
        after = rows[-1]["began_at"], rows[-1]["recording"]
        told.recordings += len(rows)


async def _months(
    connection: Connection, told: list[Removed], before: Mapping[str, datetime | None], metrics: Metrics
) -> None:
    for month in await ageing.months(connection):
        if not await ageing.wholly_old(connection, month, before):
            continue
        for _ in range(_ATTEMPTS):
            if await _paced(ageing.drop(connection, month)):
                for each in told:
                    each.months.append(month.table)
                metrics.removed.add(1, {"what": "month"})
                break
        else:
            _log.warning("month not dropped", table=month.table, reason="a long query holds it")


async def _events(connection: Connection, tenant: str, before: datetime) -> AsyncIterator[int]:
    for month in await ageing.months(connection):
        if not await ageing.has_old_events(connection, month, tenant, before):
            continue
        for block in range(0, await ageing.size_of(connection, month), ageing.BLOCKS):
            yield await _paced(ageing.remove_events(connection, month, tenant, before, block))


async def _recordings(
    connection: Connection, told: Removed, before: datetime, places: Mapping[str, Place], metrics: Metrics
) -> None:
    after = _FIRST
    while rows := await ageing.old_recordings(connection, told.tenant, before, after, _RECORDINGS):
        after = rows[-1]["began_at"], rows[-1]["recording"]
        gone = []
        for row in rows:
            place = places.get(row["pbx"])
            if place is None or not place.deletes:
                told.left += 1
            else:
                try:
                    await place.remove(recorded(row))
                except SoundError as error:
                    told.failed += 1
                    _log.warning("recording not removed", recording=row["recording"], error=str(error))
                    continue
            gone.append(row["recording"])
        await _paced(mark_gone(connection, told.tenant, gone, "retention"))
        told.recordings += len(gone)
        metrics.removed.add(len(gone), {"what": "recording"})


async def _paced(work: Awaitable[T]) -> T:
    """Do a piece of work, and then nothing for as long as it took: half of the time is others'."""
    began = time.monotonic()
    done = await work
    await asyncio.sleep(time.monotonic() - began)
    return done
