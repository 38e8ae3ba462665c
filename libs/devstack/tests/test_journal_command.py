"""`trunkline journal` works on the database of the stack that runs."""

import asyncio
import subprocess
import sys
from pathlib import Path

from call_journal.store.migrate import migrate
from cti_devstack.postgres import PostgresServer


def trunkline(*words: str) -> subprocess.CompletedProcess:
    program = "import sys; from cti_devstack.cli import main; sys.argv[0] = 'trunkline'; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=100, check=False
    )


def test_it_finds_the_database_that_runs(tmp_path: Path):
    assert PostgresServer.running(tmp_path / "postgres") is None
    server = PostgresServer(tmp_path / "postgres", durable=False)
    server.start()
    try:
        asyncio.run(migrate(server.create_database("trunkline")))
        assert PostgresServer.running(tmp_path / "postgres") == server.port
        done = trunkline("journal", "--state", str(tmp_path), "verify", "--since", "2d")
    finally:
        server.stop()
    assert (done.returncode, done.stderr) == (0, "0 calls, 0 rows: 0 differences\n")


def test_another_word_is_used_wrongly(tmp_path: Path):
    done = trunkline("journal", "--state", str(tmp_path), "burn")
    assert done.returncode == 2
    assert "verify, rebuild, retain, forget" in done.stderr
