"""The whole system as real processes, with an Asterisk that plays what a test asks for. Nothing stands in for anything.

The simulated Asterisk lives in the test's own loop and speaks AMI over TCP with the real connector, so that a test
decides which call happens, and how far it has got.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from cti_devstack.pbx import Asterisk
from cti_devstack.stack import Stack
from cti_simulators.asterisk import AmiReplayServer, recordings
from cti_simulators.asterisk.script import script

SERVICES = ("call-journal", "push", "connector-asterisk")
TENANT = "replay"
"""The tenant of `connector_asterisk.replay`: what it makes of recorded bytes has the same ids."""
RECORDINGS = {trace.name: trace for trace in recordings()}
DEADLINE_S = 60.0
"""For anything that takes a second on an idle machine."""
T = TypeVar("T")


class Running:
    """A running system. What blocks is done in the one thread that started the processes."""

    def __init__(self, state: Path, stack: Stack, pbx: AmiReplayServer, hands: ThreadPoolExecutor) -> None:
        self.state = state
        self.stack = stack
        self.pbx = pbx
        self._hands = hands

    async def do(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work on the processes."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, work, *arguments)

    async def kill9(self, name: str) -> None:
        """A power cut for one service."""
        await self.do(self.stack.service(name).kill9)

    async def start(self, name: str) -> None:
        """Start a service again."""
        await self.do(self.stack.service(name).start)

    async def ready(self, name: str) -> None:
        """Wait until a service says that it does its work."""
        await until(lambda: self.do(self.stack.is_ready, name))

    async def play(self, name: str, floor: int = 0) -> None:
        """One recorded call at the simulator's speed, on telephones 101–104, or 111–114 of floor 1, and so on."""
        await self.pbx.play(RECORDINGS[name], floor)


@asynccontextmanager
async def supervised(site: Running) -> AsyncIterator[None]:
    """Start again what dies, as `trunkline up` does."""

    async def watch() -> None:
        while True:
            await site.do(site.stack.watch)
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


class PacedCall:
    """One recorded call that gets on when the test says so."""

    def __init__(self, pbx: AmiReplayServer, name: str, floor: int = 0) -> None:
        beats = script(RECORDINGS[name])
        self._seconds = [beat.t - beats[0].t for beat in beats]
        self._allowed = -1.0
        self._asked = 0
        self._changed = asyncio.Condition()
        self._playing = asyncio.create_task(pbx.play(RECORDINGS[name], floor, self._gate))

    async def up_to(self, second: float) -> None:
        """Send everything up to this second of the recording; returns when it is sent."""
        last = sum(each <= second for each in self._seconds)
        async with self._changed:
            self._allowed = second
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._asked >= min(last, len(self._seconds) - 1))
        if last == len(self._seconds):
            await self._playing

    async def to_the_end(self) -> None:
        """Send the rest."""
        await self.up_to(self._seconds[-1])

    async def _gate(self, number: int) -> None:
        async with self._changed:
            self._asked = number
            self._changed.notify_all()
            await self._changed.wait_for(lambda: self._seconds[number] <= self._allowed)


@asynccontextmanager
async def running(state: Path, *, speed: float = 4.0, **settings: str) -> AsyncIterator[Running]:
    """Start everything, and stop it at the end. `settings`: environment variables of the services."""
    pbx = AmiReplayServer(list(RECORDINGS.values()), {"cti": "cti-secret"}, speed=speed)
    await pbx.start(forever=False)
    with ThreadPoolExecutor(1) as hands:
        stack = Stack(
            state,
            print,
            tenant=TENANT,
            panel_port=0,
            journal_port=0,
            directory_port=0,
            pbx=Asterisk(pbx.port),
            settings=settings,
        )
        site = Running(state, stack, pbx, hands)
        try:
            await site.do(stack.start)
            yield site
        finally:
            await site.do(stack.stop)
            await pbx.stop()
        # In order, and within its deadline: a service that hangs is killed and ends with -9.
        assert {name: stack.service(name).exit_code for name in SERVICES} == dict.fromkeys(SERVICES, 0)


async def until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition, plain or awaitable; raises `TimeoutError` at the deadline."""
    async with asyncio.timeout(deadline_s):
        while True:
            holds = condition()
            if asyncio.iscoroutine(holds):
                holds = await holds
            if holds:
                return
            await asyncio.sleep(0.02)
