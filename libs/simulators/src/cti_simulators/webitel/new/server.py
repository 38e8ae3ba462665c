"""The simulated engine on a port, in real time: a WebSocket for each user, and a little of REST."""

import asyncio
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cti_simulators.scenario.runner import Commands, script
from cti_simulators.scenario.steps import Scenario
from cti_simulators.webitel.new import rest
from cti_simulators.webitel.new.faults import Faults
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import Plan
from cti_simulators.webitel.new.session import Answer, EngineSession

_MOST_WAITING = 256  # the engine's own bound: it drops the socket rather than skip an event
_PING_S = 54.0
_NULS = "\0\0\0\0"
_BROKEN = '{"event":"call","da'


class WebitelNewServer:
    """`start`, then `perform` scenarios; `faults` may be changed at any time. `speed`: 2.0 is twice as fast.

    A socket that has not signed in within `auth_s` is closed. `fetched`: the addresses that were asked for by REST.
    """

    def __init__(
        self,
        plan: Plan | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        auth_s: float = 20.0,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._host, self._wanted_port, self._speed, self._auth_s = host, port, speed, auth_s
        self._wall, self._began = clock, clock()
        self.house = House(self._began, rng or random.Random(), plan)  # noqa: S311 - ids of a simulator
        self.connections: dict[EngineSession, _Connection] = {}
        self.fetched: list[str] = []
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
        """Where its WebSocket is."""
        return f"ws://{self._host}:{self.port}/websocket"

    @property
    def rest_url(self) -> str:
        """Where its REST is."""
        return f"http://{self._host}:{self.port}/api"

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        self._server = await serve(
            self._serve, self._host, self._wanted_port, process_request=self._request, ping_interval=_PING_S
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
        """Wait until so many sockets are signed in by users whose calls are told."""
        await self.until(lambda: sum(_listens(self.house, each) for each in self.connections) >= count)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; looked at whenever something has happened."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def perform(self, scenario: Scenario, commands: Commands | None = None) -> None:
        """Play a scenario in the exchange's time; returns after its last step. Raises `ScenarioFailed`."""
        self.pump()
        people, switch = self.house.people, self.house.switch
        for pause in script(scenario, people, commands or {}):
            self.pump()
            while switch.now < pause.until and not (pause.over is not None and pause.over()):
                await asyncio.sleep(0.01)
                self.pump()
        self.pump()

    def pump(self) -> None:
        """Let the exchange come up to now, and tell the clients. To be called after changing it by hand."""
        switch = self.house.switch
        switch.advance(self._began + (self._wall() - self._began) * self._speed)
        said = self.house.said()
        for session, connection in tuple(self.connections.items()):
            connection.send_all(session.hear(said))
        if self._timer is not None:
            self._timer.cancel()
        if switch.next_timer is not None:
            wait_s = max(0.0, (switch.next_timer - switch.now) / self._speed)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.pump)
        self._changed.set()

    def end_all(self) -> None:
        """End every call."""
        self.house.switch.end_all()
        self.pump()

    # --- faults

    def cut(self) -> None:
        """Cut all connections without a word; new ones are welcome."""
        for each in tuple(self.connections.values()):
            each.cut()

    def forget_bindings(self) -> None:
        """As after the engine lost its message queue: sockets and pings go on, call events come no more."""
        self.house.bound.clear()

    def expire(self, number: str) -> None:
        """A user's tokens are no longer valid: told, and nothing more."""
        for session, connection in tuple(self.connections.items()):
            if session.user is not None and session.user.number == number:
                connection.send_all([session.expire()])

    # --- inside

    async def _serve(self, socket: ServerConnection) -> None:
        session, connection = EngineSession(self.house), _Connection(socket, self.faults)
        self.connections[session] = connection
        self._changed.set()
        tasks = [asyncio.create_task(each) for each in (connection.write(), self._wait_for_log_in(session, connection))]
        try:
            async for text in socket:
                self._received(session, connection, text)
        except ConnectionClosed:
            pass  # cut, by whomever
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._left(session)

    async def _wait_for_log_in(self, session: EngineSession, connection: "_Connection") -> None:
        await asyncio.sleep(self._auth_s)
        if session.user is None:
            connection.cut()

    def _left(self, session: EngineSession) -> None:
        """The last socket of a user takes the binding with it."""
        del self.connections[session]
        if session.user is not None and not any(each.user is session.user for each in self.connections):
            self.house.bound.discard(session.user.id)
            self.house.watching.discard(session.user.id)
        self._changed.set()

    def _received(self, session: EngineSession, connection: "_Connection", text: str | bytes) -> None:
        """Answer, then tell what came of it; the exchange's own events until now come first."""
        self.pump()
        answer = session.receive(text)
        if self.faults.events_first:
            self.pump()
        self._send(connection, answer, session.closing)
        self.pump()

    def _send(self, connection: "_Connection", answer: Answer, closing: bool) -> None:
        delay_s = self.faults.delay_of(answer.action)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, connection.send_all, answer.frames, closing)
        else:
            connection.send_all(answer.frames, closing)

    def _request(self, _: ServerConnection, request: Request) -> Response | None:
        """Refuse; None lets the WebSocket come about."""
        if self.faults.deaf:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        address = urlsplit(request.path)
        if address.path in ("/websocket", "/ws/websocket"):
            return None
        self.pump()
        query = parse_qs(address.query)
        token = request.headers.get("X-Webitel-Access") or "".join(query.get("access_token", ()))
        self.fetched.append(request.path)
        return _response(*rest.get(self.house, address.path, query, token))


def _response(status: HTTPStatus, body: bytes = b"", kind: str = "text/plain") -> Response:
    headers = Headers({"Content-Length": str(len(body)), "Content-Type": kind, "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)


def _listens(house: House, session: EngineSession) -> bool:
    return session.user is not None and session.user.id in house.bound


class _Connection:
    """What waits to be sent, in order; a client that lets too much pile up is cut."""

    def __init__(self, socket: ServerConnection, faults: Faults) -> None:
        self._socket = socket
        self._faults = faults
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue()

    def send_all(self, frames: tuple[str, ...] | list[str], closing: bool = False) -> None:
        """Send some, when it is their turn, and close behind them if so wanted."""
        for each in frames:
            for said in (*((_NULS,) if self._faults.nul else ()), *((_BROKEN,) if self._faults.garble else ()), each):
                self._waiting.put_nowait(said)
        if closing:
            self._waiting.put_nowait(None)
        if self._waiting.qsize() > _MOST_WAITING:
            self.cut()

    def cut(self) -> None:
        """Cut it, without a closing handshake."""
        self._socket.transport.abort()

    async def write(self) -> None:
        """Send what waits, until the connection is gone or to be closed."""
        try:
            while (text := await self._waiting.get()) is not None:
                await self._socket.send(text)
            await self._socket.close(1008)
        except ConnectionClosed:
            return
