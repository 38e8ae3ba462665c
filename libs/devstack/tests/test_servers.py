"""The embedded servers through power cuts, and children that do not outlive us."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg
from cti_devstack.nats import NatsServer
from cti_devstack.postgres import PostgresServer

DEADLINE_S = 30.0
BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
STARTS_AND_WAITS = """
import sys, time
from pathlib import Path
from cti_devstack.postgres import PostgresServer
from cti_devstack.ports import free_port
from cti_devstack.nats import NatsServer
postgres, nats = PostgresServer(Path(sys.argv[1]) / "postgres", durable=False), NatsServer(Path(sys.argv[1]) / "nats")
postgres.start()
nats.start()
print(postgres.child.pid, nats.child.pid, flush=True)
time.sleep(600)
"""


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


async def test_postgres_comes_back_from_a_power_cut_in_mid_statement(tmp_path: Path):
    server = PostgresServer(tmp_path)
    server.start()
    url = server.url()
    keeper = await asyncpg.connect(url)
    await keeper.execute("CREATE TABLE t (n int); INSERT INTO t VALUES (42)")
    busy = await asyncpg.connect(url)
    # Computes for a second or more and does not look up meanwhile: it outlives its server.
    computing = asyncio.create_task(busy.execute("INSERT INTO t SELECT count(*) FROM generate_series(1, 5000000)"))
    running = "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^INSERT' AND state = 'active'"
    while not (computing.done() or await keeper.fetchval(running)):  # a quick machine may be done before we look
        await asyncio.sleep(0.01)
    server.kill9()
    server.start()
    (outcome,) = await asyncio.gather(computing, return_exceptions=True)
    assert outcome == "INSERT 0 1" or isinstance(outcome, BROKEN)
    again = await asyncpg.connect(url)
    rows = [row["n"] for row in await again.fetch("SELECT n FROM t ORDER BY n")]
    assert rows == ([42, 5_000_000] if outcome == "INSERT 0 1" else [42]), (
        "what was answered is there, and nothing else"
    )
    await again.close()
    server.stop()


def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path):
    for leftover in ("data", "data.new"):
        (tmp_path / leftover / "base").mkdir(parents=True)
    (tmp_path / "data.new" / "PG_VERSION").write_text("18")
    server = PostgresServer(tmp_path, durable=False)
    server.start()
    assert server.create_database("one").endswith("/one")
    server.stop()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["data", "postgres.log"]


def test_servers_end_with_the_process_that_started_them(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", STARTS_AND_WAITS, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert all(_runs(pid) for pid in pids)
        parent.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    until(lambda: not any(_runs(pid) for pid in pids))


def test_nats_keeps_its_port(tmp_path: Path):
    server = NatsServer(tmp_path)
    server.start()
    port, pid = server.port, server.child.pid
    server.kill9()
    assert server.child.exit_code == -signal.SIGKILL
    server.start()
    assert (server.port, server.child.pid == pid) == (port, False)
    server.stop()


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
