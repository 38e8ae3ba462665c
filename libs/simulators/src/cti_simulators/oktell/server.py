"""The simulated Oktell on a WebSocket port, in real time, with the faults that a real one has."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from cti_simulators.oktell.faults import Faults
from cti_simulators.oktell.frames import encode
from cti_simulators.oktell.house import House
from cti_simulators.oktell.links import finish
from cti_simulators.oktell.plan import Plan
from cti_simulators.oktell.session import OktellSession
from cti_simulators.scenario.runner import Commands, script
from cti_simulators.scenario.steps import Scenario

_MOST_WAITING = 10_000
_SILENCE = bytes.fromhex("5249464624000000 57415645666d742010000000 01000100401f0000401f0000 01000800 6461746100000000")


class OktellServer:
    """`start`, then `perform` scenarios; `faults` may be changed at any time. `speed`: 2.0 is twice as fast.

    `basic`: NAME:SECRET in base64, as HTTP Basic has it, that a client must give (for the form server to server).
    `tls`: its certificate; without one it speaks in the clear.
    """

    def __init__(
        self,
        plan: Plan | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        rng: random.Random | None = None,
        basic: str = "",
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._host, self._wanted_port, self._speed, self._basic = host, port, speed, basic
        self._tls = tls
        self._wall, self._began = clock, clock()
        self.house = House(self._began, rng or random.Random(), plan)  # noqa: S311 - ids of a simulator
        self.connections: dict[OktellSession, _Connection] = {}
        self._changed = asyncio.Event()
        self._server: Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def faults(self) -> Faults:
        """What is wrong with it."""
        return self.house.faults

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("not started")
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'ws' if self._tls is None else 'wss'}://{self._host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        self._server = await serve(
            self._serve,
            self._host,
            self._wanted_port,
            select_subprotocol=_subprotocol,
            process_request=self._request,
            ping_interval=None,
            ssl=self._tls,
        )
        self._wanted_port = self.port

    async def stop(self) -> None:
        """Close everything, without a word."""
        if self._timer is not None:
            self._timer.cancel()
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def clients(self, count: int = 1) -> None:
        """Wait until so many connections are logged in and subscribed to the events of their lines, or are servers."""
        await self.until(lambda: sum(_listens(each) for each in self.connections) >= count)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; looked at whenever something has happened."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def perform(self, scenario: Scenario, commands: Commands | None = None) -> None:
        """Play a scenario in the exchange's time; returns after its last step. Raises `ScenarioFailed`."""
        self.pump()
        for pause in script(scenario, self.house.exchange, commands or {}):
            self.pump()
            while self.house.exchange.now < pause.until and not (pause.over is not None and pause.over()):
                await asyncio.sleep(0.01)
                self.pump()
        self.pump()

    def pump(self) -> None:
        """Let the exchange come up to now, and tell the clients. To be called after changing it by hand."""
        exchange = self.house.exchange
        exchange.advance(self._began + (self._wall() - self._began) * self._speed)
        events = exchange.pbx.said()
        kept = events[self.faults.lose :]
        self.faults.lose -= len(events) - len(kept)
        for session, connection in tuple(self.connections.items()):
            for text in session.hear(kept):
                connection.send(text)
        if self._timer is not None:
            self._timer.cancel()
        if exchange.next_timer is not None:
            wait_s = max(0.0, (exchange.next_timer - exchange.now) / self._speed)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.pump)
        self._changed.set()

    def end_all(self) -> None:
        """End every call."""
        for line in self.house.pbx.every_line():
            for link in (line.current, line.flashed):
                if link is not None:
                    finish(self.house.pbx, link)
        self.pump()

    # --- faults

    def cut(self) -> None:
        """Cut all connections without a word; new ones are welcome."""
        for each in tuple(self.connections.values()):
            each.cut()

    def send(self, text: str) -> None:
        """Send a text as it is to everybody: garbage."""
        for each in tuple(self.connections.values()):
            each.send(text)

    def send_event(self, name: str, **body: object) -> None:
        """Send an event to everybody, wanted or not."""
        self.send(encode(name, body))

    # --- inside

    async def _serve(self, socket: ServerConnection) -> None:
        session = OktellSession(self.house)
        connection = _Connection(socket)
        self.connections[session] = connection
        self._changed.set()
        writing = asyncio.create_task(connection.write())
        try:
            async for text in socket:
                self._received(session, connection, text)
        except ConnectionClosed:
            pass  # cut, by whomever
        finally:
            writing.cancel()
            session.closed()
            del self.connections[session]
            self._changed.set()

    def _received(self, session: OktellSession, connection: "_Connection", text: str | bytes) -> None:
        """Answer, then tell what came of it; the exchange's own events until now come first."""
        self.pump()
        name, answers = session.receive(text)
        if self.faults.events_first:
            self.pump()
        delay_s = self.faults.delay_of(name)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, connection.send_all, answers, session.closing)
        else:
            connection.send_all(answers, session.closing)
        self.pump()

    def _request(self, _: ServerConnection, request: Request) -> Response | None:
        """Refuse, or serve a recording; None lets the WebSocket come about."""
        if self.faults.deaf:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        if self._basic and request.headers.get("Authorization") != f"Basic {self._basic}":
            return _response(HTTPStatus.UNAUTHORIZED)
        address = urlsplit(request.path)
        if not address.path.startswith("/records/"):
            return None
        if not set(parse_qs(address.query).get("temppass", ())) & self.house.downloads:
            return _response(HTTPStatus.FORBIDDEN)
        if not any(each["recordlink"] == address.path for each in self.house.pbx.journal):
            return _response(HTTPStatus.NOT_FOUND)
        return _response(HTTPStatus.OK, _SILENCE, "audio/wav")


def _response(status: HTTPStatus, body: bytes = b"", kind: str = "text/plain") -> Response:
    headers = Headers({"Content-Length": str(len(body)), "Content-Type": kind, "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)


def _subprotocol(_: ServerConnection, offered: object) -> Subprotocol | None:
    return Subprotocol("json") if isinstance(offered, list | tuple) and "json" in offered else None


def _listens(session: OktellSession) -> bool:
    return session.server or (session.user is not None and "linestatechanged" in session.subscribed)


class _Connection:
    """What waits to be sent, in order; a client that lets too much pile up is cut."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Send, when it is its turn."""
        if self._waiting.qsize() > _MOST_WAITING:
            self.cut()
        else:
            self._waiting.put_nowait(text)

    def send_all(self, texts: list[str], closing: bool) -> None:
        """Send some, and close behind them if so wanted."""
        for each in texts:
            self.send(each)
        if closing:
            self._waiting.put_nowait(None)

    def cut(self) -> None:
        """Cut it, without a closing handshake."""
        self._socket.transport.abort()

    async def write(self) -> None:
        """Send what waits, until the connection is gone or to be closed."""
        try:
            while (text := await self._waiting.get()) is not None:
                await self._socket.send(text)
            await self._socket.close()
        except ConnectionClosed:
            return
