"""What others get: the bucket and the answers, on real servers."""

import asyncio

import msgspec
import pytest
from cti_bus import Bucket, answer, connect, ensure
from cti_model import subjects
from cti_model.directory import ExtensionEntry, IdentifyReply, IdentifyRequest, UserEntry
from cti_runtime import Progress
from directory.feed import Feed
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store import directory as store
from directory.store import telling
from directory.store.directory import Change
from directory.store.tables import CONTACTS, EXTENSIONS, USERS

from .conftest import METRICS

BOSS = Change("acme", "boss")
DEADLINE_S = 60


@pytest.fixture
async def bus(nats_server):
    async with await connect(nats_server.url, "test") as made:
        await ensure(made)
        yield made


@pytest.fixture
def bucket(bus):
    return Bucket(bus, "cti_directory")


@pytest.fixture
def feed(pool, bucket):
    return Feed(pool, bucket, METRICS, Progress(60), poll_s=0.1, compare_s=600)


async def create(pool, table, **values):
    async with pool.acquire() as connection, connection.transaction():
        return await store.create(connection, table, BOSS, values, Rules())


async def two_users(pool):
    for user in ("101", "102"):
        await create(
            pool,
            USERS,
            id=user,
            name=f"User {user}",
            roles=["operator"],
            active=True,
            photo_url=f"https://crm.example/{user}",
        )
    shared = {"pbx": "asterisk", "extension": "500", "valid_from": None, "valid_to": None}
    return [await create(pool, EXTENSIONS, user_id=user, **shared) for user in ("101", "102")]


async def held(bucket) -> dict[str, UserEntry | ExtensionEntry]:
    return {
        entry.key: msgspec.json.decode(entry.value, type=UserEntry if ".user." in entry.key else ExtensionEntry)
        async for entry in bucket.entries()
    }


async def until_empty(pool, feed):
    while await feed.step():
        pass
    assert await pool.fetchval("SELECT count(*) FROM directory.outbox") == 0


async def test_each_change_is_told(pool, bucket, feed):
    await until_empty(pool, feed)
    first, _ = await two_users(pool)
    await until_empty(pool, feed)
    told = await held(bucket)
    assert set(told) == {"acme.user.101", "acme.user.102", "acme.extension.asterisk.500"}
    assert [each.user for each in told["acme.extension.asterisk.500"].owners] == ["101", "102"]
    assert told["acme.user.101"].extensions[0].extension == "500"
    assert told["acme.user.101"].photo_url == "https://crm.example/101"
    async with pool.acquire() as connection, connection.transaction():
        away = {"name": "User 102", "roles": ["operator"], "active": False}
        await store.replace(connection, USERS, BOSS, "102", 1, away, Rules())
        await store.remove(connection, EXTENSIONS, BOSS, first.id, 1)
        await store.remove(connection, USERS, BOSS, "101", 1)
    await until_empty(pool, feed)
    told = await held(bucket)
    assert set(told) == {"acme.user.102"}, "nobody active has the extension"
    assert not told["acme.user.102"].active


async def test_a_bucket_that_is_another_is_told_in_full_at_the_start(pool, bucket, feed):
    await two_users(pool)
    await pool.execute("DELETE FROM directory.outbox")
    await bucket.put("acme.user.ghost", b"{}")
    await bucket.put("acme.user.101", b'{"old":1}')
    await feed.step()
    told = await held(bucket)
    assert set(told) == {"acme.user.101", "acme.user.102", "acme.extension.asterisk.500"}
    revisions = [entry.revision async for entry in bucket.entries()]
    feed._compared_at = float("-inf")
    await feed.step()
    assert [entry.revision async for entry in bucket.entries()] == revisions, "what is right is left alone"


async def test_two_who_tell_do_not_both(pool, bucket, feed):
    await two_users(pool)
    async with pool.acquire() as other, other.transaction():
        assert await telling.may_tell(other)
        assert await feed.step() is False
    assert await held(bucket) == {}
    await until_empty(pool, feed)
    assert len(await held(bucket)) == 3


async def test_changes_made_while_nats_is_away_are_told_when_it_is_back(pool, bucket, feed, nats_server):
    running = asyncio.create_task(feed.run())
    try:
        nats_server.stop()
        await two_users(pool)
        feed.wake()
        async with asyncio.timeout(DEADLINE_S):
            while feed._progress.not_ready() is None:
                await asyncio.sleep(0.05)
        assert await pool.fetchval("SELECT count(*) FROM directory.outbox") > 0
        nats_server.start()
        async with asyncio.timeout(DEADLINE_S):
            while await pool.fetchval("SELECT count(*) FROM directory.outbox"):
                await asyncio.sleep(0.05)
        assert len(await held(bucket)) == 3
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def ask(bus, tenant: str, body: bytes) -> IdentifyReply:
    reply = await bus.request(subjects.identify(tenant), body, timeout_s=DEADLINE_S)
    return msgspec.json.decode(reply.body, type=IdentifyReply)


async def test_requests_over_nats(pool, bus):
    number = {"kind": "phone", "label": "", "value": "8 916 123-45-67"}
    await create(pool, CONTACTS, name="Ivan Petrov", external_id=None, job="", account_id=None, communications=[number])
    lookup = Lookup(pool, Rules(), METRICS, None, 8)
    question = msgspec.json.encode(IdentifyRequest(number="+79161234567"))
    async with await answer(bus, subjects.ALL_IDENTIFY, lookup.reply, group="directory", at_once=True):
        found = await ask(bus, "acme", question)
        assert [(each.name, each.source) for each in found.candidates] == [("Ivan Petrov", "directory")]
        assert (await ask(bus, "rival", question)) == IdentifyReply()
        assert "not a request" in (await ask(bus, "acme", b"{}")).error
        assert "so many characters" in (await ask(bus, "acme", msgspec.json.encode({"number": "1" * 300}))).error
        lookup._at_once = 0
        assert "too many" in (await ask(bus, "acme", question)).error
        lookup._at_once = 8
        await pool.close()
        assert "database" in (await ask(bus, "acme", question)).error
