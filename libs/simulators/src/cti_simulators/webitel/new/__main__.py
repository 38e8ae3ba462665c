"""`python -m cti_simulators.webitel.new`: the simulated engine as a process. SIGINT and SIGTERM stop it."""

import argparse

from cti_simulators import process
from cti_simulators.demonstration import QUEUED
from cti_simulators.webitel.new import demo
from cti_simulators.webitel.new.plan import standard
from cti_simulators.webitel.new.server import WebitelNewServer

_DESCRIPTION = "A simulated Webitel of the new generation: users 101-104 with access tokens token-101…"


def _server(given: argparse.Namespace) -> WebitelNewServer:
    plan = demo.plan() if given.demo else standard()
    return WebitelNewServer(plan, host=given.host, port=given.port, speed=given.speed)


if __name__ == "__main__":
    process.run(process.arguments("cti_simulators.webitel.new", _DESCRIPTION, 10025), _server, QUEUED)
