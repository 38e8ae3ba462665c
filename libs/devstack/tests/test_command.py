"""Every command of `trunkline`, in surroundings that are wrong or missing: one line that says what, and a code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cti_devstack.ports import free_port

NOWHERE = "/proc/no such folder"  # nobody can make it, root neither
PROGRAM = "import sys; from cti_devstack.cli import main; sys.argv[0] = 'trunkline'; main()"


def trunkline(*words: str) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env=environment, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("up --state NOWHERE", f"{NOWHERE}: No such file or directory; choose another folder with --state"),
        ("token 101 --state NOWHERE", f"{NOWHERE}: No such file or directory"),
        ("keys --state NOWHERE", f"{NOWHERE}: No such file or directory"),
        ("keys --state STATE --copy-public NOWHERE", f"{NOWHERE}: No such file or directory"),
        ("keys --state STATE --secrets NOWHERE", f"{NOWHERE}: No such file or directory"),
        ("people --state NOWHERE --directory http://127.0.0.1:1", f"{NOWHERE}: No such file or directory"),
        ("people --state STATE --directory nonsense", "directory at nonsense: unknown url type"),
        ("people --state STATE --directory SERVER", "directory at SERVER: <urlopen error"),
        ("journal --state STATE verify", "no demo runs in STATE. Start it (`trunkline up`), or say where it is"),
        ("journal --state STATE rebuild", "database: TRUNKLINE_JOURNAL_DATABASE_URL"),
        ("journal --state STATE retain", "no demo runs in STATE"),
        ("journal --state STATE forget --number 1", "no demo runs in STATE"),
    ],
)
def test_what_failed_is_said_in_one_line(tmp_path: Path, command: str, said: str):
    places = {"STATE": str(tmp_path / "state"), "NOWHERE": NOWHERE, "SERVER": f"http://127.0.0.1:{free_port()}"}
    done = trunkline(*(places.get(word, word) for word in command.split()))
    for name, place in places.items():
        said = said.replace(name, place)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("trunkline: ")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("up --port 65536", "'65536' is no TCP port"),
        ("up --port panel", "'panel' is no TCP port"),
        ("up --speed 0", "'0' is no speed"),
        ("up --speed fast", "'fast' is no speed"),
        ("replay asterisk /proc/no.ami", "/proc/no.ami: [Errno 2] No such file or directory"),
        ("journal burn", "verify, rebuild, retain, forget"),
    ],
)
def test_what_was_used_wrongly_is_said_last(command: str, said: str):
    done = trunkline(*command.split())
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert said in done.stderr.splitlines()[-1]


def test_a_file_that_holds_no_key_is_named(tmp_path: Path):
    assert trunkline("keys", "--state", str(tmp_path)).returncode == 0
    (tmp_path / "keys" / "issuer.key").write_text("hunter2")
    done = trunkline("token", "101", "--state", str(tmp_path))
    wanted = f"trunkline: {tmp_path}/keys/issuer.key holds no Ed25519 key in PEM: remove it, and another is made\n"
    assert (done.returncode, done.stderr) == (1, wanted)
