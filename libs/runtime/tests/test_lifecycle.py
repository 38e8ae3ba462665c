"""A real process: signals, exit codes, health, configuration."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cti_runtime import run_until_stopped

DEADLINE_S = 60.0
PROGRAM = Path(__file__).with_name("service_under_test.py")


class Service:
    def __init__(self, tmp_path: Path, *arguments: str, **settings: object) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("TRUNKLINE_", "OTEL_"))}
        env |= {f"TRUNKLINE_SUT_{name.upper()}": str(value) for name, value in settings.items()}
        self.path = tmp_path / "log"
        with self.path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), *arguments], env=env, stdout=subprocess.PIPE, stderr=log
            )

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines() if line.endswith("}")]

    def event(self, text: str, deadline_s: float = DEADLINE_S) -> dict[str, Any]:
        """Wait for a log event that begins with `text`."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            for event in self.events():
                if event["event"].startswith(text):
                    return event
            time.sleep(0.02)
        raise AssertionError(f"no {text!r} in {self.path.read_text()}")

    def url(self) -> str:
        return self.event("listening on ")["event"].removeprefix("listening on ")

    def ends(self) -> int:
        return self.process.wait(DEADLINE_S)


@pytest.fixture
def start(tmp_path: Path):
    started: list[Service] = []

    def begin(*arguments: str, **settings: object) -> Service:
        started.append(Service(tmp_path, *arguments, **settings))
        return started[-1]

    yield begin
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


Start = Callable[..., Service]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_orderly_stop(start: Start, number: signal.Signals):
    service = start()
    assert "uvloop" in service.event("serving")["loop"]
    service.url()
    service.process.send_signal(number)
    assert service.ends() == 0
    assert [e["event"] for e in service.events()][-3:] == ["stopping", "cleaned up", "stopped"]


def test_what_was_imported_is_never_looked_at_by_the_garbage_collector_again(start: Start):
    assert start().event("serving")["frozen"] > 10_000


def test_health_is_served(start: Start):
    service = start(mode="unready")
    assert httpx.get(f"{service.url()}/healthz", timeout=DEADLINE_S).status_code == 200
    answer = httpx.get(f"{service.url()}/readyz", timeout=DEADLINE_S)
    assert (answer.status_code, answer.json()["failing"]) == (503, {"mode": "asked to be"})


def test_failure_is_one_structured_event(start: Start):
    service = start(mode="fails")
    assert service.ends() == 1
    failed = service.event("failed")
    assert failed["error"] == "ValueError: it broke"
    assert failed["level"] == "error"
    assert "Traceback" in failed["exception"]


def test_an_error_that_says_enough_is_told_without_a_traceback(start: Start):
    service = start(mode="away")
    assert service.ends() == 1
    failed = service.event("failed")
    assert failed["error"] == "ServerAway: no server at 192.0.2.1 after 30 s"
    assert "exception" not in failed


def test_a_variable_that_sets_nothing_is_warned_of(start: Start):
    service = start(moed="hunter2")
    told = service.event("variable without effect")
    assert (told["variable"], told["did_you_mean"]) == ("TRUNKLINE_SUT_MOED", "TRUNKLINE_SUT_MODE")
    assert "hunter2" not in service.path.read_text()
    service = start("--check-config", moed="hunter2")
    assert service.ends() == 0
    line = "sut: TRUNKLINE_SUT_MOED: there is no such setting; did you mean TRUNKLINE_SUT_MODE?\n"
    assert line in service.path.read_text()


def test_group_of_failures_names_its_leaves(start: Start):
    service = start(mode="group")
    assert service.ends() == 1
    assert service.event("failed")["error"] == "KeyError: 'inner'"


def test_ending_by_itself_is_a_success(start: Start):
    assert start(mode="ends").ends() == 0


def test_stubborn_service_is_cancelled_after_the_deadline(start: Start):
    service = start(mode="stubborn", shutdown_deadline_s=0.3)
    service.event("serving")
    service.process.send_signal(signal.SIGTERM)
    assert service.ends() == 1
    service.event("cancelled")
    assert "deadline" in service.event("failed")["error"]


def test_second_signal_leaves_at_once(start: Start):
    service = start(mode="stubborn", shutdown_deadline_s=60)
    service.event("serving")
    service.process.send_signal(signal.SIGTERM)
    service.event("stopping")
    service.process.send_signal(signal.SIGTERM)
    assert service.ends() == 128 + signal.SIGTERM


def test_busy_health_port_is_a_clear_error_without_a_traceback(start: Start, tmp_path: Path):
    first = start()
    port = first.url().rsplit(":", 1)[1]
    (tmp_path / "b").mkdir()
    second = Service(tmp_path / "b", health_port=port)
    assert second.ends() == 1
    failed = second.event("failed")
    assert "another program listens there" in failed["error"]
    assert "exception" not in failed


def test_check_config(start: Start, tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text('[sut]\nmode = "ends"\n')
    service = start("--config", str(file), "--check-config")
    assert service.process.stdout is not None
    text = service.process.stdout.read().decode()
    assert service.ends() == 0
    assert 'mode = "ends"' in text
    assert "hunter2" not in text


def test_wrong_configuration_is_told_without_a_traceback(start: Start, tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text("[sut]\nshutdown_deadline_s = -1\nnonsense = 1\n[sat]\n")
    for arguments in (("--check-config",), ()):
        service = start("--config", str(file), *arguments, moed="x")
        assert service.ends() == 2
        text = service.path.read_text()
        assert "sut: sut.nonsense: there is no such setting" in text
        assert "sut: TRUNKLINE_SUT_MOED: there is no such setting; did you mean TRUNKLINE_SUT_MODE?" in text
        assert "sut: [sat]: there is no such table; did you mean [sut]?" in text
        assert "sut.shutdown_deadline_s" in text
        assert "Traceback" not in text


async def test_run_until_stopped_cancels():
    stopping = asyncio.Event()
    running = asyncio.create_task(run_until_stopped(stopping, asyncio.sleep(100), asyncio.sleep(100)))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(running, DEADLINE_S)


async def test_run_until_stopped_lets_finish():
    stopping = asyncio.Event()
    done: list[str] = []

    async def watches() -> None:
        await stopping.wait()
        await asyncio.sleep(0.05)
        done.append("finished")

    running = asyncio.create_task(run_until_stopped(stopping, watches(), asyncio.sleep(100), finish_s=1.0))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(running, DEADLINE_S)
    assert done == ["finished"]


async def test_run_until_stopped_propagates_the_first_failure_and_cancels_the_rest():
    cancelled = asyncio.Event()

    async def other() -> None:
        try:
            await asyncio.sleep(100)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await asyncio.wait_for(run_until_stopped(asyncio.Event(), other(), fails()), DEADLINE_S)
    assert cancelled.is_set()


async def test_run_until_stopped_ends_when_all_ended():
    await asyncio.wait_for(run_until_stopped(asyncio.Event(), asyncio.sleep(0), asyncio.sleep(0)), DEADLINE_S)
