"""kill -9 of NATS in mid-call: everything goes on, the connector's outbox drains, nothing is lost."""

from pathlib import Path

import pytest

from tests.chaos import truth
from tests.chaos.traffic import USERS, Traffic
from tests.chaos.witness import Streams, everybody_was_told_once, journal_has_read, journal_says, tabs
from tests.running import Running, supervised

pytestmark = pytest.mark.timeout(300)


async def test_calls_go_on_while_nats_is_dead_and_are_told_in_order_when_it_is_back(
    site: Running, streams: Streams, traffic: Traffic, raw: Path
) -> None:
    connector, journal, nats = (
        site.stack.service("connector-asterisk"),
        site.stack.service("call-journal"),
        site.stack.nats,
    )
    pids = connector.pid, journal.pid
    async with tabs(site, *USERS) as opened:
        await traffic.long.up_to(4)
        wave = traffic.wave()
        await streams.calls.more(10)
        await site.do(nats.kill9)
        await traffic.long.up_to(7)
        await wave  # Asterisk has told the end of all its calls to a connector without a bus
        assert not await site.do(site.stack.is_ready, "connector-asterisk")
        await site.do(nats.start)
        # push lets go of its lease when it cannot renew it, and is started again.
        async with supervised(site):
            for name in ("connector-asterisk", "call-journal", "push"):
                await site.ready(name)
            # Gone for a moment only, at another moment.
            wave = traffic.wave()
            await streams.calls.more(25)
            await site.do(nats.kill9)
            await site.do(nats.start)
            await wave
            await traffic.long.to_the_end()

            stored = await streams.ended(traffic.calls)
            truth.is_whole(stored)
            truth.is_what_asterisk_sent(stored, raw)
            await journal_has_read(site, stored)
            await journal_says(site, stored, truth.rows(stored))
            await everybody_was_told_once(streams, dict(zip(USERS, opened, strict=True)), stored)
    assert (connector.pid, journal.pid) == pids
    assert connector.running
    assert journal.running
