"""What the client does otherwise than nats-py's, headers and cancellation apart."""

import asyncio
from collections.abc import Mapping

from cti_bus import Bus
from cti_bus.client import Client

INFO = b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"headers":true}\r\n'


async def test_a_message_is_heard_at_once_and_what_is_raised_over_it_costs_only_that_one(bus: Bus) -> None:
    heard: list[tuple[str, str, dict[str, str], bytes]] = []

    def hear(subject: str, reply: str, headers: Mapping[str, str], body: bytes) -> None:
        if body == b"bad":
            raise ValueError("cannot digest it")
        heard.append((subject, reply, dict(headers), body))

    client = bus.client
    subscription = await client.listen("a.*", hear)
    errors = bus.counters.errors
    await client.publish("a.1", b"one", reply="r", headers={"x": "y"})
    await client.publish("a.2", b"bad")
    await client.publish("a.3", b"three")
    await client.flush()
    assert heard == [("a.1", "r", {"x": "y"}, b"one"), ("a.3", "", {}, b"three")]
    assert bus.counters.errors == errors + 1
    await client.silence(subscription)
    await client.publish("a.4", b"four")
    await client.flush()
    assert len(heard) == 2


async def test_a_flush_waits_for_what_was_sent_before_it() -> None:
    heard: list[bytes] = []

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(INFO)
        async for line in reader:
            heard.extend(line.split()[:1])
            if line == b"PING\r\n":
                writer.write(b"PONG\r\n")
        writer.close()

    server = await asyncio.start_server(attend, "127.0.0.1", 0)
    client = Client()
    async with server:
        await client.connect(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await client.subscribe("a")
        await client.publish("b", b"")
        await client.flush()
        assert heard[-3:] == [b"SUB", b"PUB", b"PING"]
        await client.close()
