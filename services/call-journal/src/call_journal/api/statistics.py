"""Counts and sums by interval and by user or queue."""

from typing import Annotated

from cti_api.problems import PROBLEMS
from cti_model.counts import Statistics
from cti_model.questions import By, CountedFilters, GetStatistics, Interval
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from call_journal.api.asked import INSTANT, NOT_NEGATIVE, Zone, fields_of, instant
from call_journal.history.asker import Asker
from call_journal.history.statistics import get_statistics


@get("/v1/statistics", summary="Statistics", operation_id="statistics", responses=PROBLEMS)
async def statistics(
    state: State,
    asker: NamedDependency[Asker],
    counted: NamedDependency[CountedFilters],
    since: Annotated[str, QueryParameter(name="from", description="began at or after", schema_extra=INSTANT)],
    until: Annotated[str, QueryParameter(name="to", description="began before", schema_extra=INSTANT)],
    interval: FromQuery[Interval] = Interval.DAY,
    by: FromQuery[By] = By.NONE,
    zone: Zone = "UTC",
    within_s: Annotated[
        float, QueryParameter(ge=0, le=86400, description="for the service level", schema_extra=NOT_NEGATIVE)
    ] = 20.0,
) -> Statistics:
    """Counts and sums of a period, cut into intervals of a time zone, of what the token's roles may see.

    Every count names the request that lists exactly the calls behind it. A call belongs to the interval in which it
    began. At most 1000 intervals. `inbound` is only told when nothing narrower than a queue is asked for.
    """
    fields = fields_of(counted) | {"since": instant("from", since), "until": instant("to", until)}
    question = GetStatistics(**fields, interval=interval, by=by, zone=zone, within_s=within_s)
    return await get_statistics(state.pool, asker, question)
