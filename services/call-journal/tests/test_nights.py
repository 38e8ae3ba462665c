"""When which night comes, and how far back it reaches."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from call_journal import nights as night
from call_journal.nights import one_look
from call_journal.retention import Periods, last_night, limits, next_night
from pydantic import ValidationError

from .retaining import BERLIN, MEASURED, NOW, calls, settings
from .telling import inbound, journalled


def test_periods_are_whole_days_of_the_tenants_own_time():
    at = datetime(2026, 3, 30, 0, 30, tzinfo=UTC)  # 02:30 in Berlin, the day after the clocks went forward
    found = limits(Periods(1, 2, None, BERLIN), at)
    assert found.events == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert found.records == datetime(2026, 3, 27, 23, tzinfo=UTC)
    assert found.recordings == found.records, "sound does not outlive its record"
    assert limits(Periods(9, 2, 9, BERLIN), at).events == found.records, "nor do events"
    assert limits(Periods(None, None, None, BERLIN), at).events is None


def test_a_night_is_at_the_same_hour_also_when_the_clocks_change():
    winter = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert last_night(winter, 2, BERLIN) == datetime(2026, 3, 28, 1, tzinfo=UTC)
    assert next_night(winter, 2, BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC), "two o'clock is skipped: it is three"
    assert next_night(datetime(2026, 10, 24, 12, tzinfo=UTC), 2, BERLIN) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    exactly = datetime(2026, 3, 28, 1, tzinfo=UTC)
    assert last_night(exactly, 2, BERLIN) == exactly < next_night(exactly, 2, BERLIN)


def test_a_tenant_may_have_other_days_and_none_at_all():
    found = settings(
        keep_records_days=10, keep_events_days=5, time_zone="Europe/Berlin",
        retention={"a": {"records_days": 20}, "b": {"keep": ["records"], "time_zone": "Asia/Tokyo"}},
    )  # fmt: skip
    assert found.kept("a") == Periods(5, 20, None, BERLIN)
    assert found.kept("b") == Periods(5, None, None, ZoneInfo("Asia/Tokyo"))
    assert found.kept("c") == Periods(5, 10, None, BERLIN)
    for wrong in ({"records_days": 0}, {"days": 1}, {"time_zone": "Mars/Base"}, {"keep": ["all"]}):
        with pytest.raises(ValidationError):
            settings(retention={"a": wrong})


async def test_each_night_once_at_each_tenants_own_hour_and_a_missed_one_is_made_up_for(pool, monkeypatch):
    await calls(pool)
    await calls(pool, "tokyo", "x")
    done = []

    async def noted(pool, tenants, *_, **__):
        done.extend(tenants)
        return []

    monkeypatch.setattr(night, "retain", noted)
    how = settings(keep_records_days=60, night_hour=3, retention={"tokyo": {"time_zone": "Asia/Tokyo"}})

    async def look(at):
        done.clear()
        wait = await one_look(pool, how, {}, MEASURED, at)
        return done.copy(), wait

    noon = datetime(2026, 7, 15, 12, tzinfo=UTC)
    assert await look(noon) == ([], 600.0), "the first night is the next one"
    assert await look(datetime(2026, 7, 15, 17, 55, tzinfo=UTC)) == ([], 300.0)
    assert (await look(datetime(2026, 7, 15, 18, tzinfo=UTC)))[0] == ["tokyo"]
    assert (await look(datetime(2026, 7, 15, 18, 1, tzinfo=UTC)))[0] == [], "once"
    assert (await look(datetime(2026, 7, 16, 9, tzinfo=UTC)))[0] == ["replay"], "missed: the service was down"
    assert (await look(datetime(2026, 7, 20, 9, tzinfo=UTC)))[0] == ["replay", "tokyo"]


async def test_the_nights_verification_counts_rows_and_differences_and_names_nobody(pool, monkeypatch):
    class Counter:
        total = 0

        def add(self, count, attributes=None):
            self.total += count

    said = []
    log = type(
        "Log", (), {"error": lambda _, event, **fields: said.append((event, fields)), "info": lambda *_, **__: 0}
    )
    monkeypatch.setattr(night, "_log", log())
    counters = {name: Counter() for name in ("verified", "checked", "differences", "removed")}
    measured = type("Measured", (), counters)
    await journalled(pool, inbound("c", NOW - timedelta(hours=2)))
    await one_look(pool, settings(), {}, measured, NOW - timedelta(days=1))
    await pool.execute("UPDATE call_record SET talk_s = 1")
    await one_look(pool, settings(), {}, measured, NOW)
    assert [counters[name].total for name in ("verified", "checked", "differences")] == [1, 6, 1]
    result = json.loads(await pool.fetchval("SELECT result FROM night WHERE job = 'verify'"))
    assert result == {"calls": 1, "rows": 6, "differences": 1, "not_checkable": 0}
    assert said == [
        ("row differs from the archive", {"table": "call_record", "tenant": "replay", "connection_id": "c-phone"})
    ]
