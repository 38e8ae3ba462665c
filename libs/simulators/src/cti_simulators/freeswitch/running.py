"""A simulated FreeSWITCH in real time: its own time follows the clock, and scenarios are played in it."""

import asyncio
import time

from cti_simulators.freeswitch.exchange import Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.scenario import Scenario, script

_STEP_S = 0.02


class Running:
    """`start`, then `perform`; `speed`: 2.0 is twice as fast. Whoever asks the switch something catches up before."""

    def __init__(self, switch: Switch, speed: float) -> None:
        self._switch, self._speed = switch, speed
        self.people = People(switch)
        self._began = time.monotonic(), switch.now
        self._clock: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Let time pass from now on."""
        self._clock = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Let it stand still."""
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)

    def catch_up(self) -> None:
        """Let the exchange's time be what the clock says."""
        real, simulated = self._began
        self._switch.advance(simulated + (time.monotonic() - real) * self._speed)

    async def perform(self, scenario: Scenario) -> None:
        """Play a scenario. Raises `ScenarioFailed`."""
        self.catch_up()
        for pause in script(scenario, self.people):
            while self._switch.now < pause.until and not (pause.over is not None and pause.over()):
                await asyncio.sleep(_STEP_S / 2)
                self.catch_up()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_STEP_S)
            self.catch_up()
