"""Counts and sums by interval and by user or queue."""

from datetime import UTC, datetime

import asyncpg
import msgspec
from cti_model.counts import Statistics
from cti_model.questions import By, CallFilters, CountedFilters, GetStatistics
from cti_store import Pool

from call_journal.history.asker import Asker, narrowed
from call_journal.history.checked import checked, zone_of
from call_journal.history.errors import BadQuestion
from call_journal.history.shape import Shape
from call_journal.intervals import TooMany, starts
from call_journal.store.agents import occupied
from call_journal.store.inbound import Inbound
from call_journal.store.statistics import of_inbound, of_records

MAX_INTERVALS = 1000
_OF_CALLS = frozenset({"since", "until", "queue"})
"""What an inbound call, which is no row of a user, can be filtered by."""


async def get_statistics(pool: Pool, asker: Asker, question: GetStatistics) -> Statistics:
    """Counts of a period, cut into intervals of a time zone, of what the asker sees.

    Every count names the request that lists exactly the calls behind it. A call belongs to the interval in which it
    began. At most `MAX_INTERVALS` intervals: raises `BadQuestion` for more.
    """
    asked = checked(question)
    cuts = _cuts(asked)
    answer = Statistics(
        tz=asked.zone, interval=asked.interval.value, by=asked.by.value, within_s=asked.within_s, rows=[]
    )
    seen = narrowed(asker, CallFilters(**{name: getattr(asked, name) for name in CountedFilters.__struct_fields__}))
    if seen is None:
        return answer
    rows = await of_records(pool, asker.tenant, seen, cuts, asked.by.value, asked.within_s)
    given = {name for name, value in msgspec.structs.asdict(seen).items() if value is not None}
    whole = asker.sees_everyone and asked.by is not By.USER and given <= _OF_CALLS
    calls = []
    if whole:
        inbound = Inbound(since=asked.since, until=asked.until, queue=asked.queue)
        calls = await of_inbound(pool, asker.tenant, inbound, cuts, asked.by.value, asked.within_s)
    shape = Shape(
        seen, [*cuts, asked.until], asked.by, asked.within_s, whole, await _presence(pool, asker, asked, cuts, seen)
    )
    answer.rows = shape.rows(rows, calls)
    return answer


async def _presence(
    pool: Pool, asker: Asker, asked: GetStatistics, cuts: list[datetime], seen: CallFilters
) -> dict[tuple[int, str], asyncpg.Record]:
    """How long users were there and occupied, whatever calls are asked for: by interval and user."""
    if asked.by is not By.USER:
        return {}
    users = (seen.user,) if seen.user is not None else seen.users
    rows = await occupied(pool, asker.tenant, cuts, min(asked.until, datetime.now(UTC)), users)
    return {(row["slot"], row["who"]): row for row in rows}


def _cuts(asked: GetStatistics) -> list[datetime]:
    try:
        return starts(asked.since, asked.until, asked.interval, zone_of(asked.zone), MAX_INTERVALS)
    except TooMany as error:
        raise BadQuestion(f"interval: the period has {error}") from error
    except OverflowError as error:
        raise BadQuestion("from, to: no such instant in this time zone") from error
