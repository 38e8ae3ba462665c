"""`python -m cti_simulators.oktell`: the simulated Oktell as a process. SIGINT and SIGTERM stop it."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from cti_simulators.oktell import demo
from cti_simulators.oktell.plan import standard
from cti_simulators.oktell.server import OktellServer
from cti_simulators.scenario import BadScenario, Scenario, ScenarioFailed, parse


def main() -> None:
    """Run it; exit status 1 with one line on stderr when it cannot start, or a scenario fails."""
    arguments = _arguments()
    try:
        scenario = parse(arguments.scenario.read_text(encoding="utf-8")) if arguments.scenario else None
        asyncio.run(_run(arguments, scenario))
    except (OSError, BadScenario, ScenarioFailed, ValueError) as error:
        sys.exit(f"cti_simulators.oktell: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m cti_simulators.oktell",
        description="A simulated Oktell: users u101-u104 with passwords Oktell101…, telephones 101-104, queue 200.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4066, help="TCP port, 0 for any free one (default %(default)s)")
    parser.add_argument("--speed", type=float, default=1.0, help="of the exchange's own time")
    parser.add_argument("--scenario", type=Path, help="play this file when the first client has logged in")
    parser.add_argument("--demo", action="store_true", help="play made-up calls for ever; people answer by themselves")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, scenario: Scenario | None) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    plan = demo.plan() if arguments.demo else standard()
    server = OktellServer(plan, host=arguments.host, port=arguments.port, speed=arguments.speed)
    await server.start()
    print(f"simulated Oktell on ws://{arguments.host}:{server.port}", file=sys.stderr, flush=True)
    waiting = asyncio.create_task(stopping.wait())
    playing = asyncio.create_task(_play(server, scenario, endless=arguments.demo))
    try:
        await asyncio.wait((waiting, playing), return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            await waiting
    finally:
        waiting.cancel()
        playing.cancel()
        await server.stop()


async def _play(server: OktellServer, scenario: Scenario | None, *, endless: bool) -> None:
    if scenario is not None:
        await server.clients()
        await server.perform(scenario)
    if endless:
        await demo.play(server)


if __name__ == "__main__":
    main()
