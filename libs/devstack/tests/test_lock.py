"""One running system in a state folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cti_devstack.lock import StateLock
from cti_devstack.process import StartFailed

HOLD = """
import sys, time
from pathlib import Path
from cti_devstack.lock import StateLock
with StateLock(Path(sys.argv[1])) as lock:
    lock.note("process 4711, panel http://127.0.0.1:2013")
    print("held", flush=True)
    time.sleep(600)
"""


def test_who_comes_second_is_told_who_was_first(tmp_path: Path):
    state = tmp_path / "new" / "state"
    with StateLock(state) as lock:
        with (
            pytest.raises(StartFailed, match=f"in use by another `trunkline up` .process {os.getpid()}."),
            StateLock(state),
        ):
            pass
        lock.note("process 1")
        with pytest.raises(StartFailed, match=r"\(process 1\).*--state"), StateLock(state):
            pass
    with StateLock(state):
        assert (state / "lock").read_text() == f"process {os.getpid()}"


def test_a_killed_holder_holds_nothing(tmp_path: Path):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StartFailed, match=r"process 4711, panel http://127.0.0.1:2013"), StateLock(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with StateLock(tmp_path):
            pass


def test_children_do_not_hold_it(tmp_path: Path):
    with StateLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with StateLock(tmp_path):
        child.communicate(b"\n")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(StartFailed, match=r"Not a directory.*--state"), StateLock(tmp_path / "file" / "state"):
        pass
