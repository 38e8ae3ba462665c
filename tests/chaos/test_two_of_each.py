"""Two of each service at one site: whoever leads is killed in mid-call, in turn; nothing is lost, nothing is doubled.

The journal has no standby: of two on one database one ends itself, and the other goes on.
"""

from collections.abc import AsyncIterator

import pytest
from cti_devstack.process import Child

from tests.chaos import truth
from tests.chaos.traffic import USERS, Traffic
from tests.chaos.witness import Streams, everybody_was_told_once, journal_has_read, journal_says, tabs
from tests.running import Running, until

pytestmark = pytest.mark.timeout(400)
CONNECTOR, JOURNAL, PUSH = "connector-asterisk", "call-journal", "push"
PREFIX = {CONNECTOR: "TRUNKLINE_ASTERISK", JOURNAL: "TRUNKLINE_JOURNAL", PUSH: "TRUNKLINE_PUSH"}


class Seconds:
    """A second process of each service."""

    def __init__(self, site: Running) -> None:
        self._site = site
        self.of = {
            name: site.stack.service(name).twin(f"{name}-2", **{f"{prefix}_{port}": "0" for port in _PORTS[name]})
            for name, prefix in PREFIX.items()
        }

    async def start(self, name: str, standing_by: str) -> Child:
        """Start one, and wait until its log says so."""
        child = self.of[name]
        await self._site.do(child.start)
        await until(lambda: standing_by in child.tail(400))
        return child

    async def kill9(self, name: str) -> None:
        """A power cut for one."""
        await self._site.do(self.of[name].kill9)

    async def stop(self) -> None:
        """Stop those that run."""
        for child in self.of.values():
            await self._site.do(child.stop)


_PORTS = {CONNECTOR: ("HEALTH_PORT",), JOURNAL: ("HEALTH_PORT", "HTTP_PORT"), PUSH: ("HEALTH_PORT", "HTTP_PORT")}


@pytest.fixture
async def seconds(site: Running) -> AsyncIterator[Seconds]:
    made = Seconds(site)
    try:
        yield made
    finally:
        await made.stop()


async def test_leaders_are_killed_in_turn_and_everybody_is_told_once(
    site: Running, streams: Streams, traffic: Traffic, seconds: Seconds
) -> None:
    connector = await seconds.start(CONNECTOR, "connected to NATS")
    push = await seconds.start(PUSH, "listening on")
    async with tabs(site, *USERS) as opened:
        await traffic.long.up_to(4)
        wave = traffic.wave()
        await streams.calls.more(5)
        await site.kill9(CONNECTOR)
        await until(lambda: "link up" in connector.tail(400))
        await wave
        await site.start(CONNECTOR)
        await site.kill9(PUSH)
        await until(lambda: '"projecting"' in push.tail(400))
        await traffic.wave()  # told while no tab is open
        await site.start(PUSH)
        await until(lambda: all(len(tab.welcomes) > 1 for tab in opened))
        wave = traffic.wave()
        await streams.users.more(3)
        await seconds.kill9(PUSH)
        await seconds.kill9(CONNECTOR)
        await wave
        await traffic.long.to_the_end()
        await until(lambda: not any(alive_in(streams).values()))
        stored = streams.stored
        truth.is_whole(stored)
        await everybody_was_told_once(streams, dict(zip(USERS, opened, strict=True)), stored)
    await journal_has_read(site, stored)
    await journal_says(site, stored, truth.rows(stored))


def alive_in(streams: Streams) -> dict[str, bool]:
    """Which calls of the stream live."""
    return {event.call.call_id: event.call.alive for _, event in streams.stored}


async def test_of_two_journals_one_ends_itself_and_no_row_is_lost_or_doubled(
    site: Running, streams: Streams, traffic: Traffic, seconds: Seconds
) -> None:
    second, first = seconds.of[JOURNAL], site.stack.service(JOURNAL)
    await site.do(second.start)
    await until(lambda: "listening on" in second.tail(400))
    await traffic.long.up_to(4)

    async def one_is_left() -> bool:
        return not (first.running and second.running)

    wave = traffic.wave()
    await until(one_is_left)
    assert {first.exit_code, second.exit_code} == {None, 1}
    await wave
    await traffic.long.to_the_end()
    stored = await streams.ended(traffic.calls)
    await journal_has_read(site, stored)
    if not first.running:  # as a supervisor does; then the one that was left may end
        await site.do(second.stop)
        await site.start(JOURNAL)
        await site.ready(JOURNAL)
    truth.is_whole(stored)
    await journal_says(site, stored, truth.rows(stored))
