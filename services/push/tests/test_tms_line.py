"""From views to TMS frames: the protocol's transcripts, and every recorded call before a client that obeys blindly."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from cti_model.agents import AgentState
from cti_model.calls import Command, Connection, ConnectionState, Device, DeviceKind, Direction, Outcome, Party
from cti_model.events import CallEvent
from cti_model.operators import Refusal
from cti_model.permissions import allowed
from cti_model.view import AgentView, CallView, CtiEvent, CtiEventName, ErrorView, QueueView, UserView
from cti_model.viewing import project
from cti_simulators.tms import DIAL, Model
from msgspec.structs import replace
from push.transports.tms.calls import Features, features_of
from push.transports.tms.commands import NotImplementedHere, command_of
from push.transports.tms.frames import BadCommand, MsgEventInfo, decode, encode
from push.transports.tms.line import Line

from .conftest import TRACES, recorded

OUT, IN = "53f71b5f-7e17-4cf5-bf14-6a59212db422", "1d96a65f-2131-4916-8825-2d142b1000b2"
AT = datetime(2026, 1, 1, 10, tzinfo=UTC)
TALKING = (Command.CLEAR, Command.HOLD, Command.SEND_DIGITS, Command.CONSULT, Command.BLIND_TRANSFER)
CODES = ("Active", "Away", "DND")
CUT_OFF = ("v3_reconnect_mid_call", "v4_crash_mid_call")
"""Recordings whose first part ends in mid-call."""
Name = CtiEventName


def call(call_id: str, direction: Direction = Direction.OUT, number: str = "205", **fields) -> CallView:
    known = {"state": ConnectionState.ALERTING, "allowed": (Command.CLEAR,), "started_at": AT, "state_since": AT}
    return CallView(
        id=call_id, call_id=f"call-{call_id}", pbx="asterisk", device="101", direction=direction, number=number,
        **{**known, **fields},
    )  # fmt: skip


def talking(ringing: CallView, **fields) -> CallView:
    return replace(
        ringing,
        **{"state": ConnectionState.CONNECTED, "answered_at": AT, "allowed": TALKING, "parent_id": "", **fields},
    )


def held(speaking: CallView, **fields) -> CallView:
    allowed_now = (Command.CLEAR, Command.RETRIEVE)
    return replace(speaking, **{"state": ConnectionState.HELD, "allowed": allowed_now, **fields})


def over(living: CallView, **fields) -> CallView:
    return replace(living, ended_at=AT, allowed=(), **fields)


class Panel:
    """One client at one `Line`. `said` is what it was sent, taken apart."""

    def __init__(self, *calls: CallView, agents: tuple[AgentView, ...] = ()) -> None:
        self.view = UserView(
            tenant="t", user="101", calls=calls, current_call=calls[0].id if calls else "", agents=agents
        )
        self.line = Line(self.view, CODES)
        self.client = Model()
        self.client.take('{"eventType":2,"content":"","connectionUId":"b"}')
        self.said = self.show([self.line.agent_state(), *self.line.snapshot()])

    def show(self, events: list[MsgEventInfo]) -> list[tuple[int, object]]:
        said = []
        for event in events:
            text = encode(event)
            self.client.take(text)
            frame = json.loads(text)
            said.append((frame["eventType"], json.loads(frame["content"])))
        return said

    def happens(self, *events: tuple[CtiEventName, CallView], calls: tuple[CallView, ...]) -> list[tuple[int, object]]:
        self.view = replace(self.view, calls=calls, current_call=calls[0].id if calls else "")
        told = [CtiEvent(name=name, call=about) for name, about in events]
        return self.show(self.line.update(told, self.view))

    def asks(self, command: str, executor: str = "", **parameters):
        info = decode(json.dumps({"command": command, "commandExecutorId": executor, "parameters": parameters}))
        frame = command_of(info, self.line, "id")
        given = msgspec.to_builtins(frame)
        return frame.verb, {
            name: value for name, value in given.items() if value and name not in ("type", "id", "verb")
        }


def test_transcript_a_outgoing_hold_unhold_hang_up():
    panel = Panel()
    assert panel.said == [(12, "Active"), (10, {"ActiveCalls": [], "CurrentCall": None})]
    assert panel.asks("MakeCall", targetAddress="205") == (Command.MAKE_CALL, {"to": "205"})
    ringing = call("c-1")
    assert panel.happens((Name.CALL_STARTED, ringing), calls=(ringing,)) == [
        (5, {"id": "c-1", "deviceId": "101", "callerId": "101", "calledId": "205", "direction": OUT, "state": 1,
             "callFeaturesSet": 8}),
    ]  # fmt: skip
    speaking = talking(ringing)
    assert panel.happens(
        (Name.COMMUTATION_STARTED, speaking), (Name.LINE_STATE_CHANGED, speaking), calls=(speaking,)
    ) == [(7, {"id": "c-1", "state": 2, "callFeaturesSet": 1816})]
    assert panel.asks("SendDtmf", "c-1", digits="5") == (Command.SEND_DIGITS, {"connection_id": "c-1", "digits": "5"})
    pressed = CtiEvent(name=Name.DTMF_ENTERED, call=speaking, digits="5")
    assert panel.show(panel.line.update([pressed], panel.view)) == [(18, "5")]
    assert panel.asks("HoldCall", "c-1") == (Command.HOLD, {"connection_id": "c-1"})
    waiting = held(speaking)
    assert panel.happens((Name.HOLD, waiting), calls=(waiting,)) == [
        (8, {"id": "c-1", "state": 3, "callFeaturesSet": 40})
    ]
    assert panel.asks("HoldCall", "c-1") == (Command.RETRIEVE, {"connection_id": "c-1"})
    assert panel.happens((Name.UNHOLD, speaking), calls=(speaking,)) == [
        (9, {"id": "c-1", "state": 2, "callFeaturesSet": 1816})
    ]
    assert panel.asks("DropCall", "c-1") == (Command.CLEAR, {"connection_id": "c-1"})
    assert panel.happens((Name.CALL_FINISHED, over(speaking)), calls=()) == [
        (6, {"id": "c-1", "state": 0, "callFeaturesSet": 2}),
        (11, {"callFeaturesSet": 2}),
    ]
    assert (panel.client.line, panel.client.current) == (DIAL, None)


def consulting() -> tuple[Panel, CallView, CallView]:
    """Transcript B up to the consultation."""
    panel = Panel()
    ringing = call("c-1", Direction.IN, "79990001122", allowed=(Command.CLEAR, Command.ANSWER))
    assert panel.happens((Name.CALL_STARTED, ringing), calls=(ringing,)) == [
        (5, {"id": "c-1", "deviceId": "101", "callerId": "79990001122", "calledId": "101", "direction": IN, "state": 1,
             "callFeaturesSet": 12}),
    ]  # fmt: skip
    assert panel.asks("AnswerCall", "c-1") == (Command.ANSWER, {"connection_id": "c-1"})
    speaking = talking(ringing)
    panel.happens((Name.COMMUTATION_STARTED, speaking), calls=(speaking,))
    asked = panel.asks("MakeConsultCall", "c-1", targetAddress="207")
    assert asked == (Command.CONSULT, {"connection_id": "c-1", "to": "207"})
    waiting = held(speaking)
    assert panel.happens((Name.HOLD, waiting), calls=(waiting,)) == [
        (8, {"id": "c-1", "state": 3, "callFeaturesSet": 40})
    ]
    second = call("c-2", number="207", parent_id="c-1")
    assert panel.happens((Name.CALL_STARTED, second), calls=(waiting, second)) == [
        (5, {"id": "c-2", "deviceId": "101", "callerId": "101", "calledId": "207", "direction": OUT, "state": 1,
             "callFeaturesSet": 8}),
    ]  # fmt: skip
    assert (panel.client.consulting, panel.client.current, panel.client.line) == (True, "c-1", 40)
    advising = talking(second, parent_id="c-1", allowed=(*TALKING, Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER))
    assert panel.happens((Name.COMMUTATION_STARTED, advising), calls=(waiting, advising)) == [
        (7, {"id": "c-2", "state": 2, "callFeaturesSet": 1048}),
        (11, {"callFeaturesSet": 168, "callId": "c-1"}),
    ]
    assert panel.client.line == 168
    return panel, waiting, advising


def test_transcript_b_incoming_answer_consultation_transfer():
    panel, waiting, advising = consulting()
    asked = panel.asks("TransferCall", "c-1", consultationCall='{"id":"c-2","state":2}')
    assert asked == (Command.COMPLETE_TRANSFER, {"connection_id": "c-2"})
    moved = over(waiting, redirecting_id="101", redirection_id="207")
    assert panel.happens(  # the first call ends first, and in an update of its own
        (Name.CALL_FINISHED, moved), (Name.CURRENT_CALL_CHANGED, advising), calls=(advising,)
    ) == [
        (6, {"id": "c-2", "state": 0}),
        (6, {"id": "c-1", "state": 0, "redirectingId": "101", "redirectionId": "207", "callFeaturesSet": 2}),
        (11, {"callFeaturesSet": 2}),
    ]
    assert panel.happens((Name.CALL_FINISHED, over(advising)), calls=()) == []
    assert (panel.client.consulting, panel.client.current, panel.client.line, panel.client.pops) == (False, None, 2, [])


def test_transcript_b_cancelled_instead():
    panel, waiting, advising = consulting()
    asked = panel.asks("CancelTransfer", currentCall='{"id":"c-1"}', consultCall='{"id":"c-2"}')
    assert asked == (Command.CANCEL_TRANSFER, {"connection_id": "c-2"})
    assert panel.happens((Name.CALL_FINISHED, over(advising)), calls=(waiting,))[0] == (6, {"id": "c-2", "state": 0})
    back = talking(waiting)
    assert panel.happens((Name.UNHOLD, back), calls=(back,)) == [
        (9, {"id": "c-1", "state": 2, "callFeaturesSet": 1816})
    ]
    assert panel.asks("BlindTransferCall", "c-1", targetAddress="2 09") == (
        Command.BLIND_TRANSFER, {"connection_id": "c-1", "to": "209"},
    )  # fmt: skip


def test_transcript_b_busy():
    panel = Panel()
    ringing = call("c-1")
    panel.happens((Name.CALL_STARTED, ringing), calls=(ringing,))
    refused = over(ringing, outcome=Outcome.BUSY)
    assert panel.happens((Name.CALL_BUSY, refused), (Name.CALL_FINISHED, refused), calls=()) == [
        (13, {"id": "c-1", "state": 6}),
        (6, {"id": "c-1", "state": 0, "callFeaturesSet": 2}),
        (11, {"callFeaturesSet": 2}),
    ]


def agent(state: AgentState, reason: str = "") -> AgentView:
    queue = QueueView(queue="support", state=state, reason=reason)
    return AgentView(pbx="asterisk", device="101", state=state, reason=reason, queues=(queue,))


def test_transcript_c_agent_state_and_wrap_up():
    panel = Panel(agents=(agent(AgentState.READY),))
    assert panel.asks("SetMsgUserState", code="Away", reason="lunch") == (
        Command.SET_AGENT_STATE, {"agent_state": "Away", "reason": "lunch"},
    )  # fmt: skip
    for state, reason, code in (
        (AgentState.NOT_READY, "lunch", "Away"),
        (AgentState.NOT_READY, "DND", "DND"),
        (AgentState.AFTER_CALL, "", "WrapUp"),
        (AgentState.READY, "", "Active"),
    ):
        panel.view = replace(panel.view, agents=(agent(state, reason),))
        assert panel.show(panel.line.update([], panel.view)) == [(12, code)]
        assert panel.show(panel.line.update([], panel.view)) == [], "a repeat tells nothing"
    assert panel.asks("SetWrapUpUserState", isWrapUpActive=True)[1] == {"agent_state": "WrapUp"}
    assert panel.asks("SetWrapUpUserState", isWrapUpActive=False)[1] == {"agent_state": "available"}
    assert panel.asks("SetMsgUserState", code="Active", reason="")[1] == {"agent_state": "available"}
    assert panel.show([panel.line.line_state()]) == [(11, {"callFeaturesSet": 2})]


def test_transcript_d_reconnect_with_an_active_call():
    panel = Panel(talking(call("c-1")))
    whole = {"id": "c-1", "deviceId": "101", "callerId": "101", "calledId": "205", "direction": OUT, "state": 2,
             "callFeaturesSet": 1816}  # fmt: skip
    assert panel.said == [(12, "Active"), (10, {"ActiveCalls": [whole], "CurrentCall": whole})]
    assert (panel.client.line, panel.client.current) == (1816, "c-1")
    assert panel.asks("HoldCall", "c-1") == (Command.HOLD, {"connection_id": "c-1"})


def test_a_saved_call_has_its_row_and_is_renumbered_by_it():
    ringing = call("c-1")
    panel = Panel(ringing)
    saved = replace(ringing, database_id="c-1")
    panel.view = replace(panel.view, calls=(saved,))
    told = CtiEvent(name=Name.CALL_SAVED, call=saved, database_id="c-1")
    assert panel.show(panel.line.update([told], panel.view)) == [(15, {"id": "c-1", "databaseUId": "c-1"})]
    reached = replace(saved, number="207")
    said = panel.happens((Name.CALL_INFO_CHANGED, reached), calls=(reached,))
    assert said == [
        (17, {"id": "c-1", "databaseUId": "c-1", "deviceId": "101", "callerId": "101", "calledId": "207",
              "direction": OUT, "state": 1}),
    ]  # fmt: skip
    assert panel.happens((Name.CALL_INFO_CHANGED, reached), calls=(reached,)) == []
    assert panel.client.calls["c-1"]["calledId"] == "207"
    late = CtiEvent(name=Name.CALL_SAVED, database_id="c-0")
    assert panel.show(panel.line.update([late], panel.view)) == [(15, {"id": "c-0", "databaseUId": "c-0"})]


def test_reconnect_into_a_consultation():
    first = held(talking(call("c-1", Direction.IN, "79990001122")))
    second = talking(call("c-2"), parent_id="c-1", allowed=(*TALKING, Command.COMPLETE_TRANSFER))
    panel = Panel(first, second)
    assert [kind for kind, _ in panel.said] == [12, 10, 7]
    assert (panel.client.consulting, panel.client.current, panel.client.line) == (True, "c-1", 168)
    assert panel.asks("TransferCall", "c-1", consultationCall="")[1] == {"connection_id": "c-2"}


def test_a_second_call_that_rings_can_be_answered_and_the_first_comes_back():
    first = talking(call("c-1"))
    panel = Panel(first)
    second = call("c-2", Direction.IN, "79990001122", allowed=(Command.CLEAR, Command.ANSWER))
    said = panel.happens((Name.CALL_STARTED, second), calls=(first, second))
    assert [kind for kind, _ in said] == [5, 10]
    assert (panel.client.current, panel.client.line) == ("c-2", int(Features.ANSWER | Features.DROP))
    assert panel.asks("AnswerCall", "c-2") == (Command.ANSWER, {"connection_id": "c-2"})
    panel.happens((Name.CALL_FINISHED, over(second)), calls=(first,))
    assert (panel.client.current, panel.client.line) == ("c-1", 1816)


def test_two_calls_that_remain_leave_the_client_with_a_current_one():
    first, second = talking(call("c-1")), held(talking(call("c-2")))
    third = held(talking(call("c-3")))
    panel = Panel(first, second, third)
    said = panel.happens((Name.CALL_FINISHED, over(first)), calls=(second, third))
    assert [kind for kind, _ in said] == [6, 10]
    assert panel.client.current == "c-2"


RULES = [
    # the model's own simulator's table: state, direction, beside a consultation that talks, what may be done
    ("alerting", "out", False, Features.DROP),
    ("alerting", "in", False, Features.DROP | Features.ANSWER),
    ("connected", "out", False, Features(1816)),
    ("connected", "in", False, Features(1816)),
    ("held", "in", False, Features.DROP | Features.UNHOLD),
    ("held", "in", True, Features.DROP | Features.UNHOLD | Features.COMPLETE_TRANSFER),
]


@pytest.mark.parametrize(("state", "direction", "consulted", "features"), RULES)
def test_the_state_rules(state, direction, consulted, features):
    mine = connection("c-1", ConnectionState(state), Direction(direction))
    first = viewed(mine)
    calls = (first,)
    if consulted:
        second = connection("c-2", ConnectionState.CONNECTED, Direction.OUT)
        calls = (first, replace(viewed(second, consultation_of="call-c-1"), parent_id="c-1"))
    assert features_of(first, calls) == features
    assert features_of(replace(first, ended_at=AT, allowed=()), ()) == Features.NOTHING


def connection(name: str, state: ConnectionState, direction: Direction) -> Connection:
    return Connection(
        connection_id=name, device=Device("101", DeviceKind.EXTENSION), party=Party(number="101"),
        direction=direction, state=state, started_at=AT, changed_at=AT,
    )  # fmt: skip


def viewed(mine: Connection, consultation_of: str = "") -> CallView:
    whole = next(permitted(event).call for event in recorded("a_internal_caller_hangup"))
    allowed_now = allowed(replace(whole, consultation_of=consultation_of), mine)
    direction = mine.direction
    return call(mine.connection_id, direction, state=mine.state, allowed=allowed_now)


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ("[]", BadCommand),
        ('{"command": 5}', BadCommand),
        ('{"command":"MakeCall"}', BadCommand),
        ('{"command":"MakeCall","parameters":{"targetAddress":{}}}', BadCommand),
        ('{"command":"DropCall","commandExecutorId":"nobody"}', BadCommand),
        ('{"command":"CancelTransfer","parameters":{"currentCall":"{"}}', BadCommand),
        ('{"command":"SetMsgUserState","parameters":{"code":""}}', BadCommand),
        ('{"command":"ProcessLogs"}', NotImplementedHere),
        ('{"command":"LoadLibrary"}', NotImplementedHere),
        ('{"command":"nonsense"}', NotImplementedHere),
    ],
)
def test_what_is_no_command_is_refused(frame, error):
    with pytest.raises(error):
        command_of(decode(frame), Line(UserView(tenant="t", user="101"), CODES), "id")


def permitted(event: CallEvent) -> CallEvent:
    """The event from a connector that offers every command."""
    whole = replace(event.call, features=tuple(Command))
    connections = tuple(replace(each, allowed=allowed(whole, each)) for each in whole.connections)
    return replace(event, call=replace(whole, connections=connections))


@pytest.mark.parametrize("trace", sorted(each.name.removesuffix(".ami.gz") for each in TRACES.glob("*.ami.gz")))
def test_every_recorded_call_leaves_the_client_free_to_dial(trace):
    events = [permitted(each) for each in recorded(trace)]
    for user in ("101", "102", "103"):
        panel = Panel()
        view = panel.view
        for event in events:
            view, told = project(view, event, lambda each, user=user: each.device.number == user)
            panel.show(panel.line.update(told, view))
            assert set(panel.client.calls) == {each.id for each in panel.line.calls}, "ghosts, or calls left out"
            for each in panel.line.calls:
                assert panel.client.calls[each.id]["state"] != 0
            if panel.line.calls:
                assert panel.client.current == panel.line.current != ""
        if trace in CUT_OFF and panel.line.calls:
            continue
        assert (panel.client.calls, panel.client.current, panel.client.line) == ({}, None, DIAL)
        assert panel.client.heard.count("callStarted") == panel.client.heard.count("callFinished")


def test_a_log_in_that_the_pbx_refuses_is_an_error_of_authentication():
    view = UserView(tenant="t", user="101")
    line = Line(view, CODES)
    line.opened()
    line.snapshot()
    wrong = ErrorView(pbx="board", device="201", reason=Refusal.IN_USE, message="used by the desktop client", since=AT)
    said = line.update([CtiEvent(name=Name.ERROR, error=wrong)], replace(view, errors=(wrong,)))
    assert [(each.event_type, json.loads(each.content)) for each in said] == [
        (3, {"errorType": 6, "internalErrorCode": "in_use", "data": "used by the desktop client", "source": "201"})
    ]
    told = [
        (each.event_type, json.loads(each.content)) for each in Line(replace(view, errors=(wrong,)), CODES).opened()
    ]
    assert [kind for kind, _ in told] == [12, 3], "who comes later is told, behind the state as agent"
    assert told[1:] == [(each.event_type, json.loads(each.content)) for each in said]
