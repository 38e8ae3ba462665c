"""What one user's panel sees of calls."""

from datetime import UTC, datetime, timedelta

from cti_model.calls import Call, Cause, Connection, Device, DeviceKind, Direction, Party
from cti_model.events import (
    CallFact,
    Cleared,
    ConnectionCleared,
    Delivered,
    DigitsEntered,
    Established,
    Held,
    Leg,
    Origin,
    Originated,
    Retrieved,
    TransferKind,
    Transferred,
)
from cti_model.fold import born, tell
from cti_model.view import CtiEventName, UserView
from cti_model.viewing import project

T0 = datetime(2026, 1, 1, 10, tzinfo=UTC)
NAMES = [
    "initialized", "disconnected", "callStarted", "callFinished", "commutationStarted", "callBusy", "hold", "unhold",
    "error", "lineStateChanged", "agentStateChanged", "activeCallSnapshot", "callSaved", "rawMessage",
    "currentCallChanged", "callCentreStateChanged", "callInfoChanged", "dtmfEntered", "webRtcStarted",
    "webRtcVideoStarted", "webRtcDestroyed",
]  # fmt: skip


def owns(connection: Connection) -> bool:
    return connection.device.number == "101"


class Panel:
    """A user's view fed with facts about calls."""

    def __init__(self) -> None:
        self.view = UserView(tenant="t", user="101")
        self.calls: dict[str, Call] = {}
        self.at = T0

    def feel(self, call_id: str, fact: CallFact) -> list[str]:
        self.at += timedelta(seconds=1)
        call = self.calls.get(call_id) or born(call_id, "t", "p", self.at, call_id)
        event = tell(call, fact, self.at, self.at, Origin.OBSERVED)
        self.calls[call_id] = event.call
        self.view, events = project(self.view, event, owns)
        again, none = project(self.view, event, owns)
        assert again == self.view
        assert [each for each in none if each.name is not CtiEventName.DTMF_ENTERED] == [], "a repeat says nothing"
        return [each.name.value for each in events]


def trunk() -> Leg:
    return Leg(
        connection_id="t1",
        device=Device(number="trunk", kind=DeviceKind.TRUNK),
        direction=Direction.OUT,
        party=Party(number="79161234567", name="Ivan Petrov"),
    )


def phone(connection_id: str = "a1", number: str = "101", direction: Direction = Direction.IN, remote: str = "") -> Leg:
    names = {"79161234567": "Ivan Petrov", "101": "Operator 101", "102": "Operator 102"}
    return Leg(
        connection_id=connection_id,
        device=Device(number=number, kind=DeviceKind.EXTENSION),
        direction=direction,
        party=Party(number=number, name=f"Operator {number}"),
        remote=Party(number=remote, name=names.get(remote, "")),
    )


def incoming(panel: Panel) -> None:
    panel.feel("c1", Originated(leg=trunk(), dialled="74950000101"))
    assert panel.feel("c1", Delivered(leg=phone(remote="79161234567"))) == ["callStarted", "currentCallChanged"]
    assert panel.feel("c1", Established(leg=phone(), connected=("t1",))) == ["commutationStarted"]


def test_the_names_are_ctimodels():
    assert [each.value for each in CtiEventName] == NAMES


def test_an_incoming_call_from_ring_to_end():
    panel = Panel()
    incoming(panel)
    assert panel.feel("c1", Held(connection_id="a1")) == ["hold"]
    assert panel.feel("c1", Retrieved(connection_id="a1")) == ["unhold"]
    assert panel.feel("c1", Held(connection_id="t1")) == ["callInfoChanged"]
    assert panel.view.calls[0].held_by_remote
    assert panel.feel("c1", DigitsEntered(connection_id="a1", digits="5")) == ["dtmfEntered"]
    finished = panel.feel("c1", ConnectionCleared(connection_id="a1", released_by="t1"))
    assert finished == ["callFinished", "currentCallChanged"]
    assert panel.view.calls == ()
    assert panel.view.current_call == ""
    assert panel.feel("c1", Cleared()) == []


def test_others_calls_are_not_ours():
    panel = Panel()
    panel.feel("c9", Originated(leg=trunk()))
    assert panel.feel("c9", Delivered(leg=phone("x", "102"))) == []
    assert panel.view == UserView(tenant="t", user="101")


def test_a_busy_number():
    panel = Panel()
    panel.feel("c1", Originated(leg=phone(direction=Direction.OUT, remote="102"), dialled="102"))
    told = panel.feel("c1", ConnectionCleared(connection_id="a1", cause=Cause.BUSY, released_by="x"))
    assert told == ["callBusy", "callFinished", "currentCallChanged"]


def test_a_consultation_belongs_to_the_first_call_which_stays_current():
    panel = Panel()
    incoming(panel)
    panel.feel("c1", Held(connection_id="a1"))
    second = phone("a2", direction=Direction.OUT, remote="102")
    assert panel.feel("c2", Originated(leg=second, dialled="102", consultation_of="c1")) == ["callStarted"]
    assert panel.view.calls[1].parent_id == "a1"
    assert panel.view.current_call == "a1"
    panel.feel("c1", ConnectionCleared(connection_id="a1"))
    assert panel.view.current_call == "a2"


def test_a_prompted_consultation_belongs_to_the_first_call_from_its_first_ring():
    panel = Panel()
    incoming(panel)
    second = phone("a2", direction=Direction.OUT, remote="102")
    panel.feel("c2", Delivered(leg=second, consultation_of="c1"))
    assert panel.view.calls[1].parent_id == "a1"
    panel.feel("c2", Originated(leg=second, dialled="102"))
    assert panel.view.calls[1].parent_id == "a1"


def test_the_target_of_a_transfer_sees_who_is_there_now():
    panel = Panel()
    panel.feel("c2", Originated(leg=phone("b", "102", Direction.OUT, "101"), dialled="101"))
    panel.feel("c2", Delivered(leg=phone(remote="102")))
    panel.feel("c2", Established(leg=phone(), connected=("b",)))
    mine = panel.calls["c2"].connection("a1")
    assert mine is not None
    assert panel.view.calls[0].internal
    panel.feel("c1", Originated(leg=trunk()))
    panel.feel("c1", Established(leg=trunk()))
    told = panel.feel("c1", Transferred(kind=TransferKind.ATTENDED, to="101", by="z", by_number="102", joined=(mine,)))
    assert told == ["callInfoChanged"]
    (call,) = panel.view.calls
    assert (call.call_id, call.number, call.name, call.internal) == ("c1", "79161234567", "Ivan Petrov", False)
    panel.feel("c2", Transferred(kind=TransferKind.ATTENDED, to="101", departed=("a1",), merged_into="c1"))
    panel.feel("c2", Cleared())
    assert [each.call_id for each in panel.view.calls] == ["c1"]
