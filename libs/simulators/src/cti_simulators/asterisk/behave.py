"""The behaving Asterisk as a process."""

import argparse
import asyncio
import random
import sys
from pathlib import Path

import msgspec

from cti_simulators.asterisk.exchange.load import Load, Traffic, plan_for
from cti_simulators.asterisk.exchange.plan import Manager, Plan, standard
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.demonstration import LIFTS_AFTER_S, NAMES, OUTSIDE_ANSWERS_AFTER_S, QUEUED, play
from cti_simulators.scenario import Scenario, parse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What only the behaving server understands."""
    behaving = parser.add_argument_group("with --behave")
    behaving.add_argument("--behave", action="store_true", help="an exchange with telephones instead of recordings")
    behaving.add_argument("--dialect", choices=("11", "13", "22"), default="22", help="Asterisk (default %(default)s)")
    behaving.add_argument("--scenario", type=Path, help="play this file when the first client has logged in")
    behaving.add_argument("--repeat", action="store_true", help="play it again and again")
    behaving.add_argument("--demo", action="store_true", help="made-up calls for ever; people answer by themselves")
    behaving.add_argument("--load", type=float, metavar="CALLS_PER_S", help="traffic by chance, without end")
    behaving.add_argument("--talk", type=float, default=60.0, help="mean seconds of talk under --load")
    behaving.add_argument("--timestamps", action="store_true", help="timestampevents=yes")
    behaving.add_argument("--numbered", action="store_true", help="debug=on: a SequenceNumber on every event")


async def run(arguments: argparse.Namespace, stopping: asyncio.Event) -> None:
    """Serve until `stopping`. Raises `BadScenario`, `ScenarioFailed`, `OSError`."""
    traffic = Traffic(arguments.load, talk_s=arguments.talk) if arguments.load else None
    scenario = _scenario(arguments.scenario)
    users = dict(arguments.user or [("cti", "cti-secret")])
    server = AsteriskServer(
        arguments.dialect,
        {name: Manager(secret) for name, secret in users.items()},
        plan=plan_for(traffic) if traffic is not None else _people() if arguments.demo else None,
        host=arguments.host,
        port=arguments.port,
        speed=arguments.speed,
        timestamps=arguments.timestamps,
        numbered=arguments.numbered,
    )
    await server.start()
    print(f"simulated Asterisk {arguments.dialect} on {arguments.host}:{server.port}", file=sys.stderr, flush=True)
    if traffic is not None:
        Load(server.exchange, traffic, random.Random()).start()  # noqa: S311 - traffic of a simulator
        server.pump()
    waiting = asyncio.create_task(stopping.wait())
    playing = None
    if scenario is not None:
        playing = asyncio.create_task(_play(server, scenario, again=arguments.repeat))
    elif arguments.demo:
        playing = asyncio.create_task(play(server, QUEUED))
    try:
        await asyncio.wait([each for each in (waiting, playing) if each], return_when=asyncio.FIRST_COMPLETED)
        if playing is not None and playing.done():
            playing.result()
            await waiting
    finally:
        for task in (waiting, playing):
            if task is not None:
                task.cancel()
        await server.stop()


def _people() -> Plan:
    """The exchange of the recordings, with people at its telephones."""
    bare = standard()
    named = tuple(msgspec.structs.replace(each, name=NAMES[each.number]) for each in bare.telephones)
    return msgspec.structs.replace(
        bare, telephones=named, lifts_after_s=LIFTS_AFTER_S, outside_answers_after_s=OUTSIDE_ANSWERS_AFTER_S
    )


def _scenario(path: Path | None) -> Scenario | None:
    return parse(path.read_text(encoding="utf-8")) if path is not None else None


async def _play(server: AsteriskServer, scenario: Scenario, *, again: bool) -> None:
    while True:
        await server.clients()
        await server.perform(scenario)
        if not again:
            return
