"""What push stands on goes away under it: consumers, buckets, NATS, the other instance, the clock."""

import asyncio
import time
from contextlib import suppress

import pytest
from cti_bus import Bus
from nats.js.errors import NotFoundError
from push.gateway.closing import Close

from .client import Client, Dial
from .conftest import CALL, DEADLINE_S, token

HALF = len(CALL) // 2


def cursor_of(got: dict) -> dict:
    return {"epoch": got["epoch"], "version": got["version"]}


async def to_the_end(client: Client, after: int) -> None:
    """Read on until the calls are over: every version once."""
    while True:
        update = await client.next()
        assert update["version"] == after + 1
        after = update["version"]
        if not update["view"].get("calls") and update["view"].get("current_call", "") == "":
            return


async def half_told(port: int, tell) -> tuple[Client, int]:
    """A client that has seen half of the call."""
    client, _ = await Dial(port)()
    await tell(CALL[:HALF])
    version = 0
    while version < 3:
        version = (await client.next())["version"]
    return client, version


async def consumers(bus: Bus) -> list[tuple[str, str]]:
    found = []
    for stream in ("CTI_EVENTS", "CTI_USERS"):
        found += [(stream, each.name) for each in await bus.js.consumers_info(stream)]
    return found


async def made_anew(bus: Bus, stream: str) -> None:
    """Wait until a stream that was deleted is there again."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with suppress(NotFoundError):
                await bus.js.stream_info(stream)
                return
            await asyncio.sleep(0.02)


async def test_consumers_that_are_deleted_are_made_anew_and_nothing_is_missed(pushing, tell, bus):
    async with pushing() as port:
        client, version = await half_told(port, tell)
        gone = await consumers(bus)
        assert {stream for stream, _ in gone} == {"CTI_EVENTS", "CTI_USERS"}
        for stream, name in gone:
            await bus.js.delete_consumer(stream, name)
        await tell(CALL[HALF:])
        await to_the_end(client, version)
        assert not {*gone} & {*await consumers(bus)}


@pytest.mark.parametrize("bucket", ["cti_leases", "cti_presence", "cti_commands", "cti_directory"])
async def test_a_bucket_that_is_lost_ends_no_session_and_loses_no_update(pushing, tell, bus, bucket):
    async with pushing(lease_ttl_s=2, presence_ttl_s=4) as port:
        client, version = await half_told(port, tell)
        await bus.js.delete_stream(f"KV_{bucket}")
        if bucket == "cti_leases":
            await made_anew(bus, f"KV_{bucket}")
        await client.say("presence", state="active")
        await tell(CALL[HALF:])
        await to_the_end(client, version)
        await Dial(port)()


async def test_a_client_of_one_instance_resumes_at_another(pushing, tell):
    """Behind one name there are two: who comes back may meet either."""
    async with pushing() as first, pushing() as second:
        client, _ = await half_told(first, tell)
        seen = next(each for each in client.frames if each["type"] == "update")
        await client.socket.close()
        witness, _ = await Dial(first)()
        await tell(CALL[HALF:])
        while (await witness.next())["view"].get("calls"):
            pass
        back, welcome = await Dial(second)(cursor=cursor_of(seen))
        assert welcome["recovered"] is True
        missed = [await back.next() for _ in range(welcome["version"] - seen["version"])]
        assert [each["version"] for each in missed] == list(range(seen["version"] + 1, welcome["version"] + 1))
        assert all(each["replay"] for each in missed)


async def test_without_nats_who_comes_is_told_to_come_again_and_who_is_there_stays(pushing, tell, nats_server):
    async with pushing(lease_ttl_s=2) as port:
        client, version = await half_told(port, tell)
        boss, _ = await Dial(port)("104", claims={"roles": ["supervisor"]})
        await asyncio.to_thread(nats_server.kill9)
        late = await Dial(port).raw()
        await late.say("hello", token=token("102"))
        await boss.say("watch", users=["102"])
        await client.say("watch", users=["102"])
        assert (await client.next("error"))["code"] == "forbidden"
        assert (await boss.next("error"))["code"] == "unavailable"
        assert (await late.closed())[0] == Close.UNAVAILABLE
        await asyncio.to_thread(nats_server.start)
        await tell(CALL[HALF:])
        await to_the_end(client, version)


@pytest.mark.parametrize("seconds", [-86_400, 500])
async def test_a_clock_that_jumps_loses_no_update_and_no_session(pushing, tell, monkeypatch, seconds):
    """Only a token's end is by the clock; all else is by one that does not jump."""
    real = time.time
    async with pushing(ping_s=0.5) as port:
        client, version = await half_told(port, tell)
        monkeypatch.setattr(time, "time", lambda: real() + seconds)
        for _ in range(3):
            await client.next("ping")
            await client.say("pong")
        await tell(CALL[HALF:])
        await to_the_end(client, version)
