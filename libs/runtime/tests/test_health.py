"""Liveness and readiness."""

import asyncio

import httpx
import pytest
from cti_runtime import Health, Progress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def client(health: Health) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=health.app())  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://x")


async def test_each_failing_check_is_named():
    health = Health("demo")
    reasons: dict[str, str | None] = {"nats": None, "loop": None}
    health.check("nats", lambda: reasons["nats"])
    health.check("loop", lambda: reasons["loop"], live=True)
    async with client(health) as http:
        assert (await http.get("/readyz")).json() == {"service": "demo", "ok": True}
        reasons["nats"] = "away"
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["failing"]) == (503, {"nats": "away"})
        assert (await http.get("/healthz")).status_code == 200
        reasons["loop"] = "stuck"
        live = await http.get("/healthz")
        assert (live.status_code, live.json()["failing"]) == (503, {"loop": "stuck"})
        assert (await http.get("/readyz")).json()["failing"] == {"nats": "away", "loop": "stuck"}
        assert (await http.get("/other")).status_code == 404


def test_a_probe_that_raises_has_failed():
    health = Health("demo")
    health.check("x", lambda: {}["missing"])
    assert "KeyError" in health.failures(live=False)["x"]


def test_not_ready_before_the_first_check_and_while_a_step_is_to_come():
    health = Health("demo")
    assert list(health.failures(live=False)) == ["starting"]
    assert health.failures(live=True) == {}
    listening = health.step("http")
    assert health.failures(live=False) == {"http": "not yet"}
    assert health.failures(live=True) == {}
    listening()
    assert health.failures(live=False) == {}


def test_not_ready_while_stopping():
    stopping = asyncio.Event()
    health = Health("demo", stopping)
    health.check("x", lambda: None)
    assert health.failures(live=False) == {}
    stopping.set()
    assert "stopping" in health.failures(live=False)
    assert health.failures(live=True) == {}


@pytest.mark.parametrize("sign", ["advanced", "idle"])
def test_progress_is_stuck_when_nothing_is_heard(sign: str):
    clock = Clock()
    progress = Progress(30, clock=clock)
    clock.now = 29
    assert progress.stuck() is None
    getattr(progress, sign)()
    clock.now = 58
    assert progress.stuck() is None
    clock.now = 60
    assert progress.stuck() == "no progress for 31 s"
    assert progress.not_ready() is not None


def test_waiting_is_alive_but_not_ready_until_it_takes_too_long():
    clock = Clock()
    progress = Progress(30, waiting_deadline_s=600, clock=clock)
    progress.waiting("database away")
    for clock.now in (100, 200, 599):
        progress.waiting("database away")
        assert progress.stuck() is None
        assert progress.not_ready() == "database away"
    clock.now = 601
    assert progress.stuck() == "waiting for 601 s: database away"
    progress.advanced()
    assert progress.stuck() is None
    assert progress.not_ready() is None


def test_progress_in_health():
    clock = Clock()
    health = Health("demo")
    progress = Progress(10, clock=clock)
    health.progress("consumer", progress)
    progress.waiting("NATS is away")
    assert health.failures(live=True) == {}
    assert health.failures(live=False) == {"consumer ready": "NATS is away"}
