"""What is no frame of the protocol, below it: it costs the one who sends it, a bounded amount, and nobody else."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from push.gateway.closing import Close

from .client import Dial, http
from .conftest import DEADLINE_S, token
from .test_gateway import many_updates
from .wire import BINARY, CONT, PING, PONG, TEXT, Wire, deflated

PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1002, 1007, 1009
HELLO = json.dumps({"type": "hello", "token": "a.b.c"}).encode()


def unknown_opcode(wire: Wire) -> None:
    wire.frame(5)


def unmasked(wire: Wire) -> None:
    wire.frame(TEXT, HELLO, mask=False)


def a_part_of_nothing(wire: Wire) -> None:
    wire.frame(CONT, HELLO)


def a_long_ping(wire: Wire) -> None:
    wire.frame(PING, b"x" * 126)


def not_utf8(wire: Wire) -> None:
    wire.frame(TEXT, b'{"type": "hello", "token": "\xff\xfe"}')


def more_than_a_mebibyte(wire: Wire) -> None:
    wire.frame(TEXT, b"x" * (1024 * 1024 + 1))


def a_bomb(wire: Wire) -> None:
    wire.frame(TEXT, deflated(bytes(50_000_000)), rsv1=True)


def a_small_bomb(wire: Wire) -> None:
    wire.frame(TEXT, deflated(b"x" * 500_000), rsv1=True)


def broken_compression(wire: Wire) -> None:
    wire.frame(TEXT, b"\xff\xff\xff", rsv1=True)


def many_bytes_in_few_letters(wire: Wire) -> None:
    wire.frame(TEXT, "я".encode() * 40_000)


def much_that_is_no_text(wire: Wire) -> None:
    wire.frame(BINARY, b"x" * 70_000)


def pings(wire: Wire) -> None:
    for _ in range(500):
        wire.frame(PING, b"x" * 125)


def pongs(wire: Wire) -> None:
    for _ in range(500):
        wire.frame(PONG)


def parts_without_end(wire: Wire) -> None:
    wire.frame(TEXT, b"{", fin=False)
    for _ in range(500):
        wire.frame(CONT, fin=False)


HOSTILE: dict[Callable[[Wire], None], int] = {
    unknown_opcode: PROTOCOL_ERROR,
    unmasked: PROTOCOL_ERROR,
    a_part_of_nothing: PROTOCOL_ERROR,
    a_long_ping: PROTOCOL_ERROR,
    not_utf8: NOT_UTF8,
    more_than_a_mebibyte: TOO_BIG,
    a_bomb: TOO_BIG,
    a_small_bomb: Close.TOO_LARGE,
    broken_compression: PROTOCOL_ERROR,
    many_bytes_in_few_letters: Close.TOO_LARGE,
    much_that_is_no_text: Close.TOO_LARGE,
    pings: Close.FLOOD,
    pongs: Close.FLOOD,
    parts_without_end: Close.FLOOD,
}


async def test_it_is_closed_with_a_code_and_nobody_else_notices(pushing):
    async with pushing() as port:
        good, _ = await Dial(port)()
        for sent, code in HOSTILE.items():
            wire = await Wire.opened(port, deflate=True)
            sent(wire)
            assert (sent.__name__, await wire.closed()) == (sent.__name__, code)
            await good.say("dance")
            assert (await good.next("error"))["code"] == "bad_frame"


async def test_a_frame_may_come_in_parts_with_a_ping_between_them(pushing):
    async with pushing() as port:
        wire = await Wire.opened(port)
        hello = json.dumps({"type": "hello", "token": token()}).encode()
        wire.frame(TEXT, hello[:10], fin=False)
        wire.frame(CONT, hello[10:30], fin=False)
        wire.frame(PING, b"between")
        wire.frame(CONT, hello[30:])
        assert await wire.read() == (PONG, b"between")
        opcode, welcome = await wire.read()
        assert (opcode, json.loads(welcome)["type"]) == (TEXT, "welcome")


VIEW = b"GET /v1/view HTTP/1.1\r\nHost: x\r\n"
BODY = b"POST /v1/commands HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n"


async def test_who_asks_nothing_or_half_or_sends_a_body_without_end_is_let_go(pushing):
    """Also who goes on saying something, a byte at a time."""
    signed_in = f"Authorization: Bearer {token()}\r\n\r\n".encode()
    async with pushing(hello_s=0.3, ping_s=0.3) as port, asyncio.timeout(DEADLINE_S):
        await asyncio.gather(
            let_go(port, b""),
            let_go(port, VIEW),
            let_go(port, VIEW + b"\r\n", b"HTTP/1.1 401", VIEW),
            let_go(port, BODY + signed_in),
            let_go(port, BODY + b"\r\n", b"HTTP/1.1 401"),
        )
        async with http(port) as client:
            headers = {"Authorization": f"Bearer {token()}"}
            assert (await client.post("/v1/presence", content=b'{"state":"idle"}', headers=headers)).status_code == 204


async def let_go(port: int, said: bytes, answer: bytes = b"", more: bytes = b"") -> None:
    """Say it, read the answer, say more, and then a byte again and again until the other end is no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    if answer:
        assert (await reader.readline()).startswith(answer)
    writer.write(more)
    if said:
        await cut_off(writer, b"x")
    with suppress(ConnectionError):
        while await reader.read(1000):
            pass


async def test_who_takes_nothing_is_dropped_whatever_waits_for_them(pushing, tell):
    """A close would wait behind what is not taken, for ever: the connection is cut off."""
    async with pushing(ping_s=0.5, queue_frames=8, queue_bytes=65_536) as port:
        stuck = await Wire.opened(port, receive_buffer=4096)
        stuck.frame(TEXT, json.dumps({"type": "hello", "token": token()}).encode())
        assert await stuck.reader.read(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
        writer.write(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token()}\r\n\r\n".encode())
        assert await reader.read(1)
        for each in (stuck.writer, writer):
            each.transport.pause_reading()
        await tell(many_updates(400))
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(cut_off(stuck.writer), cut_off(writer))


async def cut_off(writer: asyncio.StreamWriter, said: bytes = b"\0") -> None:
    """Return when the other end is no more: that shows when something is written."""
    with suppress(ConnectionError):
        while True:
            writer.write(said)
            await writer.drain()
            await asyncio.sleep(0.05)


async def test_a_request_has_a_bounded_body(pushing):
    async with pushing() as port, http(port) as client:
        headers = {"Authorization": f"Bearer {token()}"}
        for path in ("/v1/commands", "/v1/presence"):
            answer = await client.post(path, content=b"x" * 70_000, headers=headers)
            assert answer.status_code == 413
