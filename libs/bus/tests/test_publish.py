"""Publishing against a real server, which is killed in the middle of it."""

import asyncio

import pytest
from cti_bus import (
    Bus,
    BusClosed,
    Fenced,
    NotSent,
    Publisher,
    Refused,
    StreamSpec,
    ensure,
    extract,
    listen,
    newest,
    since,
)
from opentelemetry import trace

DEADLINE_S = 30.0
STREAM = StreamSpec("S", ("cti.>",), "test")


async def all_messages(bus: Bus, subject: str = "cti.>"):
    return [m async for m in since(bus, "S", subject)]


@pytest.fixture
async def stream(bus: Bus) -> Bus:
    await ensure(bus, specs=[STREAM])
    return bus


async def test_fenced_and_free_messages_are_stored_in_order(stream: Bus):
    async with Publisher(stream, window=50) as publisher:
        for i in range(300):
            call = i % 7
            await publisher.publish(
                f"cti.t.call.p.{call}.e",
                b"%d" % i,
                {"ce-id": str(i)},
                f"id{i}",
                fence=f"cti.t.call.p.{call}.>",
                begins=True,
            )
            await publisher.publish("cti.t.link.p.x", b"%d" % i, {}, f"link{i}")
        await publisher.flush()
        assert publisher.in_flight == 0
    for call in range(7):
        bodies = [int(m.body) for m in await all_messages(stream, f"cti.t.call.p.{call}.>")]
        assert bodies == [i for i in range(300) if i % 7 == call]
    assert [int(m.body) for m in await all_messages(stream, "cti.t.link.>")] == list(range(300))


async def test_callers_headers_are_left_alone(stream: Bus):
    headers = {"a": "b"}
    async with Publisher(stream) as publisher:
        await publisher.publish("cti.t.call.p.1.e", b"", headers, "x", fence="cti.t.call.p.1.>", begins=True)
    assert headers == {"a": "b"}


async def test_repeat_is_swallowed(stream: Bus):
    async with Publisher(stream) as publisher:
        first = await (await publisher.publish("cti.t.link.p.x", b"1", {}, "same"))
        again = await (await publisher.publish("cti.t.link.p.x", b"1", {}, "same"))
        assert first == again
        assert publisher.counters.duplicates == 1


async def test_stale_publisher_is_fenced_out(stream: Bus):
    old, new = Publisher(stream), Publisher(stream)
    fence = "cti.t.call.p.1.>"
    await old.publish("cti.t.call.p.1.a", b"", {}, "1", fence=fence, begins=True)
    await old.flush()
    await new.publish("cti.t.call.p.1.b", b"", {}, "2", fence=fence)
    await new.flush()
    lost = await old.publish("cti.t.call.p.1.c", b"", {}, "3", fence=fence)
    behind = await old.publish("cti.t.call.p.1.d", b"", {}, "4", fence=fence)
    with pytest.raises(Fenced):
        await old.flush()
    assert isinstance(lost.exception(), Fenced)
    assert isinstance(behind.exception(), Fenced)
    with pytest.raises(Fenced):
        await old.publish("cti.t.call.p.1.e", b"", {}, "5", fence=fence)
    assert old.in_flight == 0
    assert [m.message_id for m in await all_messages(stream)] == ["1", "2"]
    old.forget(fence)
    await old.publish("cti.t.call.p.1.e", b"", {}, "5", fence=fence)
    await old.flush()
    await old.close()
    await new.close()


async def test_repeat_after_lost_ack_is_success_not_fenced(stream: Bus):
    """The same process, or its successor, sends the message again that was stored but whose ack was lost."""
    fence = "cti.t.call.p.1.>"
    async with Publisher(stream) as first:
        stored = await (await first.publish("cti.t.call.p.1.a", b"", {}, "1", fence=fence, begins=True))
    async with Publisher(stream) as second:
        again = await (await second.publish("cti.t.call.p.1.a", b"", {}, "1", fence=fence, begins=True))
        assert again == stored
        await second.publish("cti.t.call.p.1.b", b"", {}, "2", fence=fence)
    async with Publisher(stream) as third:
        assert await (await third.publish("cti.t.call.p.1.b", b"", {}, "2", fence=fence)) == stored + 1
    assert [m.message_id for m in await all_messages(stream)] == ["1", "2"]


async def test_a_process_that_begins_again_repeats_all_and_goes_on(stream: Bus):
    """Whatever the dedupe window: each repeat is found in the fence's history, the first new one is stored."""
    await stream.js.update_stream(name="S", subjects=["cti.>"], duplicate_window=0.1, allow_direct=True)
    fence = "cti.t.call.p.1.>"
    for end in (4, 6):
        async with Publisher(stream) as publisher:
            for i in range(end):
                await publisher.publish("cti.t.call.p.1.e", b"%d" % i, {}, f"id{i}", fence=fence, begins=True)
        await asyncio.sleep(0.3)
    assert [int(m.body) for m in await all_messages(stream)] == list(range(6))
    async with Publisher(stream) as rival:
        await rival.publish("cti.t.call.p.1.e", b"rival", {}, "rival", fence=fence)
    async with Publisher(stream) as stale:
        for i in range(7):
            await stale.publish("cti.t.call.p.1.e", b"%d" % i, {}, f"id{i}", fence=fence, begins=True)
        with pytest.raises(Fenced):
            await stale.flush()
    assert [m.message_id for m in await all_messages(stream)][-2:] == ["id5", "rival"]


async def test_who_was_restored_from_a_backup_says_again_what_was_said_in_another_order(stream: Bus):
    """Without a claim, as an outbox has none: each is found wherever it stands; the new one is stored behind all."""
    await stream.js.update_stream(name="S", subjects=["cti.>"], duplicate_window=0.1, allow_direct=True)
    subject = "cti.t.journal.p.1.saved"
    async with Publisher(stream) as publisher:
        for each in ("a", "b", "c"):
            await publisher.publish(subject, b"", {}, each, fence=subject)
    # The server has forgotten their ids when it has forgotten one that is younger.
    probe = {"Nats-Msg-Id": "younger"}
    async with asyncio.timeout(20):
        while True:
            ack = await stream.js.publish("cti.t.probe", b"", headers=probe)
            if not ack.duplicate and ack.seq > 4:
                break
            await asyncio.sleep(0.01)
    async with Publisher(stream) as publisher:
        again = [await publisher.publish(subject, b"", {}, each, fence=subject) for each in ("c", "a", "new", "b")]
        assert [await each for each in again] == [3, 1, 6, 2]
    assert (await stream.js.stream_info("S")).state.messages == 6


async def test_forget_keeps_memory_flat(stream: Bus):
    async with Publisher(stream) as publisher:
        for i in range(200):
            fence = f"cti.t.call.p.{i}.>"
            await publisher.publish(f"cti.t.call.p.{i}.e", b"", {}, str(i), fence=fence, begins=True)
            publisher.forget(fence)
        await publisher.flush()
        assert not publisher._lanes


async def test_too_large_a_message_is_refused_and_others_go_on(stream: Bus):
    async with Publisher(stream) as publisher:
        big = await publisher.publish("cti.t.link.p.x", b"x" * 2_000_000, {}, "big")
        await publisher.publish("cti.t.link.p.x", b"small", {}, "small")
        with pytest.raises(Refused):
            await publisher.flush()
        assert isinstance(big.exception(), Refused)
        await publisher.flush()
    found = await newest(stream, "S", "cti.t.link.>")
    assert found is not None
    assert found.body == b"small"


async def test_full_window_blocks(stream: Bus, nats_server):
    publisher = Publisher(stream, window=3)
    await (await publisher.publish("cti.t.link.p.x", b"", {}, "warm"))
    nats_server.freeze()
    for i in range(3):
        await publisher.publish("cti.t.link.p.x", b"", {}, f"w{i}")
    blocked = asyncio.ensure_future(publisher.publish("cti.t.link.p.x", b"", {}, "w3"))
    await asyncio.sleep(0.2)
    assert not blocked.done()
    nats_server.thaw()
    await asyncio.wait_for(blocked, DEADLINE_S)
    await publisher.flush()
    await publisher.close()


@pytest.mark.parametrize("how", ["kill9", "stop"])
async def test_server_restarts_in_the_middle(stream: Bus, nats_server, how: str):
    """kill -9 several times while publishing: every message is stored once, each call in its order."""
    total, calls = 6000, 20
    publisher = Publisher(stream, window=200)

    async def work():
        for i in range(total):
            call = i % calls
            await publisher.publish(
                f"cti.t.call.p.{call}.e",
                b"%d" % i,
                {},
                f"id{i}",
                fence=f"cti.t.call.p.{call}.>",
                begins=True,
            )
            await publisher.publish("cti.t.link.p.x", b"%d" % i, {}, f"free{i}")
        await publisher.flush()

    working = asyncio.create_task(work())
    for part in (1, 2, 3):
        async with asyncio.timeout(30):
            while publisher.counters.acked < part * total // 3 and not working.done():
                await asyncio.sleep(0.005)
        getattr(nats_server, how)()
        await asyncio.to_thread(nats_server.start)
    await asyncio.wait_for(working, 60)
    assert stream.counters.reconnects >= 2
    await publisher.close()
    for call in range(calls):
        bodies = [int(m.body) for m in await all_messages(stream, f"cti.t.call.p.{call}.>")]
        assert bodies == list(range(call, total, calls))
    assert [int(m.body) for m in await all_messages(stream, "cti.t.link.>")] == list(range(total))


async def test_call_longer_than_the_retention_goes_on(stream: Bus):
    fence = "cti.t.call.p.1.>"
    async with Publisher(stream) as publisher:
        await publisher.publish("cti.t.call.p.1.a", b"", {}, "1", fence=fence, begins=True)
        await publisher.flush()
        await stream.js.purge_stream("S")
        await publisher.publish("cti.t.call.p.1.b", b"", {}, "2", fence=fence)
    assert [m.message_id for m in await all_messages(stream)] == ["2"]


async def test_trace_context_travels(stream: Bus):
    context = trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1))
    async with Publisher(stream) as publisher:
        with trace.use_span(trace.NonRecordingSpan(context)):
            await publisher.publish("cti.t.link.p.x", b"", {}, "1")
        await publisher.publish("cti.t.link.p.x", b"", {}, "2")
    first, second = await all_messages(stream)
    assert first.headers["traceparent"] == f"00-{0xABC:032x}-{0xDEF:016x}-01"
    assert trace.get_current_span(extract(first.headers)).get_span_context().trace_id == 0xABC
    assert "traceparent" not in second.headers


async def test_close_while_the_server_is_away_fails_what_waits(stream: Bus, nats_server):
    publisher = Publisher(stream, window=2)
    await (await publisher.publish("cti.t.link.p.x", b"", {}, "0"))
    nats_server.kill9()
    async with asyncio.timeout(DEADLINE_S):
        while stream.is_connected:
            await asyncio.sleep(0.01)
    waiting = [await publisher.publish("cti.t.link.p.x", b"", {}, str(i)) for i in (1, 2)]
    blocked = asyncio.ensure_future(publisher.publish("cti.t.link.p.x", b"", {}, "3"))
    await asyncio.sleep(0)
    await stream.close()
    with pytest.raises(BusClosed):
        await asyncio.wait_for(blocked, DEADLINE_S)
    assert all(isinstance(future.exception(), BusClosed) for future in waiting)
    with pytest.raises(BusClosed):
        await asyncio.wait_for(publisher.flush(), DEADLINE_S)
    await publisher.close()


async def test_nothing_is_sent_late(stream: Bus, nats_server):
    """What the client had not written when the connection broke is dropped, not sent first after the reconnection."""
    heard: list[bytes] = []
    async with await listen(stream, "plain", lambda message: heard.append(message.body)):
        stream.client._pending.append(b"PUB plain 4\r\nlate\r\n")
        stream.client._pending_data_size += 19
        nats_server.kill9()
        async with asyncio.timeout(DEADLINE_S):
            while stream.is_connected:
                await asyncio.sleep(0.01)
        with pytest.raises(NotSent, match="not connected"):
            await stream.request("plain", b"")
        nats_server.start()
        await asyncio.wait_for(stream.wait_connected(), DEADLINE_S)
        await stream.client.publish("plain", b"now")
        async with asyncio.timeout(DEADLINE_S):
            while not heard:
                await asyncio.sleep(0.01)
    assert heard == [b"now"]


async def test_a_claimed_fence_goes_on_after_its_message_and_not_after_a_rivals(bus):
    await ensure(bus)
    async with Publisher(bus) as rival:
        first = await (await rival.publish("cti.t.call.p.1.a", b"", msg_id="a", fence="cti.t.call.p.1.>"))
        async with Publisher(bus) as ours:
            ours.claim("cti.t.call.p.1.>", first)
            await rival.publish("cti.t.call.p.1.b", b"", msg_id="b", fence="cti.t.call.p.1.>")
            await rival.flush()
            stored = await ours.publish("cti.t.call.p.1.c", b"", msg_id="c", fence="cti.t.call.p.1.>")
            with pytest.raises(Fenced):
                await stored
            with pytest.raises(Fenced):
                await ours.flush()


async def test_the_first_message_of_a_fence_waits_for_another(bus):
    await ensure(bus)
    before = asyncio.get_running_loop().create_future()
    async with Publisher(bus) as publisher:
        stored = await publisher.publish("cti.t.call.p.1.a", b"", fence="cti.t.call.p.1.>", begins=True, after=before)
        later = await publisher.publish("cti.t.call.p.1.b", b"", fence="cti.t.call.p.1.>")
        other = await publisher.publish("cti.t.call.p.2.a", b"", fence="cti.t.call.p.2.>", begins=True)
        await other
        assert not stored.done()
        before.set_result(1)
        assert await stored < await later
