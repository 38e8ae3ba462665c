"""Every recording of Asterisk cut at every frame: what is told after a gap, held by the laws of `cut_laws`.

Three kinds of difference from the whole recording's records are allowed, and nothing else: what nobody saw, told as
docs/telephony/asterisk.md says ("What a gap hides"); details of an action in whose midst the link was lost or came
back; and how late an Originate that is not async is told, which blocks the link itself.
"""

from functools import cache
from pathlib import Path

import pytest
from cti_simulators.traces import load_trace

from tests.conformance.cut_laws import differences
from tests.conformance.cuts import TRACES, Gap, Recording, paths

# In the midst of one action: who asked to hang up or how it was dialled is said in one frame, a few milliseconds before
# the others. The row is there, its talk too; these of its fields may be as the rest of the frames tell them.
IN_ONE_ACTION = {
    f"burst: {name}"
    for name in (
        *("answered", "direction", "ended by", "outcome", "remote_name", "remote_number", "when it ended"),
        *(f"{seen} of what was seen" for seen in ("answered_at", "direction", "ended_by", "outcome", "remote_name")),
        *(f"{seen} of what was seen" for seen in ("ring_s", "started_at", "talk_s")),
    )
}
TOLD_LATE = {
    "q4_originate_failures": {
        "wrong: ring_s of what was seen",
        "wrong: started_at of what was seen",
        "burst: began outside of what is told",
    }
}
# Cuts in which something was told wrong once, and which the steps below leave out.
ONCE_WRONG = {"asterisk-11": [(732, 751)], "asterisk-13": [(803, 1054), (1291, 1560), (1549, 1772)], "asterisk-22": []}
LOADS = [TRACES / version / "x_load.ami.gz" for version in ("asterisk-11", "asterisk-13", "asterisk-22")]


@cache
def recording_of(path: Path) -> Recording:
    return Recording(path)


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.name.split('.')[0]}"


def hold(recording: Recording, gap: Gap, allowed: set[str]) -> int:
    """Fails at a difference that is not allowed; how many there were of those that nobody could see."""
    kinds = list(differences(recording, gap))
    wrong = [f"{kind}: {text}" for kind, text in kinds if not kind.startswith("lost: ") and kind not in allowed]
    assert not wrong, f"{recording.name}, {gap}: {wrong}"
    return len(kinds)


@pytest.mark.parametrize("path", paths(), ids=name_of)
def test_whatever_frames_are_missed(path):
    recording = recording_of(path)
    allowed = IN_ONE_ACTION | TOLD_LATE.get(load_trace(path).name, set())
    for begin, until in recording.cuts():
        hold(recording, recording.missed(begin, until), allowed)


@pytest.mark.parametrize("path", LOADS, ids=name_of)
def test_whatever_is_missed_of_many_calls_at_once(path):
    recording = Recording(path)
    unseen = 0
    for begin, until in (*ONCE_WRONG[path.parent.name], *recording.cuts(step=601, gaps_s=(1.0, 7.0))):
        unseen += hold(recording, recording.missed(begin, until), IN_ONE_ACTION)
    assert unseen > 30, "calls ended in these gaps"


@pytest.mark.parametrize("path", paths(), ids=name_of)
def test_who_takes_over_after_a_gap_has_what_lives_and_nothing_else(path):
    recording = recording_of(path)
    for begin, until in recording.cuts(step=5):
        kinds = differences(recording, recording.missed(begin, until, taken_over=True))
        wrong = [f"{kind}: {text}" for kind, text in kinds if kind.endswith((": what lives", ": a ghost"))]
        assert not wrong, f"{recording.name}, frames {begin} to {until} missed: {wrong}"


@pytest.mark.parametrize("path", paths(), ids=name_of)
def test_nothing_missed_is_nothing_lost(path):
    """The laws compare with the whole recording: where no frame is missed there is no difference of any kind."""
    recording = recording_of(path)
    for number in range(1, len(recording.frames)):
        if recording.quiet(number):
            assert list(differences(recording, recording.missed(number, number))) == [], number
