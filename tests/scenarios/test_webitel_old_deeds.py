"""Commands of the old Webitel engine that wait for somebody: the telephone is lifted, or is not."""

import pytest
from connector_webitel.old.actions import Options
from cti_freeswitch.supervising import EAVESDROP
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, ErrorCode
from cti_simulators.scenario import parse, perform

from tests.scenarios.webitel_old import USERS
from tests.scenarios.webitel_old_stage import Stage

WAYS = pytest.mark.parametrize("users", [(), USERS], ids=["domain", "each user"])
TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 1s"
SUPERVISES = {"roles": ("supervisor",)}


def talking(users: tuple[str, ...], options: Options | None = None) -> tuple[Stage, str]:
    stage = Stage(users, records=False, options=options)
    perform(parse(TALK), stage)
    [call] = stage.calls()
    return stage, next(each.connection_id for each in call.connections if each.device.number == "101")


@WAYS
@pytest.mark.parametrize("verb", [Command.LISTEN, Command.WHISPER, Command.BARGE])
def test_a_supervisor_listens(users, verb):
    stage, talk = talking(users)
    asked = stage.command("103", verb, connection_id=talk, **SUPERVISES)
    perform(parse("103 rings"), stage)
    seen = stage.result(asked)
    assert seen.outcome is CommandOutcome.OBSERVED
    [call] = [each for each in stage.calls() if each.call_id == seen.call_id]
    [mine] = [each for each in call.connections if each.connection_id == seen.connection_id]
    assert (mine.device.number, mine.remote.number) == ("103", "101")
    [rung] = [leg for leg in stage.switch.legs.values() if leg.user == "103"]
    assert EAVESDROP[verb].items() <= rung.variables.items()
    perform(parse("103 answers after 1s; 79161234567 hangs up after 2s; wait 5s"), stage)
    assert not any(each.alive for each in stage.calls())


@WAYS
def test_a_supervisor_who_is_busy_or_declines_is_told_so_at_once(users):
    stage, talk = talking(users)
    stage.switch.busy.add("103")
    busy = stage.result(stage.command("103", Command.LISTEN, connection_id=talk, **SUPERVISES))
    assert (busy.outcome, busy.error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT)


@WAYS
@pytest.mark.parametrize("deed", ["is busy", "declines"])
@pytest.mark.parametrize(("verb", "fields"), [(Command.MAKE_CALL, {"to": "102"}), (Command.CONSULT, {"to": "102"})])
def test_a_telephone_that_is_not_lifted_ends_the_command_at_once(users, deed, verb, fields):
    stage, talk = talking(users)
    about = {"connection_id": talk} if verb is Command.CONSULT else {}
    user = "101" if about else "103"
    if deed == "is busy":
        stage.switch.busy.add(user)
    asked = stage.command(user, verb, **about, **fields)
    if deed != "is busy":
        perform(parse(f"{user} rings; {user} declines after 1s"), stage)
    done = stage.result(asked)
    assert done.outcome is (CommandOutcome.FAILED if deed == "is busy" else CommandOutcome.OBSERVED)


@WAYS
@pytest.mark.parametrize("verb", [Command.MAKE_CALL, Command.CONSULT, Command.LISTEN])
def test_an_older_engine_says_otherwise_whom_a_telephone_is_rung_for(users, verb):
    """Its caller is the user's own account, and the number of a consultation has the domain behind it."""
    stage, talk = talking(users)
    stage.engine.calls.older = True
    user = "101" if verb is Command.CONSULT else "103"
    fields = {Command.MAKE_CALL: {"to": "102"}, Command.CONSULT: {"to": "102", "connection_id": talk}}
    asked = stage.command(user, verb, **fields.get(verb, {"connection_id": talk, **SUPERVISES}))
    perform(parse(f"{user} rings"), stage)
    seen = stage.result(asked)
    assert seen.outcome is CommandOutcome.OBSERVED, seen
    legs = [each for call in stage.calls() for each in call.connections if each.connection_id == seen.connection_id]
    assert [each.remote.number for each in legs] == ["101" if verb is Command.LISTEN else "102"]


@WAYS
@pytest.mark.parametrize("verb", [Command.MAKE_CALL, Command.CONSULT])
def test_the_variable_on_which_a_telephone_lifts_itself_reaches_it(users, verb):
    stage, talk = talking(users, Options("sip_h_Call-Info=answer-after=0"))
    user, about = ("101", {"connection_id": talk}) if verb is Command.CONSULT else ("103", {})
    stage.command(user, verb, **about, to="102")
    [rung] = [leg for leg in stage.switch.legs.values() if leg.user == user and leg.state == "ringing"]
    assert rung.variables["sip_h_Call-Info"] == "answer-after=0"
