"""Days of 23 and of 25 hours, and everything between."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from call_journal.intervals import Interval, TooMany, starts
from hypothesis import given
from hypothesis import strategies as st

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "hours"),
    [("2026-03-28T23:00", 23), ("2026-10-24T22:00", 25), ("2026-06-01T22:00", 24)],
)
def test_a_day_is_as_long_as_it_is_there(first, hours):
    after = utc(first) + timedelta(hours=hours)
    assert starts(utc(first), after + timedelta(hours=1), Interval.DAY, BERLIN, 10) == [utc(first), after]
    assert len(starts(utc(first), after, Interval.HOUR, BERLIN, 100)) == hours


def test_the_hour_that_comes_twice_is_two_hours():
    found = starts(utc("2026-10-25T00:30"), utc("2026-10-25T02:30"), Interval.HOUR, BERLIN, 10)
    assert found == [utc("2026-10-25T00:30"), utc("2026-10-25T01:00"), utc("2026-10-25T02:00")]
    assert [each.astimezone(BERLIN).hour for each in found] == [2, 2, 3]


def test_weeks_begin_on_monday_and_months_on_the_first():
    weeks = starts(utc("2026-03-25T12:00"), utc("2026-04-08T00:00"), Interval.WEEK, BERLIN, 10)
    assert weeks == [utc("2026-03-25T12:00"), utc("2026-03-29T22:00"), utc("2026-04-05T22:00")]
    months = starts(utc("2026-11-15T00:00"), utc("2027-02-01T00:00"), Interval.MONTH, BERLIN, 10)
    assert months == [
        utc("2026-11-15T00:00"),
        utc("2026-11-30T23:00"),
        utc("2026-12-31T23:00"),
        utc("2027-01-31T23:00"),
    ]


def test_too_many_are_refused():
    assert len(starts(utc("2026-01-01"), utc("2026-01-11"), Interval.DAY, ZoneInfo("UTC"), 10)) == 10
    with pytest.raises(TooMany, match="more than 10"):
        starts(utc("2026-01-01"), utc("2026-01-11T00:01"), Interval.DAY, ZoneInfo("UTC"), 10)


@given(
    since=st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),
    hours=st.floats(0.01, 300),
    interval=st.sampled_from(Interval),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
                          "America/Sao_Paulo", "Pacific/Apia"]).map(ZoneInfo),
)  # fmt: skip
def test_intervals_follow_one_another_and_begin_where_they_should(since, hours, interval, zone):
    until = since + timedelta(hours=hours)
    found = starts(since, until, interval, zone, 1000)
    assert found[0] == since
    assert all(one < other for one, other in zip(found, [*found[1:], until], strict=True))
    if interval in (Interval.DAY, Interval.WEEK, Interval.MONTH):
        days = [each.astimezone(zone).date() for each in found]
        assert len(set(days)) == len(days)
