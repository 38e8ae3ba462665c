"""Nothing of a command's value reaches the wire as anything but itself."""

import re

from cti_model.calls import Command
from cti_model.commands import CommandRefused, CommandRequest, validated
from hypothesis import given
from hypothesis import strategies as st

from .commands_play import AT, Replay

TALKING = Replay(22, "r3_ami_call_control", conference_extension="3XXX", hold_by="notify", answer_by="notify")
TALKING.go_to_action(3)
MINE = TALKING.connection("101").connection_id
_HOSTILE = st.text(max_size=40)
_MIXED = st.one_of(_HOSTILE, st.from_regex(r"[0-9*#]{1,10}", fullmatch=True), st.just(""))


@given(st.sampled_from(list(Command)), _MIXED, _MIXED, _MIXED, _HOSTILE, _HOSTILE, _MIXED, st.integers(1, 10**6))
def test_whatever_passes_is_one_action_with_headers_of_ours(verb, to, digits, queue, reason, state, device, number):
    asked = CommandRequest(
        command_id="c1", verb=verb, device=device or "101", connection_id=MINE, to=to, digits=digits, queue=queue,
        reason=reason, agent_state=state, roles=("supervisor",),
    )  # fmt: skip
    try:
        sent = TALKING.session.command(validated(asked), number, AT).send
    except CommandRefused:
        return
    if not sent:
        return
    TALKING.session.give_up(number)
    assert sent.count(b"\r\n\r\n") == 1
    assert b"\0" not in sent
    lines = sent.decode().strip("\r\n").split("\r\n")
    assert "\n" not in "".join(lines)
    assert len([line for line in lines if line.startswith("Action: ")]) == 1
    for line in lines:
        name, value = line.split(": ", 1)
        assert name in HEADERS
        if name in ("Exten", "Channel", "ExtraChannel", "Interface", "Queue", "Digit", "File"):
            assert re.fullmatch(r"[A-Za-z0-9_.+*#/;@-]*", value), line


HEADERS = {
    "Action", "ActionID", "Channel", "Context", "Exten", "Priority", "CallerID", "Timeout", "Async", "ChannelId",
    "Application", "Data", "Cause", "Digit", "Direction", "State", "File", "Options", "MixMonitorID", "Variable",
    "Queue", "Interface", "Paused", "Reason", "Penalty", "MemberName", "StateInterface", "Member", "TimeoutChannel",
    "Parkinglot", "ExtraChannel",
}  # fmt: skip
