"""The simulated Oktell on a WebSocket port, in real time, with the faults that a real one has."""

import random
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from cti_simulators.oktell.faults import Faults
from cti_simulators.oktell.frames import encode
from cti_simulators.oktell.house import House
from cti_simulators.oktell.links import finish
from cti_simulators.oktell.plan import Plan
from cti_simulators.oktell.session import OktellSession
from cti_simulators.scenario.exchange import Exchange
from cti_simulators.websocket import Outbox, WebSocketPbx, response

_MOST_WAITING = 10_000
_SILENCE = bytes.fromhex("5249464624000000 57415645666d742010000000 01000100401f0000401f0000 01000800 6461746100000000")


class OktellServer(WebSocketPbx[OktellSession]):
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
        super().__init__(host, port, speed, clock)
        self._basic, self._tls = basic, tls
        self.house = House(self._began, rng or random.Random(), plan)  # noqa: S311 - ids of a simulator

    @property
    def faults(self) -> Faults:
        """What is wrong with it."""
        return self.house.faults

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'ws' if self._tls is None else 'wss'}://{self._host}:{self.port}"

    @property
    def _exchange(self) -> Exchange:
        return self.house.exchange

    async def _listen(self) -> Server:
        return await serve(
            self._serve,
            self._host,
            self._wanted_port,
            select_subprotocol=_subprotocol,
            process_request=self._request,
            ping_interval=None,
            ssl=self._tls,
        )

    async def clients(self, count: int = 1) -> None:
        """Wait until so many connections are logged in and subscribed to the events of their lines, or are servers."""
        await self.until(lambda: sum(_listens(each) for each in self.connections) >= count)

    def end_all(self) -> None:
        """End every call."""
        for line in self.house.pbx.every_line():
            for link in (line.current, line.flashed):
                if link is not None:
                    finish(self.house.pbx, link)
        self.pump()

    # --- faults

    def send(self, text: str) -> None:
        """Send a text as it is to everybody: garbage."""
        for each in tuple(self.connections.values()):
            each.send(text)

    def send_event(self, name: str, **body: object) -> None:
        """Send an event to everybody, wanted or not."""
        self.send(encode(name, body))

    # --- inside

    def _tell(self) -> None:
        events = self.house.exchange.pbx.said()
        kept = events[self.faults.lose :]
        self.faults.lose -= len(events) - len(kept)
        for session, outbox in tuple(self.connections.items()):
            outbox.send_all(session.hear(kept))

    def _welcome(self, socket: ServerConnection) -> tuple[OktellSession, Outbox]:
        return OktellSession(self.house), Outbox(socket, _MOST_WAITING)

    def _answer(self, session: OktellSession, text: str | bytes) -> tuple[str, list[str]]:
        return session.receive(text)

    def _left(self, session: OktellSession) -> None:
        session.closed()

    def _request(self, _: ServerConnection, request: Request) -> Response | None:
        """Refuse, or serve a recording; None lets the WebSocket come about."""
        if self.faults.deaf:
            return response(HTTPStatus.SERVICE_UNAVAILABLE)
        if self._basic and request.headers.get("Authorization") != f"Basic {self._basic}":
            return response(HTTPStatus.UNAUTHORIZED)
        address = urlsplit(request.path)
        if not address.path.startswith("/records/"):
            return None
        if not set(parse_qs(address.query).get("temppass", ())) & self.house.downloads:
            return response(HTTPStatus.FORBIDDEN)
        if not any(each["recordlink"] == address.path for each in self.house.pbx.journal):
            return response(HTTPStatus.NOT_FOUND)
        return response(HTTPStatus.OK, _SILENCE, "audio/wav")


def _subprotocol(_: ServerConnection, offered: object) -> Subprotocol | None:
    return Subprotocol("json") if isinstance(offered, list | tuple) and "json" in offered else None


def _listens(session: OktellSession) -> bool:
    return session.server or (session.user is not None and "linestatechanged" in session.subscribed)
