"""The other system: a real one over HTTP, that answers, fails, or takes its time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
from cti_model.directory import Match
from cti_runtime import serve_asgi
from directory.external import Breaker, Cache, External
from directory.numbers import parse
from directory.telemetry import metrics
from opentelemetry import metrics as otel

METRICS = metrics(otel.get_meter("test"))
NUMBER = parse("8 916 123-45-67", "RU")
PHOTO = "https://crm.example/photos/1.jpg"
IVAN = {"candidates": [{"id": "c1", "name": "Ivan Petrov", "detail": "Head", "photo_url": PHOTO}]}


class Crm:
    """Answers as it is told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[bytes, bytes]] = []
        self.answer: tuple[int, bytes] = (200, b"")
        self.hold = asyncio.Event()
        self.hold.set()
        self.port = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await send({"type": "lifespan.startup.complete"})
            return
        self.asked.append(f"{scope['path']}?{scope['query_string'].decode()}")
        self.headers.append(dict(scope["headers"]))
        await self.hold.wait()
        status, body = self.answer
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def crm() -> AsyncIterator[Crm]:
    made, stopping, started = Crm(), asyncio.Event(), asyncio.Event()

    def listening(_: str, port: int) -> None:
        made.port = port
        started.set()

    serving = asyncio.create_task(
        serve_asgi(made, "127.0.0.1", 0, stopping, on_started=listening, grace_s=1, lifespan="off")
    )
    async with asyncio.timeout(30):
        await started.wait()
    yield made
    made.hold.set()
    stopping.set()
    await serving


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def external(crm: Crm) -> AsyncIterator[tuple[External, Clock]]:
    clock = Clock()
    async with httpx.AsyncClient(headers={"Authorization": "Bearer t"}, timeout=60) as client:
        url = f"http://127.0.0.1:{crm.port}/who?n={{number}}&t={{tenant}}"
        yield (
            External(
                client, url, "crm", METRICS, timeout_s=60, cache=Cache(300, 2, clock), breaker=Breaker(2, 30, clock)
            ),
            clock,
        )


def body(answer: object) -> bytes:
    return msgspec.json.encode(answer)


async def test_number_in_candidates_out_and_remembered_for_a_while(crm, external):
    asked, clock = external
    crm.answer = 200, body(IVAN)
    (first,) = await asked.candidates("acme&x", NUMBER)
    assert (first.name, first.source, first.match, first.detail) == ("Ivan Petrov", "crm", Match.E164, "Head")
    assert first.photo_url == PHOTO
    assert crm.asked == ["/who?n=%2B79161234567&t=acme%26x"]
    assert crm.headers[0][b"authorization"] == b"Bearer t"
    assert await asked.candidates("acme&x", NUMBER) == (first,)
    assert len(crm.asked) == 1
    await asked.candidates("other", NUMBER)
    assert len(crm.asked) == 2, "another tenant's answer is not ours"
    clock.now = 301
    await asked.candidates("acme&x", NUMBER)
    assert len(crm.asked) == 3


@pytest.mark.parametrize(
    "photo", [None, "", 7, {"small": PHOTO}, "/photos/1.jpg", "data:image/png;base64,AAAA", "https://x/" + "y" * 500]
)
async def test_a_photo_that_cannot_be_shown_costs_nobody_their_name(crm, external, photo):
    crm.answer = 200, body({"candidates": [IVAN["candidates"][0] | {"photo_url": photo}]})
    (found,) = await external[0].candidates("acme", NUMBER)
    assert (found.name, found.photo_url) == ("Ivan Petrov", "")


async def test_nobody_is_an_answer_too(crm, external):
    crm.answer = 404, b""
    assert await external[0].candidates("acme", NUMBER) == ()
    assert await external[0].candidates("acme", NUMBER) == ()
    assert len(crm.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        *((500, b""), (200, b"{"), (200, b'{"candidates": 5}'), (302, b""), (200, b" " * 300_000)),
        (200, b'{"more": ' + b"[" * 100_000),
    ],
)
async def test_after_failures_in_a_row_it_is_left_alone_and_tried_again_later(crm, external, answer):
    asked, clock = external
    crm.answer = answer
    for _ in range(4):
        assert await asked.candidates("acme", NUMBER) == ()
    assert len(crm.asked) == 2
    crm.answer = 200, body(IVAN)
    assert await asked.candidates("acme", NUMBER) == ()
    clock.now = 31
    assert len(await asked.candidates("acme", NUMBER)) == 1
    assert len(crm.asked) == 3


async def test_one_that_takes_its_time_is_nobody(crm, external):
    asked, _ = external
    asked._timeout_s = 0.2
    crm.hold.clear()
    assert await asked.candidates("acme", NUMBER) == ()


async def test_one_that_is_not_there_is_nobody():
    async with httpx.AsyncClient(timeout=60) as client:
        gone = External(
            client,
            "http://127.0.0.1:1/{number}",
            "crm",
            METRICS,
            timeout_s=20,
            cache=Cache(1, 1),
            breaker=Breaker(1, 9),
        )
        assert await gone.candidates("acme", NUMBER) == ()


def test_after_a_pause_one_may_try_and_decides():
    clock = Clock()
    breaker = Breaker(1, 10, clock)
    assert breaker.failed()
    assert not breaker.allows()
    clock.now = 10
    assert breaker.allows()
    assert not breaker.allows(), "the others wait for the one who tries"
    assert not breaker.failed()
    clock.now = 19
    assert not breaker.allows()
    clock.now = 20
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


def test_the_cache_forgets_the_one_that_was_not_used():
    cache = Cache(10, 2, Clock())
    for name in "ab":
        cache.put(("t", name), ())
    assert cache.get(("t", "a")) == ()
    cache.put(("t", "c"), ())
    assert [cache.get(("t", name)) for name in "abc"] == [(), None, ()]
