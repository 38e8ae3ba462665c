"""The page about a new kind of PBX: its program runs as it stands there, and its tables are true."""

import asyncio
import tomllib
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import pytest
from cti_connector.session import LinkRefused, Turn
from cti_connector.testing import Site, holds, serving
from cti_model.calls import Cause, Command, ConnectionState
from cti_model.commands import SUPERVISOR, CommandOutcome, ErrorCode
from cti_simulators.scenario import Scenario

from .documents import blocks, text_of

PAGE = text_of("docs/telephony/new-connector.md")


@pytest.fixture(scope="module")
def program() -> Any:
    """The page's blocks as one module."""
    module = ModuleType("connector_lines")
    for each in blocks(PAGE, "python"):
        exec(compile(each, "new-connector.md", "exec"), module.__dict__)
    return module


class OnAPort:
    """The page's simulated PBX, for one client at a time."""

    def __init__(self, lines: Any) -> None:
        self.lines = lines
        self.port = 0
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        self.cut()

    async def perform(self, scenario: Scenario) -> None:
        raise NotImplementedError("its own words are enough here")

    def does(self, what: str) -> None:
        said = self.lines.does(what)
        if self._writer is not None:
            self._writer.write(said)

    def cut(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        while data := await reader.read(4096):
            writer.write(self.lines.receive(data))


def test_it_holds_the_laws_of_sessions(program: Any):
    program.conforms()


async def test_its_calls_and_commands_on_a_real_nats(program: Any, nats_url: str):
    pbx = OnAPort(program.Lines())
    site = Site(pbx, "lines")
    async with site.opened(nats_url):
        settings = program.LinesSettings(nats_url=nats_url, port=pbx.port, secret="good")
        async with serving("connector-lines", lambda runtime: program.serve(settings, runtime)):
            await site.linked("101")
            pbx.does("79161234567 calls 101")
            pbx.does("101 answers")
            mine = await site.state("101", ConnectionState.CONNECTED, Command.CLEAR)
            pbx.cut()
            pbx.lines.does("101 hangs up")
            pbx.lines.does("102 calls 103")
            await site.state("103", ConnectionState.ALERTING)
            assert next(each.call for each in site.events if each.kind == "cleared").connections[0].cause is Cause.LOST
            about = {"connection_id": site.living("103")[-1].connection_id, "device": "103"}
            assert (await site.done(Command.CLEAR, **about)).connection_id == about["connection_id"]
            await site.over(2)
            late = await site.ask(Command.CLEAR, connection_id=mine.connection_id, roles=(SUPERVISOR,))
            assert (late.outcome, late.error) == (CommandOutcome.FAILED, ErrorCode.NOT_FOUND)
            assert (await site.ask(Command.PARK, connection_id=mine.connection_id)).error is ErrorCode.NOT_SUPPORTED


def test_a_wrong_secret_is_a_refusal(program: Any):
    session, peer = program.LinesSession(program.Picture("t", "lines"), "bad"), program.Lines()
    with pytest.raises(LinkRefused):
        session.receive(peer.receive(session.greet()), program.datetime.now(program.UTC))


def test_the_entry_points_are_those_that_other_connectors_have():
    (shown,) = (tomllib.loads(each)["project"]["entry-points"] for each in blocks(PAGE, "toml"))
    for group, points in shown.items():
        assert f"| `{group}` |" in PAGE
        theirs = {each.name.removeprefix("connector-"): each.value for each in entry_points(group=group)}
        (ours,) = points.values()
        assert (
            ours.replace("connector_lines", "connector_freeswitch").split(":")[0] == theirs["freeswitch"].split(":")[0]
        )


class _Spoilt:
    """A session with one fault, else the page's."""

    def __init__(self, session: Any, fault: str) -> None:
        self._session = session
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    def ping(self, number: int) -> bytes:
        return bytes(self._session.ping(1 if self._fault == "ping" else number))

    def receive(self, data: bytes, at: Any) -> Turn:
        if self._fault == "cut" and not data.endswith(b"\n"):
            return Turn()
        if self._fault == "garbage" and b"\xff" in data:
            raise ValueError("garbage")
        turn: Turn = self._session.receive(data, at)
        if self._fault == "comparison":
            turn.reconciled = None
        if self._fault == "versions":
            turn.events = turn.events[1:]
        return turn


@pytest.mark.parametrize("fault", ["ping", "cut", "garbage", "comparison", "versions"])
def test_the_laws_find_a_session_that_breaks_one(program: Any, fault: str):
    def spoilt() -> Any:
        return _Spoilt(program.LinesSession(program.Picture("t", "lines"), "good"), fault)

    with pytest.raises((AssertionError, ValueError)):
        holds(spoilt, program.Lines, program.ACTS, program.datetime(2026, 1, 5, tzinfo=program.UTC))


def test_the_laws_find_a_call_that_is_left(program: Any):
    def session() -> Any:
        return program.LinesSession(program.Picture("t", "lines"), "good")

    with pytest.raises(AssertionError, match="nobody ended"):
        holds(session, program.Lines, program.ACTS[:1], program.datetime(2026, 1, 5, tzinfo=program.UTC))
