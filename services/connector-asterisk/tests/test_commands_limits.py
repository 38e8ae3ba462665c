"""What is not offered, not allowed or not there, and commands whose time is over."""

import pytest
from connector_asterisk.actions import Options, features
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.session import AmiSession
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, CommandRefused, ErrorCode

from .commands_play import AT, VERSIONS, Replay, request


@pytest.mark.parametrize("major", VERSIONS)
def test_what_a_telephone_cannot_is_not_offered_and_says_so(major):
    replay = Replay(major, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101")
    assert Command.HOLD not in mine.allowed
    assert {Command.CLEAR, Command.CONSULT, Command.BLIND_TRANSFER, Command.PARK, Command.SEND_DIGITS} <= set(
        mine.allowed
    )
    for verb in (Command.HOLD, Command.ANSWER, Command.RETRIEVE, Command.CONFERENCE):
        with pytest.raises(CommandRefused) as refused:
            replay.ask(request(verb, connection_id=mine.connection_id))
        assert refused.value.code is ErrorCode.NOT_SUPPORTED


def test_features_follow_from_the_settings():
    assert Command.ANSWER in features(Options(answer_by="notify"))
    assert {Command.HOLD, Command.RETRIEVE} <= features(Options(hold_by="notify"))
    assert Command.CONFERENCE in features(Options(conference_extension="3XXX"))
    assert features(Options()) == frozenset(Command) - {"answer", "hold", "retrieve", "conference"}


def test_a_connection_of_another_device_is_forbidden():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101").connection_id
    with pytest.raises(CommandRefused) as refused:
        replay.ask(request(Command.CLEAR, connection_id=mine, device="102"))
    assert refused.value.code is ErrorCode.FORBIDDEN
    assert replay.ask(request(Command.CLEAR, connection_id=mine, device="102", roles=("supervisor",)))


def test_what_is_not_there_or_not_now():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101").connection_id
    for fields, code in (
        ({"verb": Command.CLEAR, "connection_id": "nobody"}, ErrorCode.NOT_FOUND),
        ({"verb": Command.COMPLETE_TRANSFER, "connection_id": mine}, ErrorCode.WRONG_STATE),
        ({"verb": Command.STOP_RECORDING, "connection_id": mine}, ErrorCode.WRONG_STATE),
        ({"verb": Command.PICKUP, "to": "102"}, ErrorCode.WRONG_STATE),
    ):
        with pytest.raises(CommandRefused) as refused:
            replay.ask(request(**fields))
        assert refused.value.code is code, fields


def test_missing_rights_are_said():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    replay.ask(request(Command.CLEAR, connection_id=replay.connection("101").connection_id))
    turn = replay.session.receive(b"Response: Error\r\nActionID: cmd-1-0\r\nMessage: Permission denied\r\n\r\n", AT)
    [(_, result)] = turn.results
    assert (result.outcome, result.error, result.message) == ("failed", "refused", "Permission denied")


def test_a_command_whose_time_is_over_is_unknown_and_its_late_answer_is_nothing():
    replay = Replay(22, "r3_ami_call_control")
    replay.go_to_action(3)
    replay.ask(request(Command.CLEAR, connection_id=replay.connection("101").connection_id))
    result = replay.session.give_up(1)
    assert (result.outcome, result.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)
    turn = replay.session.receive(b"Response: Success\r\nActionID: cmd-1-0\r\n\r\n", AT)
    assert (turn.send, turn.results) == (b"", [])


def test_before_the_login_nothing_is_sent():
    session = AmiSession(Picture(State("t", "p")), "u", "s", options=Options())
    with pytest.raises(CommandRefused) as refused:
        session.command(request(Command.MAKE_CALL, to="1"), 1, AT)
    assert refused.value.code is ErrorCode.NOT_CONNECTED


def test_who_only_watches_offers_nothing():
    replay = Replay(22, "q1_originate_ok")
    watching = AmiSession(Picture(State("t", "p")), "rec", "rec-secret", md5=False)
    watching.receive(replay.data[: replay.sent[0][0]], AT)
    assert watching.ready
    with pytest.raises(CommandRefused) as refused:
        watching.command(request(Command.MAKE_CALL, to="1"), 1, AT)
    assert refused.value.code is ErrorCode.NOT_SUPPORTED
