"""A simulated Asterisk: an AMI server that replays recorded calls with live clocks and new ids, for ever or once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from cti_simulators.asterisk.connection import Connection
from cti_simulators.asterisk.conversation import Conversation, House
from cti_simulators.asterisk.restamp import Ids, Restamp, on_floor
from cti_simulators.asterisk.script import Beat, script, version
from cti_simulators.traces import Trace

Gate = Callable[[int], Awaitable[None]]
"""Awaited before the n-th portion of a replay (from 0), in place of the recorded gap."""


class AmiReplayServer:
    """Replays `playlist` to every client that has logged in; start with `start`, end with `stop`.

    Each replay is a new call: ids of its own, today's clock. The gaps between its portions are the recorded ones.

    `users`: name to secret. `speed`: 2.0 is twice as fast as recorded. `concurrency`: so many lanes play one recording
    after the other, each on telephones of its own (101–104, 111–114, …): every recording once a lap, in the playlist's
    order in the first lap of the first lane, in any order else. `pause_s`: up to this long between two of one lane, at
    speed 1. `clock`: epoch seconds. The version it speaks is that of the first recording.
    """

    def __init__(
        self,
        playlist: Sequence[Trace],
        users: dict[str, str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        concurrency: int = 2,
        pause_s: float = 2.0,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above 0")
        self._scripts = [beats for beats in map(script, playlist) if beats]
        self._host, self._wanted_port = host, port
        self._speed, self._concurrency, self._pause_s = speed, concurrency, pause_s
        self._rng = rng or random.Random()  # noqa: S311 - it picks recordings
        self._clock = clock
        spoken = next((found for found in map(version, playlist) if found), "11.0.0")
        self._house = House(users, spoken, clock, self._rng, clock())
        self._ids = Ids(f"{self._house.started:.6f}/{self._rng.random()}")
        self._connections: set[Connection[Conversation]] = set()
        self._changed = asyncio.Event()
        self._frozen = False
        self._server: asyncio.Server | None = None
        self._lanes: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None or not self._server.sockets:
            raise RuntimeError("not started")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def live_channels(self) -> int:
        """How many channels are alive in the replayed calls now."""
        return len(self._house.live)

    async def start(self, *, forever: bool = True) -> None:
        """Listen, and replay for ever unless `forever` is false (then only what `play` is asked for).

        The first calls begin when somebody has logged in, so that the first client sees whole calls.
        Raises `OSError` for a port that is taken, `ValueError` for a playlist without a single call.
        """
        if forever and not self._scripts:
            raise ValueError("nothing to replay: no recording in the playlist has an event of a call")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, self._host, self._wanted_port)
        if forever:
            self._lanes = [asyncio.create_task(self._lane(floor)) for floor in range(self._concurrency)]

    async def stop(self) -> None:
        """Close everything; calls end without a word, as when a server is switched off."""
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            self.drop_clients()
            await self._until(lambda: not self._connections)
            await self._server.wait_closed()

    async def clients(self, count: int = 1) -> None:
        """Wait until so many clients are logged in."""
        await self._until(lambda: sum(each.let_in for each in self._connections) >= count)

    async def play(self, trace: Trace, floor: int = 0, gate: Gate | None = None) -> None:
        """Replay one trace to whoever is logged in; returns when its last byte was sent to all of them.

        `floor`: on which telephones (1: 111–114). With a `gate` the caller decides when each portion is sent.
        """
        beats = script(trace)
        if beats:
            await self._replay(beats, floor, gate)
        await self._flush()

    async def send(self, data: bytes) -> None:
        """Send bytes as they are to all who are logged in; they may be broken. Returns when they were sent."""
        for each in tuple(self._connections):
            if each.let_in:
                each.write(data)
        await self._flush()

    def drop_clients(self) -> None:
        """Cut all connections; new ones are welcome."""
        for each in tuple(self._connections):
            each.drop()

    def freeze(self) -> None:
        """Go silent with sockets open, as a half-open link: calls go on, their bytes are lost for who is connected."""
        self._frozen = True
        for each in self._connections:
            each.freeze()

    def thaw(self) -> None:
        """Speak again; connections that lost bytes meanwhile are cut."""
        self._frozen = False
        for each in tuple(self._connections):
            each.thaw()

    def _accept(self) -> Connection[Conversation]:
        connection = Connection(Conversation(self._house), self._on_change)
        connection.frozen = self._frozen
        return connection

    def _on_change(self, connection: Connection[Conversation]) -> None:
        if connection.open:
            self._connections.add(connection)
        else:
            self._connections.discard(connection)
        self._changed.set()

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _flush(self) -> None:
        await asyncio.gather(*(each.flushed() for each in self._connections if each.let_in))

    async def _lane(self, floor: int) -> None:
        await self.clients()
        lap = list(self._scripts)
        if floor > 0:
            self._rng.shuffle(lap)
        while True:
            for beats in lap:
                await asyncio.sleep(self._rng.uniform(0, self._pause_s) / self._speed)
                await self._replay(beats, floor)
            self._rng.shuffle(lap)

    async def _replay(self, beats: tuple[Beat, ...], floor: int = 0, gate: Gate | None = None) -> None:
        began, first = self._clock(), beats[0].t
        restamp = Restamp(self._ids, lambda then: began + (then - first) / self._speed)
        try:
            for number, beat in enumerate(beats):
                if gate is not None:
                    await gate(number)
                else:
                    await asyncio.sleep(max(0.0, began + (beat.t - first) / self._speed - self._clock()))
                self._tell([on_floor(restamp(block), floor) for block in beat.blocks])
        finally:
            # A recording may stop in mid-call; nobody will ever tell the end of these.
            self._house.live.forget(restamp.uniqueids)

    def _tell(self, blocks: list[bytes]) -> None:
        now = self._clock()
        for block in blocks:
            self._house.live.see(block, now)
        for each in tuple(self._connections):
            each.write(b"".join(block for block in blocks if each.conversation.wants(block)))
