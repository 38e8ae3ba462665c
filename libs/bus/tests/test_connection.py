"""Connecting, asking, and the end of a connection."""

import asyncio

import pytest
from cti_bus import (
    Bus,
    ConnectFailed,
    Heard,
    NobodyListens,
    answer,
    connect,
)
from cti_devstack.nats import NatsServer

DEADLINE_S = 30.0


async def test_no_server_is_a_clear_error(tmp_path):
    with pytest.raises(
        ConnectFailed, match=r"no NATS server at nats://127.0.0.1:1 \(nats_url\) after 0.5 s: .*Connect call failed"
    ):
        await connect("nats://127.0.0.1:1", "x", deadline_s=0.5, reconnect_wait_s=0.05)


async def test_password_is_not_in_the_error(tmp_path):
    url = "nats://u:hunter2@127.0.0.1:1,nats://u:hunter2@127.0.0.1:2"
    with pytest.raises(
        ConnectFailed, match=r"at nats://127\.0\.0\.1:1,nats://127\.0\.0\.1:2 \(nats_url\) after"
    ) as failed:
        await connect(url, "x", deadline_s=0.5, reconnect_wait_s=0.05)
    assert "hunter2" not in str(failed.value)


async def test_connect_waits_for_a_late_server(nats_server):
    nats_server.stop()
    connecting = asyncio.create_task(connect(nats_server.url, "early", reconnect_wait_s=0.05))
    await asyncio.sleep(0.3)
    nats_server.start()
    bus = await asyncio.wait_for(connecting, DEADLINE_S)
    assert bus.is_connected
    await bus.close()


async def test_closed_is_told(bus: Bus):
    watching = asyncio.create_task(bus.watch_closed())
    await bus.close()
    await asyncio.wait_for(watching, DEADLINE_S)
    assert bus.closed.is_set()


async def test_request_without_listener(bus: Bus):
    with pytest.raises(NobodyListens):
        await bus.request("nobody.here", b"")


async def test_requests_are_answered_by_one_of_a_group(bus: Bus, nats_url: str):
    served: list[str] = []

    def server(name: str):
        async def reply(heard: Heard) -> bytes:
            served.append(name)
            return heard.body + heard.headers["x"].encode()

        return reply

    async with (
        await connect(nats_url, "other") as other,
        await answer(bus, "cti.t.cmd.p.*", server("a"), group="p"),
        await answer(other, "cti.t.cmd.p.*", server("b"), group="p"),
    ):
        reply = await bus.request("cti.t.cmd.p.dial", b"1", {"x": "y"})
        assert reply.body == b"1y"
        assert len(served) == 1


async def test_wrong_password_is_a_clear_error(tmp_path):
    server = NatsServer(tmp_path, options=["--user", "u", "--pass", "p"])
    server.start()
    try:
        with pytest.raises(ConnectFailed, match=r"(?i)authorization"):
            await connect(server.url, "x", deadline_s=3, reconnect_wait_s=0.05)
        good = await connect(server.url.replace("//", "//u:p@"), "x", deadline_s=DEADLINE_S)
        await good.close()
    finally:
        server.stop()
