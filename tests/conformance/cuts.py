"""A recording cut: the link lost before one frame and back before a later one, and what is told then.

The pure pipeline of the connector (`translate`, `lost`, `reconcile`), with Asterisk's lists as they would have been
told when the link came back (`tests.conformance.lists`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from connector_asterisk.channels import State
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.snapshot import Snapshot
from connector_asterisk.translate import SETTLE, WANTED, settle, settle_explained, translate, translate_explained
from connector_asterisk.wire import Decoder, Frame
from cti_model.calls import Call, Connection
from cti_model.events import CallEvent, Origin
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import load_trace

from tests.conformance.lists import Lists

NEVER = 1 << 30


@dataclass
class Life:
    """What became of a connection in the whole recording: by which frames (their numbers) it was told, and the row."""

    row: CallRecord
    began: int
    answered: int = NEVER
    ended: int = NEVER


@dataclass
class Gap:
    """What the connector told of a recording in which it missed the frames from `begin` to before `until`."""

    begin: int
    until: int
    lost_at: datetime
    back_at: datetime
    events: list[CallEvent]
    found: list[CallEvent]
    alive: dict[str, Connection]

    @cached_property
    def rows(self) -> dict[str, CallRecord]:
        return {each.connection_id: each for each in all_records(self.events)}

    @cached_property
    def calls(self) -> dict[str, Call]:
        return {each.call.call_id: each.call for each in self.events}

    def __repr__(self) -> str:
        return f"frames {self.begin} to {self.until} missed"


class Recording:
    """The frames of a recording that mean something to us, and Asterisk's lists before each of them."""

    def __init__(self, path: Path) -> None:
        self.frames: list[tuple[datetime, Frame]] = []
        self.back: list[tuple[datetime, Snapshot]] = []
        lists, decoder, before = Lists(), Decoder(None), None
        for chunk in load_trace(path).chunks:
            at = datetime.fromtimestamp(chunk.t, UTC)
            for frame in decoder.feed(chunk.data):
                if frame.name in WANTED and not (frame.name == "ParkedCall" and frame.get("ActionID")):
                    back_at = at if before is None else before + (at - before) / 2
                    self.frames.append((at, frame))
                    self.back.append((back_at, lists.snapshot(back_at)))
                    before = at
                lists.see(frame, at)

    @cached_property
    def lives(self) -> dict[str, Life]:
        """Each row of the uncut recording."""
        state, numbers = State("t", "p"), {id(frame): index for index, (_, frame) in enumerate(self.frames)}
        told = [each for at, frame in self.frames for each in translate_explained(state, frame, at, Origin.OBSERVED)]
        told += settle_explained(state, self.frames[-1][0] + 2 * SETTLE, Origin.OBSERVED)
        lives: dict[str, Life] = {}
        rows = {each.connection_id: each for each in all_records([each.event for each in told])}
        for each in told:
            number = numbers.get(id(each.because), len(self.frames))
            for connection in (*each.event.call.connections, *each.event.call.left):
                row = rows.get(connection.connection_id)
                if row is None:
                    continue
                life = lives.setdefault(row.connection_id, Life(row, number))
                if connection.answered_at is not None:
                    life.answered = min(life.answered, number)
                if connection.ended_at is not None:
                    life.ended = min(life.ended, number)
        return lives

    def missed(self, begin: int, until: int) -> Gap:
        """Frames `begin` to before `until` are missed."""
        state, frames = State("t", "p"), self.frames
        told = [each for at, frame in frames[:begin] for each in translate(state, frame, at)]
        lost_at = frames[begin - 1][0]
        told += settle(state, lost_at + 2 * SETTLE)
        lost(state, lost_at)
        back_at, snapshot = self.back[until]
        found = reconcile(state, snapshot, max(back_at, lost_at))
        alive = {
            each.connection_id: each for box in state.boxes.values() for each in box.call.connections if each.alive
        }
        told += found
        told += [each for at, frame in frames[until:] for each in translate(state, frame, at)]
        told += settle(state, frames[-1][0] + 2 * SETTLE)
        return Gap(begin, until, lost_at, max(back_at, lost_at), told, found, alive)
