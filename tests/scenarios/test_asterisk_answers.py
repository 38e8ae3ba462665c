"""What the recorder asked the real servers, asked of the simulator: the same answers, but for ids and counts."""

import re

import pytest
from cti_simulators.traces import load_trace

from tests.scenarios import asterisk

NOT_SIMULATED = {
    "GetConfig", "ListCommands", "ShowDialPlan", "PJSIPShowEndpoints", "PJSIPShowContacts", "SIPpeers",
    "SIPshowregistry", "Parkinglots", "LoggerRotate", "PresenceStateList", "CoreShowChannelMap",
}  # fmt: skip
VARIES = re.compile(r"^(Timestamp|Challenge): .*", re.MULTILINE)


def trace(dialect, name):
    return load_trace(asterisk.TRACES / f"asterisk-{dialect}" / f"{name}.ami.gz")


def actions(recorded):
    sent = b"".join(recorded.sent).decode().replace("PJSIP/", "{tech}/").replace("SIP/", "{tech}/")
    yield from filter(None, sent.split("\r\n\r\n"))


def name_of(action):
    return next((line.partition(":")[2].strip() for line in action.split("\r\n") if line.lower()[:7] == "action:"), "")


def answers(chunks):
    """Responses, in order, without what is another each time."""
    data = b"".join(data for _, data in chunks).decode("utf-8", "replace")
    blocks = [block for block in data.split("\r\n\r\n") if "Response: " in block]
    return [VARIES.sub(r"\1:", block[block.index("Response: ") :]) for block in blocks]


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
def test_errors_and_odd_actions(dialect):
    recorded = trace(dialect, "z2_errors")
    stage = asterisk.Stage(dialect)
    stage.chunks.clear()
    skipped = set()
    for action in list(actions(recorded))[1:]:
        if name_of(action) in NOT_SIMULATED:
            skipped.add(re.search(r"ActionID: (\S+)", action)[1])
            continue
        action = action.replace("{tech}", stage.exchange.pbx.facts.technology)
        action = action.replace("Username: rec\r\nSecret: rec-secret", "Username: cti\r\nSecret: secret")
        stage.raw(action)
    wanted = answers((chunk.t, chunk.data) for chunk in recorded.chunks)[1:]
    wanted = [each for each in wanted if not any(f"ActionID: {tag}\r\n" in each for tag in skipped)]
    assert answers(stage.chunks) == wanted


@pytest.mark.parametrize("dialect", asterisk.DIALECTS)
def test_answers_of_lists_have_the_recorded_shape(dialect):
    recorded = trace(dialect, "z1_snapshots_mid_call")
    stage = asterisk.Stage(dialect)
    stage.scene(
        """trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers; 101 holds
        102 is free; trunk 79260000002 "Queue Caller" calls 74950000200 as c2; 102 rings"""
    )
    stage.chunks.clear()
    asked = {}
    for action in list(actions(recorded))[1:]:
        if name_of(action) not in NOT_SIMULATED:
            stage.raw(re.sub(r"\{tech\}/101-\w+", stage.exchange.pbx.legs("101")[0].name, action))
            asked[re.search(r"ActionID: (\S+)", action)[1]] = name_of(action)
    assert len(asked) > 12
    ours = shapes(stage.chunks)
    real = shapes((chunk.t, chunk.data) for chunk in recorded.chunks)
    for tag, action in asked.items():
        possible = set().union(*(real[other] for other, name in asked.items() if name == action))
        assert ours[tag] <= possible, action
        assert {kind for kind, _, _ in ours[tag]} >= {kind for kind, _, _ in real[tag]} - {"QueueEntry"}, action


def shapes(chunks):
    """For each ActionID what blocks came, each once: the kind, the header names in order, the message."""
    found = {}
    for block in b"".join(data for _, data in chunks).decode("utf-8", "replace").split("\r\n\r\n"):
        lines = [line.partition(": ") for line in block.split("\r\n") if ": " in line or line.endswith(":")]
        values = {key.rstrip(":"): value for key, _, value in lines}
        keys = tuple(key.rstrip(":") for key, _, _ in lines if key != "Output" and "!" not in key)
        kind = values.get("Event") or values.get("Response")
        if "ActionID" in values:
            found.setdefault(values["ActionID"], set()).add((kind, values.get("Message"), keys))
    return found
