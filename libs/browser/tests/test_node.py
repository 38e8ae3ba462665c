"""The modules of the SDK that need no browser, under `node --test`; and the types of all of them, where tsc is."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_the_sdk_in_node() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    run = subprocess.run([node, "--test", "tests/node/"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    assert "# pass 0" not in run.stdout


def test_the_types_hold() -> None:
    tsc = ROOT / "node_modules/.bin/tsc"
    if not tsc.exists():
        pytest.skip("no tsc here: npm install")
    run = subprocess.run([tsc, "-p", "jsconfig.json"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
