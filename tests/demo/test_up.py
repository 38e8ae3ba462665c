"""`trunkline up` from the first start to a power cut, as a user has it."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest
from cti_devstack.keys import Issuer

from tests.demo.user import (
    DEADLINE_S,
    Terminal,
    alive,
    children,
    found,
    listening,
    name_of,
    occupied,
    owners,
    trunkline_up,
    until,
)

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
NOBODY = 65534
OUTSIDE = "84951112233"


def free(*more: str) -> tuple[str, ...]:
    """Arguments for ports that nobody has, and calls that do not take long."""
    return ("--port", "0", "--speed", "20", *more)


def no_tracebacks(state: Path) -> None:
    logs = [*(state / "logs").glob("*.log")]
    assert len(logs) == 5
    assert [log.name for log in logs if "Traceback" in log.read_text()] == []


def test_from_the_first_start_to_a_warm_one_on_a_busy_port(tmp_path: Path):
    state = tmp_path / "state"
    with trunkline_up(*free("--state", str(state))) as first:
        first.is_up()
        page = httpx.get(first.panel, timeout=DEADLINE_S)
        assert (page.status_code, "<cti-panel" in page.text) == (200, True)
        assert first.links.keys() == {"101", "102"}
        assert all(link.startswith(f"{first.panel}/#token=") for link in first.links.values())
        until(lambda: len(first.calls("101")) >= 3)
        assert "Ivan Petrov" in first.names("101"), "the call card says who it is"
        until(lambda: {"Ivan Petrov", "Boris Smirnov"} <= {call["remote_name"] for call in first.calls("101")})
        until(lambda: first.does("101", "make_call", to=OUTSIDE))  # not while a made-up call has the line
        until(lambda: hung_up(first, OUTSIDE))
        old_link, calls = first.links["101"], first.calls("101")

        with trunkline_up(*free("--state", str(state))) as second:
            assert second.ends() == 1
        assert f"in use by another `trunkline up` (process {first.process.pid}, panel {first.panel})" in second.text
        assert "--state" in second.text
        assert "Traceback" not in second.text
        assert first.process.poll() is None

        processes = first.tree()
        ports = listening(processes)
        assert len(processes) >= 8, "this one, NATS, PostgreSQL, Asterisk and four services"
        assert int(first.panel.rpartition(":")[2]) in ports
        assert first.press_ctrl_c() == 0
        assert first.text.endswith("stopping\n")
        until(lambda: not alive(processes))
        assert not ports & listening_anywhere(ports)
        no_tracebacks(state)

    with occupied(2013), trunkline_up("--state", str(state), "--speed", "20") as again:
        again.is_up()
        assert "port 2013 is busy: the panel is at " in again.text
        assert not again.panel.endswith(":2013")
        kept = {call["call_id"] for call in again.calls("101", old_link)}
        assert {call["call_id"] for call in calls} <= kept, (
            "the history is there at once, and so is the old token's issuer"
        )
        until(lambda: len(again.calls("101")) > len(calls))
        assert again.press_ctrl_c() == 0


def listening_anywhere(ports: set[int]) -> set[int]:
    """Which of these ports somebody listens on."""
    tables = [Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return ports & {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_can_be_stopped_before_it_is_up(tmp_path: Path, number: signal.Signals):
    state = tmp_path / "state"
    with trunkline_up(*free("--state", str(state))) as up:
        until(lambda: (state / "logs" / "call-journal.log").exists())
        processes = up.tree()
        up.process.send_signal(number)
        assert up.ends() == 0
        assert "Trunkline is up" not in up.text
        assert "Traceback" not in up.text
        until(lambda: not alive(processes))


def test_after_a_power_cut_nothing_runs_and_the_history_is_there(tmp_path: Path):
    state = tmp_path / "state"
    with trunkline_up(*free("--state", str(state))) as up:
        up.is_up()
        until(lambda: len(up.calls("101")) >= 2)
        link, calls = up.links["101"], up.calls("101")
        processes = up.tree()
        up.process.kill()
        until(lambda: not alive(processes))
    with trunkline_up(*free("--state", str(state))) as again:
        again.is_up()
        assert {call["call_id"] for call in calls} <= {call["call_id"] for call in again.calls("101", link)}
        until(lambda: len(again.calls("101")) > len(calls))
        assert again.press_ctrl_c() == 0


def test_what_dies_is_started_again(tmp_path: Path):
    with trunkline_up(*free("--state", str(tmp_path))) as up:
        up.is_up()
        until(lambda: up.calls("101"))
        servers = {pid for pid in children(up.process.pid) if name_of(pid) in ("nats-server", "postgres")}
        assert len(servers) == 2
        for pid in servers:
            os.kill(pid, signal.SIGKILL)
        for name in ("nats-server", "postgres"):
            until(lambda name=name: f"{name} ended with -9, again in 0.5 s" in up.text)
        until(lambda: calls_now(up))
        calls = len(calls_now(up))
        until(lambda: len(calls_now(up)) > calls)
        assert up.press_ctrl_c() == 0


def calls_now(up: Terminal) -> list[dict]:
    """The rows of the Calls section; none when it cannot be read now."""
    try:
        return up.calls("101")
    except (AssertionError, httpx.HTTPError):
        return []


def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with trunkline_up(*free("--state", str(tmp_path / "file" / "state"))) as up:
        assert up.ends() == 1
    assert up.text == f"trunkline: {tmp_path}/file/state: Not a directory; choose another folder with --state\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="is about another user than root")
def test_as_a_user_without_rights():
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "sh", "-c", 'exec "$0" "$@"']
    trial = subprocess.run([*become, sys.executable, "-c", "import cti_devstack.cli"], capture_output=True, text=True)
    if trial.returncode != 0:
        pytest.skip(f"{sys.executable} is not for other users here: {trial.stderr.strip().splitlines()[-1]}")
    home = Path(tempfile.mkdtemp(prefix="trunkline-nobody-"))
    os.chown(home, NOBODY, NOBODY)
    environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home)}
    try:
        with trunkline_up(*free(), become=become, env=environment, cwd=home) as up:
            up.is_up()
            until(lambda: up.calls("101"))
            assert owners(up.tree()) == {NOBODY}
            key = home / "trunkline" / "keys" / "issuer.key"
            assert stat.S_IMODE(key.stat().st_mode) == 0o600
            assert up.press_ctrl_c() == 0
    finally:
        shutil.rmtree(home)


@pytest.mark.parametrize(
    ("kind", "pbx", "secret"),
    [
        ("freeswitch", "freeswitch", "simulated-freeswitch"),
        ("oktell", "oktell", "Oktell101"),
        ("webitel", "webitel", "token-101"),
        ("webitel-old", "webitel", "Webitel101"),
    ],
)
def test_another_pbx_in_the_place_of_the_asterisk(tmp_path: Path, kind: str, pbx: str, secret: str):
    state = tmp_path / "state"
    with trunkline_up("--pbx", kind, "--port", "0", "--speed", "8", "--state", str(state)) as demo:
        demo.is_up()
        page = httpx.get(demo.panel, timeout=DEADLINE_S)
        assert (page.status_code, "<cti-panel" in page.text) == (200, True)
        assert "Ivan Petrov" in demo.names("101"), "the call card says who it is"
        until(lambda: {"Ivan Petrov"} <= {call["remote_name"] for call in demo.calls("101")})

        until(lambda: demo.does("101", "make_call", to=OUTSIDE))  # not while a made-up call has the line
        until(lambda: hung_up(demo, OUTSIDE))
        if kind == "webitel":
            until(lambda: "support" in {call["queue"] for call in demo.calls("102")})
        assert {call["pbx"] for call in demo.calls("101")} == {pbx}
        if kind == "webitel-old":
            assert heard(demo, state) == ("audio/mpeg", 206)
        assert demo.press_ctrl_c() == 0
        logs = [*(state / "logs").glob("*.log")]
        assert {f"{pbx}.log", f"connector-{pbx}.log"} <= {log.name for log in logs}
        assert [log.name for log in logs if "Traceback" in log.read_text()] == []
        assert not any(secret in log.read_text() for log in logs), "no password is logged"


def heard(up: Terminal, state: Path) -> tuple[str, int]:
    """What a supervisor gets of the newest recording: its kind, and the status of a part of it."""
    token = Issuer(state / "keys").token("boss", "demo", ("supervisor",))
    journal, bearer = found(r"Calls API: (http://127\.0\.0\.1:\d+)/", up.text), {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=journal, headers=bearer, timeout=DEADLINE_S) as client:
        until(lambda: client.get("/v1/recordings").json()["items"])
        newest = client.get("/v1/recordings").json()["items"][0]
        sound = client.get(f"/v1/recordings/{newest['id']}/sound", headers={"Range": "bytes=0-99"})
    return sound.headers["content-type"], sound.status_code


def hung_up(up: Terminal, number: str) -> bool:
    """Whether the Calls section has an answered call to this number; one that goes on is hung up."""
    for call in up.live("101"):
        if call["number"] == number and call["state"] == "connected":
            up.does("101", "clear", connection_id=call["id"])
    return ("out", number, "answered") in {
        (call["direction"], call["remote_number"], call["outcome"]) for call in up.calls("101")
    }
