"""One operator's connection: log-in, the first list, events, pings, refusals."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from cti_connector.session import LinkLost, LinkRefused, Refusal
from cti_model.calls import Cause

AT = datetime.fromtimestamp(1763630100, UTC)
RINGING = {
    "id": "c2",
    "event": "ringing",
    "timestamp": "1763630100000",
    "data": {"direction": "inbound", "parent_id": "cust", "from": {"type": "dest", "number": "380501112233"}},
}


def line(**frame: Any) -> bytes:
    return msgspec.json.encode(frame) + b"\n"


def ok(seq: int, **data: Any) -> bytes:
    return line(status="OK", seq_reply=seq, data=data)


def begun(picture: Picture, heard: dict[str, datetime], at: datetime = AT) -> EngineSession:
    session = EngineSession(picture, "101", "T", heard)
    sent = msgspec.json.decode(session.greet())
    assert sent == {"seq": 1, "action": "authentication_challenge", "data": {"token": "T"}}
    turn = session.receive(line(event="hello", seq=0, data={"session": {"user_id": 12}, "use_cc": False}) + ok(1), at)
    assert msgspec.json.decode(turn.send) == {"seq": 2, "action": "subscribe_call"}
    assert not session.ready
    return session


def test_it_is_ready_with_the_first_list_and_events_are_told():
    session = begun(Picture(State("acme", "webitel")), {})
    session.receive(ok(2, items=[]), AT)
    assert session.ready
    turn = session.receive(line(event="call", seq=1, data={"call": RINGING}), AT)
    assert [each.kind for each in turn.events] == ["delivered", "delivered"]
    assert msgspec.json.decode(session.ping(7)) == {"seq": 3, "action": "ping", "data": {"ping": 1}}
    session.receive(ok(3, pong=1), AT)
    assert session.answered_ping == 7


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ({"id": "x", "code": 401}, Refusal.WRONG_PASSWORD),
        ({"id": "api.context.permissions.license", "code": 412}, Refusal.LICENCE),
        ({"id": "x", "code": 403}, Refusal.OTHER),
    ],
)
def test_a_refused_log_in_says_why(error: dict[str, Any], reason: Refusal):
    session = EngineSession(Picture(State("acme", "webitel")), "101", "T", {})
    session.greet()
    with pytest.raises(LinkRefused) as refused:
        session.receive(line(status="FAIL", seq_reply=1, error=error), AT)
    assert refused.value.reason is reason


def test_who_may_not_read_calls_is_told_so():
    session = begun(Picture(State("acme", "webitel")), {})
    error = {"id": "api.context.permissions.app_error", "code": 403}
    with pytest.raises(LinkRefused, match="call events refused: this Webitel user has no right to it"):
        session.receive(line(status="FAIL", seq_reply=2, error=error), AT)


@pytest.mark.parametrize("code", [429, 500, 503])
@pytest.mark.parametrize("seq", [1, 2])
def test_an_engine_that_restarts_or_is_busy_is_tried_again_soon(code: int, seq: int):
    """A refusal would wait for minutes, of each operator."""
    session = EngineSession(Picture(State("acme", "webitel")), "101", "T", {})
    session.greet()
    if seq == 2:
        session.receive(line(status="OK", seq_reply=1), AT)
    with pytest.raises(LinkLost) as lost:
        session.receive(line(status="FAIL", seq_reply=seq, error={"id": "x", "code": code}), AT)
    assert not isinstance(lost.value, LinkRefused)


def refused(seq: int, id: str = "x", code: int = 500) -> bytes:
    return line(status="FAIL", seq_reply=seq, error={"id": id, "code": code})


def ready(heard: list[tuple[str, str]]) -> EngineSession:
    picture = Picture(State("acme", "webitel"))
    session = EngineSession(picture, "101", "T", {}, refused=lambda *each: heard.append(each))
    session.greet()
    hello = {"session": {"user_id": 12}, "use_cc": False}
    session.receive(line(event="hello", seq=0, data=hello) + ok(1) + ok(2, items=[]), AT)
    return session


@pytest.mark.parametrize("code", [400, 403, 429, 500])
def test_a_list_that_is_refused_comes_with_a_subscription(code: int):
    heard: list[tuple[str, str]] = []
    session = ready(heard)
    session.receive(line(event="call", seq=1, data={"call": RINGING}), AT)
    assert msgspec.json.decode(session.ask_snapshot(1))["action"] == "call_by_user"
    turn = session.receive(refused(3, code=code), AT)
    assert (msgspec.json.decode(turn.send), turn.reconciled) == ({"seq": 4, "action": "subscribe_call"}, None)
    turn = session.receive(ok(4, items=[]), AT)
    assert turn.reconciled is not None
    assert turn.reconciled.number == 1
    assert heard == [("list", f"{code} x")]


def test_a_link_whose_every_list_is_refused_is_not_cut():
    heard: list[tuple[str, str]] = []
    session = ready(heard)
    session.ask_snapshot(1)
    session.receive(refused(3), AT)
    turn = session.receive(refused(4), AT)
    assert turn.reconciled is not None  # what the host waits for, else it would cut the link
    assert turn.reconciled.number == 1
    assert [what for what, _ in heard] == ["list", "list"]


def test_a_subscription_that_cannot_be_renewed_leaves_the_link():
    heard: list[tuple[str, str]] = []
    session = ready(heard)
    session.receive(line(event="call", seq=1, data={"call": RINGING}), AT)
    for number in (1, 2):
        session.ask_snapshot(number)
        turn = session.receive(ok(2 + number, items=[]), AT)
    assert msgspec.json.decode(turn.send) == {"seq": 5, "action": "subscribe_call"}  # the call is missing twice
    session.receive(refused(5, code=403), AT)
    assert heard == [("subscription", "403 x")]
    assert session.ready


@pytest.mark.parametrize("ask", [lambda session: session.ask_snapshot(1), lambda session: session.ping(1)])
@pytest.mark.parametrize(
    "id", ["api.web_socket_router.not_authenticated.app_error", "api.context.session_expired.app_error"]
)
def test_an_engine_that_forgot_who_we_are_is_left_at_once(ask: Callable[[EngineSession], bytes], id: str):
    session = ready([])
    ask(session)
    with pytest.raises(LinkLost):
        session.receive(refused(3, id), AT)


def test_a_session_that_expired_is_over():
    session = begun(Picture(State("acme", "webitel")), {})
    with pytest.raises(LinkLost):
        session.receive(line(event="error", seq=5, data={"error": {}}), AT)


def test_what_ended_while_the_link_was_away_is_told_at_the_next_log_in():
    picture, heard = Picture(State("acme", "webitel")), {}
    session = begun(picture, heard)
    session.receive(ok(2, items=[]) + line(event="call", seq=1, data={"call": RINGING}), AT)
    back = AT + timedelta(seconds=30)
    session = begun(picture, heard, back)
    told = session.receive(ok(2, items=[]), back).events
    ended = told[-1]
    assert ended.kind == "connection_cleared"
    assert ended.call.connections[1].cause is Cause.LOST
    assert (ended.not_before, ended.not_after) == (AT, back)


def test_a_call_must_be_missing_in_two_lists_of_one_connection():
    session = begun(Picture(State("acme", "webitel")), {})
    session.receive(ok(2, items=[]) + line(event="call", seq=1, data={"call": RINGING}), AT)
    session.ask_snapshot(1)
    first = session.receive(ok(3, items=[]), AT + timedelta(seconds=5))
    assert (first.events, first.reconciled and first.reconciled.number) == ([], 1)
    session.ask_snapshot(2)
    second = session.receive(ok(4, items=[]), AT + timedelta(seconds=35))
    assert [each.kind for each in second.events] == ["connection_cleared"]
    assert (second.events[0].not_before, second.events[0].not_after) == (AT, AT + timedelta(seconds=35))


def test_the_list_of_a_subscription_that_is_made_anew_is_no_second_one():
    """It follows the one that differed at once: what has just begun to ring may be in neither."""
    session = begun(Picture(State("acme", "webitel")), {})
    session.receive(ok(2, items=[]) + line(event="call", seq=1, data={"call": RINGING}), AT)
    session.ask_snapshot(1)
    missed = RINGING["data"] | {"id": "c9", "parent_id": "c8", "state": "ringing", "created_at": 1763630099000}
    turn = session.receive(ok(3, items=[missed]), AT)
    assert msgspec.json.decode(turn.send) == {"seq": 4, "action": "subscribe_call"}
    told = session.receive(ok(4, items=[missed]), AT).events
    told += session.receive(
        line(event="call", seq=2, data={"call": RINGING | {"event": "active", "timestamp": "1763630103000"}}), AT
    ).events
    assert [each.kind for each in told] == ["established", "established"]


def test_another_leader_goes_on_with_the_same_call():
    picture = Picture(State("acme", "webitel"))
    session = begun(picture, {})
    told = session.receive(ok(2, items=[]) + line(event="call", seq=1, data={"call": RINGING}), AT).events
    active = RINGING | {"event": "active", "timestamp": "1763630105000", "data": {}}
    successor = Picture(State("acme", "webitel"))
    successor.restore([told[-1].call])
    later = begun(successor, {}).receive(line(event="call", seq=1, data={"call": active}), AT).events
    assert [each.kind for each in later] == ["established", "established"]
    assert later[-1].call.call_id == told[-1].call.call_id
    assert later[-1].call.version == told[-1].call.version + 2


def test_it_pings_as_often_as_webitel_wants_it_unless_the_host_does():
    session = EngineSession(Picture(State("acme", "webitel")), "101", "T", {})
    session.greet()
    hello = {"session": {"user_id": 12}, "ping_interval": 10_000, "use_cc": False}
    session.receive(line(event="hello", seq=0, data=hello) + ok(1) + ok(2, items=[]), AT)
    assert session.wakes_at == AT + timedelta(seconds=8)
    assert session.quiet(AT + timedelta(seconds=7.9)).send == b""
    session.ping(3)
    session.receive(ok(3, pong=1), AT + timedelta(seconds=5))
    assert session.wakes_at == AT + timedelta(seconds=13)
    sent = msgspec.json.decode(session.quiet(AT + timedelta(seconds=13)).send)
    assert sent == {"seq": 4, "action": "ping", "data": {"ping": 1}}
    session.receive(ok(4, pong=1), AT + timedelta(seconds=13.1))
    assert session.answered_ping == 3


def test_another_leader_ends_what_nobody_here_is_in():
    picture = Picture(State("acme", "webitel"))
    session = begun(picture, {})
    colleague = RINGING["data"] | {"from": {"type": "user", "number": "109"}}
    told = session.receive(
        ok(2, items=[]) + line(event="call", data={"call": RINGING | {"data": colleague}}), AT
    ).events
    ends = RINGING | {"event": "hangup", "timestamp": "1763630101000", "data": {"cause": "NO_ANSWER"}}
    told += session.receive(line(event="call", data={"call": ends}), AT).events
    assert told[-1].call.alive  # for two seconds another operator may be rung
    successor = Picture(State("acme", "webitel"))
    successor.restore([told[-1].call])
    later = begun(successor, {})
    assert later.receive(ok(2, items=[]), AT).events == []
    due = AT + timedelta(seconds=61)
    assert later.wakes_at == AT + timedelta(seconds=60)
    assert [each.kind for each in (*later.quiet(due).events, *later.quiet(due + timedelta(seconds=2)).events)] == [
        "cleared"
    ]
