"""Calls and agents of one Asterisk together: comparisons over the wire's order, pausing while on the telephone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from connector_asterisk.channels import State
from connector_asterisk.picture import Picture
from connector_asterisk.reading import Reading
from connector_asterisk.session import decoder_of
from cti_connector.session import Turn
from cti_model.agents import AgentState
from cti_model.events import Origin
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
AT = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = ("asterisk-11", "asterisk-13", "asterisk-22")


def picture(**options) -> Picture:
    return Picture(State("t", "p"), **options)


def blocks(*events: str) -> bytes:
    return "".join(event.replace(" | ", "\r\n") + "\r\n\r\n" for event in events).encode()


def heard(seen: Picture, data: bytes, at: datetime = AT) -> Turn:
    turn = Turn()
    decoder = decoder_of(Reading())
    for frame in decoder.feed(b"Asterisk Call Manager/11.0.0\r\n" + data):
        seen.take(frame, at, turn)
    return turn


CHANNEL = (
    "Event: CoreShowChannel | ActionID: snapshot-{n}-CoreShowChannels | Channel: PJSIP/101-00000001 | "
    "ChannelState: 4 | ChannelStateDesc: Ring | CallerIDNum: 101 | Exten: 102 | Uniqueid: 1.1 | Linkedid: 1.1 | "
    "Duration: 00:00:05"
)
MEMBER = (
    "Event: QueueMember | ActionID: snapshot-{n}-QueueStatus | Queue: support | Name: A | Location: PJSIP/101 | "
    "StateInterface: PJSIP/101 | Membership: static | Penalty: 0 | Status: 1 | Paused: 0"
)


def answers(n: int, *, channels=(), members=()) -> bytes:
    def of(action):
        return f"ActionID: snapshot-{n}-{action}"

    return blocks(
        f"Response: Success | {of('CoreShowChannels')} | EventList: start",
        *(each.format(n=n) for each in channels),
        f"Event: CoreShowChannelsComplete | {of('CoreShowChannels')} | EventList: Complete | ListItems: 1",
        f"Response: Success | {of('QueueStatus')} | EventList: start",
        *(each.format(n=n) for each in members),
        f"Event: QueueStatusComplete | {of('QueueStatus')} | EventList: Complete | ListItems: 1",
        f"Response: Success | {of('ParkedCalls')} | EventList: start",
        f"Event: ParkedCallsComplete | {of('ParkedCalls')} | EventList: Complete | ListItems: 0",
        f"Response: Success | {of('CoreStatus')} | CoreStartupDate: 2026-01-01 | CoreStartupTime: 00:00:00",
        f"Response: Success | {of('Ping')} | Ping: Pong",
    )


def test_a_comparison_finds_what_is_there_and_what_is_gone_once():
    seen = picture()
    assert b"Action: CoreShowChannels" in seen.ask(1)
    found = heard(seen, answers(1, channels=[CHANNEL], members=[MEMBER]))
    assert (found.reconciled.number, found.reconciled.differences) == (1, len(found.events) + len(found.agents))
    assert [(event.kind, event.origin) for event in found.events] == [("originated", Origin.RECONCILED)]
    assert found.events[0].not_after == AT - timedelta(seconds=5)  # whole seconds are told
    assert [event.current for event in found.agents] == [AgentState.READY]
    seen.ask(2)
    assert heard(seen, answers(2, channels=[CHANNEL], members=[MEMBER])).reconciled.differences == 0
    seen.ask(3)
    gone = heard(seen, answers(3))
    assert [event.kind for event in gone.events] == ["connection_cleared", "cleared"]
    assert [event.current for event in gone.agents] == [AgentState.LOGGED_OUT]


def test_answers_of_a_lost_connection_are_not_waited_for():
    seen = picture()
    seen.ask(1)
    seen.connection_lost()
    assert heard(seen, answers(1, channels=[CHANNEL])).reconciled is None
    seen.ask(1)
    assert heard(seen, answers(1)).reconciled.differences == 0


def test_a_refused_list_ends_nothing_and_is_asked_for_in_the_other_way():
    seen = picture()
    seen.ask(1)
    heard(seen, answers(1, channels=[CHANNEL], members=[MEMBER]))
    seen.ask(2)
    refused = blocks(
        "Response: Error | ActionID: snapshot-2-CoreShowChannels | Message: Permission denied",
        "Response: Error | ActionID: snapshot-2-QueueStatus | Message: Permission denied",
        "Response: Error | ActionID: snapshot-2-ParkedCalls | Message: Permission denied",
        "Response: Error | ActionID: snapshot-2-CoreStatus | Message: Permission denied",
        "Response: Success | ActionID: snapshot-2-Ping | Ping: Pong",
    )
    assert heard(seen, refused).reconciled.differences == 0
    assert b"Action: Status\r\n" in seen.ask(3)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_agent_is_paused_while_on_the_telephone_and_only_our_pause_is_taken_back(version):
    seen = picture(auto_pause=True)
    asked = []
    decoder = decoder_of(Reading())
    trace = load_trace(TRACES / version / "n1_queue_ringall.ami.gz")
    for chunk in trace.chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            turn = Turn()
            seen.take(frame, at, turn)
            if turn.send:
                asked.append(turn.send)
    told = b"".join(asked).decode()
    assert "Action: QueuePause" in told
    assert told.count("Paused: true") == told.count("Reason: on a call")
    assert "Paused: false" not in told  # nobody told us that the pause came about: nothing is ours to take back
    assert "Interface: PJSIP/10" in told or "Interface: SIP/10" in told


def test_our_pause_ends_with_the_call():
    seen = picture(auto_pause=True)
    seen.ask(1)
    heard(seen, answers(1, members=[MEMBER]))
    call = (
        "Event: Newchannel | Channel: PJSIP/101-00000001 | ChannelState: 4 | CallerIDNum: 101 | Exten: 102 | "
        "Uniqueid: 1.1 | Linkedid: 1.1",
        "Event: Newchannel | Channel: PJSIP/102-00000002 | ChannelState: 0 | CallerIDNum: 102 | Exten: s | "
        "Uniqueid: 1.2 | Linkedid: 1.1",
        "Event: DialBegin | Channel: PJSIP/101-00000001 | Uniqueid: 1.1 | DestChannel: PJSIP/102-00000002 | "
        "DestUniqueid: 1.2",
        "Event: Newstate | Channel: PJSIP/102-00000002 | ChannelState: 5 | Uniqueid: 1.2 | Linkedid: 1.1",
        "Event: Newstate | Channel: PJSIP/102-00000002 | ChannelState: 6 | Uniqueid: 1.2 | Linkedid: 1.1",
    )
    paused = heard(seen, blocks(*call)).send
    assert b"Paused: true" in paused
    assert b"Interface: PJSIP/101" in paused
    member = "Queue: support | MemberName: A | Interface: PJSIP/101 | Status: 2 | Penalty: 0"
    heard(seen, blocks(f"Event: QueueMemberPause | {member} | Paused: 1 | PausedReason: on a call"))
    turn = heard(
        seen,
        blocks("Event: Hangup | Channel: PJSIP/101-00000001 | Uniqueid: 1.1 | Cause: 16"),
        AT + timedelta(seconds=9),
    )
    seen.quiet(AT + timedelta(seconds=10), turn)
    assert b"Paused: false" in turn.send
