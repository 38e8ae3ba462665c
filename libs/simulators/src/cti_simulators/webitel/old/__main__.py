"""`python -m cti_simulators.webitel.old`: the simulated old engine as a process. SIGINT and SIGTERM stop it."""

import argparse

from cti_simulators import process
from cti_simulators.demonstration import QUEUED
from cti_simulators.freeswitch.demo import MANNERS
from cti_simulators.webitel.old import demo
from cti_simulators.webitel.old.server import WebitelOldServer

_DESCRIPTION = "A simulated Webitel 3.x: users 101-104 of demo.local with secrets Webitel101…, numbers 74950000101…"


def _server(given: argparse.Namespace) -> WebitelOldServer:
    return WebitelOldServer(
        demo.accounts(),
        host=given.host,
        port=given.port,
        speed=given.speed,
        manners=MANNERS if given.demo else None,
        tiers=("101", "102"),
    )


if __name__ == "__main__":
    process.run(process.arguments("cti_simulators.webitel.old", _DESCRIPTION, 10022), _server, QUEUED)
