"""In real time over TCP the simulator makes the same records as in its own time, but for the durations."""

import asyncio
import random

import pytest
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer

from tests.scenarios import asterisk
from tests.scenarios.cases import scenario
from tests.scenarios.compare import rows

DEADLINE_S = 60
STORY = """
    trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers after 300ms
    101 consults 102 after 300ms; 102 rings; 102 answers after 500ms
    101 completes transfer after 300ms; 102 holds after 300ms; 102 retrieves after 600ms; c1 hangs up after 300ms"""


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
async def test_real_time_is_like_its_own_time(dialect):
    server = AsteriskServer(dialect, {"cti": Manager("secret")}, rng=random.Random(7))
    await server.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"Action: Login\r\nUsername: cti\r\nSecret: secret\r\n\r\n")
        await server.clients()
        chunks = []

        async def listen():
            while data := await reader.read(65536):
                chunks.append((server.clock(), data))

        listening = asyncio.create_task(listen())
        async with asyncio.timeout(DEADLINE_S):
            await server.perform(scenario(STORY))
            server.cut()
            await asyncio.wait([listening])
        writer.close()
    finally:
        await server.stop()
    live = rows(asterisk.records_of(chunks))
    assert len(live) == 3
    virtual = rows(asterisk.records_of(asterisk.Stage(dialect).play(scenario(STORY))))
    assert [row.facts for row in live] == [row.facts for row in virtual]
