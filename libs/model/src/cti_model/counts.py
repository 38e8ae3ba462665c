"""The journal's statistics: counts and sums, each count with the request that lists the calls behind it."""

from datetime import datetime

import msgspec


class Counted(msgspec.Struct, kw_only=True):
    """A number, and the request that lists the calls behind it."""

    value: int
    list: str


class Incoming(msgspec.Struct, kw_only=True):
    """Rows of phones that rang. `outcomes`: those that ended, by outcome (only those that there are).

    `service_level`: of those answered, missed and abandoned, the share answered within `within_s` (0 to 1); null when
    there are none. Phones that stopped because another one answered are in neither.
    """

    calls: Counted
    outcomes: dict[str, Counted]
    answered: Counted
    answered_within: Counted
    service_level: float | None
    average_speed_of_answer_s: float | None


class Outgoing(msgspec.Struct, kw_only=True):
    """Rows of phones that dialled."""

    calls: Counted
    outcomes: dict[str, Counted]


class Inbound(msgspec.Struct, kw_only=True):
    """Calls from outside, each once. `service_level`: of those that ended or were answered, the share answered within
    `within_s`. `unanswered` are `abandoned` (in a queue) and missed ones.
    """

    calls: Counted
    answered: Counted
    answered_within: Counted
    unanswered: Counted
    abandoned: Counted
    service_level: float | None
    average_speed_of_answer_s: float | None


class StatisticsRow(msgspec.Struct, kw_only=True):
    """Calls that began in one interval, of one user or queue.

    `ring_s`, `talk_s`, `hold_s`: sums over all its rows, `calls`. `available_s` (by user): how long in this interval,
    as far as it is over, they were signed in to a queue and ready, busy or after a call. `handled_s`: how long of that
    they had an answered call, held or not, or were after one. `occupancy`: the second as a share of the first. All
    three are of all calls of the user, whatever is asked for; null when the PBX told of no such time. `inbound`: only
    for who sees everyone, and not by user.
    """

    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")
    user: str | None
    queue: str | None
    calls: Counted
    alive: Counted
    incoming: Incoming
    outgoing: Outgoing
    ring_s: float
    talk_s: float
    hold_s: float
    available_s: float | None
    handled_s: float | None
    occupancy: float | None
    inbound: Inbound | None


class Statistics(msgspec.Struct, kw_only=True):
    """Counts by interval and by whom, in order of time; what has no calls has no row. `from` and `to` are in UTC."""

    tz: str
    interval: str
    by: str
    within_s: float
    rows: list[StatisticsRow]
