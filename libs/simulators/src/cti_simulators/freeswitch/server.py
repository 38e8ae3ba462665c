"""The simulated FreeSWITCH on a TCP port, with TLS before it or without: one event socket, in real time."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.client import Client
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch
from cti_simulators.freeswitch.faults import Faults
from cti_simulators.freeswitch.plan import Plan
from cti_simulators.freeswitch.running import Running
from cti_simulators.scenario import Scenario

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
        self._tls = tls
        self._clients: set[Client] = set()
        rng = rng or random.Random()  # noqa: S311 - it makes ids
        self.switch = Switch(time.time(), rng, self._tell, plan=plan, manners=manners)
        self._running = Running(self.switch, speed)
        self.people = self._running.people
        self.api = Api(self.switch)
        self.faults = Faults()
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.switch.later(HEARTBEAT_S, self._beat)

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
        self._server = await loop.create_server(lambda: Client(self), self._host, self._wanted_port, ssl=self._tls)
        self._running.start()

    async def stop(self) -> None:
        """Close everything, without a word."""
        await self._running.stop()
        if self._server is not None:
            self._server.close()
            self.drop_clients()
            await self._server.wait_closed()

    def drop_clients(self) -> None:
        """Cut all connections. New ones are welcome unless it is deaf."""
        for each in tuple(self._clients):
            each.drop()

    def restart(self) -> None:
        """Crash, and be there again at once."""
        self.switch.crash()
        self.drop_clients()

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
        await self._running.perform(scenario)

    def end_all(self) -> None:
        """End every call."""
        self.switch.end_all()

    def _beat(self) -> None:
        self.switch.say("HEARTBEAT")
        self.switch.later(HEARTBEAT_S, self._beat)

    def _tell(self, headers: Headers) -> None:
        for each in tuple(self._clients):
            each.event(headers)

    def joined(self, client: Client) -> None:
        """A connection opens or subscribes."""
        self._clients.add(client)
        self._changed.set()

    def left(self, client: Client) -> None:
        """A connection is closed."""
        self._clients.discard(client)

    def answer(self, command: str, reply: Callable[[str], None]) -> None:
        """Run an API command now; its answer comes when there is one, as its faults allow."""
        self._running.catch_up()
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
