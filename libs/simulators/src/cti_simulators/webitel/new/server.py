"""The simulated engine on a port, in real time: a WebSocket for each user, and a little of REST."""

import asyncio
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from cti_simulators.scenario.exchange import Exchange
from cti_simulators.webitel.new import rest
from cti_simulators.webitel.new.faults import Faults
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import Plan
from cti_simulators.webitel.new.session import EngineSession
from cti_simulators.websocket import Outbox, WebSocketPbx, response

_MOST_WAITING = 256  # the engine's own bound: it drops the socket rather than skip an event
_PING_S = 54.0
_NULS = "\0\0\0\0"
_BROKEN = '{"event":"call","da'


class WebitelNewServer(WebSocketPbx[EngineSession]):
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
        super().__init__(host, port, speed, clock)
        self._auth_s = auth_s
        self.house = House(self._began, rng or random.Random(), plan)  # noqa: S311 - ids of a simulator
        self.fetched: list[str] = []

    @property
    def faults(self) -> Faults:
        """What is wrong with it."""
        return self.house.faults

    @property
    def url(self) -> str:
        """Where its WebSocket is."""
        return f"ws://{self._host}:{self.port}/websocket"

    @property
    def rest_url(self) -> str:
        """Where its REST is."""
        return f"http://{self._host}:{self.port}/api"

    @property
    def _exchange(self) -> Exchange:
        return self.house.people

    async def _listen(self) -> Server:
        return await serve(
            self._serve, self._host, self._wanted_port, process_request=self._request, ping_interval=_PING_S
        )

    async def clients(self, count: int = 1) -> None:
        """Wait until so many sockets are signed in by users whose calls are told."""
        await self.until(lambda: sum(_listens(self.house, each) for each in self.connections) >= count)

    def end_all(self) -> None:
        """End every call."""
        self.house.switch.end_all()
        self.pump()

    # --- faults

    def forget_bindings(self) -> None:
        """As after the engine lost its message queue: sockets and pings go on, call events come no more."""
        self.house.bound.clear()

    def expire(self, number: str) -> None:
        """A user's tokens are no longer valid: told, and nothing more."""
        for session, connection in tuple(self.connections.items()):
            if session.user is not None and session.user.number == number:
                connection.send_all([session.expire()])

    def revoke(self, number: str) -> None:
        """A user's token lets nobody in any more."""
        self.house.revoked.add(number)

    # --- inside

    def _tell(self) -> None:
        said = self.house.said()
        for session, outbox in tuple(self.connections.items()):
            outbox.send_all(session.hear(said))

    def _welcome(self, socket: ServerConnection) -> tuple[EngineSession, Outbox]:
        return EngineSession(self.house), _Noisy(socket, self.faults)

    def _answer(self, session: EngineSession, text: str | bytes) -> tuple[str, tuple[str, ...]]:
        answer = session.receive(text)
        return answer.action, answer.frames

    async def _accompany(self, session: EngineSession, outbox: Outbox) -> None:
        await asyncio.sleep(self._auth_s)
        if session.user is None:
            outbox.cut()

    def _left(self, session: EngineSession) -> None:
        """The last socket of a user takes the binding with it."""
        if session.user is not None and not any(each.user is session.user for each in self.connections):
            self.house.bound.discard(session.user.id)
            self.house.watching.discard(session.user.id)

    def _request(self, _: ServerConnection, request: Request) -> Response | None:
        """Refuse; None lets the WebSocket come about."""
        if self.faults.deaf:
            return response(HTTPStatus.SERVICE_UNAVAILABLE)
        address = urlsplit(request.path)
        if address.path in ("/websocket", "/ws/websocket"):
            return None
        self.pump()
        query = parse_qs(address.query)
        token = request.headers.get("X-Webitel-Access") or "".join(query.get("access_token", ()))
        self.fetched.append(request.path)
        return response(*rest.get(self.house, address.path, query, token))


def _listens(house: House, session: EngineSession) -> bool:
    return session.user is not None and session.user.id in house.bound


class _Noisy(Outbox):
    """As a proxy makes it, when its faults want that."""

    def __init__(self, socket: ServerConnection, faults: Faults) -> None:
        super().__init__(socket, _MOST_WAITING, close_code=1008)
        self._faults = faults

    def send(self, text: str) -> None:
        """Send, with noise before it."""
        for each in (*((_NULS,) if self._faults.nul else ()), *((_BROKEN,) if self._faults.garble else ()), text):
            super().send(each)
