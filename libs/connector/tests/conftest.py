"""A small PBX of our own at the host's seam, so that the host is tested and not a PBX kind. Real TCP, real NATS.

Its language is lines. The PBX says `+ID` (a call begins), `-ID` (it ends), `=N ID ID …` (the answer to `?N`, what is
alive), `!N` (the answer to `!N`), `#` (a line that tells of a gap).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
from cti_bus import Bucket, Bus, NoAnswer, Received, connect, ensure, since
from cti_bus.streams import EVENTS
from cti_connector.conversation import LinkSettings
from cti_connector.host import Host, HostSettings
from cti_connector.link import Link
from cti_connector.live import BUCKET, Known
from cti_connector.session import OpenSession, Reconciled, Turn
from cti_connector.telemetry import metrics
from cti_connector.transport import tcp
from cti_devstack.nats import NatsServer
from cti_model.calls import Call, Cause, Device, DeviceKind, Direction
from cti_model.commands import CommandRefused, CommandRequest, ErrorCode
from cti_model.envelope import decode_call, decode_link
from cti_model.events import CallEvent, Cleared, Delivered, Leg, LinkEvent, Origin
from cti_model.fold import born, tell
from cti_model.ids import call_id, connection_id
from opentelemetry import metrics as otel

TENANT, PBX = "t", "toy"
DEADLINE_S = 60.0


class ToyPbx:
    """The server. `living` are the ids of its calls."""

    def __init__(self) -> None:
        self.living: list[str] = []
        self.clients: set[asyncio.StreamWriter] = set()
        self.asked = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        for each in self.clients:
            each.transport.abort()

    def begin(self, native: str, *, unheard: bool = False) -> None:
        self.living.append(native)
        self._say(f"+{native}", unheard)

    def end(self, native: str, *, unheard: bool = False) -> None:
        self.living.remove(native)
        self._say(f"-{native}", unheard)

    def tell_of_a_gap(self) -> None:
        self._say("#", False)

    def _say(self, line: str, unheard: bool) -> None:
        if not unheard:
            for each in self.clients:
                each.write(f"{line}\n".encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(writer)
        with contextlib.suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                if line.startswith("?"):
                    self.asked += 1
                    line = " ".join((f"={line[1:]}", *self.living))
                writer.write(f"{line}\n".encode())
        self.clients.discard(writer)
        writer.close()


class ToySession:
    """The client's side of one connection; `calls` outlive it."""

    def __init__(self, calls: dict[str, Call]) -> None:
        self._calls = calls
        self._rest = b""
        self.ready = True
        self.unsettled = False
        self.wakes_at = None
        self.answered_ping = 0

    def greet(self) -> bytes:
        return b"!0\n"

    def ping(self, number: int) -> bytes:
        return f"!{number}\n".encode()

    def ask_snapshot(self, number: int) -> bytes:
        return f"?{number}\n".encode()

    def quiet(self, at: datetime) -> Turn:
        return Turn()

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "this PBX does nothing")

    def receive(self, data: bytes, at: datetime) -> Turn:
        turn = Turn()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode(), at, turn)
        return turn

    def _line(self, line: str, at: datetime, turn: Turn) -> None:
        sign, rest = line[:1], line[1:]
        if sign == "!":
            self.answered_ping = int(rest)
        elif sign == "#":
            turn.gap = "told so"
        elif sign == "+":
            turn.events.append(self._begins(rest, at, Origin.OBSERVED))
        elif sign == "-" and rest in self._calls:
            turn.events.append(self._ends(rest, at, Origin.OBSERVED))
        elif sign == "=":
            number, *living = rest.split()
            gone = [each for each in self._calls if each not in living]
            new = [each for each in living if each not in self._calls]
            turn.events += [self._ends(each, at, Origin.RECONCILED) for each in gone]
            turn.events += [self._begins(each, at, Origin.RECONCILED) for each in new]
            turn.reconciled = Reconciled(int(number), len(gone) + len(new))

    def _begins(self, native: str, at: datetime, origin: Origin) -> CallEvent:
        call = born(call_id(TENANT, PBX, "", native), TENANT, PBX, at, native)
        leg = Leg(
            connection_id=connection_id(TENANT, PBX, "", native),
            device=Device("101", DeviceKind.EXTENSION),
            direction=Direction.IN,
            native_id=native,
        )
        event = tell(call, Delivered(leg=leg), at, at, origin)
        self._calls[native] = event.call
        return event

    def _ends(self, native: str, at: datetime, origin: Origin) -> CallEvent:
        return tell(self._calls.pop(native), Cleared(cause=Cause.NORMAL), at, at, origin)


def begin(known: Known) -> OpenSession:
    """The toy kind's beginning."""
    living = {each.call.native_ids[0]: each.call for each in known.calls}
    return lambda: ToySession(living)


def call_of(native: str) -> str:
    return call_id(TENANT, PBX, "", native)


@pytest.fixture
async def pbx() -> AsyncIterator[ToyPbx]:
    made = ToyPbx()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    async with await connect(nats_server.url, "test", reconnect_wait_s=0.05) as made:
        await ensure(made)
        yield made


Hosting = Callable[..., "contextlib.AbstractAsyncContextManager[Host]"]


@pytest.fixture
def hosting(nats_server: NatsServer, bus: Bus, pbx: ToyPbx) -> Hosting:
    """Runs a host of the toy kind on a connection of its own; leaving the block stops it in order."""

    @asynccontextmanager
    async def run(instance: str = "one", **changes: object) -> AsyncIterator[Host]:
        link = LinkSettings(backoff_first_s=0.05, backoff_most_s=0.2, snapshot_interval_s=600)
        settings = HostSettings(TENANT, PBX, **{"lease_ttl_s": 6, **changes})
        stopping = asyncio.Event()
        async with await connect(nats_server.url, instance, reconnect_wait_s=0.05) as own:
            host = Host(
                own,
                settings,
                lambda known, listener: Link(link, tcp("127.0.0.1", pbx.port), begin(known), listener),
                instance,
                metrics(otel.get_meter("test")),
            )
            task = asyncio.create_task(host.run(stopping))
            try:
                yield host
            finally:
                stopping.set()
                await task

    return run


class Stream:
    """What the stream and the index hold."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def calls(self) -> list[CallEvent]:
        return [decode_call(each.body) for each in await self._read("cti.*.call.>")]

    async def links(self) -> list[LinkEvent]:
        return [decode_link(each.body) for each in await self._read("cti.*.link.>")]

    async def kinds(self) -> list[str]:
        return [f"{each.kind} {each.call.native_ids[0]}" for each in await self.calls()]

    async def index(self) -> list[str]:
        return [each.key.rpartition(".")[2] async for each in Bucket(self._bus, BUCKET).entries()]

    async def _read(self, subject: str) -> list[Received]:
        while True:
            await self._bus.wait_connected()
            try:
                return [each async for each in since(self._bus, EVENTS.name, subject)]
            except NoAnswer:
                await asyncio.sleep(0.05)  # the server has just come back; `until` has the deadline


@pytest.fixture
def stream(bus: Bus) -> Stream:
    return Stream(bus)


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            found = condition()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)
