"""Webitel's REST as it is asked: pages, refusals, patience, whose clock."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from connector_webitel.backfill import Backfill
from connector_webitel.new.history import Gap
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.rest import Rest, RestRefused, wanted_wait
from cti_model.events import CallEvent

from .webitel_new_past import BEGIN, LATER, USER, calls, item, ms


async def test_all_pages_are_read_with_the_operators_own_token():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        page = int(request.url.params["page"])
        theirs = {"id": f"cust{page}", "user": None}  # the leg that called the user's comes with it
        return httpx.Response(200, json={"items": [{"id": f"c{page}", "user": USER}, theirs], "next": page < 3})

    async with Rest(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://w.example/api/") as rest:
        found = await rest.ended(Gap("101", "12", BEGIN, LATER, "T"), BEGIN)
    assert [each["id"] for each in found] == ["c1", "c2", "c3"]
    assert seen[0].url.path == "/api/calls/history"
    asked = seen[0].url.params
    assert (asked["user_id"], asked["stored_at.from"]) == ("12", ms(0))
    assert int(asked["stored_at.to"]) > int(ms(600))  # without an end the engine gives all calls that there ever were
    assert {"hold", "transfer_to", "bridged_id"} < set(asked.get_list("fields"))
    assert {each.headers["X-Webitel-Access"] for each in seen} == {"T"}


class Silent:
    """A REST that takes questions and never answers."""

    async def __aenter__(self) -> "Silent":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def ended(self, _gap: Gap, _since: datetime) -> list[dict[str, Any]]:
        await asyncio.Event().wait()
        return []


async def test_a_history_that_does_not_answer_keeps_no_call_alive():
    state = State("acme", "webitel")
    backfill = Backfill(
        Silent(),  # type: ignore[arg-type]
        state,
        lambda _: asyncio.sleep(0, False),
        most=timedelta(hours=1),
        settles_s=0,
        gives_up_s=0.05,
        clock=lambda: LATER,
    )
    for each in range(9):
        state.ask(str(100 + each), {f"c{each}"})
        backfill.missed(Gap(str(100 + each), "12", BEGIN, LATER))
    running = asyncio.create_task(backfill.run(lambda _: None))
    async with asyncio.timeout(20):
        while state.awaited:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("token", ["s3cret\n", "с3cret"])
async def test_a_token_that_is_none_is_a_refusal_that_does_not_show_it(token: str):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Rest(httpx.AsyncClient(), f"http://127.0.0.1:{port}/api", token) as rest:
        with pytest.raises(RestRefused) as refused:
            await rest.ended(Gap("101", "12", BEGIN, LATER, "T"), BEGIN)
    assert "token" in str(refused.value)
    assert "3cret" not in repr(refused.value)


@pytest.mark.parametrize(
    "response", [httpx.Response(403), httpx.Response(200, text="<html>"), httpx.Response(200, json=[])]
)
async def test_whatever_else_comes_is_a_refusal(response: httpx.Response):
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: response))
    async with Rest(client, "https://w.example/api") as rest:
        with pytest.raises(RestRefused):
            await rest.ended(Gap("101", "12", BEGIN, LATER, "T"), BEGIN)


@pytest.mark.parametrize(("status", "tries"), [(429, 8), (502, 8), (403, 4)])
async def test_a_rest_that_restarts_or_is_busy_is_asked_until_it_answers(status: int, tries: int):
    asked: list[httpx.Request] = []
    told: list[CallEvent] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status) if len(asked) < 8 else httpx.Response(200, json={"items": [item("c1", 10, 25)]})

    state = State("acme", "webitel")
    state.ask("101", {"c9"})
    backfill = Backfill(
        Rest(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://w.example/api"),
        state,
        lambda _: asyncio.sleep(0, False),
        most=timedelta(hours=1),
        settles_s=0,
        first_wait_s=0.001,
        clock=lambda: LATER,
    )
    backfill.missed(Gap("101", "12", BEGIN, LATER, "T"))
    running = asyncio.create_task(backfill.run(told.extend))
    async with asyncio.timeout(30):
        while state.awaited:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(asked) == tries
    assert bool(told) is (tries == 8)


async def test_a_gap_is_asked_about_by_webitels_own_clock():
    """It is ten minutes behind: we heard nothing since our 9:16, and what ended at its 9:07 is missing."""
    gaps, asked = list[Gap](), list[httpx.Request]()
    behind = timedelta(minutes=10)
    picture, heard = Picture(State("acme", "webitel")), {"101": LATER}
    session = EngineSession(picture, "101", "T", heard, away=gaps.append)
    session.greet()
    server_time = int((LATER + timedelta(minutes=1) - behind).timestamp() * 1000)
    hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False, "server_time": server_time}}
    frames = [hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}]
    session.receive(b"".join(msgspec.json.encode(each) + b"\n" for each in frames), LATER + timedelta(minutes=1))
    told: list[CallEvent] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"items": [item("c1", 10, 25), item("c2", 90, 100)]})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    rest = Rest(client, "https://w.example/api")
    backfill = Backfill(rest, picture.state, lambda _: asyncio.sleep(0, False), most=timedelta(hours=1), settles_s=0)
    backfill.missed(gaps[0])
    running = asyncio.create_task(backfill.run(told.extend))
    async with asyncio.timeout(30):
        while not told:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert asked[0].url.params["stored_at.from"] == ms(0)
    assert {each.call.native_ids[0] for each in told} == {"cust"}
    assert len(calls(told)) == 1  # c2 ended after the link was back


DATE = "Thu, 20 Nov 2025 09:16:40 GMT"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("99999999999999", 120),
        ("Thu, 20 Nov 2025 09:17:00 GMT", 20),
        ("Thu, 20 Nov 2025 11:00:00 +0100", 120),
        ("Thu, 20 Nov 2025 09:00:00 GMT", 0),
        ("", None),
        ("-3", None),
        ("soon", None),
    ],
)
def test_how_long_webitel_wants_not_to_be_asked(said: str, seconds: int | None):
    wait = wanted_wait(said, DATE)
    assert (wait.total_seconds() if wait is not None else None) == seconds


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_instant_without_the_servers_own_clock_says_nothing(date: str):
    assert wanted_wait(DATE, date) is None


async def test_while_webitel_wants_not_to_be_asked_nobody_asks_it():
    clock, asked, refused, told = [LATER], list[datetime](), list[str](), list[CallEvent]()

    async def sleep(seconds: float) -> None:
        clock[0] += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(clock[0])
        if len(asked) == 1:
            return httpx.Response(503, headers={"Retry-After": "40"})
        return httpx.Response(200, json={"items": [item(f"c{len(asked)}", 10, 25)]})

    state = State("acme", "webitel")
    backfill = Backfill(
        Rest(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://w.example/api"),
        state,
        lambda _: asyncio.sleep(0, False),
        most=timedelta(hours=1),
        settles_s=0,
        clock=lambda: clock[0],
        sleep=sleep,
        refused=refused.append,
    )
    for device in ("101", "102", "103", "104", "105", "106"):
        state.ask(device, ())
        backfill.missed(Gap(device, "12", BEGIN, LATER))
    running = asyncio.create_task(backfill.run(told.extend))
    async with asyncio.timeout(30):
        while state.seats.asked_about:
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert refused == ["history_later"]
    first, *others = asked
    assert [each for each in others if first < each < first + timedelta(seconds=40)] == []
    assert len(others) == 6
