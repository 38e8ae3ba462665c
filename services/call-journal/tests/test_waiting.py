"""Who waits in queues now, and who may know it."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from .conftest import recorded
from .history import bearer, got, reading

_CALL = """
    INSERT INTO call VALUES ($1, $2, $7, 1, 1, 'inbound', '700', $3, $4, NULL, $5, NULL, NULL, $6::text::jsonb)
"""
_RANG = """
    INSERT INTO call_record VALUES ('replay', 'row-' || $1, 'call-' || $1, 'pbx', 1, $1, $1, 'in', false, '', '', '',
        'answered', 'self', $3, $3, $3, 3, 0, 0, 0, '', '', NULL, $2, $4::text::jsonb)
"""
NOW = datetime.now(UTC)
QUEUED = next(each.call for each in recorded("n1_queue_ringall") if each.call.queue)
"""The recorded call as it came into the queue."""


class Hall:
    """Puts calls into the journal as they are while they wait."""

    def __init__(self, pool) -> None:
        self.pool = pool

    async def waits(self, call_id, queue, seconds, **other):
        tenant, pbx, ended = other.get("tenant", "replay"), other.get("pbx", "pbx"), other.get("ended")
        state, since = other.get("state", "queued"), other.get("since", NOW)
        caller = msgspec.to_builtins(QUEUED.connections[0])
        at = since - timedelta(seconds=seconds)
        caller |= {"queue": queue, "changed_at": at.isoformat(), "state": state}
        told = msgspec.to_builtins(QUEUED) | {"call_id": call_id, "connections": [caller]}
        started = at - timedelta(seconds=5)
        await self.pool.execute(_CALL, tenant, call_id, queue, started, ended, msgspec.json.encode(told).decode(), pbx)

    async def rang(self, user, queue, days, shared_with=None):
        shared = msgspec.json.encode(shared_with).decode() if shared_with else None
        await self.pool.execute(_RANG, user, queue, NOW - timedelta(days=days), shared)


@pytest.fixture
def hall(pool) -> Hall:
    return Hall(pool)


@pytest.fixture
async def client(pool):
    async with reading(pool) as made:
        yield made


async def waiting(client, headers=None, **asked) -> list[str]:
    return [each["call_id"] for each in await got(client, "/v1/waiting", headers, **asked)]


async def test_the_longest_waiting_is_first_and_who_talks_or_is_gone_does_not_wait(client, hall):
    await hall.waits("short", "support", 8)
    await hall.waits("long", "sales", 75)
    await hall.waits("talks", "sales", 90, state="connected")
    await hall.waits("gone", "sales", 90, ended=NOW)
    await hall.waits("lost its end", "sales", 90, since=NOW - timedelta(days=2))
    await hall.waits("of others", "sales", 80, tenant="rival")
    assert await waiting(client) == ["long", "short"]
    assert await waiting(client, queue="support") == ["short"]
    (found,) = await got(client, "/v1/waiting", queue="support")
    since = (NOW - timedelta(seconds=8)).isoformat().replace("+00:00", "Z")
    assert found == {
        "call_id": "short", "pbx": "pbx", "queue": "support",
        "number": "79161234567", "name": "Ivan Petrov", "since": since,
    }  # fmt: skip


async def test_a_team_sees_who_waits_for_it_and_an_operator_nobody(client, hall):
    await hall.waits("a", "sales", 8)
    await hall.waits("b", "support", 9)
    await hall.rang("103", "sales", 6)
    await hall.rang("104", "support", 8)
    assert await waiting(client, bearer("boss", "supervisor")) == ["b", "a"]
    assert await waiting(client, bearer("boss", "supervisor", team=["103", "104"])) == ["a"]
    assert await waiting(client, bearer("boss", "supervisor", team=["104"])) == []
    assert await waiting(client, bearer("103", "operator")) == []
    assert await waiting(client, bearer("crm", "integrator")) == ["b", "a"]


async def test_another_pbx_may_have_a_queue_of_that_name_which_is_not_the_teams(client, hall):
    await hall.waits("here", "sales", 8)
    await hall.waits("there", "sales", 9, pbx="branch")
    await hall.rang("103", "sales", 1)
    assert await waiting(client, bearer("boss", "supervisor", team=["103"])) == ["here"]
    assert await waiting(client, bearer("boss", "supervisor")) == ["there", "here"]


async def test_a_telephone_that_several_share_is_each_ones(client, hall):
    await hall.waits("a", "sales", 8)
    await hall.waits("b", "support", 9)
    await hall.rang("103", "sales", 6, shared_with=["103", "104"])
    await hall.rang("105", "support", 8, shared_with=["105", "104"])
    assert await waiting(client, bearer("boss", "supervisor", team=["104"])) == ["a"]
    assert await waiting(client, bearer("boss", "supervisor", team=["103"])) == ["a"]
    assert await waiting(client, bearer("boss", "supervisor", team=["106"])) == []
