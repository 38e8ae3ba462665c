"""A connection to a real NATS server per test, which the test can kill and start again (`nats_server`)."""

from collections.abc import AsyncIterator

import pytest
from cti_bus import Bus, connect


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    async with await connect(nats_url, "test", reconnect_wait_s=0.05) as connected:
        yield connected
