"""The simulated FreeSWITCH on a TCP port, with TLS before it or without: one event socket, in real time."""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch
from cti_simulators.freeswitch.faults import GOODBYE, RUDE, Faults
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import Plan
from cti_simulators.scenario import Scenario, script

HEARTBEAT_S = 20.0


class FreeSwitchServer:
    """`start`, then `perform` scenarios; `drop_clients` cuts all connections. `speed`: 2.0 is twice as fast.

    `tls`: as behind a TLS front. `faults`: what is wrong with it.
    """

    def __init__(
        self,
        password: str = "ClueCon",  # noqa: S107 - the well-known default of a server that is simulated
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        rng: random.Random | None = None,
        plan: Plan | None = None,
        tls: ssl.SSLContext | None = None,
        manners: Manners | None = None,
    ) -> None:
        self._password = password
        self._host, self._wanted_port = host, port
        self._speed, self._tls = speed, tls
        self._clients: set[_Client] = set()
        rng = rng or random.Random()  # noqa: S311 - it makes ids
        self.switch = Switch(time.time(), rng, self._tell, plan=plan, manners=manners)
        self.people = People(self.switch)
        self.api = Api(self.switch)
        self.faults = Faults()
        self._began = time.monotonic(), self.switch.now
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._clock: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tcp://{self._host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), self._host, self._wanted_port, ssl=self._tls)
        self._clock = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Close everything, without a word."""
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            self.drop_clients()
            await self._server.wait_closed()

    def drop_clients(self) -> None:
        """Cut all connections. New ones are welcome unless it is deaf."""
        for each in tuple(self._clients):
            each.drop()

    def dismiss_clients(self, linger: bool = False) -> None:
        """Tell all connections that they end. `linger`: not yet; who is dropped afterwards was told."""
        for each in tuple(self._clients):
            each.dismiss(linger)

    async def clients(self) -> None:
        """Wait until somebody is subscribed to events."""
        while not any(each.wants is not None for each in self._clients):
            self._changed.clear()
            await self._changed.wait()

    async def perform(self, scenario: Scenario) -> None:
        """Play a scenario in real time. Raises `ScenarioFailed`."""
        self.catch_up()
        for pause in script(scenario, self.people):
            while self.switch.now < pause.until and not (pause.over is not None and pause.over()):
                await asyncio.sleep(0.01)
                self.catch_up()

    def end_all(self) -> None:
        """End every call."""
        self.switch.end_all()

    def catch_up(self) -> None:
        """Let the exchange's time be what the clock says."""
        real, simulated = self._began
        self.switch.advance(simulated + (time.monotonic() - real) * self._speed)

    async def _tick(self) -> None:
        beat = time.monotonic() + HEARTBEAT_S
        while True:
            await asyncio.sleep(0.02)
            self.catch_up()
            if time.monotonic() >= beat:
                beat += HEARTBEAT_S
                self.switch.say("HEARTBEAT")

    def _tell(self, headers: Headers) -> None:
        for each in tuple(self._clients):
            each.event(headers)

    def joined(self, client: "_Client") -> None:
        """A connection opens or subscribes."""
        self._clients.add(client)
        self._changed.set()

    def left(self, client: "_Client") -> None:
        """A connection is closed."""
        self._clients.discard(client)

    def answer(self, command: str, reply: Callable[[str], None]) -> None:
        """Run an API command now; its answer comes when there is one, as its faults allow."""
        self.catch_up()
        name = command.partition(" ")[0]
        error = self.faults.errors.get(name)
        if error is not None:
            self._later(reply, error)
        elif name in self.faults.silent:
            self.api.ask(command, lambda _: None)
        else:
            self.api.ask(command, lambda text: self._later(reply, text))

    def _later(self, reply: Callable[[str], None], text: str) -> None:
        if self.faults.delay_s:
            asyncio.get_running_loop().call_later(self.faults.delay_s, reply, text)
        else:
            reply(text)

    @property
    def password(self) -> str:
        """What opens it."""
        return self._password


class _Client(asyncio.Protocol):
    """One connection: commands end with an empty line; `wants` are the events it subscribed to."""

    def __init__(self, server: FreeSwitchServer) -> None:
        self._server = server
        self._buffer = b""
        self._let_in = False
        self._json = True
        self.wants: frozenset[str] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the password; a deaf server hangs up, a rude one says so."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._server.faults.deaf:
            transport.abort()
            return
        if self._server.faults.rude:
            self._send("text/rude-rejection", RUDE)
            transport.close()
            return
        self._server.joined(self)
        self._send("auth/request")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._server.left(self)

    def drop(self) -> None:
        """Cut it."""
        if self._transport is not None:
            self._transport.abort()
        self._server.left(self)

    def dismiss(self, linger: bool) -> None:
        """Say goodbye, and close, unless it is to linger."""
        more = {"Content-Disposition": "linger", "Linger-Time": "5"} if linger else {}
        self._send("text/disconnect-notice", GOODBYE, more=more)
        if self._transport is not None and not linger:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Commands, each ended by an empty line."""
        self._buffer += data
        while b"\n\n" in self._buffer:
            block, _, self._buffer = self._buffer.partition(b"\n\n")
            self._command(block.decode())

    def _command(self, block: str) -> None:
        line, *more = block.split("\n")
        name, _, rest = line.partition(" ")
        if not self._let_in:
            self._let_in = name == "auth" and rest == self._server.password
            self._send("command/reply", reply="+OK accepted" if self._let_in else "-ERR invalid")
        elif name == "event":
            self._json, *names = (rest.split()[0] == "json", *rest.split()[1:])
            self.wants = frozenset(names)
            self._send("command/reply", reply="+OK event listener enabled json")
            self._server.joined(self)
        elif name == "api":
            self._server.answer(rest, lambda text: self._send("api/response", text.encode()))
        elif name == "bgapi":
            job = dict(each.split(": ", 1) for each in more).get("Job-UUID", "")
            self._send("command/reply", reply=f"+OK Job-UUID: {job}", more={"Job-UUID": job})
            self._server.answer(rest, lambda text: self._job(job, text))
        else:
            self._send("command/reply", reply="-ERR command not found")

    def _job(self, job: str, text: str) -> None:
        self.event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job, "Content-Length": str(len(text)), "_body": text})

    def event(self, headers: Headers) -> None:
        """Send an event, if it is wanted."""
        wanted = self.wants or frozenset()
        known = {headers["Event-Name"], headers.get("Event-Subclass", "")} & wanted
        if not known and "ALL" not in wanted:
            return
        faults = self._server.faults
        if faults.lose:
            faults.lose -= 1
            return
        if self._json:
            self._send("text/event-json", json.dumps(headers).encode())
            return
        text = headers.get("_body", "")
        lines = "".join(f"{name}: {quote(value)}\n" for name, value in headers.items() if name != "_body")
        self._send("text/event-plain", f"{lines}\n{text}".encode())

    def _send(self, kind: str, body: bytes = b"", reply: str = "", more: Mapping[str, str] | None = None) -> None:
        head = {"Content-Type": kind, **({"Reply-Text": reply} if reply else {}), **(more or {})}
        if body:
            head = {"Content-Length": str(len(body)), **head}
        if self._transport is not None:
            lines = "".join(f"{name}: {value}\n" for name, value in head.items())
            data = f"{lines}\n".encode() + body
            if self._server.faults.cut_next and kind.startswith("text/event"):
                self._server.faults.cut_next = False
                self._transport.write(data[: len(data) // 2])
                self._transport.close()
                self._transport = None
                return
            self._transport.write(data)
