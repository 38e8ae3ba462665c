"""A recording cut: the link lost before one frame and back before a later one, and what is told then.

The pure pipeline of the connector (`translate`, `lost`, `reconcile`), with Asterisk's lists as they would have been
told when the link came back (`tests.conformance.lists`). `python -m tests.conformance.cuts [name]` cuts everywhere and
prints what differs from the whole recording, by kind.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from connector_asterisk.channels import State
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.restore import restore
from connector_asterisk.snapshot import LISTED, Snapshot
from connector_asterisk.translate import SETTLE, WANTED, settle, settle_explained, translate, translate_explained
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import Cause, Connection
from cti_model.events import CallEvent, Origin
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import find_traces, load_trace

from tests.conformance.lists import Lists
from tests.conformance.table import TRACES

NEVER = 1 << 30
BURST_S = 0.05
"""Frames of one action of Asterisk come closer together than this."""
GAPS_S = (0.0, 1.5, 4.0, 9.0)
# Not cut: recordings in which something is alive at the beginning (`v2`, `…_2`), that have no dialplan from which lists
# could be computed (`z3_cti_user_…`), or no calls.
_LEFT_OUT = ("v2_", "z2_", "aa_", "z3_cti_user_", "x_load")


@dataclass
class Life:
    """A row, and the numbers of the frames by which its connection was known to begin, to be answered and to end."""

    row: CallRecord
    began: int
    answered: int = NEVER
    ended: int = NEVER


@dataclass
class Told:
    """What the events say of when a connection began, was answered and ended: between which instants each was."""

    began: tuple[datetime, datetime]
    answered: tuple[datetime, datetime] | None = None
    ended: tuple[datetime, datetime] | None = None
    cause: Cause | None = None


@dataclass
class Gap:
    """What the connector told of a recording in which it missed the frames from `begin` to before `until`.

    `before`, `alive`: what lived for it when the link was lost, and when the comparison was over.
    """

    begin: int
    until: int
    lost_at: datetime
    back_at: datetime
    snapshot: Snapshot
    events: list[CallEvent] = field(repr=False)
    before: dict[str, Connection] = field(repr=False)
    alive: list[Connection] = field(repr=False)

    @cached_property
    def rows(self) -> list[CallRecord]:
        return sorted(all_records(self.events), key=lambda row: (row.started_at, row.connection_id))

    @cached_property
    def told(self) -> dict[str, Told]:
        found: dict[str, Told] = {}
        for event in self.events:
            span = event.not_before or event.occurred_at, event.not_after or event.occurred_at
            for each in (*event.call.connections, *event.call.left):
                told = found.setdefault(each.connection_id, Told(span))
                if each.answered_at is not None:
                    told.answered = told.answered or span
                if each.ended_at is not None:
                    told.ended = told.ended or span
                    told.cause = each.cause
        return found

    def __str__(self) -> str:
        return f"frames {self.begin} to {self.until} missed"


class Recording:
    """The frames of a recording that mean something to us, and Asterisk's lists half-way between each two."""

    def __init__(self, path: Path) -> None:
        self.name = f"{path.parent.name}-{path.name.split('.')[0]}"
        self.frames: list[tuple[datetime, Frame]] = []
        self.back: list[tuple[datetime, Snapshot]] = []
        lists, decoder, before = Lists(), Decoder(None), None
        for chunk in load_trace(path).chunks:
            at = datetime.fromtimestamp(chunk.t, UTC)
            for frame in decoder.feed(chunk.data):
                if frame.name in WANTED and not (frame.name in LISTED and frame.get("ActionID")):
                    back_at = at if before is None else before + (at - before) / 2
                    self.frames.append((at, frame))
                    self.back.append((back_at, lists.snapshot(back_at)))
                    before = at
                lists.see(frame, at)

    def quiet(self, number: int) -> bool:
        """Whether nothing was going on when this frame came: it is the first of its burst."""
        return (self.frames[number][0] - self.frames[number - 1][0]).total_seconds() > BURST_S

    def cuts(self, step: int = 1, gaps_s: Iterable[float] = GAPS_S) -> Iterator[tuple[int, int]]:
        """Where the link is lost and back: at every `step`-th frame, for about so long each time."""
        for begin in range(1, len(self.frames), step):
            sure = self.frames[begin - 1][0]
            later = range(begin + 1, len(self.frames))
            ends = (next((n for n in later if (self.frames[n][0] - sure).total_seconds() >= s), None) for s in gaps_s)
            for until in dict.fromkeys(ends):
                if until is not None:
                    yield begin, until

    @cached_property
    def lives(self) -> list[Life]:
        """Each row of the whole recording, in order of beginning."""
        state, numbers = State("t", "p"), {id(frame): index for index, (_, frame) in enumerate(self.frames)}
        told = [each for at, frame in self.frames for each in translate_explained(state, frame, at, Origin.OBSERVED)]
        told += settle_explained(state, self.frames[-1][0] + 2 * SETTLE, Origin.OBSERVED)
        lives: dict[str, Life] = {}
        rows = {each.connection_id: each for each in all_records(each.event for each in told)}
        for each in told:
            number = numbers.get(id(each.because), len(self.frames))
            for connection in (*each.event.call.connections, *each.event.call.left):
                row = rows.get(connection.connection_id)
                if row is not None:
                    life = lives.setdefault(row.connection_id, Life(row, number))
                    life.answered = min(life.answered, NEVER if connection.answered_at is None else number)
                    life.ended = min(life.ended, NEVER if connection.ended_at is None else number)
        return sorted(lives.values(), key=lambda life: (life.row.started_at, life.row.connection_id))

    def missed(self, begin: int, until: int, *, taken_over: bool = False) -> Gap:
        """Frames `begin` to before `until` are missed; `taken_over`: by a connector that knows only the bus then."""
        state, frames = State("t", "p"), self.frames
        events = [each for at, frame in frames[:begin] for each in translate(state, frame, at)]
        lost_at = frames[begin - 1][0]
        events += settle(state, lost_at + 2 * SETTLE)
        before = {each.connection_id: each for each in _living(state)}
        if taken_over:
            calls, state = [box.call for box in state.boxes.values()], State("t", "p")
            restore(state, calls, lost_at)
        else:
            lost(state, lost_at)
        back_at, snapshot = self.back[until]
        events += reconcile(state, snapshot, back_at)
        alive = _living(state)
        events += [each for at, frame in frames[until:] for each in translate(state, frame, at)]
        events += settle(state, frames[-1][0] + 2 * SETTLE)
        return Gap(begin, until, lost_at, back_at, snapshot, events, before, alive)


def _living(state: State) -> list[Connection]:
    return [each for box in state.boxes.values() for each in box.call.connections if each.alive]


def paths() -> list[Path]:
    """The recordings that are cut."""
    found = (path for path in find_traces(TRACES) if path.parent.name.startswith("asterisk-"))
    return [path for path in found if not path.name.startswith(_LEFT_OUT) and "_2." not in path.name]


def main() -> None:
    """Print what differs, by kind, how often, and where first."""
    from tests.conformance.cut_laws import differences

    kinds: Counter[str] = Counter()
    first: dict[str, str] = {}
    cuts = 0
    for path in paths():
        recording = Recording(path)
        if len(sys.argv) > 1 and sys.argv[1] not in recording.name:
            continue
        for begin, until in (
            (b, u) for b in range(1, len(recording.frames)) for u in range(b + 1, len(recording.frames))
        ):
            cuts += 1
            for kind, text in differences(recording, recording.missed(begin, until)):
                kinds[kind] += 1
                first.setdefault(kind, f"{recording.name} {begin} {until}: {text}")
    for kind, times in sorted(kinds.items()):
        print(f"{times:7} {kind:60} {first[kind]}")
    print(f"{cuts} cuts")


if __name__ == "__main__":
    main()
