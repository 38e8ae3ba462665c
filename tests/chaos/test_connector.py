"""Two connectors of one Asterisk as real processes: one leads; killed, frozen or cut off, the other goes on."""

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cti_bus import Bus, NoAnswer, connect, ensure, since
from cti_bus.streams import EVENTS
from cti_devstack.nats import NatsServer
from cti_devstack.process import Child
from cti_model.calls import Outcome
from cti_model.envelope import decode_call, decode_link
from cti_model.events import CallEvent, LinkEvent, LinkKind, Origin
from cti_model.fold import refold
from cti_model.records import records
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import parse

from tests.running import until

TENANT, PBX = "t", "asterisk"
TAKEOVER_S = 5.0


class Site:
    """An exchange and its connectors, each a process of its own."""

    def __init__(self, state: Path, nats: NatsServer, exchange: AsteriskServer, bus: Bus) -> None:
        self.exchange = exchange
        self.nats = nats
        self._state = state
        self._bus = bus
        self._children: dict[str, Child] = {}
        self.start_s = 0.0  # from the start of a process until it leads: a second on an idle machine

    def start(self, name: str, **settings: str) -> Child:
        """Start a connector."""
        environment = {
            "TRUNKLINE_NATS_URL": self.nats.url,
            "TRUNKLINE_TENANT": TENANT,
            "TRUNKLINE_ASTERISK_PBX": PBX,
            "TRUNKLINE_ASTERISK_PORT": str(self.exchange.port),
            "TRUNKLINE_ASTERISK_SECRET": "s3cret",
            "TRUNKLINE_ASTERISK_HEALTH_PORT": "0",
            "TRUNKLINE_ASTERISK_PING_INTERVAL_S": "0.5",
            "TRUNKLINE_ASTERISK_PING_DEADLINE_S": "1",
            **settings,
        }
        child = Child(name, [sys.executable, "-m", "connector_asterisk"], self._state / f"{name}.log", environment)
        child.start()
        self._children[name] = child
        return child

    def stop(self) -> None:
        """Stop all connectors."""
        for child in self._children.values():
            child.stop()

    async def calls(self) -> list[CallEvent]:
        """All call events in the stream."""
        return [decode_call(body) for body in await self._read("cti.*.call.>")]

    async def links(self) -> list[LinkEvent]:
        """All link events in the stream."""
        return [decode_link(body) for body in await self._read("cti.*.link.>")]

    async def _read(self, subject: str) -> list[bytes]:
        while True:
            await self._bus.wait_connected()
            try:
                return [each.body async for each in since(self._bus, EVENTS.name, subject)]
            except NoAnswer:
                await asyncio.sleep(0.05)  # the server has just come back; `until` has the deadline

    async def led_by(self) -> str:
        """The process id at the end of the instance that compared with the PBX last."""
        compared = [each for each in await self.links() if each.kind is LinkKind.RECONCILED]
        return compared[-1].instance.rpartition("-")[2] if compared else ""

    async def until_led_by(self, child: Child) -> None:
        """Wait until a connector leads and has compared."""

        async def leads() -> bool:
            return await self.led_by() == str(child.pid)

        await until(leads)

    async def until_told(self, kind: str, count: int = 1) -> None:
        """Wait for so many events of a kind."""

        async def told() -> bool:
            return sum(each.kind == kind for each in await self.calls()) >= count

        await until(told)


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path / "nats")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def site(tmp_path: Path, nats: NatsServer) -> AsyncIterator[Site]:
    exchange = AsteriskServer("22", {"cti": Manager("s3cret")}, rng=random.Random(1))
    await exchange.start()
    async with await connect(nats.url, "test", reconnect_wait_s=0.05) as bus:
        await ensure(bus)
        made = Site(tmp_path, nats, exchange, bus)
        try:
            yield made
        finally:
            made.stop()
            await exchange.stop()


def whole(events: list[CallEvent]) -> None:
    """Nothing doubled, nothing missing: each call's versions are contiguous and its state is the fold of its facts."""
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    for told in calls.values():
        assert [each.call.version for each in told] == list(range(1, len(told) + 1))
        assert refold(told) == told[-1].call
    assert len({event.event_id for event in events}) == len(events)


@asynccontextmanager
async def two_connectors(site: Site) -> AsyncIterator[tuple[Child, Child]]:
    """The leader and the standby, which is there when this returns: what it takes over is not its own start."""
    began = time.monotonic()
    one, two = site.start("one"), site.start("two")
    await until(site.led_by)
    site.start_s = time.monotonic() - began
    await until(lambda: all("standing by" in each.tail(1000) for each in (one, two)))
    led = await site.led_by()
    yield (one, two) if led == str(one.pid) else (two, one)


async def test_a_killed_leader_is_replaced_within_five_seconds_and_its_calls_go_on(site):
    async with two_connectors(site) as (leader, standby):
        await site.exchange.perform(parse("101 calls 102; 102 rings; 102 answers after 300ms"))
        await site.exchange.perform(parse("103 calls 104; 104 rings"))
        await site.until_told("established")
        await site.until_told("delivered", 2)
        leader.kill9()
        killed = time.monotonic()
        await site.exchange.perform(parse("103 hangs up"))  # nobody sees this
        await site.until_led_by(standby)
        assert time.monotonic() - killed < TAKEOVER_S + site.start_s  # a machine that is slow in this is so in that
        await site.exchange.perform(parse("101 hangs up after 300ms; wait until quiet"))
        await site.until_told("cleared", 2)
    events = await site.calls()
    whole(events)
    ends = {event.call.dialled: event for event in events if event.kind == "cleared"}
    assert (ends["102"].origin, ends["104"].origin) == (Origin.OBSERVED, Origin.RECONCILED)
    rows = {row.device: row for event in ends.values() for row in records(event.call)}
    assert {device: row.outcome for device, row in rows.items()}["102"] is Outcome.ANSWERED
    assert set(rows) == {"101", "102", "103", "104"}


async def test_a_frozen_leader_that_wakes_up_changes_nothing(site):
    async with two_connectors(site) as (leader, standby):
        await site.exchange.perform(parse("101 calls 102; 102 rings; 102 answers after 300ms"))
        await site.until_told("established")
        os.kill(leader.pid, signal.SIGSTOP)
        await site.until_led_by(standby)
        await site.exchange.perform(parse("101 holds; 101 retrieves after 300ms"))
        await site.until_told("retrieved")
        os.kill(leader.pid, signal.SIGCONT)  # it finds its lease lost; what it reads now it may not tell
        await site.exchange.perform(parse("101 hangs up after 500ms; wait until quiet"))
        await site.until_told("cleared")
        await until(lambda: "no longer leading" in leader.tail(1000))
    events = await site.calls()
    whole(events)
    assert [event.kind for event in events].count("held") == 1
    assert [event.kind for event in events].count("cleared") == 1


async def test_a_leader_that_stops_in_order_hands_over_at_once(site):
    async with two_connectors(site) as (leader, standby):
        await site.exchange.perform(parse("101 calls 102; 102 rings; 102 answers after 300ms"))
        await site.until_told("established")
        await asyncio.to_thread(leader.stop)  # the exchange goes on meanwhile
        assert leader.exit_code == 0
        await site.until_led_by(standby)
        await site.exchange.perform(parse("102 hangs up; wait until quiet"))
        await site.until_told("cleared")
    events = await site.calls()
    whole(events)
    assert [event.kind for event in events].count("cleared") == 1


async def test_nats_killed_and_started_again_in_mid_call_loses_nothing(site):
    connector = site.start("one", TRUNKLINE_ASTERISK_OUTBOX_MEMORY="5", TRUNKLINE_ASTERISK_OUTBOX_DIR=str(site._state))
    await site.until_led_by(connector)
    await site.exchange.perform(parse("101 calls 102; 102 rings"))
    await site.until_told("delivered")
    site.nats.kill9()
    await site.exchange.perform(parse("102 answers; 101 holds after 300ms; 101 retrieves after 300ms; 101 hangs up"))
    await site.exchange.perform(parse("103 calls 104; 104 rings; 104 declines after 200ms; wait until quiet"))
    site.nats.start()
    await site.until_told("cleared", 2)
    events = await site.calls()
    whole(events)
    kinds = [event.kind for event in events if event.call.dialled == "102"]
    assert [each for each in kinds if each in ("established", "held", "retrieved", "cleared")] == [
        "established",
        "held",
        "retrieved",
        "cleared",
    ]
    assert all(event.origin is Origin.OBSERVED for event in events)


async def test_an_asterisk_that_crashes_leaves_no_ghost(site):
    connector = site.start("one")
    await site.until_led_by(connector)
    await site.exchange.perform(parse("101 calls 102; 102 rings; 102 answers after 300ms"))
    await site.until_told("established")
    site.exchange.crash()
    await site.until_told("cleared")
    events = await site.calls()
    whole(events)
    end = events[-1]
    assert end.origin is Origin.RECONCILED
    assert end.not_before is not None
    assert end.not_before <= end.occurred_at <= (end.not_after or end.observed_at)


async def test_a_half_open_link_is_given_up_and_what_happened_meanwhile_is_found(site):
    connector = site.start("one")
    await site.until_led_by(connector)
    await site.exchange.perform(parse("101 calls 102; 102 rings; 102 answers after 300ms"))
    await site.until_told("established")
    site.exchange.freeze()
    await site.exchange.perform(parse("101 hangs up after 200ms"))

    async def noticed() -> bool:
        return any(each.kind is LinkKind.DISCONNECTED for each in await site.links())

    await until(noticed)
    site.exchange.thaw()
    await site.until_told("cleared")
    whole(await site.calls())
