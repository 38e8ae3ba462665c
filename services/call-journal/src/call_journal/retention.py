"""How long what is kept. Pure.

Events are what a call was made of, step by step; records are the call and what users wrote about it; recordings are
its sound. Nothing is worth keeping without the call that it belongs to: events and recordings go with its records.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec


class Kept(StrEnum):
    """What has a time of its own."""

    EVENTS = "events"
    RECORDS = "records"
    RECORDINGS = "recordings"


class Periods(msgspec.Struct, frozen=True):
    """Days for which a tenant's data is kept, None for ever, and where its days begin."""

    events: int | None
    records: int | None
    recordings: int | None
    zone: ZoneInfo


class Limits(msgspec.Struct, frozen=True):
    """What is older than these instants goes; None: it stays."""

    events: datetime | None
    records: datetime | None
    recordings: datetime | None


def limits(periods: Periods, now: datetime) -> Limits:
    """What has to go at an instant. The days are whole ones of the tenant's time zone: today and so many before it."""
    records = _limit(periods.records, periods.zone, now)
    return Limits(
        events=_later(_limit(periods.events, periods.zone, now), records),
        records=records,
        recordings=_later(_limit(periods.recordings, periods.zone, now), records),
    )


def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone {name!r}") from error


def last_night(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The newest instant, not after `now`, at which it was `hour` o'clock there. An hour that the clocks skip is the
    one after it; of one that they repeat it is the first.
    """
    return max(due for due in _nights(now, hour, zone) if due <= now)


def next_night(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The first such instant after `now`."""
    return min(due for due in _nights(now, hour, zone) if due > now)


def _nights(now: datetime, hour: int, zone: ZoneInfo) -> list[datetime]:
    days = (now.astimezone(zone).date() + timedelta(days=each) for each in range(-2, 3))
    return [datetime(day.year, day.month, day.day, hour, tzinfo=zone).astimezone(UTC) for day in days]


def _limit(days: int | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    if days is None:
        return None
    day = now.astimezone(zone).date() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return one if other is None or (one is not None and one > other) else other
