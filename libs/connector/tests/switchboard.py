"""A small PBX where each operator signs in by a WebSocket of their own, and what a connector of it would be.

Its language is text messages. The client says `login NAME SECRET`, `?N` (what is alive?), `!N` (a ping), `call TO` and
`bye`;
the PBX says `ok`, `no REASON`, `+ID DEVICE DEVICE …` (a call begins), `-ID` (it ends), `=N ID,DEVICE,DEVICE …`, `!N`,
and `called TO`. Everybody hears the calls of their own device.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Container
from datetime import datetime

from cti_connector.firstparty import Operator
from cti_connector.session import LinkRefused, Reconciled, Refusal, Turn
from cti_model.agents import AgentEvent
from cti_model.calls import Call, Cause, Device, DeviceKind, Direction
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult
from cti_model.events import CallEvent, Cleared, Delivered, Leg, LinkKind, Origin
from cti_model.fold import born, tell
from cti_model.ids import call_id, connection_id
from cti_model.operators import OperatorEvent
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

TENANT, PBX = "t", "board"


def operator(device: str, secret: str = "good", credential: str = "c/1") -> Operator:
    """Of user `u<device>`, who signs in by the device's number."""
    return Operator(f"u{device}", device, device, secret, credential)


class Switchboard:
    """The server. `calls`: the living ones, each with its devices. `refuse`: why it lets a login not in."""

    def __init__(self) -> None:
        self.calls: dict[str, tuple[str, ...]] = {}
        self.refuse: dict[str, Refusal] = {}
        self.logins: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.online: dict[str, ServerConnection] = {}
        self.farewells: list[str] = []
        self.port = 0
        self._server: Server | None = None

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", 0)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def begin(self, native: str, *devices: str) -> None:
        self.calls[native] = devices
        await self._tell(devices, " ".join((f"+{native}", *devices)))

    async def end(self, native: str) -> None:
        await self._tell(self.calls.pop(native), f"-{native}")

    async def _tell(self, devices: Collection[str], message: str) -> None:
        for device in devices:
            if device in self.online:
                with contextlib.suppress(ConnectionClosed):
                    await self.online[device].send(message)

    async def _serve(self, connection: ServerConnection) -> None:
        login = ""
        try:
            async for message in connection:
                verb, *rest = str(message).split()
                if verb == "login":
                    login, secret = rest
                    self.logins.append(login)
                    reason = self.refuse.get(login) or (None if secret == "good" else Refusal.WRONG_PASSWORD)
                    if login in self.online:
                        reason = Refusal.IN_USE
                    if reason is None:
                        self.online[login] = connection
                    await connection.send(f"no {reason.value}" if reason is not None else "ok")
                elif verb == "call":
                    self.asked.append((login, rest[0]))
                    await connection.send(f"called {rest[0]}")
                elif verb == "bye":
                    self.farewells.append(login)
                elif verb.startswith("?"):
                    mine = (",".join((native, *who)) for native, who in self.calls.items() if login in who)
                    await connection.send(" ".join((f"={verb[1:]}", *mine)))
                else:
                    await connection.send(verb)
        except ConnectionClosed:
            return
        finally:
            if self.online.get(login) is connection:
                del self.online[login]


class Picture:
    """The calls that all sessions of one PBX know together.

    One link may hear the end of a call before another hears its beginning: what is over is remembered.
    """

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.over: set[str] = set()

    def begins(self, native: str, devices: Collection[str], at: datetime, origin: Origin) -> list[CallEvent]:
        if native in self.calls or native in self.over:
            return []
        call, told = born(call_id(TENANT, PBX, "", native), TENANT, PBX, at, native), []
        for device in devices:
            leg = Leg(
                connection_id=connection_id(TENANT, PBX, "", f"{native}/{device}"),
                device=Device(device, DeviceKind.EXTENSION), direction=Direction.IN, native_id=native,
            )  # fmt: skip
            told.append(tell(call, Delivered(leg=leg), at, at, origin))
            call = told[-1].call
        self.calls[native] = call
        return told

    def ends(self, native: str, at: datetime, origin: Origin) -> list[CallEvent]:
        call = self.calls.pop(native, None)
        self.over.add(native)
        return [tell(call, Cleared(cause=Cause.NORMAL), at, at, origin)] if call is not None else []


class BoardSession:
    """An operator's side of one connection."""

    def __init__(self, picture: Picture, who: Operator) -> None:
        self._picture = picture
        self._who = who
        self._rest = b""
        self._asked: list[tuple[int, CommandRequest]] = []
        self.ready = False
        self.unsettled = False
        self.wakes_at = None
        self.answered_ping = 0

    def greet(self) -> bytes:
        return f"login {self._who.login} {self._who.secret}\n".encode()

    def ping(self, number: int) -> bytes:
        return f"!{number}\n".encode()

    def ask_snapshot(self, number: int) -> bytes:
        return f"?{number}\n".encode()

    def quiet(self, at: datetime) -> Turn:
        return Turn()

    def command(self, request: CommandRequest, number: int, at: datetime) -> Turn:
        self._asked.append((number, request))
        return Turn(send=f"call {request.to}\n".encode())

    def give_up(self, number: int) -> CommandResult:
        return CommandResult(command_id="", outcome=CommandOutcome.UNKNOWN)

    def farewell(self) -> bytes:
        return b"bye\n"

    def receive(self, data: bytes, at: datetime) -> Turn:
        turn = Turn()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line.decode(), at, turn)
        return turn

    def _line(self, line: str, at: datetime, turn: Turn) -> None:
        first, *rest = line.split()
        if first == "ok":
            self.ready = True
        elif first == "no":
            raise LinkRefused(f"not let in: {rest[0]}", Refusal(rest[0]))
        elif first == "called":
            number, request = self._asked.pop(0)
            done = CommandResult(command_id=request.command_id, outcome=CommandOutcome.OBSERVED)
            turn.results.append((number, done))
        elif first.startswith("!"):
            self.answered_ping = int(first[1:])
        elif first.startswith("+"):
            turn.events += self._picture.begins(first[1:], rest, at, Origin.OBSERVED)
        elif first.startswith("-"):
            turn.events += self._picture.ends(first[1:], at, Origin.OBSERVED)
        elif first.startswith("="):
            for native, *devices in (each.split(",") for each in rest):
                turn.events += self._picture.begins(native, devices, at, Origin.RECONCILED)
            turn.reconciled = Reconciled(int(first[1:]), len(turn.events))


class Wanted:
    """Who is to be signed in, as the test says."""

    def __init__(self, *operators: Operator) -> None:
        self._changes: asyncio.Queue[tuple[Operator, ...]] = asyncio.Queue()
        self.say(*operators)

    def say(self, *operators: Operator) -> None:
        self._changes.put_nowait(operators)

    async def changes(self, occupied: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        while True:
            yield await self._changes.get()


class Heard:
    """A listener that keeps what it hears; `broken` is raised in place of that."""

    def __init__(self) -> None:
        self.told: list[CallEvent] = []
        self.operators: list[OperatorEvent] = []
        self.links: list[tuple[LinkKind, str]] = []
        self.raws: list[tuple[str, bytes]] = []
        self.broken: Exception | None = None

    def events(self, events: list[CallEvent]) -> None:
        if self.broken is not None:
            raise self.broken
        self.told += events

    def agents(self, events: list[AgentEvent]) -> None:
        """None come."""

    def raw(self, data: bytes, at: datetime, who: str = "") -> None:
        self.raws.append((who, data))

    def operator(self, event: OperatorEvent) -> None:
        self.operators.append(event)

    def link(self, kind: LinkKind, detail: str) -> None:
        self.links.append((kind, detail))

    def of(self, user: str) -> list[str]:
        """What became of an operator's log-ins."""
        return [f"{each.kind} {each.reason}" if each.reason else each.kind.value for each in self.operators
                if each.user == user]  # fmt: skip

    @property
    def changes(self) -> list[LinkKind]:
        return [kind for kind, _ in self.links if kind is not LinkKind.RECONCILED]


Clock = Callable[[], datetime]
