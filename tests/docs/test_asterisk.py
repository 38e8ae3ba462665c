"""The rights in docs/telephony/asterisk.md are enough for everything that the translator reads, and no more."""

import configparser
from collections import defaultdict
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from connector_asterisk.agents import WANTED as OF_AGENTS
from connector_asterisk.channels import State
from connector_asterisk.translate import WANTED, translate
from connector_asterisk.wire import Decoder, Frame
from cti_simulators.traces import find_traces, load_trace

from tests.docs.documents import ROOT, blocks, rows, text_of

PAGE = text_of("docs/telephony/asterisk.md")
READ = WANTED | OF_AGENTS
TRACES = ROOT / "tests/data/traces"


def manager_conf(page: str = PAGE) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(comment_prefixes=(";",), inline_comment_prefixes=(";",))
    parser.read_string(blocks(page, "ini")[0])
    return parser


def classes(frame: Frame) -> frozenset[str]:
    """The classes of an event; Asterisk sends it to those who may read all of them. `all` is no class; an item of a
    list that was asked for has none.
    """
    return frozenset(frame.get("Privilege").split(",")) - {"all", ""}


@cache
def classes_in_recordings() -> dict[str, frozenset[str]]:
    """What each event that we read needs, over all recordings of all versions."""
    found: dict[str, frozenset[str]] = defaultdict(frozenset)
    for path in find_traces(TRACES):
        decoder = Decoder(READ)
        for chunk in load_trace(path).chunks:
            for frame in decoder.feed(chunk.data):
                if not frame.is_response:
                    found[frame.name] |= classes(frame)
    return found


def test_the_rights_are_those_of_the_events_that_are_read():
    needed = classes_in_recordings()
    granted = set(manager_conf()["trunkline"]["read"].split(","))
    assert {each for classes in needed.values() for each in classes} == granted
    assert manager_conf()["trunkline"]["write"] == "reporting"
    assert manager_conf()["general"]["timestampevents"] == "yes"
    assert {row[0].strip("`") for row in rows(PAGE, "`manager.conf`")} == granted


def test_the_page_of_commands_grants_the_same_and_what_commands_need():
    watching, commanding = manager_conf()["trunkline"], manager_conf(text_of("docs/telephony/commands.md"))["cti"]
    assert commanding["read"] == watching["read"]
    assert set(watching["write"].split(",")) < set(commanding["write"].split(","))
    assert f"`write = {commanding['write']}`" in PAGE


def test_events_that_no_recording_has_are_few_and_known():
    assert READ - set(classes_in_recordings()) <= {"ParkedCallTimeOut", "MeetmeJoin", "MeetmeLeave"}


@pytest.mark.parametrize("version", [11, 13, 22])
def test_a_manager_with_these_rights_saw_the_same_calls(version):
    """Two managers listened to the same calls at the same time: one with all rights, one with a few more than ours."""
    folder = TRACES / f"asterisk-{version}"
    with_all = told(folder / "z3_cti_user.ami.gz", None)
    with_ours = told(folder / "z3_cti_user_cti.ami.gz", set(manager_conf()["trunkline"]["read"].split(",")))
    assert with_all
    assert with_ours == with_all


def told(path: Path, rights: set[str] | None) -> dict[str, list[str]]:
    """The events of each call in a recording, of what one with these rights gets."""
    state, decoder = State("t", "p"), Decoder(WANTED)
    calls: dict[str, list[str]] = defaultdict(list)
    for chunk in load_trace(path).chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            if rights is None or frame.is_response or classes(frame) <= rights:
                for event in translate(state, frame, at):
                    calls[event.call.call_id].append(event.kind)
    return calls
