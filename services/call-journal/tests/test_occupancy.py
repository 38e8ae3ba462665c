"""How much of the time in which somebody was there they were occupied: from agent events to the statistics."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import call_journal
import cti_store
import pytest
from call_journal.consumer import Consumer
from call_journal.privacy.forget import forget
from call_journal.privacy.person import Person
from call_journal.store.agents import remove_states
from call_journal.store.masks import Masks
from call_journal.store.migrate import migrate
from call_journal.store.writer import Writer
from call_journal.telemetry import metrics
from cti_bus import Batch, Received
from cti_model.agents import Agent, AgentEvent, DeviceState, Membership, settled, tell_agent
from cti_model.envelope import encode_agent, encode_call
from cti_model.events import CallEvent, Origin
from msgspec.structs import replace
from opentelemetry import metrics as otel

from .history import bearer, got, reading
from .telling import PBX, TENANT, inbound

OUT = Agent(tenant=TENANT, pbx=PBX, device="101")
HOUR = timedelta(hours=1)


def ready(**more) -> Agent:
    return replace(OUT, queues=(Membership(queue="support", **more),), device_state=DeviceState.IDLE)


BUSY = replace(ready(), device_state=DeviceState.IN_USE)
PAUSED = ready(paused=True, reason="lunch")


def agent_events(*changes: tuple[datetime, Agent]) -> list[AgentEvent]:
    """What is told of an agent that becomes these at these instants."""
    before, found = None, []
    for at, agent in changes:
        after = settled(agent, at)
        event = tell_agent(before, after, at, at, Origin.OBSERVED)
        assert event is not None
        before, found = event.agent, [*found, event]
    return found


def wrapping(until: datetime) -> Agent:
    return ready(wrap_up_until=until)


async def written(
    pool: asyncpg.Pool, *events: AgentEvent | CallEvent, times: int = 1, name: str = "S", masks: Masks | None = None
) -> None:
    """As the journal reads them from the stream, in the order of time."""
    received = []
    for seq, event in enumerate(sorted(events, key=lambda each: each.occurred_at), 1):
        message = encode_agent(event) if isinstance(event, AgentEvent) else encode_call(event)
        received.append(Received(seq, message.subject, message.headers, message.body, 0))
    for n in range(times):  # again, as after a crash: another stream's position
        consumer = Consumer(Writer(pool, "test", f"{name}{n}", masks=masks), metrics(otel.get_meter("test")), 0)
        await consumer.handle(Batch(received, len(received)))


async def told(pool: asyncpg.Pool, since: str, until: str, headers=None, **asked) -> list[dict]:
    async with reading(pool) as client:
        question = {"by": "user", "tz": "Europe/Berlin", "from": since, "to": until, **asked}
        return (await got(client, "/v1/statistics", headers, **question))["rows"]


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23)])
async def test_a_day_whose_clocks_change_is_as_long_as_it_is(pool, day, hours):
    """Ready since the evening before until the evening after, but for a call with wrap-up and an hour's pause."""
    midnight = {25: "+02:00", 23: "+01:00"}[hours]
    began = datetime.fromisoformat(f"{day}T00:00:00{midnight}").astimezone(UTC)
    call_at = began + 12 * HOUR
    free = call_at + timedelta(seconds=38)
    lunch = began + 15 * HOUR
    states = agent_events(
        (began - 3 * HOUR, ready()),
        (call_at + timedelta(seconds=1), BUSY),
        (call_at + timedelta(seconds=8), wrapping(free)),
        (free, ready()),
        (lunch, PAUSED),
        (lunch + HOUR, ready()),
        (began + 40 * HOUR, OUT),
    )
    await written(pool, *states, *inbound("c1", call_at, recording=None, user="101"), times=2)
    end = began + hours * HOUR
    (row,) = await told(pool, began.isoformat(), end.isoformat(), interval="day")
    (record,) = await pool.fetch("SELECT answered_at, ended_at FROM call_record")
    assert row["available_s"] == pytest.approx((hours - 1) * 3600)
    talk = record["ended_at"] - record["answered_at"]
    assert talk > timedelta()
    assert row["handled_s"] == pytest.approx(talk.total_seconds() + 30), "with the wrap-up"
    assert row["occupancy"] == pytest.approx(row["handled_s"] / row["available_s"])
    by_hour = await told(pool, began.isoformat(), end.isoformat(), interval="hour")
    (busy,) = by_hour  # the hours without a call have no row
    assert (busy["available_s"], busy["handled_s"]) == (pytest.approx(3600), pytest.approx(row["handled_s"]))


async def test_a_talk_counts_where_it_is_and_only_while_somebody_is_there(pool):
    """From 9:50 to 11:10, by somebody who signs out at 11:05."""
    began = datetime(2026, 5, 5, 9, 50, tzinfo=UTC)
    await written(pool, *agent_events((began - HOUR, ready()), (began, BUSY), (began + timedelta(minutes=75), OUT)))
    await written(pool, *inbound("long", began, recording=None), name="calls")
    await pool.execute(
        "UPDATE call_record SET started_at = $1, answered_at = $1, ended_at = $2", began, began + timedelta(minutes=80)
    )
    rows = await told(pool, "2026-05-05T09:00:00Z", "2026-05-05T12:00:00Z", interval="hour", tz="UTC")
    (row,) = rows
    assert row["available_s"] == pytest.approx(3600)
    assert row["handled_s"] == pytest.approx(600)
    (whole,) = await told(pool, "2026-05-05T09:00:00Z", "2026-05-05T12:00:00Z", interval="all")
    assert whole["available_s"] == pytest.approx(3600 + 3600 + 300)
    assert whole["handled_s"] == pytest.approx(75 * 60)
    assert whole["occupancy"] <= 1


async def test_of_whom_nothing_was_told_nothing_is_said(pool):
    at = datetime(2026, 5, 5, 9, tzinfo=UTC)
    await written(pool, *inbound("c1", at, recording=None, user="102"), *agent_events((at - HOUR, ready())))
    day = ("2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z")
    (row,) = await told(pool, *day)
    assert (row["user"], row["available_s"], row["handled_s"], row["occupancy"]) == ("102", None, None, None)
    assert [each["occupancy"] for each in await told(pool, *day, by="none")] == [None]
    assert await told(pool, *day, headers=bearer("101", "operator")) == []


async def test_a_journal_of_the_version_before_keeps_its_rows_and_learns_of_agents(empty_postgres_dsn, tmp_path):
    scripts = Path(call_journal.__file__).parent / "migrations"
    shutil.copytree(scripts, tmp_path / "before", ignore=shutil.ignore_patterns("0007*", "__pycache__"))
    await cti_store.migrate(empty_postgres_dsn, tmp_path / "before", lock=1)
    at = datetime(2026, 5, 5, 9, tzinfo=UTC)
    async with asyncpg.create_pool(empty_postgres_dsn, min_size=1, max_size=2) as pool:
        await written(pool, *inbound("c1", at, user="101"))
        tables = ("call", "call_record", "connection", "segment", "recording", "call_event", "position")

        async def rows() -> list[list[tuple]]:
            return [[tuple(row) for row in await pool.fetch(f"SELECT * FROM {each} ORDER BY 1, 2")] for each in tables]

        before = await rows()
        assert all(before)
        await migrate(empty_postgres_dsn)
        assert await rows() == before
        day = ("2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z")
        assert [row["occupancy"] for row in await told(pool, *day)] == [None]
        await written(pool, *agent_events((at - HOUR, ready()), (at + HOUR, OUT)), name="agents")
        assert [row["available_s"] for row in await told(pool, *day)] == [7200]


async def test_another_tenants_agents_are_not_counted(pool):
    at = datetime(2026, 5, 5, 9, tzinfo=UTC)
    theirs = agent_events((at - HOUR, replace(ready(), tenant="other")))
    await written(pool, *inbound("c1", at, recording=None, user="101"), *theirs)
    (row,) = await told(pool, "2026-05-05T00:00:00Z", "2026-05-06T00:00:00Z")
    assert row["occupancy"] is None


async def test_old_states_go_but_for_the_last_before_which_still_holds(pool):
    at = datetime(2026, 5, 5, 9, tzinfo=UTC)
    await written(pool, *agent_events((at, ready()), (at + HOUR, PAUSED), (at + 2 * HOUR, ready())))
    async with pool.acquire() as connection:
        assert await remove_states(connection, TENANT, at + 90 * HOUR / 60, 10) == 1
        assert await remove_states(connection, TENANT, at + 90 * HOUR / 60, 10) == 0
        assert await remove_states(connection, "other", at + 9 * HOUR, 10) == 0
    rows = await pool.fetch("SELECT agent_state FROM agent_event ORDER BY occurred_at")
    assert [row["agent_state"] for row in rows] == ["not_ready", "ready"]


async def test_an_erased_users_states_name_nobody_and_do_not_come_back(pool):
    key = b"e" * 32
    at = datetime(2026, 3, 27, 10, tzinfo=UTC)
    events = agent_events((at, ready()), (at + HOUR, PAUSED))
    await written(pool, *events, *inbound())

    async def whose() -> list[tuple[str, str]]:
        rows = await pool.fetch("SELECT users->>0, device FROM agent_event ORDER BY occurred_at")
        return [tuple(row) for row in rows]

    assert await whose() == [("101", "101")] * 2
    proof = await forget(pool, key, TENANT, Person(users=("101",)), "boss", {}, at + 24 * HOUR)
    assert proof.remaining == {}
    erased = await whose()
    assert len(set(erased)) == 1
    assert all(each.startswith("erased-") for each in erased[0])
    await pool.execute("TRUNCATE agent_event")
    await written(pool, *events, name="again", masks=Masks(key))
    assert await whose() == erased
