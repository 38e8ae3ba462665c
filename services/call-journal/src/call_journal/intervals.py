"""Hours, days, weeks and months of a time zone as instants. Pure.

A day is as long as it is there: 23 hours when the clocks go forward, 25 when they go back.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cti_model.questions import Interval


class TooMany(ValueError):
    """The period has more intervals than asked for at most."""


def starts(since: datetime, until: datetime, interval: Interval, zone: ZoneInfo, at_most: int) -> list[datetime]:
    """Where the intervals of [since, until) begin, in UTC, in order; the first at `since`, in the midst of its own.

    Each ends where the next one begins, the last one at `until`. Raises `TooMany`, and `OverflowError` at the ends of
    the calendar.
    """
    found = [since]
    while interval is not Interval.ALL and (following := _next(found[-1], interval, zone)) < until:
        if len(found) == at_most:
            raise TooMany(f"more than {at_most} intervals")
        found.append(following)
    return found


def _next(at: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """The first beginning of an interval after an instant."""
    local = at.astimezone(zone)
    if interval is Interval.HOUR:  # by elapsed time: the hour that the clocks repeat is two
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return at.astimezone(UTC) - into + timedelta(hours=1)
    day = local.date()
    following = {
        Interval.DAY: day + timedelta(days=1),
        Interval.WEEK: day + timedelta(days=7 - day.weekday()),
        Interval.MONTH: date(day.year + day.month // 12, day.month % 12 + 1, 1),
    }[interval]
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
