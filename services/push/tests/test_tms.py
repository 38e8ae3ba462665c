"""Clients that know only the Messaging Service protocol, at the real gateway, on a real NATS."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from cti_bus import Bus
from cti_model.calls import Command
from cti_model.commands import ErrorCode, failed
from cti_simulators.tms import DIAL, Page
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from .conftest import DEADLINE_S, token
from .test_commands import CALL, TALKING, Phone, connector

UID = "10000000-0000-4000-8000-00000000000A"


class Browser(Page):
    """A page whose waiting has a deadline."""

    def __init__(self, socket: ClientConnection) -> None:
        super().__init__(socket)
        self.socket = socket

    async def take(self) -> dict:
        async with asyncio.timeout(DEADLINE_S):
            return await super().take()

    async def enter(self, user: str = "101") -> "Browser":
        await self.sign_in(token(user), UID)
        return self

    async def raised(self, name: str) -> None:
        await self.until(lambda model: name in model.heard)

    async def refused(self) -> tuple[dict, int]:
        """The error that refuses a sign-in, and the close code after it."""
        error = json.loads((await self.next(3))["content"])
        return error, await self.closed()

    async def closed(self) -> int:
        try:
            while True:
                await self.take()
        except ConnectionClosed:
            return self.socket.close_code or 0


@asynccontextmanager
async def browsers(port: int, count: int = 1, query: str = "") -> AsyncIterator[list[Browser]]:
    async with AsyncExitStack() as stack:
        address = f"ws://127.0.0.1:{port}/{query}"
        yield [Browser(await stack.enter_async_context(connect(address))) for _ in range(count)]


async def test_a_call_from_the_first_ring_to_the_end_in_two_tabs(pushing, tell):
    async with pushing() as port, browsers(port, 2) as tabs:
        for tab in tabs:
            await tab.enter()
            assert (tab.model.line, tab.model.agent) == (DIAL, "Active")
        await tell(CALL)
        for tab in tabs:
            await tab.raised("callFinished")
            assert tab.model.heard == ["callStarted", "commutationStarted", "hold", "unhold", "callFinished"]
            assert (tab.model.calls, tab.model.current, tab.model.line) == ({}, None, DIAL)


async def test_a_reload_in_mid_call_finds_the_call(pushing, tell):
    async with pushing() as port:
        async with browsers(port) as [page]:
            await page.enter()
            await tell(CALL[:TALKING])
            await page.raised("commutationStarted")
            before = page.model.calls
        async with browsers(port) as [page]:
            await page.enter()
            assert page.model.calls == before
            assert page.model.heard == [], "no call is told as new"
            await tell(CALL[TALKING:])
            await page.raised("callFinished")
            assert page.model.line == DIAL


async def test_commands_go_to_the_connector_and_a_double_click_is_one(pushing, tell, bus: Bus):
    phone = Phone()
    async with pushing() as port, connector(bus, phone), browsers(port) as [page]:
        await page.enter()
        phone.lifted.clear()
        await page.send("MakeCall", targetAddress="205")
        await page.send("MakeCall", targetAddress="205")
        await page.send("QueryLineState")
        await page.next(11)  # both frames were taken before this answer
        phone.lifted.set()
        await tell(CALL[:TALKING])
        await page.raised("commutationStarted")
        call_id = page.model.current
        await page.send("HoldCall", call_id)
        await page.send("SendDtmf", call_id, digits="5")
        async with asyncio.timeout(DEADLINE_S):
            while len(phone.asked) < 3:
                await asyncio.sleep(0.02)
        asked = {(each.verb, each.to or each.digits, each.user) for each in phone.asked}
        assert asked == {
            (Command.MAKE_CALL, "205", "101"), (Command.HOLD, "", "101"), (Command.SEND_DIGITS, "5", "101"),
        }  # fmt: skip


async def test_a_command_that_fails_is_told_as_an_error(pushing, bus: Bus):
    phone = Phone()
    phone.result = lambda request: failed(request, ErrorCode.REFUSED, "no such number")
    async with pushing() as port, connector(bus, phone), browsers(port) as [page]:
        await page.enter()
        await page.send("MakeCall", targetAddress="205")
        error = json.loads((await page.next(3))["content"])
        assert (error["errorType"], error["internalErrorCode"], error["data"]) == (3, "refused", "no such number")
        phone.result = lambda request: failed(request, ErrorCode.NOT_SUPPORTED, "not here")
        await page.send("MakeCall", targetAddress="205")
        assert json.loads((await page.next(3))["content"])["errorType"] == 4
        assert [each.verb for each in phone.asked] == [Command.MAKE_CALL] * 2
        for word, kind in (("ProcessLogs", 4), ("DropCall", 3)):
            await page.send(word, "nobody")
            error = json.loads((await page.next(3))["content"])
            assert (error["errorType"], error["source"]) == (kind, word)
        await page.socket.send("nonsense")
        assert json.loads((await page.next(3))["content"])["errorType"] == 0
        await page.send("QueryMsgUserState")
        assert (await page.next(12))["content"] == '"Active"'


async def test_nobody_gets_in_without_a_token(pushing):
    bad = [{}, {"token": ""}, {"token": "nonsense"}, {"token": {"a": 1}}, {"token": token(lifetime_s=-5)}]
    async with pushing() as port, browsers(port, len(bad)) as pages:
        for page, params in zip(pages, bad, strict=True):
            await page.open(params, UID)
            error, code = await page.refused()
            assert (error["errorType"], code) == (2, 4500), params


async def test_commands_before_the_sign_in_do_nothing(pushing):
    async with pushing() as port, browsers(port) as [page]:
        await page.send("MakeCall", targetAddress="205")
        assert json.loads((await page.next(3))["content"])["errorType"] == 0
        await page.enter()


async def test_a_token_of_the_installation_needs_a_mapped_user(pushing, tell):
    everybody = token("crm", grants=["tms:*"])
    async with (
        pushing(tms_users={UID: "101", "uid-2": "102"}) as port,
        browsers(port, 3, f"?token={everybody}") as [mapped, unknown, other],
    ):
        await mapped.open({}, UID)
        await mapped.next(2)
        await mapped.send("QueryActiveCallSnapshot")
        await mapped.next(10)
        await tell(CALL[:TALKING])
        await mapped.raised("commutationStarted")
        await unknown.open({}, "10000000-0000-4000-8000-00000000000b")
        assert (await unknown.refused())[1] == 4500
        await other.open({"token": token("101")}, "uid-2")  # a personal token, and somebody else's UserUId
        assert (await other.refused())[1] == 4500


async def test_who_logs_out_is_not_asked_to_come_back(pushing):
    async with pushing() as port, browsers(port) as [page]:
        await page.enter()
        await page.send("CloseConnection")
        assert await page.closed() == 4506
        assert page.frames[-1]["privateData"] == {"ignoreTryReconnection": True}


async def test_a_server_that_stops_says_so_and_closes(pushing):
    async with browsers_of_a_stopping_server(pushing) as page:
        assert await page.closed() == 4000
        assert (page.frames[-1]["eventType"], "privateData" in page.frames[-1]) == (14, False)


@asynccontextmanager
async def browsers_of_a_stopping_server(pushing) -> AsyncIterator[Browser]:
    async with AsyncExitStack() as stack:
        async with pushing(drain_s=0.2) as port:
            socket = await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}/"))
            page = await Browser(socket).enter()
        yield page


async def test_an_idle_line_shows_that_it_lives(pushing):
    async with pushing(ping_s=0.1) as port, browsers(port) as [page]:
        await page.enter()
        for _ in range(3):
            await page.next(16)


async def test_the_door_can_be_closed(pushing):
    from websockets.exceptions import InvalidMessage, InvalidStatus

    async with pushing(tms=False) as port:
        with pytest.raises((InvalidStatus, InvalidMessage, ConnectionClosed)):
            async with connect(f"ws://127.0.0.1:{port}/") as socket:
                await socket.recv()
