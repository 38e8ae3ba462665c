"""Digits, feature codes and managers: what no recording has."""

from connector_asterisk.testing import Wire, dest, named
from cti_model.calls import Cause, Direction, EndedBy
from cti_model.events import ConnectionCleared, Delivered, Held, Originated, TransferKind, Transferred

A, B = named("PJSIP/101-00000001", "1.1"), named("PJSIP/102-00000002", "1.2", "1.1")
C = named("PJSIP/103-00000003", "1.3", "1.1")
ONE, TWO = named("Local/103@ctx-00000001;1", "1.4", "1.4"), named("Local/103@ctx-00000001;2", "1.5", "1.4")


def talking() -> Wire:
    wire = Wire()
    wire.dials(A, "102")
    wire.rings(A, B)
    wire.answers(A, B)
    return wire


def types(wire: Wire, channel: dict[str, str], digits: str) -> None:
    for digit in digits:
        wire.send("DTMFEnd", channel, after_s=0.2, Digit=digit, Direction="Received")


def facts(wire: Wire, kind: type) -> list:
    return [event.fact for event in wire.told if isinstance(event.fact, kind)]


def test_a_hold_right_behind_a_digit_is_the_feature_codes():
    wire = talking()
    types(wire, B, "*2")
    wire.send("Hold", B, after_s=0.05)
    assert facts(wire, Held) == []


def test_a_hold_that_names_its_music_or_comes_later_is_the_telephones():
    for after_s, music in ((0.05, {"MusicClass": "default"}), (1.0, {})):
        wire = talking()
        types(wire, B, "1")
        wire.send("Hold", B, after_s=after_s, **music)
        assert len(facts(wire, Held)) == 1


def test_somebody_consulted_by_a_feature_code_is_tied_by_the_number_that_was_typed():
    wire = talking()
    types(wire, B, "*2103")
    wire.send("Newchannel", ONE, ChannelState="0", Exten="103")
    wire.send("Newchannel", TWO, ChannelState="4", Exten="103")
    told = wire.rings(TWO, C | {"Linkedid": "1.4"})
    (delivered,) = [event for event in told if isinstance(event.fact, Delivered)]
    assert delivered.call.call_id == wire.told[0].call.call_id
    assert delivered.fact.leg.remote.number == "102"
    assert delivered.fact.leg.internal


def test_a_telephone_rung_for_a_number_that_nobody_typed_is_a_click_to_call():
    wire = talking()
    types(wire, B, "*2104")
    wire.send("Newchannel", ONE, ChannelState="0", Exten="103")
    wire.send("Newchannel", TWO, ChannelState="4", Exten="103")
    wire.rings(TWO, C | {"Linkedid": "1.4"})
    (delivered,) = [event for event in wire.quiet() if isinstance(event.fact, Delivered)]
    assert delivered.call.call_id != wire.told[0].call.call_id
    assert delivered.fact.leg.direction is Direction.OUT


def test_an_originate_through_a_local_channel_has_its_telephone_as_the_caller():
    wire = Wire()
    wire.send("Newchannel", ONE, ChannelState="0", Exten="103")
    wire.send("Newchannel", TWO, ChannelState="4", Exten="103")
    wire.send("DialBegin", dest(ONE))
    agent = C | {"Linkedid": "1.4"}
    wire.rings(TWO, agent)
    wire.answers(TWO, agent)
    wire.send("OriginateResponse", ONE, Response="Success", Exten="84951234567", ActionID="cti-7")
    line = named("PJSIP/trunk-00000009", "1.9", "1.4")
    wire.rings(ONE, line)
    wire.answers(ONE, line)
    (lifted,) = facts(wire, Originated)
    call = wire.told[-1].call
    assert lifted.leg.device.number == "103"
    assert call.connections[0].remote.number == "84951234567"
    assert call.info == {"action_id": "cti-7"}
    assert [each.device.number for each in call.connections] == ["103", "trunk"]
    assert call.connections[0].answered_at == call.connections[1].answered_at
    wire.hang_up(line, ONE, TWO, agent)
    assert wire.told[-1].call.connections[0].ended_by is EndedBy.REMOTE


def test_a_call_taken_away_by_a_manager_is_a_redirect_and_one_that_ended_by_itself_is_none():
    wire = talking()
    wire.rings(A, C)
    wire.send("Hangup", B, Cause="16")
    wire.quiet()
    (taken,) = facts(wire, Transferred)
    assert (taken.kind, taken.to, taken.by) == (TransferKind.REDIRECT, "103", "")
    (cleared,) = facts(wire, ConnectionCleared)
    assert cleared.cause is Cause.REDIRECTED

    wire = talking()
    wire.send("DialBegin", A | {"Exten": "84951234567"}, dest(named("PJSIP/trunk-00000009", "1.9", "1.1")))
    wire.send("Hangup", B, Cause="16")
    wire.quiet()
    assert facts(wire, Transferred)[0].to == "84951234567", "the number, not the line"

    wire = talking()
    wire.send("HangupRequest", B, after_s=1)
    wire.send("Hangup", B, Cause="16")
    wire.rings(A, C)  # the dialplan goes on to the next one
    wire.quiet()
    assert facts(wire, Transferred) == []
    assert facts(wire, ConnectionCleared)[0].cause is Cause.NORMAL


def test_a_connection_ends_when_its_telephone_says_so_however_long_asterisk_cleans_up():
    wire = talking()
    wire.send("HangupRequest", B, after_s=1)
    asked_at = wire.now
    wire.send("Hangup", B, after_s=3, Cause="16")
    wire.send("Hangup", A, Cause="16")
    call = wire.quiet()[-1].call
    assert call.connections[1].ended_at == asked_at
    assert call.connections[1].ended_by is EndedBy.SELF
    assert call.connections[0].ended_by is EndedBy.REMOTE
