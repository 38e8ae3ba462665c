"""A migrated database and events of recorded calls."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from call_journal.audio.folder import Folder
from call_journal.store.migrate import migrate
from connector_asterisk.replay import events_of
from cti_devstack.testing import MakeDatabase, prepared
from cti_model.events import CallEvent
from cti_simulators.traces import load_trace

from . import forgetting, trusting
from .history import make_history, reading

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces" / "asterisk-22"


def recorded(*names: str) -> list[CallEvent]:
    """The events of recorded calls, one after the other."""
    found: list[CallEvent] = []
    for name in names:
        found.extend(events_of((chunk.t, chunk.data) for chunk in load_trace(TRACES / f"{name}.ami.gz").chunks))
    return found


@pytest.fixture(scope="session")
def events() -> list[CallEvent]:
    """Calls of many kinds: plain, held, refused, transferred, queued, picked up, parked."""
    return recorded(
        "a_internal_caller_hangup", "d_internal_busy", "e2_outbound_failures", "g2_inbound_utf8_name",
        "h2_both_hold", "j_attended_transfer", "l_blind_transfer", "n1_queue_ringall", "s2_directed_pickup",
        "o1_park_retrieve", "k_consultation_cancelled",
    )  # fmt: skip


@pytest.fixture(scope="session")
def postgres_template(make_database: MakeDatabase) -> str:
    """A migrated database: to copy it is ten times quicker."""
    return prepared(make_database, migrate)


@pytest.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on an empty, migrated database."""
    async with asyncpg.create_pool(postgres_dsn, min_size=1, max_size=4) as made:
        yield made


@pytest.fixture
async def client(pool: asyncpg.Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor's client over 1500 calls, one every five minutes, over the night in which the clocks go forward."""
    await make_history(pool, 1500, "2026-03-27T00:00:00Z", "5 minutes")
    async with reading(pool) as made:
        yield made


@pytest.fixture
async def journal(pool: asyncpg.Pool, events: list[CallEvent]) -> asyncpg.Pool:
    """A pool on the rows of all calls, written in batches as they came."""
    await trusting.written(pool, events)
    return pool


@pytest.fixture
async def places(pool: asyncpg.Pool, tmp_path: Path) -> dict[str, Folder]:
    """Where the sound lies of calls of a person who will be erased, which are in the journal."""
    return {"pbx": await forgetting.written(pool, tmp_path)}
