"""Transports over real sockets: a message is a line, and a link does not see what carries it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cti_connector.session import LinkLost
from cti_connector.testing import certified, presenting
from cti_connector.transport import Transport, tcp, trust, websocket
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certified(tmp_path_factory.mktemp("tls") / "pbx.pem")


@asynccontextmanager
async def speaking(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[str | bytes]]]:
    """A server that repeats what it hears, each word of a message as a line of it; `bye` makes it leave."""
    heard: list[str | bytes] = []

    async def serve_one(connection: ServerConnection) -> None:
        async for message in connection:
            heard.append(message)
            if message == "bye":
                await connection.close(4001, "signed in elsewhere")
            else:
                await connection.send("\r\n".join(str(message).split()))

    async with serve(serve_one, "127.0.0.1", 0, ssl=tls, subprotocols=[Subprotocol("json")]) as server:
        yield next(iter(server.sockets)).getsockname()[1], heard


async def exchange(transport: Transport) -> bytes:
    transport.write(b"one\ntwo words\n")
    await transport.drain()
    return await transport.read() + await transport.read()


async def test_a_line_goes_out_as_a_message_and_a_message_comes_as_a_line():
    async with speaking() as (port, heard):
        transport = await websocket(f"ws://127.0.0.1:{port}/x", subprotocol="json")()
        assert await exchange(transport) == b"one\ntwo  words\n"
        assert heard == ["one", "two words"]
        assert transport.where == f"ws://127.0.0.1:{port}/x"
        transport.write(b"bye\n")
        with pytest.raises(LinkLost, match="4001 signed in elsewhere"):
            await transport.read()
        await transport.close()


async def test_a_cancelled_read_loses_nothing():
    async with speaking() as (port, _):
        transport = await websocket(f"ws://127.0.0.1:{port}", subprotocol="json")()
        for _ in range(20):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await transport.read()
        assert await exchange(transport) == b"one\ntwo  words\n"
        await transport.close()


async def test_a_server_that_goes_reads_as_the_end():
    async with speaking() as (port, _):
        transport = await websocket(f"ws://127.0.0.1:{port}", subprotocol="json")()
    assert await transport.read() == b""
    transport.write(b"in vain\n")
    await transport.drain()
    await transport.close()


async def test_tls_of_an_authority_that_is_trusted(certificate):
    async with speaking(presenting(certificate)) as (port, _):
        transport = await websocket(f"wss://127.0.0.1:{port}", subprotocol="json", tls=trust(certificate))()
        assert await exchange(transport) == b"one\ntwo  words\n"
        await transport.close()
        with pytest.raises(ssl.SSLError):
            await websocket(f"wss://127.0.0.1:{port}")()


async def test_a_byte_stream_with_tls(certificate):
    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(repeat, "127.0.0.1", 0, ssl=presenting(certificate))
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport = await tcp("127.0.0.1", port, tls=trust(certificate))()
        transport.write(b"a line\n")
        assert (await transport.read(), await transport.read()) == (b"a line\n", b"")
        await transport.close()
        with pytest.raises(ssl.SSLError):
            await tcp("127.0.0.1", port, tls=trust())()


async def test_what_is_no_websocket_is_a_lost_link():
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(LinkLost, match="503"):
            await websocket(f"ws://user:secret@127.0.0.1:{port}")()
