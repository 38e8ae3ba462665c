"""Calls for a demonstration, one after another, for ever, whatever its watchers do with them meanwhile."""

import itertools
from collections.abc import Sequence
from typing import Protocol

from cti_simulators.scenario import Scenario, ScenarioFailed, parse

NAMES = {"101": "Anna Kuznetsova", "102": "Boris Smirnov", "103": "Clara Weber", "104": "Dmitry Orlov"}
"""The people of the company, by telephone."""
LIFTS_AFTER_S = 1.5
"""So soon they lift what rings them because they asked for a call."""
OUTSIDE_ANSWERS_AFTER_S = 4.0
_IVAN = 'trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers after 3s\n'
SCENES = (
    _IVAN
    + """101 holds after 3s; 101 retrieves after 3s; 101 consults 102 after 2s; 102 rings; 102 answers after 2s
        101 completes transfer after 3s; c1 hangs up after 4s""",
    "102 calls 84957397012 as ivan; ivan rings; ivan answers after 3s; 102 hangs up after 5s",
    'trunk 79031112233 "Елена Соколова" calls 74950000102 as c1; 102 rings; 102 answers after 3s; c1 hangs up after 5s',
    "101 calls 102; 102 rings; 102 answers after 2s; 102 hangs up after 4s",
    "trunk 74951234567 calls 74950000102 as c1; 102 rings; c1 hangs up after 6s",
    _IVAN + "101 transfers to 103 after 3s; 103 rings; 103 answers after 2s; c1 hangs up after 4s",
)
"""On any exchange with these telephones, a trunk, and numbers of their own `74950000101` and so on."""
CALLS_A_QUEUE = (
    'trunk 79031112233 "Елена Соколова" calls 74950000200 as c1; 102 rings; 102 answers after 3s; c1 hangs up after 5s'
)
QUEUED = (SCENES[0], CALLS_A_QUEUE, *SCENES[1:])
"""Where the number `74950000200` leads into a queue that 102 serves, too."""
_REST = "wait until quiet; wait 2s"


class Stage(Protocol):
    """A simulated exchange in real time."""

    async def clients(self) -> None:
        """Wait until somebody listens."""
        ...

    async def perform(self, scenario: Scenario) -> None:
        """Play a scenario. Raises `ScenarioFailed`."""
        ...

    def end_all(self) -> None:
        """End every call."""
        ...


async def play(stage: Stage, scenes: Sequence[str] = SCENES) -> None:
    """Play the scenes when somebody listens. One that a watcher disturbs is given up; calls that last too long end."""
    for scene in itertools.cycle(scenes):
        await stage.clients()
        if not await _played(stage, f"{scene}\n{_REST}") and not await _played(stage, _REST):
            stage.end_all()


async def _played(stage: Stage, text: str) -> bool:
    try:
        await stage.perform(parse(text))
    except ScenarioFailed:
        return False
    return True
