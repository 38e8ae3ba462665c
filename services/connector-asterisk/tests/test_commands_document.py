"""What docs/telephony/commands.md says is so."""

import re
from pathlib import Path

import msgspec
import pytest
from connector_asterisk.settings import AsteriskSettings
from cti_model.calls import Command
from cti_model.commands import NEEDS, CommandEvent, CommandOutcome, CommandRequest, CommandResult, ErrorCode, validated
from cti_simulators.traces import load_trace

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "telephony" / "commands.md").read_text(encoding="utf-8")
KINDS = {"request": CommandRequest, "result": CommandResult, "event": CommandEvent}
BLOCKS = re.findall(r"^```json (\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.split("| verb |")[1].split("\n\n")[0].splitlines()[2:]
]


@pytest.mark.parametrize(("kind", "text"), BLOCKS)
def test_the_examples_are_real(kind, text):
    made = msgspec.json.decode(text, type=KINDS[kind])
    assert set(msgspec.json.decode(text)) <= set(KINDS[kind].__struct_fields__)
    if isinstance(made, CommandRequest):
        assert validated(made) == made
    if isinstance(made, CommandEvent):
        assert validated(made.request)


def test_what_each_verb_needs():
    rows = [line.split("|")[1:3] for line in TEXT.split("| needs `device` and |")[1].split("\n\n")[0].splitlines()[2:]]
    told = {verb: set(re.findall(r"`(\w+)`", needs)) for needs, verbs in rows for verb in re.findall(r"`(\w+)`", verbs)}
    assert {verb.value: told.get(verb.value, {"connection_id"}) | {"device"} for verb in Command} == {
        verb.value: set(needs) for verb, needs in NEEDS.items()
    }


def test_there_are_examples_of_each():
    assert {kind for kind, _ in BLOCKS} == set(KINDS)


def test_every_verb_outcome_and_error_is_explained():
    assert {verb for row in ROWS for verb in re.findall(r"`(\w+)`", row[0])} == {each.value for each in Command}
    for each in (*CommandOutcome, *ErrorCode):
        assert re.search(rf"^\|.*`{each.value}`", TEXT, re.MULTILINE), each


@pytest.mark.parametrize(("column", "major"), [(1, 11), (2, 13), (3, 22)])
def test_the_rights_are_those_that_asterisk_tells(column, major):
    trace = load_trace(ROOT / "tests" / "data" / "traces" / f"asterisk-{major}" / "z1_snapshots_mid_call.ami.gz")
    data = b"".join(chunk.data for chunk in trace.chunks).decode("utf-8", "replace")
    told = dict(re.findall(r"^(\w+): .*\(Priv: ([^)]*)\)", data, re.MULTILINE))
    checked = 0
    for row in ROWS:
        action = (re.findall(r"`(\w+)`", row[column]) or [""])[0]
        if action in told:  # PJSIPNotify belongs to a module that the recorded server did not load
            right = row[4].strip("`") or "<none>"
            assert right in told[action].split(","), (action, told[action])
            checked += 1
        else:
            assert action in ("", "PJSIPNotify"), action
    assert checked > 15


def test_what_no_recording_has_is_said():
    """An action of the table that nobody sent to a real server stands in the list of those, with tests that exist."""
    sent = set()
    for path in (ROOT / "tests" / "data" / "traces").glob("asterisk-*/*.sent.jsonl"):
        sent |= set(re.findall(r"Action: (\w+)", path.read_text(encoding="utf-8")))
    used = {action for row in ROWS for cell in row[1:4] for action in re.findall(r"`([A-Z]\w+)`", cell)}
    table = TEXT.split("| not recorded |")[1].split("\n\n")[0]
    listed = {name for line in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", line.split("|")[1])}
    assert used - sent - {"ChannelId"} <= listed
    assert not listed & sent
    tests = (ROOT / "services" / "connector-asterisk" / "tests" / "test_commands_end_to_end.py").read_text("utf-8")
    for name in re.findall(r"`(test_\w+)`", table):
        assert f"async def {name}(" in tests, name


def test_the_settings_exist():
    named = {name.partition("=")[0] for row in ROWS for name in re.findall(r"`([^`]+)`", row[5])}
    assert named <= set(AsteriskSettings.model_fields)
    assert named
