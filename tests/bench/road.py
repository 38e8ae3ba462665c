"""The bare road: stamped messages of an event's size through TCP, NATS and a WebSocket (`relay.py`), nothing else."""

import asyncio
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cti_devstack.ports import free_port, port_is_free
from cti_devstack.process import Child
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.servers import nats

MESSAGE_BYTES = 1600
_DEADLINE_S = 60.0


async def relayed(seconds: float, per_s: int) -> list[float]:
    """Milliseconds of each message, `per_s` sent a second."""
    connected: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
    port = free_port()
    with TemporaryDirectory(prefix="trunkline-bench-") as folder, nats() as url:
        server = await asyncio.start_server(lambda _, writer: connected.set_result(writer), "127.0.0.1", 0)
        relays = [
            _relay(Path(folder), "out", url, port),
            _relay(Path(folder), "in", url, server.sockets[0].getsockname()[1]),
        ]
        try:
            relays[0].wait_until(lambda: not port_is_free(port), _DEADLINE_S)
            async with asyncio.timeout(_DEADLINE_S), connect(f"ws://127.0.0.1:{port}") as socket:
                await socket.recv()
                return await _through(await connected, socket, round(seconds * per_s), per_s)
        finally:
            for relay in relays:
                relay.stop()
            server.close()


def _relay(folder: Path, way: str, url: str, port: int) -> Child:
    script = str(Path(__file__).with_name("relay.py"))
    relay = Child(f"relay-{way}", [sys.executable, script, way, url, str(port)], folder / f"relay-{way}.log")
    relay.start()
    return relay


async def _through(writer: asyncio.StreamWriter, socket: ClientConnection, count: int, per_s: int) -> list[float]:
    """Send stamped lines, and take them out again."""

    async def send() -> None:
        began = time.time()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_s - time.time()))
            writer.write(f"{time.time():.6f}".ljust(MESSAGE_BYTES).encode() + b"\n")
            await writer.drain()
        writer.close()

    sending = asyncio.create_task(send())
    found: list[float] = []
    for _ in range(count):
        data = await socket.recv()
        found.append((time.time() - float(data)) * 1000)
    await sending
    return found
