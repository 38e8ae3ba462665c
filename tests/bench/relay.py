"""The processes of the bare road (`road.py`): TCP → NATS → WebSocket, with nothing on the way.

`relay.py in NATS_URL PORT` carries lines from a TCP server to NATS, `relay.py out NATS_URL PORT` from NATS to
WebSocket clients, whom it greets with an empty message when they will hear everything.
"""

import asyncio
import sys

import nats
from nats.aio.msg import Msg
from websockets.asyncio.server import ServerConnection, serve

SUBJECT = "relay"


async def carry_in(url: str, port: int) -> None:
    """Until the TCP server closes."""
    client = await nats.connect(url)
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    while line := await reader.readline():
        await client.publish(SUBJECT, line)
    await client.close()


async def carry_out(url: str, port: int) -> None:
    """Until it is ended."""
    client = await nats.connect(url)
    sockets: set[ServerConnection] = set()

    async def pass_on(message: Msg) -> None:
        for each in tuple(sockets):
            await each.send(message.data.decode())

    async def welcome(socket: ServerConnection) -> None:
        sockets.add(socket)
        await socket.send("")
        await socket.wait_closed()
        sockets.discard(socket)

    await client.subscribe(SUBJECT, cb=pass_on)
    await client.flush()
    async with serve(welcome, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    way = {"in": carry_in, "out": carry_out}[sys.argv[1]]
    asyncio.run(way(sys.argv[2], int(sys.argv[3])))
