"""Calls that nobody was heard to tell, from REST's history; and the recordings of calls."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from connector_webitel.backfill import Backfill
from connector_webitel.new.history import Gap, missed
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick, translate
from connector_webitel.rest import Rest, RestRefused, wanted_wait
from cti_model.calls import Call, Cause, EndedBy, Outcome
from cti_model.events import CallEvent, Origin, RecordingStarted, RecordingStopped, RecordingStored
from cti_model.fold import refold

BEGIN = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}
INCOMING = {"direction": "inbound", "destination": "0800", "parent_id": "cust", "from": CUSTOMER, "to": AGENT}
LATER = BEGIN + timedelta(minutes=10)


def ms(second: float) -> str:
    """As REST's gateway writes it."""
    return str(int((BEGIN + timedelta(seconds=second)).timestamp() * 1000))


def item(uid: str, began: int, over: int, **more: Any) -> dict[str, Any]:
    return {**INCOMING, "id": uid, "created_at": ms(began), "answered_at": "0", "hangup_at": ms(over), **more}


def history(state: State, *items: dict[str, Any]) -> list[CallEvent]:
    told = missed(state, "101", items, LATER, LATER)
    while (due := next_conclusion(state)) is not None:
        told += tick(state, due)
    return told


def calls(told: list[CallEvent]) -> list[Call]:
    last = {each.call.call_id: each.call for each in told}
    for call in last.values():
        assert refold(each for each in told if each.call.call_id == call.call_id) == call
    return list(last.values())


def test_a_missed_call_is_told_with_its_own_instants():
    told = history(State("acme", "webitel"), item("c1", 10, 25, cause="ORIGINATOR_CANCEL", hangup_by="A"))
    [call] = calls(told)
    agent = call.connections[1]
    assert (agent.outcome, agent.cause, agent.ended_by) == (Outcome.MISSED, Cause.CANCELLED, EndedBy.REMOTE)
    assert (agent.started_at, agent.ended_at) == (BEGIN + timedelta(seconds=10), BEGIN + timedelta(seconds=25))
    assert call.started_at == BEGIN + timedelta(seconds=10)
    assert {each.origin for each in told[:-1]} == {Origin.RECONCILED}


def test_an_answered_call_has_its_talk_and_hold():
    held = [{"start": ms(20), "finish": ms(25), "sec": 5}]
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(15), hold=held, cause="NORMAL_CLEARING"))
    agent = calls(told)[0].connections[1]
    assert (agent.tally.ring_us, agent.tally.talk_us, agent.tally.hold_us) == (5_000_000, 20_000_000, 5_000_000)


def test_a_call_out_that_nobody_answered_is_none_though_the_own_telephone_was_lifted():
    click = {"direction": "outbound", "destination": "205", "from": AGENT, "to": None, "parent_id": None}
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(12), cause="NO_ANSWER", **click))
    assert calls(told)[0].connections[0].answered_at is None


def test_what_was_told_already_is_not_told_again():
    state = State("acme", "webitel")
    row = item("c1", 10, 25, cause="ORIGINATOR_CANCEL")
    assert history(state, row) != []
    assert history(state, row) == []


def test_a_call_that_still_lives_or_ended_after_the_gap_is_left_to_the_link():
    state = State("acme", "webitel")
    living = {"id": "c1", "event": "ringing", "timestamp": ms(1), "data": INCOMING}
    translate(state, "101", {"call": living}, BEGIN)
    assert missed(state, "101", [item("c1", 1, 25), item("c9", 590, 601)], LATER, LATER) == []


def test_a_call_that_was_ringing_when_the_link_was_lost_ends_as_it_did():
    picture, heard, gaps = Picture(State("acme", "webitel")), {}, list[Gap]()

    def link(at: datetime) -> list[CallEvent]:
        session = EngineSession(picture, "101", "T", heard, away=gaps.append)
        session.greet()
        hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}
        frames = [hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}]
        told = session.receive(b"".join(msgspec.json.encode(each) + b"\n" for each in frames), at).events
        session.ask_snapshot(1)
        again = {"status": "OK", "seq_reply": 3, "data": {"items": []}}
        return told + session.receive(msgspec.json.encode(again) + b"\n", at).events

    link(BEGIN)
    living = {"id": "c1", "event": "ringing", "timestamp": ms(1), "data": INCOMING}
    before = translate(picture.state, "101", {"call": living}, BEGIN)
    assert link(LATER) == []  # not said to be lost while it is asked about
    assert gaps == [Gap("101", "12", BEGIN, LATER, "T")]
    told = history(picture.state, item("c1", 1, 25, cause="ORIGINATOR_CANCEL"))
    assert calls([*before, *told])[0].connections[1].outcome is Outcome.MISSED
    picture.state.awaited.clear()
    assert link(LATER + timedelta(seconds=60)) == []


def test_a_call_that_two_lists_of_one_link_do_not_have_is_asked_about_from_before_the_first_of_them():
    gaps = list[Gap]()
    picture = Picture(State("acme", "webitel"))
    session = EngineSession(picture, "101", "T", {}, away=gaps.append)
    hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}

    def hear(*frames: dict[str, Any], second: float) -> list[CallEvent]:
        data = b"".join(msgspec.json.encode(each) + b"\n" for each in frames)
        return session.receive(data, BEGIN + timedelta(seconds=second)).events

    def listed(number: int, second: float) -> list[CallEvent]:
        seq = msgspec.json.decode(session.ask_snapshot(number))["seq"]
        return hear({"status": "OK", "seq_reply": seq, "data": {"items": []}}, second=second)

    session.greet()
    hear(hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}, second=0)
    listed(1, 30)
    ringing = {"id": "c1", "event": "ringing", "timestamp": ms(40), "app_id": "fs-1", "data": INCOMING}
    hear({"event": "call", "data": {"call": ringing}}, second=40)
    assert listed(2, 90) == []  # it ended at 50: nobody told
    assert gaps == []
    assert listed(3, 150) == []
    (gap,) = gaps
    assert (gap.since, gap.until) == (BEGIN + timedelta(seconds=30), BEGIN + timedelta(seconds=150))
    assert picture.state.awaited == {"c1"}


def test_files_of_the_history_are_recordings():
    files = [{"id": "7", "start_at": ms(15), "stop_at": ms(40)}]
    told = history(State("acme", "webitel"), item("c1", 10, 40, answered_at=ms(15), files=files))
    facts = [each.fact for each in told if isinstance(each.fact, RecordingStored)]
    assert [(each.recording_id, each.location) for each in facts] == [("c1", "7")]


def test_a_call_waits_for_its_recordings_file():
    state = State("acme", "webitel")
    session = EngineSession(Picture(state), "101", "T", {})
    session.greet()
    asked: list[dict[str, Any]] = []
    told: list[CallEvent] = []
    hello = {"event": "hello", "data": {"session": {"user_id": 12}, "use_cc": False}}

    def hear(*frames: dict[str, Any], second: float) -> None:
        data = b"".join(msgspec.json.encode(each) + b"\n" for each in frames)
        took(session.receive(data, BEGIN + timedelta(seconds=second)))

    def took(turn: Any) -> None:
        asked.extend(msgspec.json.decode(line) for line in turn.send.splitlines())
        told.extend(turn.events)

    def call(event: str, second: int, **data: Any) -> dict[str, Any]:
        said = {"id": "c1", "event": event, "timestamp": ms(second), "app_id": "fs-1", "data": data}
        return {"event": "call", "data": {"call": said}}

    hear(hello, {"status": "OK", "seq_reply": 1}, {"status": "OK", "seq_reply": 2, "data": {"items": []}}, second=0)
    asked.clear()
    hear(call("ringing", 1, **INCOMING), call("active", 2), second=2)
    hear(call("hangup", 9, cause="NORMAL_CLEARING", record_start=ms(2), record_stop=ms(9)), second=9)
    assert asked == []
    took(session.quiet(BEGIN + timedelta(seconds=10)))
    assert [(each["action"], each["data"]) for each in asked] == [("call_recordings", {"id": "c1"})]
    hear({"status": "FAIL", "seq_reply": asked[0]["seq"], "error": {"id": "x", "code": 404}}, second=10)
    took(session.quiet(BEGIN + timedelta(seconds=12)))
    assert told[-1].call.alive
    hear({"status": "OK", "seq_reply": asked[1]["seq"], "data": {"file_id": 123}}, second=12)
    assert [each.kind for each in told[-4:]] == [
        "recording_stopped",
        "connection_cleared",
        "recording_stored",
        "cleared",
    ]
    began, stopped, stored = [
        each for each in told if isinstance(each.fact, RecordingStarted | RecordingStopped | RecordingStored)
    ]
    assert (began.occurred_at, stopped.occurred_at) == (BEGIN + timedelta(seconds=2), BEGIN + timedelta(seconds=9))
    assert (stored.fact.recording_id, stored.fact.location) == ("c1", "123")
    assert told[-1].occurred_at == BEGIN + timedelta(seconds=9)


def test_a_file_that_never_comes_is_given_up():
    state = State("acme", "webitel")
    for event, second, data in (("ringing", 1, INCOMING), ("active", 2, {}), ("hangup", 9, {"record_start": ms(2)})):
        call = {"id": "c1", "event": event, "timestamp": ms(second), "data": data}
        translate(state, "101", {"call": call}, BEGIN + timedelta(seconds=second))
    assert next_conclusion(state) == BEGIN + timedelta(seconds=29)
    told = tick(state, BEGIN + timedelta(seconds=29))
    assert [each.kind for each in told] == ["cleared"]
    assert state.recordings == {}


async def test_all_pages_are_read_with_the_operators_own_token():
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        page = int(request.url.params["page"])
        return httpx.Response(200, json={"items": [{"id": f"c{page}"}], "next": page < 3})

    async with Rest(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://w.example/api/") as rest:
        found = await rest.ended(Gap("101", "12", BEGIN, LATER, "T"), BEGIN)
    assert [each["id"] for each in found] == ["c1", "c2", "c3"]
    assert seen[0].url.path == "/api/calls/history"
    assert (seen[0].url.params["user_id"], seen[0].url.params["stored_at.from"]) == ("12", ms(0))
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
