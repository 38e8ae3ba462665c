"""The supervised link against a simulated Asterisk over real TCP."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.recorded import RecordedSource
from connector_asterisk.session import AmiSession
from connector_asterisk.settings import AsteriskSettings
from cti_connector.link import Link, LinkSettings
from cti_connector.recorder import BadRecording, FileRecorder, recorded
from cti_connector.testing.certificate import certified
from cti_connector.transport import Open, tcp
from cti_model.events import LinkKind
from cti_simulators.asterisk import AmiReplayServer
from cti_simulators.traces import load_trace

from .conftest import DEADLINE_S, Heard

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
PLAIN_CALL = load_trace(TRACES / "asterisk-22" / "a_internal_caller_hangup.ami.gz")
OLD_CALL = load_trace(TRACES / "asterisk-11" / "h_outbound_hold_by_operator.ami.gz")


@asynccontextmanager
async def simulated() -> AsyncIterator[AmiReplayServer]:
    server = AmiReplayServer([PLAIN_CALL], {"cti": "s3cret"}, speed=20)
    await server.start(forever=False)
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def linked(
    port: int, heard: Heard, *, secret: str = "s3cret", md5: bool = True, opening: Open | None = None, **bounds: float
):
    picture = Picture(State("t", "p"))
    settings = LinkSettings(**{"backoff_first_s": 0.05, "refused_wait_s": 60, **bounds})
    opening = opening or tcp("127.0.0.1", port)
    link = Link(
        settings, opening, lambda: AmiSession(picture, "cti", secret, md5=md5, max_frame_bytes=64 * 1024), heard
    )
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def behind_tls(port: int, certificate: Path) -> AsyncIterator[int]:
    """A port that speaks TLS for the one given, as `tlsenable = yes` does for AMI."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, inner[1]), copy(inner[0], writer))

    front = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with front:
        yield front.sockets[0].getsockname()[1]


async def test_a_call_comes_over_tls_and_a_certificate_that_is_not_trusted_stops_the_link(tmp_path):
    heard, stranger = Heard(), Heard()
    certificate = certified(tmp_path / "asterisk.pem")
    trusting = AsteriskSettings(host="127.0.0.1", tls=True, tls_ca_file=certificate)
    doubting = AsteriskSettings(host="127.0.0.1", tls=True)
    async with simulated() as server, behind_tls(server.port, certificate) as port:
        opening, refusing = (each.model_copy(update={"port": port}).opening() for each in (trusting, doubting))
        async with linked(port, heard, opening=opening), linked(port, stranger, opening=refusing) as link:
            await server.clients()
            await server.play(PLAIN_CALL)
            await heard.until(lambda: "cleared" in heard.kinds)
            await stranger.until(lambda: link.last_error)
    assert "CERTIFICATE_VERIFY_FAILED" in link.last_error
    assert stranger.bytes == b""


@pytest.mark.parametrize("md5", [True, False])
async def test_a_call_comes_over_the_wire(md5):
    heard = Heard()
    async with simulated() as server, linked(server.port, heard, md5=md5):
        port = server.port
        await server.clients()
        await server.play(PLAIN_CALL)
        await heard.until(lambda: "cleared" in heard.kinds)
    assert heard.changes == [(LinkKind.CONNECTED, f"127.0.0.1:{port}")]
    assert [kind for kind in heard.kinds if kind in ("originated", "delivered", "established", "cleared")] == [
        "originated",
        "delivered",
        "established",
        "cleared",
    ]


async def test_the_end_of_a_call_is_told_although_nothing_follows():
    heard = Heard()
    async with simulated() as server, linked(server.port, heard):
        await server.clients()
        await server.play(OLD_CALL)
        await heard.until(lambda: "cleared" in heard.kinds)


async def test_two_replays_are_two_calls():
    heard = Heard()
    async with simulated() as server, linked(server.port, heard):
        await server.clients()
        await asyncio.gather(server.play(PLAIN_CALL), server.play(PLAIN_CALL))
        await heard.until(lambda: heard.kinds.count("cleared") == 2)
    assert len({event.call.call_id for event in heard.told}) == 2
    assert len({c.connection_id for event in heard.told for c in event.call.connections}) == 4


async def test_a_wrong_password_is_said_and_not_tried_again_at_once():
    heard = Heard()
    async with simulated() as server, linked(server.port, heard, secret="wrong") as link:
        async with asyncio.timeout(DEADLINE_S):
            while not link.last_error:
                await asyncio.sleep(0.01)
        assert "Authentication failed" in link.last_error
        assert link.attempts == 1
    assert heard.links == []


async def test_a_cut_connection_comes_back_and_calls_go_on():
    heard = Heard()
    async with simulated() as server, linked(server.port, heard):
        await heard.until(lambda: len(heard.changes) == 1)  # the server's word that it let us in may be cut off too
        server.drop_clients()
        await heard.until(lambda: len(heard.changes) == 3)
        await server.play(PLAIN_CALL)
        await heard.until(lambda: "cleared" in heard.kinds)
    assert [kind for kind, _ in heard.changes] == [LinkKind.CONNECTED, LinkKind.DISCONNECTED, LinkKind.CONNECTED]


async def test_a_half_open_connection_is_found_by_its_unanswered_ping():
    heard = Heard()
    bounds = {"ping_interval_s": 0.1, "ping_deadline_s": 1}
    async with simulated() as server, linked(server.port, heard, **bounds):
        await heard.until(lambda: len(heard.changes) == 1)
        server.freeze()
        await heard.until(lambda: len(heard.changes) >= 2)
        server.thaw()
        await heard.until(lambda: len(heard.changes) >= 3)
    assert "ping not answered" in heard.changes[1][1]


async def test_a_silent_server_is_given_up():
    async def say_nothing(reader, writer):
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    heard = Heard()
    async with silent, linked(silent.sockets[0].getsockname()[1], heard, login_s=0.2) as link:
        async with asyncio.timeout(DEADLINE_S):
            while "no log-in within" not in link.last_error:
                await asyncio.sleep(0.01)


async def test_something_else_than_asterisk_is_refused_in_words():
    async def other(reader, writer):
        writer.write(b"220 mail.example ESMTP\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(other, "127.0.0.1", 0)
    async with server, linked(server.sockets[0].getsockname()[1], Heard()) as link:
        async with asyncio.timeout(DEADLINE_S):
            while "not an Asterisk manager interface" not in link.last_error:
                await asyncio.sleep(0.01)


async def test_garbage_costs_only_itself():
    heard = Heard()
    async with simulated() as server, linked(server.port, heard):
        await server.clients()
        await server.send(b"\x00\xff garbage without a colon\r\n\r\nEvent: Newchannel\r\nno uniqueid\r\n\r\n")
        await server.send(b"Event: Newstate\r\nChannel: " + b"x" * 1_000_000 + b"\r\n\r\n")
        await server.play(PLAIN_CALL)
        await heard.until(lambda: "cleared" in heard.kinds)
    assert len(heard.changes) == 1


async def test_a_recording_of_the_link_replays_to_the_same_calls(tmp_path):
    class Recording(Heard):
        def raw(self, data: bytes, at: datetime) -> None:
            recorder.write(data, at)

    with FileRecorder(tmp_path, "link", "ami") as recorder:
        heard = Recording()
        async with simulated() as server, linked(server.port, heard):
            await server.clients()
            await heard.until(lambda: heard.links[-1:] and heard.links[-1][0] is LinkKind.RECONCILED)
            await server.play(PLAIN_CALL)
            await heard.until(lambda: "cleared" in heard.kinds)
    from connector_asterisk.replay import events_of

    again = list(events_of((chunk.t, chunk.data) for chunk in load_trace(recorder.path).chunks))
    assert [event.kind for event in again] == heard.kinds
    assert b"".join(data for _, data in recorded(recorder.path)) == recorder.path.read_bytes()


async def test_a_recording_is_played_in_place_of_a_connection(tmp_path):
    with FileRecorder(tmp_path, "call", "ami") as recorder:
        first = PLAIN_CALL.chunks[0].t
        for chunk in PLAIN_CALL.chunks:
            recorder.write(chunk.data, datetime.fromtimestamp(first + (chunk.t - first) / 50, UTC))
    heard = Heard()
    picture = Picture(State("t", "p"))
    task = asyncio.create_task(RecordedSource(recorder.path, picture, heard).run())
    await heard.until(lambda: "cleared" in heard.kinds)
    assert abs((heard.told[-1].occurred_at - datetime.now(UTC)).total_seconds()) < DEADLINE_S
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_no_recording_is_said(tmp_path):
    source = RecordedSource(tmp_path / "nothing.ami", Picture(State("t", "p")), Heard())
    with pytest.raises(BadRecording, match=r"nothing\.ami"):
        await source.run()
