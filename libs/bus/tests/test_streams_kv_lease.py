"""Declared streams, buckets, direct reads and leases."""

import asyncio
from dataclasses import replace

import pytest
from cti_bus import (
    Bucket,
    Bus,
    ConnectFailed,
    Heard,
    KeyConflict,
    Lease,
    NobodyListens,
    Publisher,
    StreamIncompatible,
    StreamSpec,
    answer,
    connect,
    ensure,
    newest,
    newest_of_each,
    since,
)
from cti_bus import streams as declared
from cti_bus.provision import differences
from cti_devstack.nats import NatsServer

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


async def test_no_server_is_a_clear_error(tmp_path):
    with pytest.raises(
        ConnectFailed, match=r"no NATS server at nats://127.0.0.1:1 \(nats_url\) after 0.5 s: .*Connect call failed"
    ):
        await connect("nats://127.0.0.1:1", "x", deadline_s=0.5, reconnect_wait_s=0.05)


async def test_password_is_not_in_the_error(tmp_path):
    url = "nats://u:hunter2@127.0.0.1:1,nats://u:hunter2@127.0.0.1:2"
    with pytest.raises(
        ConnectFailed, match=r"at nats://127\.0\.0\.1:1,nats://127\.0\.0\.1:2 \(nats_url\) after"
    ) as failed:
        await connect(url, "x", deadline_s=0.5, reconnect_wait_s=0.05)
    assert "hunter2" not in str(failed.value)


async def test_connect_waits_for_a_late_server(nats_server):
    nats_server.stop()
    connecting = asyncio.create_task(connect(nats_server.url, "early", reconnect_wait_s=0.05))
    await asyncio.sleep(0.3)
    nats_server.start()
    bus = await asyncio.wait_for(connecting, DEADLINE_S)
    assert bus.is_connected
    await bus.close()


async def test_closed_is_told(bus: Bus):
    watching = asyncio.create_task(bus.watch_closed())
    await bus.close()
    await asyncio.wait_for(watching, DEADLINE_S)
    assert bus.closed.is_set()


async def test_request_without_listener(bus: Bus):
    with pytest.raises(NobodyListens):
        await bus.request("nobody.here", b"")


async def test_requests_are_answered_by_one_of_a_group(bus: Bus, nats_url: str):
    served: list[str] = []

    def server(name: str):
        async def reply(heard: Heard) -> bytes:
            served.append(name)
            return heard.body + heard.headers["x"].encode()

        return reply

    async with (
        await connect(nats_url, "other") as other,
        await answer(bus, "cti.t.cmd.p.*", server("a"), group="p"),
        await answer(other, "cti.t.cmd.p.*", server("b"), group="p"),
    ):
        reply = await bus.request("cti.t.cmd.p.dial", b"1", {"x": "y"})
        assert reply.body == b"1y"
        assert len(served) == 1


async def test_wrong_password_is_a_clear_error(tmp_path):
    server = NatsServer(tmp_path, options=["--user", "u", "--pass", "p"])
    server.start()
    try:
        with pytest.raises(ConnectFailed, match=r"(?i)authorization"):
            await connect(server.url, "x", deadline_s=3, reconnect_wait_s=0.05)
        good = await connect(server.url.replace("//", "//u:p@"), "x", deadline_s=DEADLINE_S)
        await good.close()
    finally:
        server.stop()


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


@pytest.fixture
async def leases(bus: Bus) -> Bus:
    await ensure(bus, specs=[declared.LEASES])
    return bus


async def test_release_hands_over_at_once(leases: Bus):
    one, two = Lease(leases, "pbx.t.p", "one", ttl_s=120), Lease(leases, "pbx.t.p", "two", ttl_s=120)
    await one.acquire()
    assert one.held
    standby = asyncio.create_task(two.acquire())
    await asyncio.sleep(0.2)
    assert not standby.done()
    await one.release()
    await asyncio.wait_for(standby, DEADLINE_S)
    assert two.held
    assert not one.held
    assert one.lost.is_set()
    assert two.revision > one.revision
    await two.release()


async def test_dead_holder_is_succeeded_and_holder_outlives_its_ttl(leases: Bus, nats_url: str):
    other = await connect(nats_url, "other")
    one, two = Lease(other, "k", "one", ttl_s=3), Lease(leases, "k", "two", ttl_s=3)
    await one.acquire()
    standby = asyncio.create_task(two.acquire())
    await asyncio.sleep(3.5)  # longer than the lease: renewal is what keeps it
    assert one.held
    assert not standby.done()
    assert one._renewer is not None
    one._renewer.cancel()  # as a process that hangs
    await asyncio.wait_for(standby, DEADLINE_S)
    assert two.held
    assert not one.held
    await two.release()
    await one.release()
    await other.close()


async def test_cut_off_holder_knows_that_it_lost(leases: Bus, nats_server):
    lease = Lease(leases, "k", "one", ttl_s=2)
    await lease.acquire()
    nats_server.freeze()
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    assert not lease.held
    nats_server.thaw()
    await lease.release()


async def test_stolen_lease_is_noticed(leases: Bus):
    lease = Lease(leases, "k", "one", ttl_s=2)
    await lease.acquire()
    await Bucket(leases, "cti_leases").put("k", b"somebody")
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    await lease.release()
    entry = await Bucket(leases, "cti_leases").get("k")
    assert entry is not None
    assert entry.value == b"somebody"


async def test_lease_survives_a_server_restart(leases: Bus, nats_server):
    lease = Lease(leases, "k", "one", ttl_s=9)
    revision = await lease.acquire()
    nats_server.kill9()
    nats_server.start()
    renewed = lease._current
    async with asyncio.timeout(DEADLINE_S):
        while lease._current == renewed:
            await asyncio.sleep(0.05)
    assert lease.held
    assert lease.revision == revision
    await lease.release()


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


async def test_a_lease_that_expired_while_nobody_wanted_it_is_regained(bus, nats_server):
    await ensure(bus)
    lease = Lease(bus, "regained", "one", 2)
    await lease.acquire()
    nats_server.kill9()
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    nats_server.start()
    assert await asyncio.wait_for(lease.regain(), DEADLINE_S)
    assert lease.held
    await lease.release()


async def test_a_lease_that_another_took_is_not_regained(bus):
    await ensure(bus)
    one, two = Lease(bus, "taken", "one", 2), Lease(bus, "taken", "two", 2)
    await one.acquire()
    await Bucket(bus, "cti_leases").delete("taken")
    await two.acquire()
    await asyncio.wait_for(one.lost.wait(), DEADLINE_S)
    assert not await one.regain()
    assert two.held
    await two.release()
