"""Three servers: streams before there is a leader, and the death of the leader in the middle of everything."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from cti_bus import Publisher, Reader, StreamSpec, connect, ensure
from cti_devstack.nats import NatsServer
from cti_devstack.ports import free_port

STREAM = StreamSpec("S", ("cti.>",), "test")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[list[NatsServer]]:
    ports = [free_port() for _ in range(3)]
    routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
    servers = [
        NatsServer(
            tmp_path / f"n{i}",
            options=[
                *("--name", f"n{i}", "--cluster_name", "c", "--cluster", f"nats://127.0.0.1:{port}", "--routes", routes)
            ],
        )
        for i, port in enumerate(ports)
    ]
    for server in servers:
        server.launch()
    yield servers
    for server in servers:
        server.stop()


async def test_leader_dies_while_publishing_and_reading(cluster: list[NatsServer]):
    total, calls = 1500, 10
    url = ",".join(server.url for server in cluster)
    async with await connect(url, "test") as bus:
        await ensure(bus, replicas=3, specs=[STREAM])  # begins before the cluster has a leader
        await ensure(bus, specs=[STREAM])  # who says nothing of replicas leaves them as they are
        assert (await bus.js.stream_info("S")).config.num_replicas == 3
        publisher = Publisher(bus, window=100)

        async def write() -> None:
            for i in range(total):
                call = i % calls
                await publisher.publish(
                    f"cti.t.call.p.{call}.e", b"%d" % i, {}, f"id{i}", fence=f"cti.t.call.p.{call}.>", begins=True
                )
            await publisher.flush()

        bodies: list[int] = []

        async def read() -> None:
            async with Reader(bus, "S") as reader:
                async for batch in reader:
                    bodies.extend(int(m.body) for m in batch)
                    if len(bodies) >= total:
                        return

        tasks = [asyncio.create_task(write()), asyncio.create_task(read())]
        async with asyncio.timeout(60):
            while len(bodies) < total // 3:
                await asyncio.sleep(0.01)
            info = await bus.js.stream_info("S")
            assert info.cluster is not None
            leader = next(server for i, server in enumerate(cluster) if info.cluster.leader == f"n{i}")
            leader.kill9()
            await asyncio.gather(*tasks)
        await publisher.close()
        assert sorted(bodies) == list(range(total))
        for call in range(calls):
            assert [body for body in bodies if body % calls == call] == list(range(call, total, calls))
