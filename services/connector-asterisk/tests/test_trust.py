"""What an administrator fears, played by a behaving Asterisk over real TCP: nothing is lost, nothing stays open."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.session import AmiSession
from cti_connector.link import Link, LinkSettings
from cti_connector.transport import tcp
from cti_model.events import LinkKind, Origin
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import parse

from .conftest import Heard

DIALECTS = ("11", "13", "22")
TALK = parse("101 calls 102; 102 rings; 102 answers after 200ms")
END = parse("101 hangs up after 200ms; wait until quiet")
QUICK_PING = {"ping_interval_s": 0.3, "ping_deadline_s": 0.6}
"""Only where a link must be found dead: a busy machine may take longer to answer."""


@asynccontextmanager
async def exchange(dialect: str = "22", **options) -> AsyncIterator[AsteriskServer]:
    managers = options.pop("managers", {"cti": Manager("s3cret")})
    server = AsteriskServer(dialect, managers, rng=random.Random(7), **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def linked(server: AsteriskServer, heard: Heard, *, numbered: bool = False, **bounds) -> AsyncIterator[Link]:
    picture = Picture(State("t", "p"))
    settings = LinkSettings(**{"backoff_first_s": 0.05, "backoff_most_s": 0.2, **bounds})
    link = Link(
        settings, tcp("127.0.0.1", server.port), lambda: AmiSession(picture, "cti", "s3cret", numbered=numbered), heard
    )
    task = asyncio.create_task(link.run())
    try:
        await heard.until(lambda: link.reconciled or link.last_error)
        yield link
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def compared(heard: Heard) -> int:
    return sum(kind is LinkKind.RECONCILED for kind, _ in heard.links)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_restart_ends_what_was_and_the_next_call_is_told(dialect):
    heard = Heard()
    async with exchange(dialect, speed=5) as server, linked(server, heard):
        await server.perform(TALK)
        await heard.until(lambda: "established" in heard.kinds)
        server.restart()
        await heard.until(lambda: "cleared" in heard.kinds)
        await heard.until(lambda: compared(heard) >= 2)
        await server.perform(TALK)
        await server.perform(END)
        await heard.until(lambda: heard.kinds.count("cleared") == 2)
    assert len({event.call.call_id for event in heard.told}) == 2


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_crash_tells_nothing_and_the_comparison_ends_the_call(dialect):
    heard = Heard()
    async with exchange(dialect, speed=5) as server, linked(server, heard):
        await server.perform(TALK)
        await heard.until(lambda: "established" in heard.kinds)
        server.crash()
        await heard.until(lambda: "cleared" in heard.kinds)
    assert heard.told[-1].origin is Origin.RECONCILED


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_cut_link_misses_nothing_that_the_list_tells(dialect):
    heard = Heard()
    async with exchange(dialect) as server, linked(server, heard, backoff_first_s=1.0, backoff_most_s=1.0):
        await server.perform(TALK)
        await heard.until(lambda: "established" in heard.kinds)
        server.cut()
        await server.perform(parse("101 hangs up; wait until quiet; 103 calls 104; 104 rings; 104 answers after 100ms"))
        await heard.until(lambda: compared(heard) >= 2)
        await heard.until(lambda: "cleared" in heard.kinds)
        await server.perform(parse("104 hangs up after 200ms; wait until quiet"))
        await heard.until(lambda: heard.kinds.count("cleared") == 2)
    last = {event.call.call_id: event.call for event in heard.told}
    assert all(not call.alive for call in last.values())
    assert {each.device.number for call in last.values() for each in call.connections} == {"101", "102", "103", "104"}


async def test_a_half_open_link_is_found_by_its_ping():
    heard = Heard()
    async with exchange() as server, linked(server, heard, **QUICK_PING):
        server.freeze()
        await heard.until(lambda: any("ping not answered" in detail for _, detail in heard.links))
        server.thaw()
        await heard.until(lambda: compared(heard) >= 2)


async def test_an_asterisk_that_reads_no_more_is_left_and_tried_again():
    heard = Heard()
    async with exchange() as server, linked(server, heard, **QUICK_PING) as link:
        server.deafen()
        await heard.until(lambda: any(kind is LinkKind.DISCONNECTED for kind, _ in heard.links))
        server.deafen(deaf=False)
        await heard.until(lambda: compared(heard) >= 2 and link.reconciled)
        await server.perform(TALK)
        await heard.until(lambda: "established" in heard.kinds)


async def test_garbage_and_a_header_of_one_mebibyte_cost_only_themselves():
    heard = Heard()
    async with exchange() as server, linked(server, heard):
        await server.perform(TALK)
        server.send(b"\x00\xff no header at all\r\n\r\nEvent\r\n\r\n: empty\r\n\r\n")
        server.send_huge_header()
        await server.perform(END)
        await heard.until(lambda: "cleared" in heard.kinds)
    assert [kind for kind, _ in heard.links] == [LinkKind.CONNECTED, LinkKind.RECONCILED]


async def test_a_wrong_password_is_said_once_and_not_hammered():
    heard = Heard()
    async with exchange(managers={"cti": Manager("other")}) as server, linked(server, heard, refused_wait_s=60) as link:
        assert "Authentication failed" in link.last_error
        assert link.attempts == 1
    assert heard.links == []


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_who_may_only_read_calls_is_told_calls_all_the_same(dialect):
    heard = Heard()
    managers = {"cti": Manager("s3cret", read=frozenset({"call"}), write=frozenset())}
    async with exchange(dialect, managers=managers) as server, linked(server, heard):
        await server.perform(TALK)
        await server.perform(END)
        await heard.until(lambda: "cleared" in heard.kinds)
    assert [kind for kind, _ in heard.links] == [LinkKind.CONNECTED, LinkKind.RECONCILED]


async def test_a_manager_interface_of_an_unknown_version_is_taken_as_the_newest():
    heard = Heard()
    async with exchange(banner="Asterisk Call Manager/99.1.0") as server, linked(server, heard):
        await server.perform(TALK)
        await server.perform(END)
        await heard.until(lambda: "cleared" in heard.kinds)


async def test_missing_numbers_are_a_gap_and_the_comparison_closes_it():
    heard = Heard()
    async with (
        exchange(numbered=True) as server,
        linked(server, heard, numbered=True, snapshot_interval_s=600) as link,
    ):
        await server.perform(TALK)
        await heard.until(lambda: "established" in heard.kinds)
        server.drop_events(40)  # all of the end of this call, and some of what comes next
        await server.perform(END)
        await server.perform(parse("103 calls 104; 104 rings; 103 hangs up after 100ms; wait until quiet; " * 6))
        await heard.until(lambda: any(kind is LinkKind.GAP for kind, _ in heard.links))
        await heard.until(lambda: any(not event.call.alive and event.call.dialled == "102" for event in heard.told))
        assert link.connected
