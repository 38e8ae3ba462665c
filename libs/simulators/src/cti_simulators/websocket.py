"""A simulated PBX on a WebSocket port, in real time: its clock, its clients, and what waits to be sent to them."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Generic, Protocol, TypeVar

from websockets.asyncio.server import Server, ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

from cti_simulators.faults import SocketFaults
from cti_simulators.scenario.exchange import Exchange
from cti_simulators.scenario.runner import Commands, script
from cti_simulators.scenario.steps import Scenario


class Session(Protocol):
    """One client as a conversation. `closing`: the connection is to be closed when the answers are sent."""

    closing: bool


S = TypeVar("S", bound=Session)


class Outbox:
    """What waits to be sent, in order. A client that lets more than `most` pile up is cut."""

    def __init__(self, socket: ServerConnection, most: int, close_code: int = 1000) -> None:
        self._socket, self._most, self._close_code = socket, most, close_code
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, text: str) -> None:
        """Send, when it is its turn."""
        self._waiting.put_nowait(text)
        if self._waiting.qsize() > self._most:
            self.cut()

    def send_all(self, texts: Sequence[str], closing: bool = False) -> None:
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
            await self._socket.close(self._close_code)
        except ConnectionClosed:
            return


class WebSocketPbx(ABC, Generic[S]):
    """`start`, then `perform` scenarios. `connections`: the clients that there are now.

    `clock`: epoch seconds; the exchange's time runs `speed` times as fast.
    """

    def __init__(self, host: str, port: int, speed: float, clock: Callable[[], float]) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._host, self._wanted_port, self._speed = host, port, speed
        self._wall, self._began = clock, clock()
        self.connections: dict[S, Outbox] = {}
        self._changed = asyncio.Event()
        self._server: Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    # --- what each PBX is

    @property
    @abstractmethod
    def faults(self) -> SocketFaults:
        """What is wrong with it; may be changed at any time."""

    @property
    @abstractmethod
    def _exchange(self) -> Exchange: ...

    @abstractmethod
    async def _listen(self) -> Server:
        """A server of `_serve` on the host and port."""

    @abstractmethod
    def _welcome(self, socket: ServerConnection) -> tuple[S, Outbox]: ...

    @abstractmethod
    def _answer(self, session: S, text: str | bytes) -> tuple[str, Sequence[str]]:
        """What was asked, by name, and the texts that answer it."""

    @abstractmethod
    def _tell(self) -> None:
        """Tell the clients what the exchange said since the last time."""

    async def _accompany(self, session: S, outbox: Outbox) -> None:
        """What goes on beside a connection, for as long as it is there."""

    @abstractmethod
    def _left(self, session: S) -> None:
        """A connection is gone."""

    # --- what all do

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("not started")
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        self._server = await self._listen()
        self._wanted_port = self.port

    async def stop(self) -> None:
        """Close everything, without a word."""
        if self._timer is not None:
            self._timer.cancel()
        self.cut()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; looked at whenever something has happened."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def perform(self, scenario: Scenario, commands: Commands | None = None) -> None:
        """Play a scenario in the exchange's time; returns after its last step. Raises `ScenarioFailed`."""
        self.pump()
        for pause in script(scenario, self._exchange, commands or {}):
            self.pump()
            while self._exchange.now < pause.until and not (pause.over is not None and pause.over()):
                await asyncio.sleep(0.01)
                self.pump()
        self.pump()

    def pump(self) -> None:
        """Let the exchange come up to now, and tell the clients. To be called after changing it by hand."""
        exchange = self._exchange
        exchange.advance(self._began + (self._wall() - self._began) * self._speed)
        self._tell()
        if self._timer is not None:
            self._timer.cancel()
        if exchange.next_timer is not None:
            wait_s = max(0.0, (exchange.next_timer - exchange.now) / self._speed)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.pump)
        self._changed.set()

    def cut(self) -> None:
        """Cut all connections without a word; new ones are welcome."""
        for each in tuple(self.connections.values()):
            each.cut()

    async def _serve(self, socket: ServerConnection) -> None:
        session, outbox = self._welcome(socket)
        self.connections[session] = outbox
        self._changed.set()
        tasks = [asyncio.create_task(each) for each in (outbox.write(), self._accompany(session, outbox))]
        try:
            async for text in socket:
                self._received(session, outbox, text)
        except ConnectionClosed:
            pass  # cut, by whomever
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            del self.connections[session]
            self._left(session)
            self._changed.set()

    def _received(self, session: S, outbox: Outbox, text: str | bytes) -> None:
        """Answer, then tell what came of it; the exchange's own events until now come first."""
        self.pump()
        asked, answers = self._answer(session, text)
        if self.faults.events_first:
            self.pump()
        delay_s = self.faults.delay_of(asked)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, outbox.send_all, answers, session.closing)
        else:
            outbox.send_all(answers, session.closing)
        self.pump()


def response(status: HTTPStatus, body: bytes = b"", kind: str = "text/plain") -> Response:
    """An answer to a request that is to become no WebSocket."""
    headers = Headers({"Content-Length": str(len(body)), "Content-Type": kind, "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)
