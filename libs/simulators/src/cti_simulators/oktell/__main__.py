"""`python -m cti_simulators.oktell`: the simulated Oktell as a process. SIGINT and SIGTERM stop it."""

import argparse

from cti_simulators import process
from cti_simulators.demonstration import QUEUED
from cti_simulators.oktell import demo
from cti_simulators.oktell.plan import standard
from cti_simulators.oktell.server import OktellServer

_DESCRIPTION = "A simulated Oktell: users u101-u104 with passwords Oktell101…, telephones 101-104, queue 200."


def _server(given: argparse.Namespace) -> OktellServer:
    return OktellServer(demo.plan() if given.demo else standard(), host=given.host, port=given.port, speed=given.speed)


if __name__ == "__main__":
    process.run(process.arguments("cti_simulators.oktell", _DESCRIPTION, 4066), _server, QUEUED)
