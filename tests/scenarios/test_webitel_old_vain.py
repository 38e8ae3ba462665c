"""Transfers by command on the old Webitel engine whose other end goes away: each is told at once, whoever went."""

import pytest
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandResult, ErrorCode
from cti_simulators.scenario import parse, perform

from tests.scenarios.webitel_old import USERS
from tests.scenarios.webitel_old_stage import Stage

CUSTOMER = "79161234567"
TALK = f"trunk {CUSTOMER} calls 74950000101 as c1; 101 rings; 101 answers after 1s; wait 1s"
DOMAIN = pytest.param((), id="domain")
EACH_USER = pytest.param(USERS, id="each user")
WAYS = pytest.mark.parametrize("users", [DOMAIN, EACH_USER])
AT_ONCE = "wait 1s"
"""Far less than a command's deadline; a far end that a user's link only implies is given up after 0.3 s."""


def living(stage: Stage, device: str = "101") -> list[Connection]:
    legs = [each for call in stage.calls() for each in call.connections]
    return [each for each in legs if each.alive and each.device.number == device]


def talking(users: tuple[str, ...]) -> tuple[Stage, str]:
    stage = Stage(users, records=False)
    perform(parse(TALK), stage)
    [mine] = living(stage)
    return stage, mine.connection_id


def consulting(users: tuple[str, ...], then: str = "102 answers after 1s; wait 1s") -> tuple[Stage, str, str]:
    """101 has the customer on hold and consults 102: with both its connections."""
    stage, mine = talking(users)
    asked = stage.command("101", Command.CONSULT, connection_id=mine, to="102")
    perform(parse(f"101 rings; 101 answers after 1s; 102 rings; {then}"), stage)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED
    return stage, mine, next((each.connection_id for each in living(stage) if each.connection_id != mine), "")


def in_vain(result: CommandResult) -> bool:
    told = (result.outcome, result.error)
    return told == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT) and "ended" in result.message


def completed(stage: Stage, mine: str, consultation: str) -> int:
    about = {"connection_id": mine, "other_connection_id": consultation}
    return stage.command("101", Command.COMPLETE_TRANSFER, **about)


@WAYS
@pytest.mark.parametrize("goes", [f"{CUSTOMER} hangs up", "102 hangs up", "101 hangs up", "101 hangs up; 101 hangs up"])
def test_a_transfer_that_was_taken_and_of_which_one_went_before_it_was_made(users, goes):
    stage, mine, consultation = consulting(users)
    stage.engine.idle.add("att_xfer_bridge")
    asked = completed(stage, mine, consultation)
    assert stage.result(asked).outcome is CommandOutcome.SENT
    perform(parse(f"{goes}; {AT_ONCE}"), stage)
    assert in_vain(stage.result(asked)), stage.result(asked)
    assert not stage.of("transferred")


@WAYS
def test_a_transfer_that_is_made_is_no_failure_though_both_own_legs_end_by_it(users):
    stage, mine, consultation = consulting(users)
    stage.late.add("att_xfer_bridge")
    asked = completed(stage, mine, consultation)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED
    stage.answer_late()
    perform(parse(AT_ONCE), stage)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED
    assert not living(stage)


def test_a_caller_who_hung_up_before_he_was_sent_on_is_told_to_who_hears_him():
    stage, mine = talking(())
    stage.engine.idle.add("transfer")
    asked = stage.command("101", Command.BLIND_TRANSFER, connection_id=mine, to="103")
    perform(parse(f"{CUSTOMER} hangs up; {AT_ONCE}"), stage)
    assert in_vain(stage.result(asked)), stage.result(asked)


def test_over_an_operators_own_link_the_engines_word_is_all_that_tells_of_a_blind_transfer():
    stage, mine = talking(USERS)
    asked = stage.command("101", Command.BLIND_TRANSFER, connection_id=mine, to="103")
    perform(parse(AT_ONCE), stage)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED
    assert [event.fact.to for event in stage.of("transferred")] == ["103"]


@WAYS
@pytest.mark.parametrize("goes", [f"{CUSTOMER} hangs up", "101 hangs up"])
def test_nobody_is_called_about_a_call_that_ended_before_it_was_held(users, goes):
    stage, mine = talking(users)
    stage.late.add("hold")
    asked = stage.command("101", Command.CONSULT, connection_id=mine, to="102")
    perform(parse(f"{goes}; {AT_ONCE}"), stage)
    assert in_vain(stage.result(asked)), stage.result(asked)
    stage.answer_late()
    perform(parse("wait 15s"), stage)
    assert not [name for wire in stage.wires.values() for name, _ in wire.asked if name == "att_xfer2"]
    assert not any(call.alive for call in stage.calls())


@WAYS
def test_a_call_that_ends_before_the_own_telephone_rings_for_its_consultation(users):
    stage, mine = talking(users)
    stage.engine.idle.add("att_xfer2")
    asked = stage.command("101", Command.CONSULT, connection_id=mine, to="102")
    assert stage.result(asked).outcome is CommandOutcome.SENT
    perform(parse(f"{CUSTOMER} hangs up; {AT_ONCE}"), stage)
    assert in_vain(stage.result(asked)), stage.result(asked)


@WAYS
@pytest.mark.parametrize("verb", [Command.BLIND_TRANSFER, Command.CONSULT, Command.COMPLETE_TRANSFER])
def test_what_the_engine_does_not_know_any_more_is_said_in_words_of_ours(users, verb):
    """The end of the leg is on its way to us."""
    stage, mine, consultation = consulting(users) if verb is Command.COMPLETE_TRANSFER else (*talking(users), "")
    user = "" if verb is not Command.CONSULT else "101"
    gone = next(uid for uid, leg in stage.switch.legs.items() if leg.user == user)
    stage.switch.legs.pop(gone)
    about = {"other_connection_id": consultation} if consultation else {"to": "103"}
    asked = stage.command("101", verb, connection_id=mine, **about)
    assert in_vain(stage.result(asked)), stage.result(asked)


@WAYS
@pytest.mark.parametrize(
    "then",
    ["102 is busy", "102 declines after 1s", "wait 15s", "102 answers after 1s; wait 1s; 102 hangs up after 1s"],
    ids=["busy", "declined", "no answer", "hung up"],
)
def test_who_is_consulted_and_goes_ends_the_consultation_alone(users, then):
    stage, mine, consultation = consulting(users, f"{then}; {AT_ONCE}")
    assert consultation == ""
    [held] = living(stage)
    assert (held.connection_id, held.state) == (mine, ConnectionState.HELD)
    for verb in (Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER):
        with pytest.raises(CommandRefused) as refused:
            stage.command("101", verb, connection_id=mine)
        assert refused.value.code is ErrorCode.WRONG_STATE
    asked = stage.command("101", Command.RETRIEVE, connection_id=mine)
    perform(parse(AT_ONCE), stage)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED


@WAYS
@pytest.mark.parametrize("then", ["102 is busy", "102 declines after 1s", "wait 15s"])
def test_a_consultation_that_is_being_given_up_and_ends_by_itself_is_given_up(users, then):
    stage, _, consultation = consulting(users, "wait 1s")
    stage.engine.idle.add("hangup")
    asked = stage.command("101", Command.CANCEL_TRANSFER, connection_id=consultation)
    perform(parse(f"{then}; {AT_ONCE}"), stage)
    assert stage.result(asked).outcome is CommandOutcome.OBSERVED
