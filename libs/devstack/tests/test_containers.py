"""Servers in containers keep address and data, as the embedded ones do. Skipped where no engine has the images."""

import asyncio
import urllib.request
from collections.abc import Iterator

import asyncpg
import pytest
from cti_bus import Bus, StreamSpec, connect, ensure
from cti_devstack.containers import ContainedNats, ContainedPostgres, has_image
from cti_devstack.testing import contained_nats, contained_postgres

STREAM = StreamSpec("S", ("s.>",), "test")


@pytest.fixture
def nats() -> Iterator[ContainedNats]:
    server = contained_nats()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def postgres() -> Iterator[ContainedPostgres]:
    server = contained_postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


async def stored(bus: Bus) -> int:
    return int((await bus.js.stream_info("S")).state.messages)


@pytest.mark.parametrize("how", ["kill9", "stop", "restart"])
async def test_nats_keeps_address_and_messages(nats: ContainedNats, how: str):
    async with await connect(nats.url, "test", reconnect_wait_s=0.05) as bus:
        await ensure(bus, specs=[STREAM])
        await bus.js.publish("s.a", b"1")
        await asyncio.to_thread(getattr(nats, how))
        if how != "restart":
            await asyncio.to_thread(nats.start)
        await asyncio.wait_for(bus.wait_connected(), 30)
        assert await stored(bus) == 1


def test_a_frozen_nats_says_nothing_until_it_goes_on(nats: ContainedNats):
    health = f"http://127.0.0.1:{nats._monitor}/healthz"
    nats.freeze()
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(health, timeout=0.5)
    nats.thaw()
    assert urllib.request.urlopen(health, timeout=30).status == 200


@pytest.mark.parametrize("how", ["kill9", "stop"])
async def test_postgres_keeps_address_and_rows(postgres: ContainedPostgres, how: str):
    url = postgres.create_database("db")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (42)")
    await connection.execute("CHECKPOINT")  # its fsync is off
    await connection.close()
    getattr(postgres, how)()
    postgres.start()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT n FROM t") == 42
    await connection.close()


def test_an_image_that_is_not_here_is_not_looked_for_elsewhere():
    assert not has_image("trunkline/there-is-no-such-image:0")
