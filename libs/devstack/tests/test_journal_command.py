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


def test_a_server_that_was_killed_is_not_taken_for_one_that_runs(tmp_path: Path):
    server = PostgresServer(tmp_path / "postgres", durable=False)
    server.start()
    server.kill9()
    assert (tmp_path / "postgres" / "data" / "postmaster.pid").exists()
    assert PostgresServer.running(tmp_path / "postgres") is None


def test_a_file_of_settings_wins_over_the_stack_that_runs(tmp_path: Path):
    file = tmp_path / "site.toml"
    file.write_text('[call-journal]\ndatabase_url = "postgresql://u:hunter2@127.0.0.1:1/site"\n')
    server = PostgresServer(tmp_path / "postgres", durable=False)
    server.start()
    try:
        done = trunkline("journal", "--state", str(tmp_path), "verify", "--config", str(file))
    finally:
        server.stop()
    assert done.returncode == 1
    assert "call-journal: PostgreSQL at 127.0.0.1:1/site (database_url) cannot be used: " in done.stderr
