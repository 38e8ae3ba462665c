"""A simulated exchange as a process: its arguments, its scenario, its end."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from cti_simulators.demonstration import SCENES, Stage, play
from cti_simulators.scenario import BadScenario, Scenario, ScenarioFailed, parse


class Simulated(Stage, Protocol):
    """What runs."""

    @property
    def url(self) -> str:
        """Where it listens."""
        ...

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        ...

    async def stop(self) -> None:
        """Close everything."""
        ...


def arguments(module: str, description: str, port: int) -> argparse.ArgumentParser:
    """What all such processes take; `port` is the default."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port, help="TCP port, 0 for any free one (default %(default)s)")
    parser.add_argument("--speed", type=float, default=1.0, help="of the exchange's own time")
    parser.add_argument("--scenario", type=Path, help="play this file when the first client has logged in")
    parser.add_argument("--demo", action="store_true", help="play made-up calls for ever; people answer by themselves")
    return parser


def run(
    parser: argparse.ArgumentParser,
    build: Callable[[argparse.Namespace], Simulated],
    scenes: Sequence[str] = SCENES,
) -> None:
    """Run what `build` makes of the arguments until SIGINT or SIGTERM.

    Exit status 1 with one line on stderr when it cannot start, or a scenario fails. `scenes`: of the demonstration.
    """
    given = parser.parse_args()
    try:
        scenario = parse(given.scenario.read_text(encoding="utf-8")) if given.scenario else None
        asyncio.run(_run(build(given), scenario, scenes if given.demo else ()))
    except (OSError, BadScenario, ScenarioFailed, ValueError) as error:
        sys.exit(f"{parser.prog.removeprefix('python -m ')}: {error}")


async def _run(server: Simulated, scenario: Scenario | None, scenes: Sequence[str]) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await server.start()
    print(f"simulated PBX on {server.url}", file=sys.stderr, flush=True)
    waiting = asyncio.create_task(stopping.wait())
    playing = asyncio.create_task(_play(server, scenario, scenes))
    try:
        await asyncio.wait((waiting, playing), return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            await waiting
    finally:
        waiting.cancel()
        playing.cancel()
        await server.stop()


async def _play(server: Simulated, scenario: Scenario | None, scenes: Sequence[str]) -> None:
    if scenario is not None:
        await server.clients()
        await server.perform(scenario)
    if scenes:
        await play(server, scenes)
