"""Commands over one operator's connection: what is sent, and what counts as success or refusal."""

from typing import Any

import pytest
from cti_model.calls import Cause, Command, ConnectionState, EndedBy
from cti_model.commands import CommandOutcome, CommandRefused, ErrorCode
from cti_model.events import TransferKind, Transferred

from .webitel_new_desk import CLICK, INCOMING, Desk


def test_a_call_is_made_when_the_telephone_rings_under_the_id_that_the_engine_gave():
    desk = Desk()
    number = desk.command(Command.MAKE_CALL, to="205")
    assert [each.outcome for each in desk.results[number]] == [CommandOutcome.SENT]
    assert desk.reply("call_invite", id="c1") == {"destination": "205", "params": {}}
    assert len(desk.results[number]) == 1
    desk.call("c1", "ringing", **CLICK)
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    assert desk.end_of(number).connection_id == desk.own("c1").connection_id


def test_the_telephone_may_ring_before_the_engine_answers():
    desk = Desk()
    number = desk.command(Command.MAKE_CALL, to="205")
    desk.call("c1", "ringing", **CLICK)
    desk.reply("call_invite", id="c1")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ({"id": "app.call.create.valid.busy", "code": 400}, ErrorCode.REFUSED, "a queue is offering this agent a call"),
        ({"id": "app.call.create.valid.from", "code": 400}, ErrorCode.NOT_SUPPORTED, "no telephone"),
        (
            {"id": "external.new_call.app_error", "detail": "USER_NOT_REGISTERED", "code": 500},
            ErrorCode.NO_EFFECT,
            "not registered",
        ),
        ({"id": "external.new_call.app_error", "detail": "ABC", "code": 500}, ErrorCode.REFUSED, "ABC"),
        ({"id": "api.context.permissions.app_error", "code": 403}, ErrorCode.FORBIDDEN, "no right"),
        ({"id": "never.heard.of", "detail": "Why", "code": 500}, ErrorCode.REFUSED, "500 never.heard.of Why"),
    ],
)
def test_a_refusal_is_told_in_words_and_by_its_kind(error: dict[str, Any], code: ErrorCode, words: str):
    desk = Desk()
    number = desk.command(Command.MAKE_CALL, to="205")
    desk.reply("call_invite", error=error)
    assert (desk.end_of(number).outcome, desk.end_of(number).error) == (CommandOutcome.FAILED, code)
    assert words in desk.end_of(number).message


def test_hold_and_retrieve_are_done_when_the_event_comes_not_with_the_answer():
    desk = Desk()
    mine = desk.talk()
    number = desk.command(Command.HOLD, connection_id=mine)
    assert desk.reply("call_hold") == {"id": "c2", "app_id": "fs-1"}
    assert desk.end_of(number).outcome is CommandOutcome.SENT
    desk.call("c2", "hold")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    number = desk.command(Command.RETRIEVE, connection_id=mine)
    desk.call("c2", "active")
    desk.reply("call_unhold")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED


def test_each_digit_goes_out_for_itself_one_after_the_other():
    desk = Desk()
    number = desk.command(Command.SEND_DIGITS, connection_id=desk.talk(), digits="1#")
    assert desk.actions.count("call_dtmf") == 1
    assert desk.reply("call_dtmf")["dtmf"] == "1"
    assert desk.reply("call_dtmf")["dtmf"] == "#"
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED


def test_mute_is_the_engines_word():
    desk = Desk()
    number = desk.command(Command.MUTE, connection_id=desk.talk())
    assert desk.reply("call_mute") == {"id": "c2", "app_id": "fs-1", "mute": True}
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED


def test_declining_is_a_rejection_by_the_operator():
    desk = Desk()
    desk.call("c2", "ringing", **INCOMING)
    number = desk.command(Command.CLEAR, connection_id=desk.own("c2").connection_id)
    assert desk.reply("call_hangup") == {"id": "c2", "app_id": "fs-1", "cause": "USER_BUSY"}
    desk.call("c2", "hangup", cause="USER_BUSY", sip=486, hangup_by="A")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    ended = desk.calls[0].connections[1]
    assert (ended.cause, ended.ended_by) == (Cause.REJECTED, EndedBy.SELF)


def test_the_end_of_a_talk_has_no_cause_and_of_one_that_nobody_answered_it_is_the_callers():
    desk = Desk()
    desk.command(Command.CLEAR, connection_id=desk.talk())
    assert "cause" not in desk.reply("call_hangup")
    desk.call("c1", "ringing", **CLICK)
    desk.command(Command.CLEAR, connection_id=desk.own("c1").connection_id)
    assert desk.reply("call_hangup")["cause"] == "ORIGINATOR_CANCEL"


def test_a_refused_end_leaves_no_trace_in_the_call():
    desk = Desk()
    number = desk.command(Command.CLEAR, connection_id=desk.talk())
    desk.reply("call_hangup", error={"id": "x", "code": 500})
    assert desk.end_of(number).error is ErrorCode.REFUSED
    desk.call("c2", "hangup", cause="NORMAL_CLEARING", hangup_by="A")
    assert desk.calls[0].connections[1].ended_by is EndedBy.REMOTE


def test_a_blind_transfer_is_told_although_no_event_says_so():
    desk = Desk()
    number = desk.command(Command.BLIND_TRANSFER, connection_id=desk.talk(), to="207")
    assert desk.reply("call_blind_transfer") == {"id": "c2", "app_id": "fs-1", "destination": "207"}
    desk.call("c2", "hangup", cause="NORMAL_CLEARING")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    facts = [each.fact for each in desk.events if isinstance(each.fact, Transferred)]
    assert [(each.kind, each.to, each.by_number) for each in facts] == [(TransferKind.BLIND, "207", "101")]
    assert desk.calls[0].connections[1].cause is Cause.TRANSFERRED


def test_a_refused_transfer_is_none():
    desk = Desk()
    number = desk.command(Command.BLIND_TRANSFER, connection_id=desk.talk(), to="207")
    desk.reply("call_blind_transfer", error={"id": "app.call.transfer", "code": 400})
    assert desk.end_of(number).error is ErrorCode.WRONG_STATE
    desk.call("c2", "hangup", cause="NORMAL_CLEARING", hangup_by="A")
    assert desk.calls[0].connections[1].cause is Cause.NORMAL


def test_a_consultation_waits_for_the_hold_and_then_the_two_are_joined():
    desk = Desk()
    number = desk.command(Command.CONSULT, connection_id=desk.talk(), to="205")
    desk.reply("call_hold")
    assert "call_invite" not in desk.actions
    desk.call("c2", "hold")
    desk.reply("call_invite", id="c3")
    desk.call("c3", "ringing", **CLICK)
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    consultation = desk.own("c3")
    assert Command.COMPLETE_TRANSFER not in consultation.allowed
    desk.call("c3", "active")
    desk.call("c3", "bridge", bridged_id="far3", to={"number": "205", "name": "Bob"})
    assert Command.COMPLETE_TRANSFER in desk.own("c3").allowed
    number = desk.command(Command.COMPLETE_TRANSFER, connection_id=desk.own("c2").connection_id)
    wanted = {"from_id": "c2", "from_app_id": "fs-1", "to_id": "c3", "to_app_id": "fs-1"}
    assert desk.reply("call_bridge") == wanted
    desk.call("c2", "hangup", cause="NORMAL_CLEARING", transfer_to="far3")
    desk.call("c3", "hangup", cause="NORMAL_CLEARING", transfer_from="cust")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    assert desk.calls[1].merged_into == desk.calls[0].call_id


def test_a_consultation_is_cancelled_by_either_connection():
    desk = Desk()
    first = desk.talk()
    desk.call("c2", "hold")
    desk.call("c3", "ringing", **CLICK)
    number = desk.command(Command.CANCEL_TRANSFER, connection_id=first)
    assert desk.reply("call_hangup")["id"] == "c3"
    desk.call("c3", "hangup", cause="ORIGINATOR_CANCEL")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    assert desk.own("c2").state is ConnectionState.HELD


def test_bridging_before_both_talk_is_refused_with_the_engines_reason():
    desk = Desk()
    first = desk.talk()
    desk.call("c2", "hold")
    desk.call("c3", "ringing", **CLICK)
    desk.call("c3", "bridge", bridged_id="far3")
    number = desk.command(Command.COMPLETE_TRANSFER, connection_id=first)
    desk.reply("call_bridge", error={"id": "external.bridge_call.app_error", "detail": "Invalid id", "code": 500})
    assert desk.end_of(number).error is ErrorCode.WRONG_STATE


def test_a_supervisor_listens_and_is_let_in_once_the_telephone_is_lifted():
    desk = Desk()
    theirs = desk.talk()
    chief = Desk("102", desk.picture)
    supervisor = {"device": "102", "connection_id": theirs, "roles": ("supervisor",)}
    number = chief.command(Command.WHISPER, **supervisor)
    assert chief.reply("call_eavesdrop", id="e1")["id"] == "c2"
    assert "call_eavesdrop_state" not in chief.actions
    chief.call("e1", "ringing", direction="outbound", destination="101")
    chief.call("e1", "active")
    assert chief.reply("call_eavesdrop_state") == {"id": "e1", "state": "prompt"}
    assert chief.end_of(number).outcome is CommandOutcome.OBSERVED


@pytest.mark.parametrize("verb", [Command.LISTEN, Command.WHISPER, Command.BARGE])
@pytest.mark.parametrize("answered_first", [True, False])
def test_a_supervisor_who_declines_hears_at_once_that_it_was_in_vain(verb: Command, answered_first: bool):
    desk = Desk()
    theirs = desk.talk()
    chief = Desk("102", desk.picture)
    number = chief.command(verb, device="102", connection_id=theirs, roles=("supervisor",))
    if answered_first:
        chief.reply("call_eavesdrop", id="e1")
    chief.call("e1", "ringing", direction="outbound", destination="101")
    chief.call("e1", "hangup", cause="CALL_REJECTED", hangup_by="A")
    if not answered_first:
        chief.reply("call_eavesdrop", id="e1")
    rang_first = verb is Command.LISTEN and answered_first  # its telephone rang: that is all that is waited for
    assert chief.end_of(number).error is (None if rang_first else ErrorCode.NO_EFFECT)
    assert "call_eavesdrop_state" not in chief.actions


def test_a_consultation_about_a_call_that_is_over_fails_at_once():
    desk = Desk()
    number = desk.command(Command.CONSULT, connection_id=desk.talk(), to="205")
    desk.reply("call_hold")
    desk.call("c2", "hangup", cause="NORMAL_CLEARING")
    assert desk.end_of(number).error is ErrorCode.NO_EFFECT
    assert "call_invite" not in desk.actions


@pytest.mark.parametrize("ends_first", [True, False])
def test_a_hold_of_a_call_that_ends_fails_at_once(ends_first: bool):
    desk = Desk()
    number = desk.command(Command.HOLD, connection_id=desk.talk())
    if not ends_first:
        desk.reply("call_hold")
    desk.call("c2", "hangup", cause="NORMAL_CLEARING")
    if ends_first:
        assert desk.reply("call_hold") == {"id": "c2", "app_id": "fs-1"}
    assert [each.error for each in desk.results[number]] == [None, ErrorCode.NO_EFFECT]


@pytest.mark.parametrize(
    ("verb", "more", "code"),
    [
        (Command.HOLD, {"connection_id": "nobody"}, ErrorCode.NOT_FOUND),
        (Command.RETRIEVE, {}, ErrorCode.WRONG_STATE),
        (Command.HOLD, {"device": "102"}, ErrorCode.FORBIDDEN),
        (Command.COMPLETE_TRANSFER, {}, ErrorCode.WRONG_STATE),
        (Command.ANSWER, {}, ErrorCode.NOT_SUPPORTED),
        (Command.QUEUE_PAUSE, {}, ErrorCode.NOT_SUPPORTED),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_sent(verb: Command, more: dict[str, Any], code: ErrorCode):
    desk = Desk()
    mine = desk.talk()
    before = desk.actions
    with pytest.raises(CommandRefused) as refused:
        desk.command(verb, **{"connection_id": mine, **more})
    assert refused.value.code is code
    assert desk.actions == before


def test_who_only_watches_is_offered_nothing():
    desk = Desk(features=())
    mine = desk.talk()
    assert desk.own("c2").allowed == ()
    with pytest.raises(CommandRefused):
        desk.command(Command.HOLD, connection_id=mine)


def test_a_command_that_was_accepted_and_never_seen_is_unknown():
    desk = Desk()
    number = desk.command(Command.HOLD, connection_id=desk.talk())
    desk.reply("call_hold")
    assert desk.session.give_up(number).outcome is CommandOutcome.UNKNOWN


def test_questions_are_answered_from_the_picture():
    desk = Desk()
    desk.agent()
    desk.hear("agent_status", agent_id=4, status="pause", status_payload="Lunch")
    desk.talk()
    calls = desk.end_of(desk.command(Command.SNAPSHOT)).calls
    assert [each.call_id for each in calls] == [desk.calls[0].call_id]
    [part] = desk.end_of(desk.command(Command.QUERY_AGENT)).memberships
    assert (part.queue, part.paused, part.reason) == ("callcenter", True, "Lunch")


def test_who_gets_a_call_by_blind_transfer_knows_from_whom_in_either_order():
    to_102 = INCOMING | {"to": {"type": "user", "number": "102", "name": "Colleague", "id": "13"}}
    for rings_first in (True, False):
        desk = Desk()
        colleague = Desk("102", desk.picture)
        number = desk.command(Command.BLIND_TRANSFER, connection_id=desk.talk(), to="102")
        desk.reply("call_blind_transfer")
        colleague._stamp = desk._stamp
        if rings_first:
            colleague.call("c4", "ringing", **to_102)
        desk.call("c2", "hangup", cause="NORMAL_CLEARING")
        if not rings_first:
            colleague.call("c4", "ringing", **to_102)
        assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
        told = sorted([*desk.events, *colleague.events], key=lambda each: each.call.version)
        assert sum(isinstance(each.fact, Transferred) for each in told) == 1
        by_device = {each.device.number: each for each in told[-1].call.connections}
        assert by_device["101"].cause is Cause.TRANSFERRED
        assert by_device["102"].redirecting_id == "101"
