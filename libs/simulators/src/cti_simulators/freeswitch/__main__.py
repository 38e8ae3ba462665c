"""`python -m cti_simulators.freeswitch`: the simulated FreeSWITCH as a process. SIGINT and SIGTERM stop it."""

import argparse

from cti_simulators import process
from cti_simulators.demonstration import NAMES, QUEUED
from cti_simulators.freeswitch.demo import MANNERS
from cti_simulators.freeswitch.plan import standard
from cti_simulators.freeswitch.server import FreeSwitchServer

_DESCRIPTION = "A simulated FreeSWITCH: an event socket, telephones 101-104, numbers 74950000101…, a queue support."


def _server(given: argparse.Namespace) -> FreeSwitchServer:
    return FreeSwitchServer(
        given.password,
        host=given.host,
        port=given.port,
        speed=given.speed,
        plan=standard(dict.fromkeys(NAMES, "Available")),
        manners=MANNERS if given.demo else None,
    )


if __name__ == "__main__":
    parser = process.arguments("cti_simulators.freeswitch", _DESCRIPTION, 8021)
    parser.add_argument("--password", default="ClueCon", help="of the event socket (default %(default)s)")
    process.run(parser, _server, QUEUED)
