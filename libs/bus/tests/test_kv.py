"""Buckets: values, lifetimes, and keys that are erased."""

import asyncio
from dataclasses import replace

import pytest
from cti_bus import (
    Bucket,
    Bus,
    KeyConflict,
    connect,
    ensure,
)
from cti_bus import streams as declared

DEADLINE_S = 30.0


async def test_bucket(bus: Bus):
    await ensure(bus, specs=[declared.LIVE_CALLS, declared.COMMANDS])
    calls = Bucket(bus, "cti_live_calls")
    assert await calls.get("t.p.1") is None
    first = await calls.create("t.p.1", b"a")
    with pytest.raises(KeyConflict):
        await calls.create("t.p.1", b"b")
    second = await calls.update("t.p.1", b"b", first)
    with pytest.raises(KeyConflict):
        await calls.update("t.p.1", b"c", first)
    with pytest.raises(KeyConflict):
        await calls.delete("t.p.1", first)
    await calls.put("t.q.1", b"z")
    assert {e.key: e.value async for e in calls.entries()} == {"t.p.1": b"b", "t.q.1": b"z"}
    assert [e.key async for e in calls.entries("t.p.*")] == ["t.p.1"]
    await calls.delete("t.p.1", second)
    assert await calls.get("t.p.1") is None
    assert [e.key async for e in calls.entries()] == ["t.q.1"]
    assert await calls.create("t.p.1", b"again") > second


async def test_key_expires(bus: Bus):
    await ensure(bus, specs=[declared.COMMANDS])
    commands = Bucket(bus, "cti_commands")
    await commands.create("c", b"", ttl_s=1)
    async with asyncio.timeout(DEADLINE_S):
        while await commands.get("c") is not None:
            await asyncio.sleep(0.05)
    await commands.create("c", b"")


async def test_an_erased_key_leaves_no_trace_and_does_not_come_back_after_a_power_cut(bus, nats_server):
    await ensure(bus)
    index = Bucket(bus, "cti_live_calls")
    await index.put("t.p.stays", b"")
    await index.put("t.p.1", b"")
    await index.erase("t.p.1")
    await index.erase("t.p.1")
    nats_server.kill9()
    nats_server.start()
    async with await connect(nats_server.url, "after") as later:
        assert [each.key async for each in Bucket(later, index.name).entries()] == ["t.p.stays"]
        assert (await later.js.stream_info("KV_cti_live_calls")).state.messages == 1


async def test_keys_that_are_erased_while_the_bucket_is_read_are_only_missing(bus, monkeypatch):
    monkeypatch.setattr("cti_bus.direct._BATCH", 1)
    await ensure(bus)
    index = Bucket(bus, "cti_live_calls")
    for each in ("1", "2", "3"):
        await index.put(f"t.p.{each}", b"")
    seen = []
    async for each in index.entries():
        seen.append(each.key)
        await index.erase("t.p.2")
        await index.erase("t.p.3")
    assert seen == ["t.p.1"]


async def test_a_marker_with_a_lifetime_is_followed_by_none(bus):
    await bus.js.add_stream(
        declared.config_of(replace(declared.LIVE_CALLS, name="KV_short", subjects=("$KV.short.>",)), 1)
    )
    await bus.js.publish("$KV.short.a", b"x")
    marker = {"KV-Operation": "PURGE", "Nats-Rollup": "sub", "Nats-TTL": "1s"}
    await bus.js.publish("$KV.short.a", b"", headers=marker)

    async def gone():
        return (await bus.js.stream_info("KV_short")).state.messages == 0

    async with asyncio.timeout(DEADLINE_S):
        while not await gone():
            await asyncio.sleep(0.1)
