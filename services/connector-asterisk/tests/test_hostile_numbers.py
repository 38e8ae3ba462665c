"""A header that should be a number and is none: it costs its own value and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from connector_asterisk.agents import WANTED as OF_AGENTS
from connector_asterisk.channels import State
from connector_asterisk.gaps import Sequence
from connector_asterisk.naming import whole
from connector_asterisk.picture import Picture
from connector_asterisk.snapshot import LISTED
from connector_asterisk.translate import WANTED
from connector_asterisk.wire import Decoder, Frame
from cti_connector.session import Turn
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
RECORDED = (
    ("asterisk-11", "n1_queue_ringall"),
    ("asterisk-13", "n1_queue_ringall"),
    ("asterisk-22", "n1_queue_ringall"),
    ("asterisk-22", "o1_park_retrieve"),
)
NUMBERS = frozenset(
    {
        "cause",
        "penalty",
        "status",
        "wrapuptime",
        "position",
        "uptime",
        "paused",
        "incall",
        "duration",
        "seconds",
        "wait",
    }
)
HOSTILE = ("", "abc", "-1", "1.5", "\u0663", "99999999999", "9" * 5000, "nan")


def frames(version: str, name: str) -> list[tuple[datetime, Frame]]:
    decoder = Decoder(WANTED | OF_AGENTS | LISTED)
    chunks = load_trace(TRACES / version / f"{name}.ami.gz").chunks
    return [(datetime.fromtimestamp(chunk.t, UTC), frame) for chunk in chunks for frame in decoder.feed(chunk.data)]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:12] or "empty")
@pytest.mark.parametrize(("version", "name"), RECORDED)
def test_every_call_ends_whatever_stands_where_numbers_should(version, name, value):
    picture, turn = Picture(State("t", "p")), Turn()
    began = frames(version, name)
    for at, frame in began:
        headers = {key: value if key in NUMBERS else said for key, said in frame.headers.items()}
        picture.take(Frame(frame.name, b"", headers), at, turn)
    picture.quiet(began[-1][0] + timedelta(seconds=5), turn)
    assert not picture.state.channels
    assert not picture.state.boxes


@pytest.mark.parametrize("name", ["FullyBooted", "QueueMemberPenalty", "QueueMemberStatus"])
@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:12] or "empty")
def test_no_event_that_no_recording_has_raises(name, value):
    picture, turn, at = Picture(State("t", "p")), Turn(), datetime(2026, 1, 1, tzinfo=UTC)
    member = {"queue": "q", "interface": "PJSIP/101", "membername": "101"}
    picture.take(Frame("QueueMemberAdded", b"", {**member, "status": "1", "penalty": "3"}), at, turn)
    hostile = {"uptime": value, "penalty": value, "wrapuptime": value, "status": value}
    picture.take(Frame(name, b"", {**member, **hostile}), at, turn)
    assert picture.agents.known["101"].membership("q") is not None
    assert Sequence().see(Frame(name, b"", {"sequencenumber": value})) == 0


def test_a_number_is_one_or_none():
    assert [whole(each) for each in ("0", "17", "999999999")] == [0, 17, 999_999_999]
    assert [whole(each) for each in HOSTILE if each != "\u0663"] == [None] * (len(HOSTILE) - 1)
