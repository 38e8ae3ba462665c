"""A WebSocket server that does next to nothing: `bare.py PORT` echoes, `bare.py PORT NATS_URL` hands on as well.

A client's first message is its name; it is echoed. What comes on the subject `bare.<name>` is sent to that client.
"""

import asyncio
import sys
from collections import defaultdict
from contextlib import suppress

import nats
from nats.aio.msg import Msg
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def main(port: int, url: str | None) -> None:
    """Until it is ended."""
    sockets: dict[str, set[ServerConnection]] = defaultdict(set)

    async def hand_on(message: Msg) -> None:
        for each in tuple(sockets[message.subject.partition(".")[2]]):
            with suppress(ConnectionClosed):
                await each.send(message.data.decode())

    async def talk(socket: ServerConnection) -> None:
        name = str(await socket.recv())
        sockets[name].add(socket)
        await socket.send(name)
        await socket.wait_closed()
        sockets[name].discard(socket)

    if url is not None:
        client = await nats.connect(url)
        await client.subscribe("bare.*", cb=hand_on)
        await client.flush()
    async with serve(talk, "127.0.0.1", port, ping_interval=None, backlog=4096) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
