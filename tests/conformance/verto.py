"""What a Verto telephone itself heard and did, frame by frame, against our records of its part from the event socket.

The two streams were recorded at once and know nothing of each other but the id: a call's id in Verto is its channel's.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cti_model.calls import Direction
from cti_model.ids import connection_id
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import load_trace
from cti_simulators.webphone.verto_frames import Frame, Request, Result, parse

from tests.conformance.freeswitch import TOLERANCE_S, TRACES, events_of_trace

RECORDINGS = Path(__file__).parents[2] / "libs" / "browser" / "tests" / "data" / "verto"


@dataclass
class Seen:
    """One call of a telephone as its frames tell it. Instants are epoch seconds; None: no frame tells it."""

    direction: Direction
    number: str
    began: float
    answered: float | None = None
    ended: float | None = None
    by_itself: bool = False
    holds: list[list[float]] = field(default_factory=list)

    @property
    def hold_s(self) -> float:
        """How long it held."""
        end = self.ended if self.ended is not None else self.began
        return sum((each[1] if len(each) > 1 else end) - each[0] for each in self.holds)


class Telephone:
    """Folds one session's frames into its calls. `calls`: those that FreeSWITCH took or offered, by id."""

    def __init__(self) -> None:
        self.calls: dict[str, Seen] = {}
        self._asked: dict[tuple[str, int | None], tuple[float, Request]] = {}

    def take(self, client: str, ours: bool, at: float, frame: Frame | None) -> None:
        """The next frame; `ours`: sent by the telephone."""
        if isinstance(frame, Request) and ours:
            self._asked[client, frame.id] = at, frame
        elif isinstance(frame, Request):
            self._told(at, frame)
        elif isinstance(frame, Result) and not ours:
            asked = self._asked.pop((client, frame.id), None)
            if asked is not None:
                self._done(*asked, frame.result)

    def _told(self, at: float, request: Request) -> None:
        seen = self.calls.get(request.call_id)
        if request.method == "verto.invite":
            number = str(request.params["caller_id_number"])
            self.calls[request.call_id] = Seen(Direction.IN, number, at)
        elif seen is not None and request.method == "verto.answer":
            seen.answered = at
        elif seen is not None and request.method == "verto.bye":
            seen.ended = at

    def _done(self, at: float, request: Request, result: dict[str, Any]) -> None:
        if request.method == "verto.invite":
            number = str(request.params["dialogParams"]["destination_number"])
            self.calls[request.call_id] = Seen(Direction.OUT, number, at)
            return
        seen = self.calls.get(request.call_id)
        if seen is None:
            return
        if request.method == "verto.answer":
            seen.answered = at
        elif request.method == "verto.bye":
            seen.ended, seen.by_itself = at, True
        elif request.method == "verto.modify":
            self._modified(at, request, seen, result)

    def _modified(self, at: float, request: Request, seen: Seen, result: dict[str, Any]) -> None:
        holding = bool(seen.holds) and len(seen.holds[-1]) == 1
        if request.params["action"] in ("transfer", "replace"):
            for call_id in (request.call_id, request.params.get("replaceCallID", "")):
                if call_id in self.calls:
                    self.calls[call_id].by_itself = True
        elif result["holdState"] == "held" and not holding:
            seen.holds.append([at])
        elif result["holdState"] == "active" and holding:
            seen.holds[-1].append(at)


def telephone(path: Path) -> Telephone:
    """What a recording's telephone saw, over all its connections."""
    seen = Telephone()
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        if "frame" in entry:
            seen.take(entry["client"], entry["dir"] == "send", entry["t"], parse(entry["frame"]))
    return seen


def compared() -> Iterable[tuple[str, list[str]]]:
    """Scenario and differences of each recording of a Verto telephone."""
    for path in sorted(RECORDINGS.glob("*.verto.jsonl")):
        name = path.name.partition(".")[0]
        rows = all_records(events_of_trace(load_trace(TRACES / f"{name}.esl.jsonl.gz")))
        yield name, differences(telephone(path), rows)


def differences(seen: Telephone, rows: list[CallRecord]) -> list[str]:
    """What the telephone and our records do not agree about, in words."""
    ours = {row.connection_id: row for row in rows if row.device == "101"}
    found = []
    for call_id, call in seen.calls.items():
        row = ours.pop(connection_id("replay", "freeswitch", "", call_id), None)
        found += [f"{call_id[:8]}: {text}" for text in (_compare(call, row) if row is not None else ["no record"])]
    return found + [f"{each}: a record of no call that the telephone had" for each in ours]


def _compare(call: Seen, row: CallRecord) -> list[str]:
    said = {
        "direction": (row.direction, call.direction),
        "number": (row.remote_number, call.number),
        "answered": (row.answered_at is not None, call.answered is not None),
    }
    if call.ended is not None:
        said["ended by itself"] = (row.ended_by == "self", call.by_itself)
    instants = {"began": (row.started_at, call.began), "answered": (row.answered_at, call.answered)}
    found = [f"{name} {got}, telephone {wanted}" for name, (got, wanted) in said.items() if got != wanted]
    for name, (got, at) in (instants | {"ended": (row.ended_at, call.ended)}).items():
        if at is not None and (got is None or abs(got.timestamp() - at) > TOLERANCE_S):
            found.append(f"{name} {got}, telephone {at:.2f}")
    if abs(row.hold_s - call.hold_s) > TOLERANCE_S * max(1, len(call.holds)):
        found.append(f"hold_s {row.hold_s:.2f}, telephone {call.hold_s:.2f}")
    return found
