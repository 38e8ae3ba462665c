"""What the client library tells its panel: each rule, and the calls of a user as the library was seen to tell them."""

import pytest
from connector_webitel.old.translate.callbacks import Callback, CallState, Library, Way
from cti_freeswitch.event import Event

ME = "101@demo.local"
IN = {"Channel-Call-UUID": "A", "Other-Leg-Unique-ID": "A", "Call-Direction": "outbound"}
CLICK = {"Channel-Call-UUID": "L1", "Call-Direction": "outbound", "variable_w_jsclient_originate_number": "205"}
DIALLED = {"Channel-Call-UUID": "L1", "Call-Direction": "inbound"}


class Panel:
    """A user's library, and what it told."""

    def __init__(self) -> None:
        self.library = Library(ME)
        self.about: dict[str, dict[str, str]] = {}

    def hear(self, name: str, uid: str = "L1", **more: str) -> list[str]:
        """The callbacks by name. What was said of a channel is said of it again, but for what changes."""
        known = self.about.setdefault(uid, {"Unique-ID": uid, "Channel-Presence-ID": ME})
        known |= {key.replace("__", "-"): value for key, value in more.items()}
        self.said = self.library.hear(Event({**known, "Event-Name": name}))
        return [each.callback.value for each in self.said]

    def create(self, way: dict[str, str], uid: str = "L1", **more: str) -> list[str]:
        return self.hear("CHANNEL_CREATE", uid, **{key.replace("-", "__"): each for key, each in way.items()}, **more)


@pytest.fixture
def panel() -> Panel:
    return Panel()


def test_click_to_call_from_the_ring_of_the_own_telephone_to_the_end(panel):
    assert panel.create(CLICK) == ["onNewCall"]
    call = panel.said[0].call
    assert (call.uuid, call.state, call.way) == ("L1", CallState.RINGING, Way.CALLBACK)
    assert panel.hear("CHANNEL_ANSWER") == ["onAcceptCall"]
    assert (call.state, call.way) == (CallState.ANSWERED, Way.OUT)
    assert panel.hear("CHANNEL_BRIDGE", Other__Leg__Unique__ID="C") == ["onBridgeCall"]
    assert call.state is CallState.ANSWERED
    assert panel.hear("DTMF", DTMF__Digit="5") == ["onDtmfCall"]
    assert panel.said[0].digits == "5"
    assert panel.hear("CHANNEL_HOLD") == ["onHoldCall"]
    assert call.state is CallState.HELD
    assert panel.hear("CHANNEL_UNHOLD") == ["onUnholdCall"]
    assert call.state is CallState.ACTIVE
    assert panel.hear("CHANNEL_UNBRIDGE") == ["onUnBridgeCall"]
    assert panel.hear("CHANNEL_HANGUP", variable_hangup_cause="NORMAL_CLEARING") == ["onHangupCall"]
    assert call.state is CallState.DOWN
    assert panel.hear("CHANNEL_HANGUP_COMPLETE") == []
    assert panel.hear("CHANNEL_DESTROY") == []


def test_a_call_that_comes_in_has_the_callers_id_and_is_bridged_as_it_is_answered(panel):
    assert panel.create(IN) == ["onNewCall"]
    assert (panel.said[0].call.uuid, panel.said[0].call.way) == ("A", Way.IN)
    assert panel.hear("CHANNEL_ANSWER") == ["onAcceptCall", "onBridgeCall"]
    assert panel.hear("CHANNEL_HANGUP") == ["onHangupCall"]


def test_a_queues_call_is_bridged_as_it_is_answered_though_no_other_leg_is_named(panel):
    panel.create({"Channel-Call-UUID": "L1", "Call-Direction": "outbound", "variable_cc_queue": "support@demo.local"})
    assert panel.hear("CHANNEL_ANSWER") == ["onAcceptCall", "onBridgeCall"]


def test_what_the_own_telephone_dials_goes_out(panel):
    panel.create(DIALLED)
    assert panel.said[0].call.way is Way.OUT
    assert panel.hear("CHANNEL_ANSWER") == ["onAcceptCall"]


def test_consultation_and_completed_transfer(panel):
    panel.create(CLICK)
    panel.hear("CHANNEL_ANSWER")
    panel.hear("CHANNEL_BRIDGE", Other__Leg__Unique__ID="A")
    panel.hear("CHANNEL_HOLD")
    second = {**CLICK, "Channel-Call-UUID": "L2", "variable_w_jsclient_xtransfer": "L1"}
    assert panel.create(second, "L2") == ["onNewCall"]
    assert panel.said[0].call.uuid == "L2"
    assert panel.hear("CHANNEL_ANSWER", "L2") == ["onAcceptCall"]
    assert panel.hear("CHANNEL_BRIDGE", "L2") == ["onBridgeCall"]
    assert panel.hear("CHANNEL_UNHOLD") == ["onUnholdCall"]  # nobody took it back: that is how its end begins
    told = [name for uid in ("L1", "L2") for kind in ("UNBRIDGE", "HANGUP", "HANGUP_COMPLETE", "DESTROY")
            for name in panel.hear(f"CHANNEL_{kind}", uid)]  # fmt: skip
    assert told == ["onUnBridgeCall", "onHangupCall", "onUnBridgeCall", "onHangupCall"]


def test_the_id_that_was_known_is_not_the_one_that_the_call_has_in_the_end(panel):
    panel.create(IN | {"variable_w_account_origination_uuid": "W"})
    assert panel.said[0].call.uuid == "W"
    assert panel.hear("CHANNEL_HANGUP") == ["onUuidCall", "onHangupCall"]
    assert panel.said[0].new_id == "A"


@pytest.mark.parametrize(
    ("more", "new_id"),
    [
        ({"variable_originating_leg_uuid": "B", "Other-Leg-Unique-ID": "A"}, "B"),
        ({"Other-Leg-Unique-ID": "A"}, "A"),
        ({"variable_cc_member_session_uuid": "M"}, "M"),
        ({}, ""),
    ],
)
def test_where_the_new_id_of_a_call_that_came_in_stands(panel, more, new_id):
    panel.create({"Channel-Call-UUID": "L1", "Call-Direction": "outbound"} | more)
    assert panel.hear("CHANNEL_HANGUP") == ["onUuidCall", "onHangupCall"]
    assert panel.said[0].new_id == new_id


def test_the_new_id_of_a_call_that_goes_out_is_that_of_its_channel(panel):
    panel.create(CLICK | {"variable_w_account_origination_uuid": "W"})
    panel.hear("CHANNEL_HANGUP")
    assert panel.said[0].new_id == "L1"


def test_no_new_id_where_another_telephone_was_faster(panel):
    panel.create(IN | {"variable_w_account_origination_uuid": "W"})
    assert panel.hear("CHANNEL_HANGUP", variable_hangup_cause="LOSE_RACE") == ["onHangupCall"]


def test_two_telephones_of_one_user_are_one_call_that_ends_with_the_last(panel):
    panel.create(IN)
    assert panel.create(IN, "L9") == []
    assert panel.hear("CHANNEL_HANGUP", "L9", variable_hangup_cause="LOSE_RACE") == []
    assert panel.hear("CHANNEL_HANGUP_COMPLETE") == ["onHangupCall"]


def test_a_known_channel_again_is_an_error_until_it_was_destroyed(panel):
    panel.create(IN)
    assert panel.create(IN) == ["onError"]
    panel.hear("CHANNEL_HANGUP")
    assert panel.create(IN) == ["onError"]
    panel.hear("CHANNEL_DESTROY")
    assert panel.create(IN) == ["onNewCall"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("CHANNEL_HOLD", ["onError"]),
        ("CHANNEL_BRIDGE", ["onError"]),
        ("CHANNEL_CALLSTATE", []),
        ("CHANNEL_STATE", []),
        ("CHANNEL_DESTROY", []),
    ],
)
def test_an_unknown_channel(panel, name, told):
    assert panel.hear(name) == told


def test_another_users_channel_says_nothing(panel):
    panel.about["L1"] = {"Unique-ID": "L1", "Channel-Presence-ID": "102@demo.local"}
    assert panel.create(IN) == []
    assert panel.library.calls == {}


def test_the_same_state_again_says_nothing_but_a_second_answer_after_hold_does(panel):
    panel.create(CLICK)
    assert [panel.hear("CHANNEL_ANSWER") for _ in range(2)] == [["onAcceptCall"], []]
    assert [panel.hear("CHANNEL_HOLD") for _ in range(2)] == [["onHoldCall"], []]
    assert [panel.hear("CHANNEL_UNHOLD") for _ in range(2)] == [["onUnholdCall"], []]
    assert panel.hear("CHANNEL_ANSWER") == ["onAcceptCall"]


def test_another_number_at_the_far_end_is_another_party(panel):
    panel.create(IN, Caller__Caller__ID__Number="102", Caller__Callee__ID__Number="101")
    panel.hear("CHANNEL_ANSWER")
    assert panel.hear("CHANNEL_STATE") == []
    assert panel.hear("CHANNEL_STATE", Caller__Caller__ID__Number="380501112233") == ["onBridgeCall"]
    assert panel.hear("CHANNEL_CALLSTATE", Caller__Caller__ID__Number="104") == []


def test_a_renamed_channel_is_an_error_and_nothing_is_renamed(panel):
    panel.create(IN)
    assert panel.hear("CHANNEL_UUID", Old__Unique__ID="L0") == ["onError"]
    assert panel.said[0].callback is Callback.ERROR
    assert panel.library.knows("L1")
