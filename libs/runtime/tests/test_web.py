"""Serving, and ending it."""

import asyncio
import socket

import httpx
import pytest
import websockets
from cti_runtime import PortBusy, StartFailed, serve_asgi

DEADLINE_S = 60.0


async def app(scope, receive, send):
    """Echoes over WebSocket until it is closed; says hello over HTTP."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


class Site:
    """Serves `app`; GET /slow says that it was asked, and answers when it is released."""

    def __init__(self, **options) -> None:
        self.stopping = asyncio.Event()
        self.asked = asyncio.Event()
        self.released = asyncio.Event()
        self.started: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(
            serve_asgi(
                self, "127.0.0.1", 0, self.stopping, on_started=lambda h, p: self.started.set_result((h, p)), **options
            )
        )

    async def __call__(self, scope, receive, send) -> None:
        if scope.get("path") == "/slow":
            self.asked.set()
            await self.released.wait()
        await app(scope, receive, send)

    async def port(self) -> int:
        return (await asyncio.wait_for(asyncio.shield(self.started), DEADLINE_S))[1]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_real_port_and_open_requests_finish():
    site = Site()
    port = await site.port()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as http:
        assert (await http.get("/")).text == "hello"
        slow = asyncio.create_task(http.get("/slow"))
        async with asyncio.timeout(DEADLINE_S):
            await site.asked.wait()
            site.stopping.set()
            while listens(port):
                await asyncio.sleep(0.01)
        site.released.set()
        assert (await slow).text == "hello"
    await asyncio.wait_for(site.task, DEADLINE_S)
    assert not listens(port)


async def test_websockets_are_closed_with_a_reason():
    site = Site(grace_s=2)
    async with websockets.connect(f"ws://127.0.0.1:{await site.port()}/") as socket_:
        await socket_.send("x")
        assert await socket_.recv() == "x"
        site.stopping.set()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket_.recv(), DEADLINE_S)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
    await asyncio.wait_for(site.task, DEADLINE_S)


async def test_dead_peer_does_not_hold_up_the_end():
    site = Site(grace_s=1)
    reader, writer = await asyncio.open_connection("127.0.0.1", await site.port())
    writer.write(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in await reader.readline()  # and then it never reads or answers again
    site.stopping.set()
    await asyncio.wait_for(site.task, DEADLINE_S)
    writer.close()


async def test_busy_port_is_a_clear_error():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=f"cannot listen on 127.0.0.1:{port}: another program listens there"):
            await serve_asgi(app, "127.0.0.1", port, asyncio.Event())


async def test_failing_start_of_the_application_is_an_error():
    async def broken(scope, receive, send):
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(StartFailed):
        await asyncio.wait_for(serve_asgi(broken, "127.0.0.1", 0, asyncio.Event(), lifespan="on"), DEADLINE_S)


async def test_cancellation_closes():
    site = Site()
    port = await site.port()
    site.task.cancel()
    await asyncio.gather(site.task, return_exceptions=True)
    assert not listens(port)
