"""kill -9 of call-journal, and of PostgreSQL under it, in mid-call: every row is there, once."""

from pathlib import Path

import asyncpg
import pytest

from tests.chaos import truth
from tests.chaos.traffic import Traffic
from tests.chaos.witness import Streams, ask, fetch, journal_has_read, journal_says, position
from tests.running import Running, until

pytestmark = pytest.mark.timeout(300)
JOURNAL = "call-journal"


async def everything_is_there_once(site: Running, streams: Streams, traffic: Traffic, raw: Path) -> None:
    stored = await streams.ended(traffic.calls)
    truth.is_whole(stored)
    truth.is_what_asterisk_sent(stored, raw)
    await journal_has_read(site, stored)
    await journal_says(site, stored, truth.rows(stored))


async def test_a_journal_killed_at_any_moment_loses_nothing_and_doubles_nothing(
    site: Running, streams: Streams, traffic: Traffic, raw: Path
) -> None:
    await traffic.long.up_to(4)
    # As the n-th event is stored: it may be unread, in a transaction, or written.
    for number, second in ((1, 5), (14, 7), (33, 9)):
        wave = traffic.wave()
        await streams.calls.more(number)
        await site.kill9(JOURNAL)
        await traffic.long.up_to(second)  # told while it is dead
        await site.start(JOURNAL)
        await wave
        await site.ready(JOURNAL)
    # Just after a commit, of which nobody has told anybody.
    before, wave = await position(site), traffic.wave()
    await until(lambda: moved_on(site, before))
    await site.kill9(JOURNAL)
    await site.start(JOURNAL)
    await wave
    await traffic.long.to_the_end()
    await everything_is_there_once(site, streams, traffic, raw)


async def moved_on(site: Running, before: int) -> bool:
    return await position(site) > before


async def in_mid_transaction(site: Running) -> bool:
    """Whether the journal has written its position and calls, and waits for the table of records."""
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'call_record'::regclass"
    return bool(await fetch(site, waiting))


async def test_a_journal_killed_in_mid_transaction_has_written_nothing_of_it(
    site: Running, streams: Streams, traffic: Traffic, raw: Path
) -> None:
    await traffic.long.up_to(4)
    blocker = await asyncpg.connect(site.stack.postgres.url("trunkline"))
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE call_record IN EXCLUSIVE MODE")
        wave = traffic.wave()
        await until(lambda: in_mid_transaction(site))
        before = await position(site)
        await site.kill9(JOURNAL)
    await blocker.close()
    assert await position(site) == before
    await site.start(JOURNAL)
    await wave
    await traffic.long.to_the_end()
    await everything_is_there_once(site, streams, traffic, raw)


async def test_a_journal_whose_postgresql_is_killed_in_mid_transaction_waits_and_catches_up(
    site: Running, streams: Streams, traffic: Traffic, raw: Path
) -> None:
    journal, postgres = site.stack.service(JOURNAL), site.stack.postgres
    pid = journal.pid
    await traffic.long.up_to(4)
    blocker = await asyncpg.connect(postgres.url("trunkline"))
    await blocker.execute("BEGIN; LOCK TABLE call_record IN EXCLUSIVE MODE")
    wave = traffic.wave()
    await until(lambda: in_mid_transaction(site))
    await site.do(postgres.kill9)
    await traffic.long.up_to(5)
    await streams.calls.more(10)
    await until(lambda: "again in" in journal.tail(200))
    assert not await site.do(site.stack.is_ready, JOURNAL), "it says that it cannot write"
    assert (await ask(site)).status_code == 503
    await site.do(postgres.start)
    await site.ready(JOURNAL)
    await wave
    # Once more, while events are written as they come.
    before, wave = await position(site), traffic.wave()
    await until(lambda: moved_on(site, before))
    await site.do(postgres.kill9)
    await streams.calls.more(10)
    await site.do(postgres.start)
    await wave
    await traffic.long.to_the_end()
    await everything_is_there_once(site, streams, traffic, raw)
    assert (journal.pid, journal.running) == (pid, True), "an outage is waited for, not died of"
    blocker.terminate()
