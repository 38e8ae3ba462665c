"""`python -m cti_simulators.webitel.old`: the simulated old engine as a process. SIGINT and SIGTERM stop it."""

import argparse

from cti_simulators import process
from cti_simulators.demonstration import QUEUED
from cti_simulators.freeswitch.demo import MANNERS
from cti_simulators.webitel.old import demo
from cti_simulators.webitel.old.server import WebitelOldServer

_DESCRIPTION = "A simulated Webitel 3.x: users 101-104 of demo.local with secrets Webitel101…, numbers 74950000101…"


def _server(given: argparse.Namespace) -> WebitelOldServer:
    made = WebitelOldServer(
        demo.accounts(),
        host=given.host,
        port=given.port,
        speed=given.speed,
        manners=MANNERS if given.demo else None,
        tiers=("101", "102"),
        recordings_port=given.recordings_port,
    )
    made.archive.recording = True
    made.archive.credentials[demo.RECORDS_KEY] = demo.RECORDS_TOKEN
    return made


if __name__ == "__main__":
    parser = process.arguments("cti_simulators.webitel.old", _DESCRIPTION, 10022)
    parser.add_argument(
        "--recordings-port", type=int, default=4004, help="of the recording server, 0 for any free one (default 4004)"
    )
    process.run(parser, _server, QUEUED)
