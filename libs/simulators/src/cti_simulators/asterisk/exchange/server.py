"""The simulated exchange as an AMI server over TCP, with the faults that a real one has."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping

from cti_simulators.asterisk.connection import Connection
from cti_simulators.asterisk.exchange.blocks import Block, event, wire
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.manager import ManagerSession
from cti_simulators.asterisk.exchange.plan import Manager, Plan
from cti_simulators.scenario.runner import Commands, Pause, script
from cti_simulators.scenario.steps import Scenario

_RESTART_S = 2.0
_STEP_S = 0.02  # of its own time, at once


class AsteriskServer:
    """Start with `start`, end with `stop`; `perform` plays scenarios on its telephones.

    `dialect`: 11, 13 or 22. `managers`: who may log in. `speed`: the exchange's time runs so many times faster than
    the clock's, its timestamps too. `timestamps`: `timestampevents=yes`; `numbered`: `debug=on`, so that every event
    has a SequenceNumber. `banner`: another first line than the version's own. `clock`: epoch seconds.
    """

    def __init__(
        self,
        dialect: str = "22",
        managers: Mapping[str, Manager] | None = None,
        *,
        plan: Plan | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        timestamps: bool = False,
        numbered: bool = False,
        banner: str = "",
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self.managers = managers if managers is not None else {"cti": Manager("cti-secret")}
        self.rng = rng or random.Random()  # noqa: S311 - it makes ids and challenges of a simulator
        self.banner = banner
        self.timestamps, self.numbered = timestamps, numbered
        self._dialect, self._plan = dialect, plan
        self._host, self._wanted_port, self._speed = host, port, speed
        self._wall, self._began = clock, clock()
        self._exchange = AsteriskExchange(dialect, self.clock(), self.rng, plan)
        self._connections: dict[Connection[ManagerSession], ManagerSession] = {}
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._next: asyncio.TimerHandle | None = None
        self._booting: asyncio.Task[None] | None = None
        self._numbers = 0
        self._swallow = 0
        self._frozen = self._going = False

    @property
    def exchange(self) -> AsteriskExchange:
        """The exchange that runs now; after a restart it is another one."""
        return self._exchange

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def count(self) -> int:
        """The number of the next event, as `debug=on` shows it."""
        self._numbers += 1
        return self._numbers

    def clock(self) -> float:
        """The exchange's time: epoch seconds, faster than the wall's if so asked."""
        return self._began + (self._wall() - self._began) * self._speed

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, self._host, self._wanted_port)
        self._wanted_port = self.port

    async def stop(self) -> None:
        """Close everything; calls end without a word."""
        for each in (self._timer, self._next, self._booting):
            if each is not None:
                each.cancel()
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._until(lambda: not self._connections)
            await self._server.wait_closed()

    async def clients(self, count: int = 1) -> None:
        """Wait until so many clients are logged in."""
        await self._until(lambda: sum(each.let_in for each in self._connections) >= count)

    async def perform(self, scenario: Scenario, commands: Commands | None = None) -> None:
        """Play a scenario in the exchange's time; returns after its last step. Raises `ScenarioFailed`."""
        for pause in script(scenario, self._exchange, commands or {}):
            self.pump()
            await self._pass(pause)
        self.pump()

    def end_all(self) -> None:
        """End every call."""
        self._exchange.take_down()
        self.pump()

    def pump(self) -> None:
        """Let the exchange come up to now, and tell the clients. To be called after changing it by hand."""
        self._come_up_to(self.clock())

    def _tick(self) -> None:
        """A timer is due. Whoever is late catches up in steps, between which all else in this loop goes on."""
        now, due = self.clock(), self._exchange.next_timer
        self._come_up_to(now if due is None else min(now, due + _STEP_S))

    def _come_up_to(self, to: float) -> None:
        self._exchange.advance(to)
        self._tell(self._exchange.said())
        for connection, session in tuple(self._connections.items()):
            late = session.resume()
            if late:
                connection.write(late)
                self._tell(self._exchange.said())
        self._wake_at(self._exchange.next_timer)
        self._changed.set()

    # --- faults

    def cut(self) -> None:
        """Cut all connections without a word; new ones are welcome."""
        for each in tuple(self._connections):
            each.drop()

    def freeze(self) -> None:
        """Half-open: silence with the sockets open. Calls go on; their events are lost for who is connected."""
        self._frozen = True
        for each in self._connections:
            each.freeze()

    def thaw(self) -> None:
        """Speak again; connections that lost something meanwhile are cut."""
        self._frozen = False
        for each in tuple(self._connections):
            each.thaw()

    def deafen(self, *, deaf: bool = True) -> None:
        """Read no more actions, or read again: a server too busy for its managers. Events go on."""
        for each in self._connections:
            each.deafen(deaf=deaf)

    def send(self, data: bytes) -> None:
        """Send bytes as they are to all who are logged in: garbage, half a block."""
        for each in tuple(self._connections):
            if each.let_in:
                each.write(data)

    def send_huge_header(self, length: int = 2**20) -> None:
        """An event with a header of that many bytes."""
        self.send(wire(event("UserEvent", "user", [("UserEvent", "huge"), ("Payload", "x" * length)])))

    def drop_events(self, count: int = 1) -> None:
        """Lose the next events for everybody: their numbers are missing in `SequenceNumber`."""
        self._swallow += count

    def reload(self) -> None:
        """`core reload`."""
        self._exchange.reload("All")
        self.pump()

    def restart(self) -> None:
        """`core restart now`: channels are taken down, `Shutdown`, sockets close; no channels and new ids after it."""
        if not self._going:
            self._going = True
            asyncio.get_running_loop().call_soon(self._take_down)

    def crash(self) -> None:
        """The stream just ends; the next log-in finds a server that knows of no call."""
        if not self._going:
            self._going = True
            self._go(orderly=False)

    # --- inside

    def _take_down(self) -> None:
        self._exchange.advance(self.clock())
        self._exchange.take_down()
        self.pump()
        after_s = self._exchange.pbx.facts.shuts_down_after_s / self._speed
        self._next = asyncio.get_running_loop().call_later(after_s, lambda: self._go(orderly=True))

    def _go(self, *, orderly: bool) -> None:
        if orderly:
            self._exchange.shut_down()
            self._tell(self._exchange.said())
        for each in tuple(self._connections):
            each.close() if orderly else each.drop()
        if self._server is not None:
            self._server.close()
        self._next = asyncio.get_running_loop().call_later(_RESTART_S / self._speed, self._boot)

    def _boot(self) -> None:
        self._exchange = AsteriskExchange(self._dialect, self.clock(), self.rng, self._plan)
        self._booting = asyncio.create_task(self._listen_again())

    async def _listen_again(self) -> None:
        await self.start()
        self._going = False
        self._changed.set()

    def _accept(self) -> Connection[ManagerSession]:
        session = ManagerSession(self)
        connection = Connection(session, self._on_change)
        self._connections[connection] = session
        connection.frozen = self._frozen
        return connection

    def _on_change(self, connection: Connection[ManagerSession]) -> None:
        if not connection.open:
            self._connections.pop(connection, None)
        self.pump()

    def _tell(self, said: list[Block]) -> None:
        numbered: list[tuple[Block, int]] = []
        for block in said:
            number = self.count()
            if self._swallow:
                self._swallow -= 1
            else:
                numbered.append((block, number))
        for connection, session in tuple(self._connections.items()):
            connection.write(session.hear(numbered))

    def _wake_at(self, timer: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if timer is not None and self._server is not None:
            delay = max(0.0, timer - self.clock()) / self._speed
            self._timer = asyncio.get_running_loop().call_later(delay, self._tick)

    async def _pass(self, pause: Pause) -> None:
        while self.clock() < pause.until and not (pause.over is not None and pause.over()):
            self._changed.clear()
            left = (pause.until - self.clock()) / self._speed
            try:
                await asyncio.wait_for(self._changed.wait(), max(0.0, left))
            except TimeoutError:
                break
        self.pump()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()
