"""`trunkline journal`: the journal's own commands, beside what runs here."""

import argparse
import os
import subprocess
import sys

from cti_devstack.postgres import PostgresServer
from cti_devstack.process import StartFailed

_DATABASE_URL = "TRUNKLINE_JOURNAL_DATABASE_URL"
_DATABASE_SETTINGS = {_DATABASE_URL, "TRUNKLINE_DATABASE_URL", "TRUNKLINE_CONFIG"}
JOURNAL = ("verify", "rebuild", "retain", "forget")


def journal(arguments: argparse.Namespace) -> int:
    """The journal's own commands, on the database that the settings name, else on that of the stack in `--state`."""
    if not arguments.rest or arguments.rest[0] not in JOURNAL:
        print(f"trunkline journal: {', '.join(JOURNAL)}", file=sys.stderr)
        return 2
    environment = dict(os.environ)
    if not _DATABASE_SETTINGS & environment.keys() and not any(
        word in ("-h", "--help") or word.startswith("--config") for word in arguments.rest
    ):
        port = PostgresServer.running(arguments.state / "postgres")
        if port is None:
            raise StartFailed(
                f"no database: no demo runs in {arguments.state}. Start it (`trunkline up`), or say where it is "
                f"(`trunkline journal --state FOLDER …`), or name another journal's database: {_DATABASE_URL}"
            )
        environment[_DATABASE_URL] = f"postgresql://postgres@127.0.0.1:{port}/trunkline"
    return subprocess.run(
        [sys.executable, "-m", "call_journal", *arguments.rest], env=environment, check=False
    ).returncode
