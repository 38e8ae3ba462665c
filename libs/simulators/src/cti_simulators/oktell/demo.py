"""Calls for a demonstration, one after another, for ever, whatever its watchers do with them meanwhile."""

import itertools

from msgspec.structs import replace

from cti_simulators.oktell.calls import finish
from cti_simulators.oktell.plan import Plan, standard
from cti_simulators.oktell.server import OktellServer
from cti_simulators.scenario import ScenarioFailed, parse

_IVAN = 'trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers after 3s\n'
SCENES = (
    _IVAN
    + """101 holds after 3s; 101 retrieves after 3s; 101 consults 102 after 2s; 102 rings; 102 answers after 2s
        101 completes transfer after 3s; c1 hangs up after 4s""",
    "102 calls 84957397012 as ivan; ivan rings; ivan answers after 3s; 102 hangs up after 5s",
    'trunk 79031112233 "Елена Соколова" calls 74950000200 as c1; 102 rings; 102 answers after 3s; c1 hangs up after 5s',
    "101 calls 102; 102 rings; 102 answers after 2s; 102 hangs up after 4s",
    "trunk 74951234567 calls 74950000102 as c1; 102 rings; c1 hangs up after 6s",
    _IVAN + "101 transfers to 103 after 3s; 103 rings; 103 answers after 2s; c1 hangs up after 4s",
)
_REST = "wait until quiet; wait 2s"


def plan() -> Plan:
    """The standard exchange with people who lift what rings back, and answer outside, by themselves."""
    bare = standard(len(_NAMES))
    users = tuple(replace(each, name=name) for each, name in zip(bare.users, _NAMES, strict=True))
    return replace(bare, users=users, lifts_after_s=1.5, outside_answers_after_s=4.0)


_NAMES = ("Anna Kuznetsova", "Boris Smirnov", "Clara Weber", "Dmitry Orlov")


async def play(server: OktellServer) -> None:
    """Play the scenes when somebody listens. One that a watcher disturbs is given up; calls that last too long end."""
    for scene in itertools.cycle(SCENES):
        await server.clients()
        if not await _played(server, f"{scene}\n{_REST}") and not await _played(server, _REST):
            for line in server.house.pbx.every_line():
                for link in (line.current, line.flashed):
                    if link is not None:
                        finish(server.house.pbx, link)
            server.pump()


async def _played(server: OktellServer, text: str) -> bool:
    try:
        await server.perform(parse(text))
    except ScenarioFailed:
        return False
    return True
