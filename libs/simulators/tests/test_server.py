"""The server over real sockets, and as a process."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cti_simulators.asterisk import AmiReplayServer, recordings
from cti_simulators.asterisk.restamp import Ids, Restamp
from cti_simulators.asterisk.script import script
from cti_simulators.traces import Trace, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
CALL = load_trace(TRACES / "asterisk-22" / "a_internal_caller_hangup.ami.gz")
HELD = load_trace(TRACES / "asterisk-22" / "h_outbound_hold_by_operator.ami.gz")
OLD_CALL = load_trace(TRACES / "asterisk-11" / "a_internal_caller_hangup.ami.gz")
UNENDED = load_trace(TRACES / "asterisk-22" / "v4_crash_mid_call.ami.gz")
DEADLINE_S = 60
LOG_IN = b"Action: Login\r\nUsername: cti\r\nSecret: s3cret\r\nActionID: in\r\n\r\n"


class Client:
    """A bare manager client: what came, whole blocks at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def until(self, what: bytes) -> bytes:
        """All blocks up to the one that has `what` in it."""
        seen = b""
        async with asyncio.timeout(DEADLINE_S):
            while what not in seen:
                seen += await self.reader.readuntil(b"\r\n\r\n")
        return seen

    async def ask(self, action: bytes) -> bytes:
        self.writer.write(b"Action: " + action + b"\r\nActionID: q\r\n\r\n")
        seen = await self.until(b"Response: ")
        return seen[seen.index(b"Response: ") :]

    async def everything(self) -> bytes:
        """All bytes until the end of the stream, which may be a reset."""
        seen = b""
        async with asyncio.timeout(DEADLINE_S):
            try:
                while data := await self.reader.read(65536):
                    seen += data
            except ConnectionResetError:
                return seen
        return seen


@asynccontextmanager
async def serving(*playlist: Trace, forever: bool = False, **options) -> AsyncIterator[AmiReplayServer]:
    server = AmiReplayServer(playlist or [CALL], {"cti": "s3cret"}, **{"speed": 50, **options})
    await server.start(forever=forever)
    try:
        yield server
    finally:
        async with asyncio.timeout(DEADLINE_S):
            await server.stop()


@asynccontextmanager
async def connected(port: int, *, log_in: bool = True) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection("127.0.0.1", port, limit=2**22))
    try:
        async with asyncio.timeout(DEADLINE_S):
            client.banner = await client.reader.readline()
        if log_in:
            client.writer.write(LOG_IN)
            await client.until(b"Fully Booted")
        yield client
    finally:
        client.writer.close()


def uniqueids(data: bytes) -> set[bytes]:
    return set(re.findall(rb"^Uniqueid: (.*)\r", data, re.MULTILINE))


def numbered(data: bytes) -> bytes:
    """The bytes without ids and instants, to compare replays."""
    data = re.sub(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?", b"DATE", data)
    return re.sub(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{8}|\d{10}(\.\d+)?", b"ID", data)


async def test_a_client_gets_the_whole_recorded_call_with_live_clocks():
    async with serving() as server, connected(server.port) as client, connected(server.port) as other:
        assert client.banner == b"Asterisk Call Manager/11.0.0\r\n"
        await server.clients(2)
        began = time.time()
        await server.play(CALL)
        await server.send(b"Event: TheEnd\r\n\r\n")
        ended = time.time()
        seen, same = await client.until(b"TheEnd"), await other.until(b"TheEnd")
    assert seen == same
    recorded = b"".join(block for beat in script(CALL) for block in beat.blocks)
    assert numbered(seen.removesuffix(b"Event: TheEnd\r\n\r\n")) == numbered(recorded)
    assert not uniqueids(seen) & uniqueids(recorded)
    # An id has the whole second of a birth that was recorded as a whole second: almost two may be lost.
    assert all(began - 2 <= float(uid) // 1 <= ended + 1 for uid in uniqueids(seen))


async def timed(work: Awaitable[None]) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began


async def test_gaps_are_the_recorded_ones_divided_by_the_speed():
    beats = script(CALL)
    recorded = beats[-1].t - beats[0].t
    assert recorded > 3
    for speed in (10, 30):
        async with serving(speed=speed) as server:
            taken, busy = await asyncio.gather(timed(server.play(CALL)), timed(asyncio.sleep(recorded / speed)))
        assert recorded / speed <= taken < busy + 1, "a machine that is busy delays both"


async def test_events_come_only_after_log_in_and_as_masked():
    async with (
        serving() as server,
        connected(server.port, log_in=False) as stranger,
        connected(server.port) as masked,
    ):
        assert b"Success" in await masked.ask(b"Events\r\nEventMask: call")
        await server.play(CALL)
        await server.send(b"Event: TheEnd\r\nPrivilege: call,all\r\n\r\n")
        seen = await masked.until(b"TheEnd")
        assert b"Permission denied" in await stranger.ask(b"Ping")
    assert b"Event: Newchannel" in seen
    assert b"Event: VarSet" not in seen


async def test_a_wrong_secret_is_refused_and_the_connection_closed():
    async with serving() as server, connected(server.port, log_in=False) as client:
        client.writer.write(b"Action: Login\r\nUsername: cti\r\nSecret: wrong\r\n\r\n")
        assert await client.everything() == b"Response: Error\r\nMessage: Authentication failed\r\n\r\n"


async def test_logoff_says_goodbye_and_closes():
    async with serving() as server, connected(server.port) as client:
        client.writer.write(b"Action: Logoff\r\n\r\n")
        assert (await client.everything()).startswith(b"Response: Goodbye\r\n")


@pytest.mark.parametrize(("call", "old"), [(CALL, False), (OLD_CALL, True)])
async def test_who_comes_in_mid_call_finds_its_channels_in_the_list(call, old):
    go_on, both = asyncio.Event(), asyncio.Event()

    async def gate(_: int) -> None:
        if server.live_channels == 2:
            both.set()
            await go_on.wait()

    async with serving(call) as server:
        playing = asyncio.create_task(server.play(call, gate=gate))
        await asyncio.wait_for(both.wait(), DEADLINE_S)
        async with connected(server.port) as client:
            client.writer.write(b"Action: CoreShowChannels\r\nActionID: list\r\n\r\n")
            seen = await client.until(b"CoreShowChannelsComplete")
            go_on.set()
            rest = await client.until(b"Event: Hangup\r\n")
            rest += await client.until(b"Event: Hangup\r\n")
        await playing
        assert server.live_channels == 0
    listed = set(re.findall(rb"Event: CoreShowChannel\r\n(?:.*\r\n)*?Unique(?:id|ID): (.*)\r", seen))
    assert len(listed) == 2
    assert listed == set(re.findall(rb"Event: Hangup\r\n(?:.*\r\n)*?Uniqueid: (.*)\r", rest))
    assert b"ListItems: 2\r\n" in seen
    assert (b"\r\nBridgeId: " in seen) != old


async def test_channels_of_a_recording_that_stops_in_mid_call_are_not_alive_for_ever():
    async with serving(UNENDED, speed=1000) as server:
        await server.play(UNENDED)
        assert server.live_channels == 0


async def test_for_ever_means_new_calls_again_and_again():
    async with serving(forever=True, pause_s=0.1, speed=100, concurrency=3) as server, connected(server.port) as client:
        seen = b""
        while seen.count(b"Event: Newchannel") < 20:
            seen += await client.until(b"Event: Newchannel")
    born = re.findall(rb"Event: Newchannel\r\n(?:.*\r\n)*?Uniqueid: (.*)\r", seen)
    assert len(born) == len(set(born))
    names = re.findall(rb"Event: Newchannel\r\n(?:.*\r\n)*?Channel: (.*)\r", seen)
    assert len(names) == len(set(names))
    telephones = {name[6:9] for name in names if name.startswith(b"PJSIP/1")}
    assert telephones >= {b"101", b"111", b"121"}, "each lane has telephones of its own"


async def test_the_first_lap_is_in_the_playlists_order_and_begins_with_the_first_client():
    options = {"forever": True, "pause_s": 0.01, "speed": 100, "concurrency": 1}
    async with serving(CALL, HELD, **options) as server, connected(server.port) as client:
        seen = await client.until(b"Event: MusicOnHoldStop")
    first, second = seen.split(b"Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/101-")[1:3]
    assert (b"Event: Hangup" in first, b"Event: Hold" in first) == (True, False)
    assert b"Event: Hold" in second


async def test_a_gate_decides_when_each_portion_is_sent():
    asked: asyncio.Queue[int] = asyncio.Queue()
    go = asyncio.Semaphore(0)

    async def gate(number: int) -> None:
        asked.put_nowait(number)
        await go.acquire()

    async with serving(speed=0.001) as server, connected(server.port) as client:
        playing = asyncio.create_task(server.play(CALL, floor=2, gate=gate))
        beats = script(CALL)
        for number, beat in enumerate(beats):
            assert await asyncio.wait_for(asked.get(), DEADLINE_S) == number
            go.release()
            for _ in beat.blocks:
                assert b"PJSIP/101" not in await client.until(b"Event: ")
        await asyncio.wait_for(playing, DEADLINE_S)


async def test_the_playlist_decides_the_version_and_an_empty_one_is_refused():
    async with serving(OLD_CALL) as server, connected(server.port) as client:
        assert client.banner == b"Asterisk Call Manager/1.3\r\n"
    with pytest.raises(ValueError, match="nothing to replay"):
        await AmiReplayServer([], {}).start()


# Faults


async def test_dropped_clients_may_come_again():
    async with serving() as server:
        async with connected(server.port) as client:
            server.drop_clients()
            assert await client.everything() == b""
        async with connected(server.port) as again:
            assert b"Pong" in await again.ask(b"Ping")


async def test_frozen_means_silence_with_the_socket_open_while_calls_go_on():
    async with serving(speed=1000) as server, connected(server.port) as client:
        server.freeze()
        client.writer.write(b"Action: Ping\r\n\r\n")
        await server.play(CALL)
        late = Client(*await asyncio.open_connection("127.0.0.1", server.port))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.wait([asyncio.create_task(each.reader.read(1)) for each in (client, late)])
        server.thaw()
        late.writer.close()
        async with connected(server.port) as again:
            assert b"Pong" in await again.ask(b"Ping")


async def test_a_stream_that_lost_bytes_is_cut_and_one_that_lost_none_goes_on():
    async with serving(speed=1000) as server, connected(server.port) as loses, connected(server.port) as keeps:
        assert b"Off" in await keeps.ask(b"Events\r\nEventMask: off")
        server.freeze()
        await server.play(CALL)
        server.thaw()
        assert await loses.everything() == b""
        assert b"Pong" in await keeps.ask(b"Ping")


async def test_a_client_that_does_not_read_is_cut_and_delays_nobody():
    async with serving() as server, connected(server.port) as reads, connected(server.port) as sleeps:
        sleeps.writer.transport.pause_reading()
        flood = asyncio.create_task(server.send(b"Event: Flood\r\nA: " + b"x" * 2**20 + b"\r\n\r\n"))
        for _ in range(40):
            await reads.until(b"Event: Flood")
            flood.cancel()
            flood = asyncio.create_task(server.send(b"Event: Flood\r\nA: " + b"x" * 2**20 + b"\r\n\r\n"))
        flood.cancel()
        sleeps.writer.transport.resume_reading()
        await sleeps.everything()


async def test_raw_bytes_are_sent_as_they_are():
    async with serving() as server, connected(server.port) as client:
        await server.send(b"\x00\xff nonsense\r\n\r\n")
        assert await client.until(b"nonsense") == b"\x00\xff nonsense\r\n\r\n"


# What ships, and the process


def test_the_shipped_recordings_show_whole_calls():
    shipped = recordings()
    assert [trace.name[0] for trace in shipped[:4]] == list("ghlj"), "what shows the most comes first"
    assert {trace.name[:2].rstrip("_") for trace in shipped} == set("acdefghijkl") | {"g2", "h2", "n1"}
    for trace in shipped:
        story = Restamp(Ids("x"), lambda then: then)(b"".join(b for beat in script(trace) for b in beat.blocks))
        assert story.count(b"Event: Newchannel\r\n") == story.count(b"Event: Hangup\r\n") > 0


def started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cti_simulators.asterisk", *arguments], stderr=subprocess.PIPE, text=True
    )


async def test_the_process_serves_until_it_is_told_to_stop():
    with started("--port", "0", "--user", "cti:s3cret", "--user", "b:c:d", "--speed", "50") as process:
        assert process.stderr is not None
        found = re.search(r":(\d+), 14 recordings", process.stderr.readline())
        assert found is not None
        port = int(found[1])
        async with connected(port) as client, connected(port, log_in=False) as other:
            await client.until(b"Event: Newchannel")
            assert b"accepted" in await other.ask(b"Login\r\nUsername: b\r\nSecret: c:d")
            busy = started("--port", str(port))
            assert busy.stderr is not None
            assert await asyncio.to_thread(busy.wait, DEADLINE_S) == 1
            assert "in use" in busy.stderr.read()
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, DEADLINE_S) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--recordings", "/nonexistent"), "nothing to replay"),
        (("--user", "nosecret"), "NAME:SECRET"),
        (("--speed", "0"), "speed must be above 0"),
    ],
)
def test_what_it_cannot_do_it_says_in_one_line(arguments, says):
    with started("--port", "0", *arguments) as process:
        _, told = process.communicate(timeout=DEADLINE_S)
    assert process.returncode in (1, 2)
    assert says in told
    assert "Traceback" not in told
