"""Whatever stands in a frame where something else should: it costs what it is about, and nothing that comes after."""

import copy
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest
from connector_webitel.new.history import Gap, missed
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick
from connector_webitel.new.wire import decoded
from connector_webitel.rest import own, question
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_model.ids import connection_id
from cti_model.records import all_records

AT = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}
QUEUE = {"queue_id": "5", "queue_name": "Support", "attempt_id": "77", "agent_id": "4", "reporting": "true"}
INCOMING = {"direction": "inbound", "destination": "0800", "parent_id": "cust", "from": CUSTOMER, "to": AGENT}
VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "negative": -1,
    "fraction": 1.5,
    "number without end": "@digits@",
    "far digits": "9" * 18,
    "year 9999": 253402300799000,
    "1970": 1000,
    "text": "\0x",
    "list": [None, 7, {"id": None}],
    "object": {"id": {"id": {"x": [[[[[[[[{}]]]]]]]]}}},
}
"""NaN, infinities and half a surrogate pair are no JSON: with these the frame is none, as in the tests of the wire."""


def written(frame: Any) -> bytes:
    """As it comes, with digits that no encoder would write."""
    return msgspec.json.encode(frame).replace(b'"@digits@"', b"9" * 4000)


def call(uid: str, event: str, second: float, **data: Any) -> dict[str, Any]:
    said = {"id": uid, "event": event, "timestamp": str(MS + int(second * 1000)), "app_id": "fs-1", "data": data}
    return {"event": "call", "seq": 1, "data": {"call": said}}


def agent(name: str, second: float, **data: Any) -> dict[str, Any]:
    return {"event": name, "seq": 1, "data": {"agent_id": 4, "timestamp": MS + int(second * 1000), **data}}


LISTED = {
    "id": "c1",
    "app_id": "fs-1",
    "state": "hold",
    "timestamp": (AT - timedelta(seconds=9)).isoformat(),
    **INCOMING,
    "variables": {"crm": "7"},
    "hold_sec": 3,
    "queue": {"id": 5, "name": "Support"},
    "task": {"attempt_id": 77, "queue_name": "Support", "state": "bridged"},
    "created_at": MS - 90_000,
    "answered_at": MS - 80_000,
    "bridged_at": MS - 80_000,
    "hangup_at": 0,
}
PAST = LISTED | {
    "id": "c1",
    "user": {"id": "12", "name": "Agent"},
    "hangup_at": str(MS - 70_000),
    "hold": [{"start": str(MS - 75_000), "finish": str(MS - 74_000), "sec": 1}],
    "bridged_id": "cust",
    "cause": "NORMAL_CLEARING",
    "hangup_by": "A",
    "transfer_to": "",
    "files": [{"id": "7", "start_at": str(MS - 79_000), "stop_at": str(MS - 70_000)}],
}
ANSWERS: dict[str, dict[str, Any]] = {
    "authentication_challenge": {},
    "subscribe_call": {"items": [LISTED]},
    "call_by_user": {"items": [LISTED]},
    "cc_agent_session": {
        "agent_id": 4,
        "status": "online",
        "status_payload": None,
        "on_demand": False,
        "last_status_change": MS - 1000,
        "channels": [{"channel": "call", "state": "processing", "joined_at": MS - 1000}],
    },
    "cc_agent_subscribe_status": {},
    "cc_agent_tasks": {
        "items": [
            {
                "channel": "call",
                "attempt_id": 77,
                "processing_timeout_at": MS + 9000,
                "processing_renewal_sec": 15,
            }
        ]
    },
    "call_recordings": {"file_id": 9},
    "ping": {"pong": 1},
}
EVENTS: dict[str, dict[str, Any]] = {
    "hello": {
        "event": "hello",
        "seq": 0,
        "data": {
            "server_time": MS,
            "session": {"user_id": 12, "name": "Agent 12"},
            "ping_interval": 30_000,
            "use_cc": True,
        },
    },
    "ringing": call("c1", "ringing", 1, **INCOMING, queue=QUEUE, payload={"crm": "7"}, params={}, originate=False),
    "active": call("c1", "active", 2),
    "bridge": call("c1", "bridge", 3, bridged_id="cust", to=CUSTOMER, payload={"a": "b"}),
    "hold": call("c1", "hold", 4),
    "taken back": call("c1", "active", 5),
    "dtmf": call("c1", "dtmf", 6, digit="5"),
    "update": call("c1", "update", 6, payload={"crm": "8"}),
    "distribute": agent("channel", 1, channel="call", attempt_id=77, status="distribute", distribute={}),
    "processing": agent(
        "channel", 7, channel="call", attempt_id=77, status="processing", processing={"timeout": MS, "renewal_sec": 15}
    ),
    "missed": agent("channel", 8, channel="call", status="missed", missed={"timeout": MS + 20_000}),
    "paused": agent("agent_status", 9, status="pause", status_payload="Lunch"),
    "online": agent("agent_status", 10, status="online", on_demand=True, channels=[{"channel": "call"}]),
    "hangup": call(
        "c1",
        "hangup",
        11,
        cause="NORMAL_CLEARING",
        hangup_by="A",
        transfer_to="",
        transfer_from="",
        record_start=str(MS + 2000),
        record_stop=str(MS + 11_000),
        payload={"crm": "9"},
    ),
}


def paths(frame: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """To each value of a frame, the whole of it too."""
    if way:
        yield way
    inner = frame.items() if isinstance(frame, dict) else enumerate(frame) if isinstance(frame, list) else ()
    for name, value in inner:
        yield from paths(value, (*way, name))


def changed(frame: dict[str, Any], way: tuple[Any, ...], value: Any) -> dict[str, Any]:
    frame = copy.deepcopy(frame)
    at: Any = frame
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = value
    return frame


def variants(frame: Any, to: str) -> Iterator[Any]:
    """The frame with each value in the place of each of its own, each about a leg of its own."""
    for number, (way, value) in enumerate(product(paths(frame), VALUES.values())):
        mine = msgspec.json.decode(written(frame).replace(b'"c1"', f'"{to}{number}"'.encode()))
        yield changed(mine, way, value)


class Life:
    """A link, and the engine's side of it."""

    def __init__(self, hello: Any = EVENTS["hello"]) -> None:
        self.picture = Picture(State("acme", "webitel"))
        self.gaps: list[Gap] = []
        self.told: list[CallEvent] = []
        self.answers = dict(ANSWERS)
        self._seconds = 0
        self.session = EngineSession(
            self.picture, "101", "T", {}, away=self.gaps.append, before=AT - timedelta(hours=1)
        )
        self._asked = self.session.greet()
        self.hear(hello)

    def hear(self, *frames: Any) -> None:
        """Frames, and the answers to what they make the connector ask."""
        for each in frames:
            self._seconds += 1
            self._took(self.session.receive(written(each) + b"\n", self.now))
            self.pass_by()

    def pass_by(self) -> None:
        self._took(self.session.quiet(self.now))
        while self._asked:
            asked, self._asked = self._asked.splitlines(), b""
            for each in map(msgspec.json.decode, asked):
                answer = {"status": "OK", "seq_reply": each["seq"], "data": self.answers[each["action"]]}
                self._took(self.session.receive(written(answer) + b"\n", self.now))

    def compare(self) -> None:
        self._asked += self.session.ask_snapshot(1) + self.session.ping(1)
        self.pass_by()

    @property
    def now(self) -> datetime:
        return AT + timedelta(seconds=self._seconds)

    def _took(self, turn: Any) -> None:
        self.told += turn.events
        self._asked += turn.send
        msgspec.json.encode(turn.agents)


def lawful(life: Life) -> None:
    """A good call that comes now is right, and all that was told can be: books are their facts', and of this time."""
    life.answers = dict(ANSWERS)
    began = life.now - AT
    for event, second in (("ringing", 0), ("active", 2), ("hold", 7), ("hangup", 10)):
        more = INCOMING | {"parent_id": "other"} if event == "ringing" else {"cause": "NORMAL_CLEARING"}
        life.hear(call("good", event, began.total_seconds() + second, **more))
    life.picture.state.recordings.clear()
    while (due := next_conclusion(life.picture.state)) is not None:
        life.told += tick(life.picture.state, due)
    msgspec.json.encode(life.told)
    calls: defaultdict[str, list[CallEvent]] = defaultdict(list)
    for each in life.told:
        calls[each.call.call_id].append(each)
        assert abs(each.occurred_at - AT) < timedelta(days=40)
    for told in calls.values():
        assert refold(told) == told[-1].call
    good = connection_id("acme", "webitel", "", "good")
    [row] = [row for row in all_records(life.told) if row.connection_id == good]
    assert (row.ring_s, row.talk_s, row.hold_s) == (2, 5, 3)


@pytest.mark.parametrize("event", EVENTS)
def test_a_value_in_an_event_costs_no_other_call(event):
    life = Life()
    for number, each in enumerate(variants(EVENTS[event], "c")):
        if EVENTS[event]["event"] == "call" and event != "ringing":
            life.hear(call(f"c{number}", "ringing", 1, **INCOMING), call(f"c{number}", "active", 2))
        life.hear(each)
    lawful(life)


@pytest.mark.parametrize("action", [action for action, data in ANSWERS.items() if data])
def test_a_value_in_an_answer_costs_no_other_call(action):
    life = Life()
    for number, each in enumerate(variants(ANSWERS[action], "old")):
        life.answers[action] = each
        if action == "call_recordings":
            recorded = {"record_start": str(MS), "record_stop": str(MS)}
            life.hear(call(f"r{number}", "ringing", 1, **INCOMING), call(f"r{number}", "hangup", 9, **recorded))
            life.hear(EVENTS["hello"])  # a second later it is asked for
        life.compare()
    lawful(life)


@pytest.mark.parametrize("items", [*VALUES.values(), [None], [LISTED, {}], [[]]], ids=str)
def test_a_first_list_of_anything_lets_an_operator_in(items):
    life = Life()
    life.session = EngineSession(life.picture, "101", "T", {})
    life.answers["subscribe_call"] = {"items": items}
    life._asked = life.session.greet()
    life.hear(EVENTS["hello"])
    lawful(life)


def test_a_value_in_the_history_costs_no_other_call():
    life = Life()
    [gap] = life.gaps
    question(gap, AT)
    for each in variants({"items": [PAST]}, "past"):
        items = each["items"] if isinstance(each["items"], list) else []
        answer = decoded(written({**each, "items": [*items, PAST]} if items else each))
        life.told += missed(life.picture.state, "101", own(answer or {}, gap), gap.theirs(AT), AT)
    assert "c1" in {uid for each in life.told for uid in each.native_ids}
    lawful(life)


def test_a_clock_that_cannot_be_is_taken_for_ours():
    life = Life(changed(EVENTS["hello"], ("data", "server_time"), VALUES["year 9999"]))
    [gap] = life.gaps
    question(gap, AT)
    assert gap.ahead == timedelta()
