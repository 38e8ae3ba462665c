"""Supervision, pauses and queues against recordings of real servers."""

import pytest
from cti_model.calls import Command
from cti_model.commands import CommandOutcome

from .commands_play import TECH, VERSIONS, Replay, request, same


@pytest.mark.parametrize(
    ("verb", "mode"), [(Command.LISTEN, "qES"), (Command.WHISPER, "qESw"), (Command.BARGE, "qESB")]
)
@pytest.mark.parametrize("major", VERSIONS)
def test_supervision(major, verb, mode):
    replay = Replay(major, "r3_ami_call_control")
    replay.go_to_action(3)
    mine = replay.connection("101")
    name = replay.state.channels[mine.native_ids[0]].name
    sent = replay.ask(request(verb, device="110", connection_id=mine.connection_id, roles=("supervisor",))).decode()
    assert f"Channel: {TECH[major]}/110\r\nApplication: ChanSpy\r\nData: {name},{mode}\r\n" in sent


@pytest.mark.parametrize("major", VERSIONS)
def test_pauses(major):
    replay = Replay(major, "n4_queue_pause")
    asked = [
        request(Command.QUEUE_PAUSE, device="102", queue="support", reason="lunch"),
        request(Command.QUEUE_UNPAUSE, device="102", queue="support"),
        request(Command.SET_AGENT_STATE, agent_state="away"),
        request(Command.SET_AGENT_STATE, agent_state="available"),
    ]
    for number, each in enumerate(asked):
        recorded = replay.go_to_action(number)
        sent = replay.ask(each, number, f"act-{number + 1}")
        assert same(sent.replace(b"Reason: away\r\n", b""), recorded)
    replay.finish()
    assert [replay.outcomes(number) for number in range(4)] == [["sent", "observed"]] * 4


@pytest.mark.parametrize("major", VERSIONS)
def test_queues(major):
    replay = Replay(major, "n5_queue_member_add_remove")
    replay.go_to_action(0)
    sent = replay.ask(request(Command.QUERY_AGENT), 1, "act-1").decode()
    assert sent == f"Action: QueueStatus\r\nActionID: cmd-1-0\r\nMember: {TECH[major]}/101\r\n\r\n"
    recorded = replay.go_to_action(1)
    [membership] = replay.final(1).memberships
    assert (membership.queue, membership.name, membership.dynamic) == ("support", "Agent 101", False)
    sent = replay.ask(request(Command.QUEUE_LOGIN, device="103", queue="support"), 2, "act-2")
    assert same(sent, recorded.replace("Agent 103", "103"))
    replay.go_to_action(2)
    replay.ask(request(Command.QUERY_AGENT, device="103"), 3, "act-3")
    recorded = replay.go_to_action(5)
    assert replay.final(3).memberships[0].dynamic
    assert same(replay.ask(request(Command.QUEUE_LOGOUT, device="103", queue="support"), 6, "act-6"), recorded)
    replay.go_to_action(6)
    replay.ask(request(Command.QUEUE_LOGOUT, device="103", queue="support"), 7, "act-7")
    replay.finish()
    assert replay.final(6).outcome is CommandOutcome.OBSERVED
    assert replay.final(7).outcome is CommandOutcome.OBSERVED, "what was wanted is so already"
    assert replay.final(7).message == "Unable to remove interface: Not there"
