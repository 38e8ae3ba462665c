"""Streams as they are declared, and reading single messages of one."""

import asyncio
from dataclasses import replace

import pytest
from cti_bus import (
    Bus,
    Publisher,
    StreamIncompatible,
    StreamSpec,
    connect,
    ensure,
    newest,
    newest_of_each,
    since,
)
from cti_bus import streams as declared
from cti_bus.provision import differences

DEADLINE_S = 30.0


async def test_ensure_is_repeatable_and_complete(bus: Bus):
    await ensure(bus)
    first = {info.config.name: info.config for info in await bus.js.streams_info()}
    assert set(first) == {spec.name for spec in declared.ALL}
    assert first["CTI_EVENTS"].max_age == 72 * 3600
    assert first["CTI_USERS"].max_msgs_per_subject == 200
    for spec in declared.ALL:
        assert differences(declared.config_of(spec, 1), first[spec.name]) == {}
    await ensure(bus)


async def test_ensure_from_many_processes_at_once(bus: Bus, nats_url: str):
    others = [await connect(nats_url, f"n{i}") for i in range(4)]
    await asyncio.gather(*(ensure(other) for other in others))
    for other in others:
        await other.close()


async def test_changed_definition_is_updated_and_messages_stay(bus: Bus):
    spec = StreamSpec("S", ("cti.>",), "test", max_age_s=3600)
    await ensure(bus, specs=[spec])
    async with Publisher(bus) as publisher:
        await publisher.publish("cti.a", b"x", {}, "1")
    await ensure(bus, specs=[replace(spec, max_age_s=7200, subjects=("cti.>", "more.>"))])
    info = await bus.js.stream_info("S")
    assert (info.config.max_age, info.config.subjects, info.state.messages) == (7200, ["cti.>", "more.>"], 1)
    await ensure(bus, specs=[spec], max_age_s={"S": 60})
    assert (await bus.js.stream_info("S")).config.max_age == 60


async def test_incompatible_definition_is_a_clear_error(bus: Bus):
    await bus.js.add_stream(name="S", subjects=["cti.>"], storage="memory")
    with pytest.raises(StreamIncompatible, match=r"stream S: .*storage"):
        await ensure(bus, specs=[StreamSpec("S", ("cti.>",), "test")])


async def test_overlapping_stream_is_a_clear_error(bus: Bus):
    await bus.js.add_stream(name="OTHER", subjects=["cti.*.call.>"])
    with pytest.raises(StreamIncompatible, match="overlap"):
        await ensure(bus)


async def test_direct_reads(bus: Bus):
    await ensure(bus, specs=[declared.USERS])
    async with Publisher(bus) as publisher:
        for i in range(1500):
            await publisher.publish(f"cti.t.user.u{i % 1200}", b"%d" % i, {"v": str(i)}, str(i))
    last = await newest(bus, "CTI_USERS", "cti.t.user.u7")
    assert last is not None
    assert (last.body, last.headers["v"], last.stream_seq) == (b"1207", "1207", 1208)
    assert abs(last.time.timestamp() - last.time_ns / 1e9) < 0.001
    assert await newest(bus, "CTI_USERS", "cti.t.user.none") is None
    one = await newest(bus, "CTI_USERS", "cti.t.user.*")
    assert one is not None
    assert one.body == b"1499"
    assert [m.body async for m in since(bus, "CTI_USERS", "cti.t.user.u7")] == [b"7", b"1207"]
    assert [m.body async for m in since(bus, "CTI_USERS", "cti.t.user.u7", 8)] == [b"1207"]
    assert [m.body async for m in since(bus, "CTI_USERS", "cti.t.user.u7", 1208)] == []
    assert [int(m.body) async for m in since(bus, "CTI_USERS", "cti.t.user.*")] == list(range(1500))
    each = {m.subject: int(m.body) async for m in newest_of_each(bus, "CTI_USERS", "cti.t.user.*")}
    assert each == {f"cti.t.user.u{i % 1200}": i for i in range(300, 1500)}
