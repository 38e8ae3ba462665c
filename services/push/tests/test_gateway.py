"""The gateway with real clients: snapshot first, honest resume, bounded everything."""

import asyncio
import json
import logging
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from cti_model.calls import Party
from cti_model.events import CallEvent, Held, Origin, Retrieved
from cti_model.fold import tell as say
from msgspec.structs import replace
from push.gateway.closing import Close

from .client import Client, Dial
from .conftest import CALL, TENANT, token


def cursor_of(got: dict) -> dict:
    return {"epoch": got["epoch"], "version": got["version"]}


async def test_snapshot_first_then_everything_in_order(pushing, tell):
    async with pushing() as port:
        client, welcome = await Dial(port)()
        assert (welcome["version"], welcome["recovered"], welcome["view"].get("calls", [])) == (0, False, [])
        await tell(CALL)
        updates = [await client.next()]
        while updates[-1]["view"].get("calls"):
            updates.append(await client.next())
        assert {each["epoch"] for each in updates} == {welcome["epoch"]}
        assert [each["version"] for each in updates] == list(range(1, len(updates) + 1))
        names = [event["name"] for each in updates for event in each["events"]]
        assert names == [
            "callStarted", "currentCallChanged", "commutationStarted", "hold", "unhold", "callFinished",
            "currentCallChanged",
        ]  # fmt: skip
        assert not any(each["replay"] for each in updates)


async def test_a_late_comer_sees_the_call_as_it_is(pushing, tell):
    async with pushing() as port:
        watcher, _ = await Dial(port)()
        talking = next(n for n, event in enumerate(CALL) if event.kind == "held") + 1
        await tell(CALL[:talking])
        while (await watcher.next())["view"]["calls"][0]["state"] != "held":
            pass
        _, welcome = await Dial(port)()
        (call,) = welcome["view"]["calls"]
        assert (call["state"], call["number"], call["direction"]) == ("held", "84951234567", "out")


async def test_resume_brings_exactly_what_was_missed(pushing, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL[:3])
        seen = await client.next()
        await client.socket.close()
        await tell(CALL[3:])
        watcher, _ = await Dial(port)()
        while True:
            back, welcome = await Dial(port)(cursor=cursor_of(seen))
            if not welcome["view"].get("calls"):
                break
            await back.socket.close()
        missed = [await back.next() for _ in range(welcome["version"] - seen["version"])]
        assert welcome["recovered"] is True
        assert [each["version"] for each in missed] == list(range(seen["version"] + 1, welcome["version"] + 1))
        assert all(each["replay"] for each in missed)
        await watcher.socket.close()


async def test_a_cursor_of_another_history_is_not_recovered(pushing, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL)
        update = await client.next()
        for epoch, version in (
            ("another", update["version"]),
            ("another", 10**9),
            (update["epoch"], 10**9),
            (update["epoch"], -1),
        ):
            back, welcome = await Dial(port)(cursor={"epoch": epoch, "version": version})
            assert welcome["recovered"] is False
            await back.say("hello", token="")
            await back.next("error")
            assert not [each for each in back.frames if each.get("replay")]


async def test_a_history_that_no_longer_reaches_back_is_said(pushing, tell, bus):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL)
        first = await client.next()
        while (await client.next())["view"].get("calls"):
            pass
        # What retention does after 200 updates: the oldest go.
        await bus.js.purge_stream("CTI_USERS", subject=f"cti.{TENANT}.user.101", keep=1)
        _, welcome = await Dial(port)(cursor=cursor_of(first))
        assert welcome["recovered"] is False


async def test_tabs_of_one_user_see_the_same_and_others_nothing(pushing, tell):
    async with pushing() as port:
        dial = Dial(port)
        (one, _), (two, _), (other, _) = await dial(), await dial(), await dial("104")
        await tell(CALL)
        for _ in range(4):
            assert await one.next() == await two.next()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(other.next(), 0.3)


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_compression_is_negotiated_and_keeps_nothing(pushing, tell, compression):
    async with pushing() as port:
        client, _ = await Dial(port)(compression=compression)
        negotiated = client.socket.response.headers.get("Sec-WebSocket-Extensions", "")
        wanted = (
            ["permessage-deflate", "server_no_context_takeover", "client_no_context_takeover"] if compression else []
        )
        assert all(word in negotiated for word in wanted)
        assert bool(negotiated) == bool(compression)
        await tell(CALL)
        while (await client.next())["view"].get("calls"):
            pass
        await client.say("presence", state="idle")
        await client.say("dance")
        assert (await client.next("error"))["code"] == "bad_frame"


BEGINNINGS: list[tuple[str | dict, int]] = [
    ("nonsense", Close.BAD_HELLO),
    ('{"type": "pong"}', Close.BAD_HELLO),
    ('{"type": "hello"}', Close.BAD_HELLO),
    ('{"type": "hello", "token": "a.b.c"}', Close.UNAUTHORIZED),
    ({"lifetime_s": -5}, Close.UNAUTHORIZED),
    ({"tenant": "rival"}, Close.FORBIDDEN),
    ("x" * 70_000, Close.TOO_LARGE),
]


async def test_bad_beginnings(pushing):
    async with pushing() as port:
        for first, code in BEGINNINGS:
            client = await Dial(port).raw()
            hello = first if isinstance(first, str) else json.dumps({"type": "hello", "token": token(**first)})
            await client.socket.send(hello)
            assert (hello[:80], (await client.closed())[0]) == (hello[:80], code)


async def test_no_hello_at_all(pushing):
    async with pushing(hello_s=0.2) as port:
        client = await Dial(port).raw()
        code, reason = await client.closed()
        assert (code, "no hello" in reason) == (Close.BAD_HELLO, True)


async def test_pages_of_other_sites_are_refused(pushing):
    async with pushing(origins=["https://crm.example"]) as port:
        dial = Dial(port)
        for origin, welcome in (
            (f"http://127.0.0.1:{port}", True),
            ("https://crm.example", True),
            ("https://evil", False),
        ):
            client = await dial.raw(origin=origin)
            if welcome:
                await client.socket.send(json.dumps({"type": "hello", "token": token()}))
                assert await client.next("welcome")
            else:
                assert (await client.closed())[0] == Close.FORBIDDEN


async def test_a_bad_frame_costs_only_itself(pushing, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await client.socket.send('{"type": "dance"}')
        assert (await client.next("error"))["code"] == "bad_frame"
        await client.say("hello", token=token("102"))
        assert (await client.next("error"))["code"] == "unexpected"
        await tell(CALL)
        assert await client.next()


async def test_silence_is_noticed_and_a_pong_keeps_the_session(pushing):
    async with pushing(ping_s=0.5) as port:
        quiet, _ = await Dial(port)()
        polite, _ = await Dial(port)()
        closed = asyncio.create_task(quiet.closed())
        pings = 0
        while pings < 4 or not closed.done():
            await polite.next("ping")
            await polite.socket.send('{"type": "pong"}')
            pings += 1
        assert (await closed)[0] == Close.SILENT


async def test_clients_are_sent_away_when_the_service_stops(pushing):
    """Who has not said hello by then has no session to be sent away from."""
    async with pushing() as port:
        client, _ = await Dial(port)()
        silent = await Dial(port).raw()
        ending = asyncio.create_task(client.next("moving"))
    assert 0 < (await ending)["after_ms"] <= 1000
    assert (await client.closed())[0] == Close.RESUME
    assert (await silent.closed())[0] == Close.RESTART


async def test_a_reader_that_stops_reading_is_closed_and_others_are_not(pushing, tell):
    """Before either end takes the other for dead, which would be told without a code: there are no pings here."""
    async with pushing(queue_frames=8, queue_bytes=65_536, ping_s=300) as port:
        dial = Dial(port)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        raw.connect(("127.0.0.1", port))
        stuck = await dial.raw(sock=raw, max_queue=1, compression=None, ping_interval=None)
        await stuck.socket.send(json.dumps({"type": "hello", "token": token()}))
        await stuck.next("welcome")
        healthy, _ = await dial()
        reading = asyncio.create_task(up_to(healthy, 400))  # from now on: who begins late is slow, too
        await tell(many_updates(400))
        await reading
        assert (await stuck.closed())[0] == Close.SLOW


async def up_to(client: Client, version: int) -> None:
    while (await client.next())["version"] < version:
        client.frames.clear()


def many_updates(count: int) -> list[CallEvent]:
    """A call that is held and taken back again and again, with a caller whose name is long: 20 KB an update."""
    held = next(n for n, event in enumerate(CALL) if event.kind == "held")
    events = CALL[:held]
    call = events[-1].call
    mine = call.connections[0]
    call = replace(call, connections=tuple(replace(each, party=long_name(each.party)) for each in call.connections))
    for n in range(count):
        fact = (Held if n % 2 == 0 else Retrieved)(connection_id=mine.connection_id)
        at = events[-1].occurred_at + timedelta(seconds=1)
        events = [*events, say(call, fact, at, at, Origin.REPLAYED)]
        call = events[-1].call
    return events


def long_name(party: Party) -> Party:
    return replace(party, name="x" * 20_000)


async def test_the_services_logging_is_left_alone(pushing):
    before = list(logging.getLogger().handlers)
    async with pushing():
        assert logging.getLogger().handlers == before


async def test_a_second_projector_stands_by_and_takes_over(pushing, tell):
    async with pushing(lease_ttl_s=2) as first:
        client, _ = await Dial(first)()
        async with pushing(lease_ttl_s=2) as second:
            other, _ = await Dial(second)()
            await tell(CALL[:3])
            assert await client.next() == await other.next()
        last = await Dial(first)()
        await tell(CALL[3:])
        while (await client.next())["view"].get("calls"):
            pass
        assert last


def test_the_close_codes_are_those_of_the_protocol():
    text = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
    listed = {
        int(cells[1]): cells[2].strip()
        for cells in (line.split("|") for line in text.splitlines())
        if len(cells) == 5 and cells[1].strip().isdecimal()
    }
    server = {code: name for code, name in listed.items() if not 4900 <= code < 5000}
    assert server == {int(code): code.word for code in Close}
    assert all(code.reconnect == (code < 4500) for code in Close)
