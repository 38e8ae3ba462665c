"""Commands as bytes and back, without a network: what goes out, what each answer means, what is never sent."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from connector_freeswitch.actions import Options
from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from connector_freeswitch.settings import FreeSwitchSettings
from cti_connector.session import LinkLost, LinkRefused
from cti_freeswitch.state import State
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, CommandRefused, CommandRequest, ErrorCode
from cti_simulators.freeswitch.exchange import Switch
from pydantic import ValidationError

OPTIONS = Options(
    domain="d",
    conference_profile="default",
    park_number="700",
    answer_by="notify",
    variables={"crm": "1"},
    recording_file="/records/{recording_id}.wav",
)
AT = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def frame(kind: str, body: bytes = b"", reply: str = "") -> bytes:
    head = f"Content-Length: {len(body)}\n" if body else ""
    said = f"Reply-Text: {reply}\n" if reply else ""
    return f"{head}Content-Type: {kind}\n{said}\n".encode() + body


class Line:
    """A session that is logged in to a simulated switch, without a socket between them."""

    def __init__(self, options: Options | None = OPTIONS) -> None:
        self.picture = Picture(State("t", "p"))
        self.session = EventSocketSession(self.picture, "pw", options=options)
        self.results: list = []
        self.told: list = []
        self.switch = Switch(AT.timestamp(), random.Random(1), self.event)
        for data in (frame("auth/request"), frame("command/reply", reply="+OK"), frame("command/reply", reply="+OK")):
            self.receive(data)
        self.asked = self.session.ask_snapshot(1)
        for answer in (b'{"row_count": 0}', b"-ERR no\n", b"-ERR no\n"):
            self.receive(frame("api/response", answer))

    def event(self, headers: dict[str, str]) -> None:
        self.receive(frame("text/event-json", json.dumps(headers).encode()))

    def receive(self, data: bytes) -> bytes:
        turn = self.session.receive(data, datetime.fromtimestamp(AT.timestamp(), UTC))
        self.results += turn.results
        self.told += turn.events
        return turn.send

    def ask(self, verb: Command, **fields) -> str:
        request = CommandRequest(**{"command_id": "c-1", "verb": verb, "device": "101", **fields})
        turn = self.session.command(request, 7, AT)
        self.results += turn.results
        return turn.send.decode()

    def job(self, step: int, said: str) -> bytes:
        headers = {"Event-Name": "BACKGROUND_JOB", "Job-UUID": f"trunkline-7-{step}", "_body": said}
        return self.receive(frame("text/event-json", json.dumps(headers).encode()))

    def settle(self) -> None:
        """Time passes."""
        turn = self.session.quiet(AT + timedelta(seconds=5))
        self.results += turn.results
        self.told += turn.events

    def talk(self) -> str:
        """101 talks with 102; 101's connection."""
        self.switch.dial("101", "101", "", "102")
        self.switch.answer(next(each for each in self.switch.legs.values() if each.user == "102"))
        call = self.told[-1].call
        assert {each.state for each in call.connections} == {ConnectionState.CONNECTED}
        return call.connections[0].connection_id

    def uid(self, user: str) -> str:
        return next(each.uid for each in self.switch.legs.values() if each.user == user)


def test_the_log_in_and_the_first_questions():
    line = Line()
    assert line.asked.split(b"\n\n")[0] == b"api show channels as json"
    assert line.picture.state.sure_at is not None
    assert line.session.ping(3) == b"api echo 3\n\n"
    line.receive(frame("api/response", b"3"))
    assert line.session.answered_ping == 3


def test_make_call_is_one_job_and_is_refused_in_words():
    line = Line()
    sent = line.ask(Command.MAKE_CALL, to="+380501112233")
    assert sent.startswith("bgapi originate {origination_uuid=")
    assert ",crm=1}user/101@d +380501112233 XML default\nJob-UUID: trunkline-7-0\n\n" in sent
    line.job(0, "-ERR NO_ANSWER\n")
    (_, first), (_, last) = line.results
    assert first.outcome is CommandOutcome.SENT
    assert (last.outcome, last.error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT)
    assert last.message == "nobody lifted the telephone"


def test_a_repeat_of_a_command_would_make_the_same_channel():
    assert Line().ask(Command.MAKE_CALL, to="102") == Line().ask(Command.MAKE_CALL, to="102")


@pytest.mark.parametrize(
    ("verb", "more", "expected"),
    [
        (Command.CLEAR, {}, "uuid_kill {mine} NORMAL_CLEARING"),
        (Command.HOLD, {}, "uuid_hold {mine}"),
        (Command.SEND_DIGITS, {"digits": "1#"}, "uuid_recv_dtmf {mine} 1#"),
        (Command.MUTE, {}, "uuid_audio {mine} start read mute -1"),
        (Command.UNMUTE, {}, "uuid_audio {mine} stop"),
        (Command.PARK, {}, "uuid_transfer {far} 700 XML default"),
        (Command.BLIND_TRANSFER, {"to": "103"}, "uuid_transfer {far} 103 XML default"),
        (Command.CONSULT, {"to": "103"}, "uuid_hold {mine}"),
        (Command.START_RECORDING, {"recording_id": "r1"}, "uuid_record {mine} start /records/r1.wav"),
    ],
)  # fmt: skip
def test_what_a_verb_sends(verb, more, expected):
    line = Line()
    mine = line.talk()
    sent = line.ask(verb, connection_id=mine, **more)
    said = expected.format(mine=line.uid("101"), far=line.uid("102"))
    assert sent == f"bgapi {said}\nJob-UUID: trunkline-7-0\n\n"


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        (Command.PARK, {}),
        (Command.BLIND_TRANSFER, {"to": "103"}),
        (Command.CONSULT, {"to": "103"}),
        (Command.START_RECORDING, {"recording_id": "r1"}),
        (Command.HOLD, {}),
    ],
)
def test_what_can_not_be_seen_any_more_fails_at_once(verb, more):
    """FreeSWITCH took the command; then the talk ended."""
    line = Line()
    line.ask(verb, connection_id=line.talk(), **more)
    line.job(0, "+OK\n")
    line.switch.hang_up(line.switch.legs[line.uid("102")], "NORMAL_CLEARING", "recv_bye")
    line.settle()
    result = line.results[-1][1]
    assert (result.outcome, result.error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT)


def test_a_conference_that_one_of_the_three_left_before_fails_at_once():
    line = Line()
    mine = line.talk()
    line.switch.hold(line.switch.legs[line.uid("101")], True)
    line.switch.dial("101", "101", "", "103")
    line.switch.answer(line.switch.legs[line.uid("103")])
    line.ask(Command.CONFERENCE, connection_id=mine)
    for step in range(4):
        line.job(step, "+OK\n")
    assert [result.outcome for _, result in line.results] == [CommandOutcome.SENT]
    line.switch.hang_up(line.switch.legs[line.uid("103")], "NORMAL_CLEARING", "recv_bye")
    line.settle()
    assert line.results[-1][1].error is ErrorCode.NO_EFFECT


def test_supervision_needs_a_talk():
    line = Line()
    mine = line.talk()
    sent = line.ask(Command.WHISPER, device="109", connection_id=mine, roles=("supervisor",))
    assert f"&eavesdrop({line.uid('101')})" in sent
    assert "eavesdrop_whisper_aleg=true" in sent
    with pytest.raises(CommandRefused) as refused:
        line.ask(Command.LISTEN, device="109", connection_id="nobody", roles=("supervisor",))
    assert refused.value.code is ErrorCode.NOT_FOUND


def test_the_second_step_waits_for_the_first():
    line = Line()
    mine = line.talk()
    line.ask(Command.CONSULT, connection_id=mine, to="103")
    assert line.job(0, "+OK Success\n").startswith(b"bgapi originate ")
    line.job(1, "-ERR USER_NOT_REGISTERED\n")
    result = line.results[-1][1]
    assert (result.error, result.message) == (
        ErrorCode.NO_EFFECT,
        "the telephone is not registered (after 1 of 2 steps)",
    )


def test_what_nobody_saw_is_unknown_and_other_jobs_are_not_ours():
    line = Line()
    mine = line.talk()
    line.ask(Command.HOLD, connection_id=mine)
    line.event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": "somebody-else", "_body": "+OK"})
    line.job(0, "+OK Success\n")
    assert [result.outcome for _, result in line.results] == [CommandOutcome.SENT]
    given_up = line.session.give_up(7)
    assert (given_up.outcome, given_up.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)


def test_clear_by_its_user_counts_as_his_own_doing():
    line = Line()
    mine = line.talk()
    line.ask(Command.CLEAR, connection_id=mine)
    line.switch.hang_up(line.switch.legs[line.uid("101")], "NORMAL_CLEARING", "send_bye")
    cleared = [event.fact for event in line.told if event.kind == "connection_cleared"]
    assert {fact.released_by for fact in cleared} == {mine}
    assert line.results[-1][1].outcome is CommandOutcome.OBSERVED


def test_who_only_watches_is_offered_nothing():
    line = Line(options=None)
    mine = line.talk()
    assert line.told[-1].call.connections[0].allowed == ()
    with pytest.raises(CommandRefused) as refused:
        line.ask(Command.HOLD, connection_id=mine)
    assert refused.value.code is ErrorCode.NOT_SUPPORTED


def test_how_a_link_ends():
    with pytest.raises(LinkLost, match="ends the connection"):
        Line().receive(frame("text/disconnect-notice", b"Disconnected, goodbye.\n"))
    with pytest.raises(LinkLost, match="out of step"):
        Line().receive(b"Content-Length: 999999999\n\n")
    fresh = EventSocketSession(Picture(State("t", "p")), "pw")
    fresh.receive(frame("auth/request"), AT)
    with pytest.raises(LinkRefused):
        fresh.receive(frame("command/reply", reply="-ERR invalid"), AT)


@pytest.mark.parametrize(
    "bad",
    [
        {"variables": {"a": "x,y=1"}},
        {"variables": {"a b": "x"}},
        {"auto_answer_variable": "sip_auto_answer"},
        {"auto_answer_variable": "a={b}"},
        {"recording_file": "/tmp/x.wav"},
        {"recording_file": "/tmp/{recording_id} stop"},
        {"originate_context": "a b"},
        {"extension_pattern": "("},
        {"domain": "a b"},
        {"park_number": "700 XML"},
    ],
)
def test_settings_that_could_mean_something_to_freeswitch_are_refused(bad):
    with pytest.raises(ValidationError):
        FreeSwitchSettings(**bad)


def denied(line: Line) -> bytes:
    return line.receive(frame("command/reply", reply="-ERR permission denied"))


def test_what_our_user_may_not_do_is_refused_at_once_and_moves_no_other_answer():
    line = Line()
    mine = line.talk()
    line.ask(Command.HOLD, connection_id=mine)
    assert line.session.ping(4)
    denied(line)
    (_, refused) = line.results[-1]
    assert (refused.error, refused.message) == (ErrorCode.REFUSED, "permission denied")
    line.receive(frame("api/response", b"4"))
    assert line.session.answered_ping == 4
    line.session.ping(5)
    denied(line)  # `echo` is not allowed: it is an answer all the same
    assert line.session.answered_ping == 5


def test_a_job_that_was_taken_is_not_taken_for_one_that_is_refused():
    line = Line()
    mine = line.talk()
    line.ask(Command.HOLD, connection_id=mine)
    taken = b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: trunkline-7-0\nJob-UUID: trunkline-7-0\n\n"
    line.receive(taken)
    line.session.ping(6)
    denied(line)
    assert CommandOutcome.FAILED not in [result.outcome for _, result in line.results]
    assert line.session.answered_ping == 6


def test_a_dump_that_is_refused_ends_no_call():
    line = Line()
    line.talk()
    told = len(line.told)
    line.session.ask_snapshot(2)
    line.receive(frame("api/response", b'{"row_count": 0}'))
    for _ in range(2 + 2):  # two tables, and the dumps of the two channels that the list has not
        denied(line)
    assert line.told[told:] == []
    line.session.ask_snapshot(3)
    for answer in (b'{"row_count": 0}', b"-ERR no\n", b"-ERR no\n", *[b"-ERR No such channel!\n"] * 2):
        line.receive(frame("api/response", answer))
    assert line.told[-1].kind == "cleared"
