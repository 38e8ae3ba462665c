"""Commands: what is harmless passes, everything else is refused before anybody acts on it."""

import json
from datetime import UTC, datetime

import jsonschema
import msgspec
import pytest
from cti_model.calls import Command, ConnectionState, Device, DeviceKind, Direction
from cti_model.commands import (
    NEEDS,
    CommandEvent,
    CommandOutcome,
    CommandRefused,
    CommandRequest,
    CommandResult,
    ErrorCode,
    Membership,
    failed,
    unknown,
    validated,
)
from cti_model.envelope import (
    BadEnvelope,
    decode_outcome,
    decode_request,
    decode_result,
    encode_outcome,
    encode_request,
    encode_result,
)
from cti_model.events import Established, Held, Leg, RecordingStarted, RecordingStopped
from cti_model.fold import born, fold
from cti_model.ids import command_event_id
from cti_model.schema import json_schemas
from cti_model.subjects import BadToken, command, command_outcome, commands_of, verb_of
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FULL = {
    "command_id": "c-1",
    "device": "101",
    "connection_id": "k-1",
    "other_connection_id": "k-2",
    "to": "+74951234567",
    "digits": "1*#A",
    "queue": "support",
    "reason": "обед",
    "agent_state": "away",
    "recording_id": "r_1",
    "roles": ("supervisor",),
}


def request(verb: Command, **changes) -> CommandRequest:
    return CommandRequest(verb=verb, **{**FULL, **changes})


@pytest.mark.parametrize("verb", list(Command))
def test_a_whole_request_passes_and_survives_the_wire(verb):
    asked = request(verb)
    message = encode_request("demo", "pbx1", asked, NOW)
    assert message.subject == f"cti.demo.cmd.pbx1.{verb.value}"
    assert decode_request(message.subject, message.body) == asked
    jsonschema.validate(json.loads(message.body), json_schemas()["CommandRequest.json"])


@pytest.mark.parametrize(("verb", "name"), [(verb, name) for verb, names in NEEDS.items() for name in names])
def test_what_a_verb_needs_must_be_there(verb, name):
    with pytest.raises(CommandRefused, match=f"{name} is missing") as refused:
        validated(request(verb, **{name: ""}))
    assert refused.value.code is ErrorCode.BAD_REQUEST


def test_every_verb_says_what_it_needs():
    assert set(NEEDS) == set(Command)


@pytest.mark.parametrize("verb", [Command.LISTEN, Command.WHISPER, Command.BARGE])
def test_only_a_supervisor_listens(verb):
    with pytest.raises(CommandRefused) as refused:
        validated(request(verb, roles=("agent", "supervisors")))
    assert refused.value.code is ErrorCode.FORBIDDEN


INJECTIONS = [
    "101&PJSIP/900",
    "101,tT",
    "101/n",
    "101@from-internal",
    "${SHELL(id)}",
    "101;1",
    "101|x",
    "1 2",
    "101\r\nAction: Originate",
    "101\n",
    "\x00",
    "１０１",
    "a" * 200,
    "../../etc/passwd",
    "(101)",
    '"101"',
]


@pytest.mark.parametrize("name", ["device", "to", "digits", "queue", "recording_id", "connection_id", "command_id"])
@pytest.mark.parametrize("value", INJECTIONS)
def test_a_value_can_mean_nothing_but_itself(name, value):
    with pytest.raises(CommandRefused) as refused:
        validated(request(Command.MAKE_CALL, **{name: value}))
    assert refused.value.code is ErrorCode.BAD_REQUEST
    assert value not in refused.value.message, "a hostile value is not repeated"


_HOSTILE = st.text(min_size=1).filter(lambda text: any(each in text for each in "\r\n\0&,/@${}();|\\\"'<>`"))


@given(st.sampled_from(["device", "to", "digits", "queue", "recording_id"]), _HOSTILE)
def test_hostile_text_is_refused_wherever_it_stands(name, value):
    with pytest.raises(CommandRefused):
        validated(request(Command.MAKE_CALL, **{name: value}))


@given(
    st.sampled_from(["reason", "agent_state", "user"]), st.text(), st.sampled_from("\r\n\0\t\x1b\x85\u2028"), st.text()
)
def test_free_text_stays_on_its_line(name, before, control, after):
    with pytest.raises(CommandRefused):
        validated(request(Command.QUEUE_PAUSE, **{name: before + control + after}))


@pytest.mark.parametrize("seconds", [0, -1, 121, 1e9, float("nan"), float("inf")])
def test_a_deadline_is_bounded(seconds):
    with pytest.raises(CommandRefused):
        validated(request(Command.MAKE_CALL, deadline_s=seconds))


def test_the_subject_decides_about_the_verb():
    message = encode_request("demo", "pbx1", request(Command.CLEAR), NOW)
    with pytest.raises(CommandRefused, match="not that of the subject"):
        decode_request(command("demo", "pbx1", "hold"), message.body)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b'{"verb": "fly", "command_id": "1"}', b'{"verb": "clear"}', b" " * 20000, b"[" * 9000],
)
def test_nonsense_is_refused_in_words(body):
    with pytest.raises(CommandRefused) as refused:
        decode_request("cti.demo.cmd.pbx1.clear", body)
    assert refused.value.code is ErrorCode.BAD_REQUEST
    with pytest.raises(BadEnvelope):
        decode_result(body)
    with pytest.raises(BadEnvelope):
        decode_outcome(body)


def test_results_and_outcomes_survive_the_wire():
    asked = request(Command.MAKE_CALL)
    for result in (
        failed(asked, ErrorCode.REFUSED, "Permission denied"),
        unknown(asked, "the link was lost"),
        CommandResult(
            command_id="c-1",
            outcome=CommandOutcome.OBSERVED,
            call_id="x",
            details={"slot": "701"},
            memberships=(Membership(queue="support", paused=True, reason="lunch"),),
        ),
    ):
        assert decode_result(encode_result(result)) == result
        event = CommandEvent(
            event_id=command_event_id("demo", "pbx1", "c-1", result.outcome.value),
            occurred_at=NOW,
            tenant="demo",
            pbx="pbx1",
            request=asked,
            result=result,
        )
        message = encode_outcome(event)
        assert message.subject == f"cti.demo.command.pbx1.make_call.{result.outcome.value}"
        assert decode_outcome(message.body) == event
        jsonschema.validate(json.loads(message.body), json_schemas()["CommandEvent.json"])


def test_outcomes_that_are_final():
    assert {each for each in CommandOutcome if each.final} == {"observed", "failed", "unknown"}


def test_subjects():
    assert commands_of("demo", "pbx1") == "cti.demo.cmd.pbx1.*"
    assert verb_of(command("demo", "pbx1", "make_call")) == "make_call"
    assert command_outcome("demo", "pbx1", "hold", "failed") == "cti.demo.command.pbx1.hold.failed"
    with pytest.raises(BadToken):
        verb_of("cti.demo.call.pbx1.x.held")


def talking():
    call = born("c", "t", "p", NOW, "n", tuple(Command))
    device = Device(number="101", kind=DeviceKind.EXTENSION)
    return fold(call, Established(leg=Leg(connection_id="k", device=device, direction=Direction.IN)), NOW)


def test_a_recording_is_offered_until_it_runs_and_its_end_while_it_runs():
    call = talking()
    assert Command.START_RECORDING in call.connections[0].allowed
    assert Command.STOP_RECORDING not in call.connections[0].allowed
    call = fold(call, RecordingStarted(connection_id="k", recording_id="r"), NOW)
    call = fold(call, RecordingStarted(connection_id="k", recording_id="r"), NOW)
    assert call.connections[0].recordings == ("r",)
    held = fold(call, Held(connection_id="k"), NOW).connections[0]
    assert held.state is ConnectionState.HELD
    assert Command.STOP_RECORDING in held.allowed
    assert Command.START_RECORDING not in held.allowed
    call = fold(call, RecordingStopped(connection_id="k", recording_id="r"), NOW)
    assert call.connections[0].recordings == ()
    assert Command.START_RECORDING in call.connections[0].allowed


def test_a_consultation_can_become_a_conference():
    call = msgspec.structs.replace(born("c", "t", "p", NOW, "n", tuple(Command)), consultation_of="first")
    device = Device(number="101", kind=DeviceKind.EXTENSION)
    call = fold(call, Established(leg=Leg(connection_id="k", device=device, direction=Direction.OUT)), NOW)
    assert {"conference", "complete_transfer", "cancel_transfer"} <= set(call.connections[0].allowed)
