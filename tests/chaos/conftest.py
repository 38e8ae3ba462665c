"""A system of its own for each test, whose connector records what it receives."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.traffic import Traffic
from tests.chaos.witness import Streams, watching
from tests.running import Running, running


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Where the connector records the bytes of Asterisk."""
    return tmp_path / "raw"


@pytest.fixture
async def site(tmp_path: Path, raw: Path) -> AsyncIterator[Running]:
    async with running(
        tmp_path / "state", TRUNKLINE_ASTERISK_RECORD_DIR=str(raw), TRUNKLINE_PUSH_LEASE_TTL_S="2"
    ) as site:
        yield site


@pytest.fixture
async def streams(site: Running) -> AsyncIterator[Streams]:
    async with watching(site) as streams:
        yield streams


@pytest.fixture
async def traffic(site: Running) -> Traffic:
    return Traffic(site)
