"""What the persons in the FreeSWITCH recordings did (`truth.json`: the driver's steps), as the records it should give.

Each row of a story names the steps at which a telephone's part began, was answered and ended; the instants are
the driver's, who told the telephones what to do and looked at no event. An act that has no step is not held.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector_freeswitch.replay import events_of
from cti_model.events import CallEvent
from cti_model.records import CallRecord, all_records
from cti_simulators.traces import Trace, find_traces, load_trace

from tests.conformance.doubt import Doubt

TRACES = Path(__file__).parents[1] / "data" / "traces" / "freeswitch-1.10"
TOLERANCE_S = 0.3
"""A hold by Verto is noted when its reply comes, 0.25 to 0.28 s later; all else lies within 70 ms."""


@dataclass(frozen=True)
class Row:
    """One record. Steps as `actor action`, with `#2` for the second such one; empty: not held. `holds`: pairs."""

    device: str
    direction: str
    remote: str
    outcome: str
    began: str
    answered: str
    ended: str
    ended_by: str
    holds: tuple[tuple[str, str], ...] | None = ()
    passed_to: str = ""
    consults: bool = False
    queue: str = ""


Gap = tuple[float, float]
"""From when to when nobody listened, in epoch seconds."""
_SURE = Doubt()
IN, OUT = "in", "out"
CUSTOMER = "0501112233"
STORIES: dict[str, tuple[Row, ...]] = {
    "out_hold": (
        Row(
            "101", OUT, "102", "answered", "101 invite", "102 answers", "101 bye", "self",
            (("101 hold", "101 unhold"),),
        ),
        Row("102", IN, "101", "answered", "102 phone_rings", "102 answers", "101 bye", "remote"),
    ),
    "in_consult_attended": (
        Row(
            "101", IN, CUSTOMER, "answered", "101 rings", "101 answers", "101 replace", "self",
            (("101 hold", "101 replace"),), passed_to="103",
        ),
        Row("101", OUT, "103", "answered", "101 consult invite", "103 answers", "101 replace", "self", consults=True),
        Row("103", IN, "101", "answered", "103 phone_rings", "103 answers", "cust hangs up", "remote", passed_to="103"),
    ),
    "in_consult_cancelled": (
        Row(
            "101", IN, CUSTOMER, "answered", "101 rings", "101 answers", "cust hangs up", "remote",
            (("101 hold", "101 unhold"), ("101 hold#2", "101 unhold#2")),
        ),
        Row("101", OUT, "103", "busy", "101 consult invite", "", "103 rejects", "remote", consults=True),
        Row("103", IN, "101", "busy", "101 consult invite", "", "103 rejects", "self"),
        Row(
            "101", OUT, "103", "answered", "101 consult invite#2", "103 answers", "101 bye consult", "self",
            consults=True,
        ),
        Row("103", IN, "101", "answered", "103 phone_rings", "103 answers", "101 bye consult", "remote"),
    ),
    "blind_transfer": (
        Row("101", IN, CUSTOMER, "answered", "101 rings", "101 answers", "101 transfer", "self", passed_to="103"),
        Row("103", IN, CUSTOMER, "answered", "103 phone_rings", "103 answers", "103 hangs up", "self", passed_to="103"),
    ),
    "busy": (
        Row("101", OUT, "104", "busy", "101 invite", "", "104 rejects 486", "remote"),
        Row("104", IN, "101", "busy", "101 invite", "", "104 rejects 486", "self"),
        Row("101", OUT, "9486", "failed", "101 invite#2", "", "101 gets bye#2", "system"),
        Row("101", OUT, "777", "failed", "101 invite#3", "", "101 gets bye#3", "system"),
    ),
    "no_answer": (
        Row("101", OUT, "104", "no_answer", "101 invite", "", "101 gets bye", "system"),
        Row("104", IN, "101", "missed", "101 invite", "", "101 gets bye", "system"),
        Row("101", OUT, "104", "cancelled", "101 invite#2", "", "101 cancels", "self"),
        Row("104", IN, "101", "missed", "101 invite#2", "", "101 cancels", "remote"),
        Row("101", IN, "102", "missed", "101 rings", "", "102 cancels", "remote"),
        Row("102", OUT, "101", "cancelled", "101 rings", "", "102 cancels", "self"),
        Row("101", IN, "102", "busy", "101 rings#2", "", "101 rejects", "self"),
        Row("102", OUT, "101", "busy", "101 rings#2", "", "101 rejects", "remote"),
    ),
    "queue": (
        Row(
            "102", IN, CUSTOMER, "missed", "102 is offered, does not answer", "", "104 is offered", "system",
            queue="support",
        ),
        Row(
            "104", IN, CUSTOMER, "answered", "104 is offered", "104 answers", "cust hangs up", "remote",
            queue="support",
        ),
        Row("102", IN, CUSTOMER, "answered", "cust dials#2", "102 answers", "102 hangs up", "self", queue="support"),
    ),
    "reconnect_attach_punt": (
        Row(
            "101", IN, "102", "answered", "101 rings", "101 answers", "102 is dropped", "system",
            (("101-b hold", "101-b unhold"), ("101-c hold", "101-c unhold")),
        ),
        Row("102", OUT, "101", "answered", "101 rings", "101 answers", "102 is dropped", "system"),
    ),
    "webitel_style_att_xfer": (
        Row(
            "102", OUT, CUSTOMER, "answered", "driver call (click-to-call)", "cust answers", "driver att_xfer_bridge",
            "self", (("driver hold call1", "driver att_xfer_bridge"),), passed_to="103",
        ),
        Row(
            "102", OUT, "103", "answered", "driver att_xfer2", "103 answers", "driver att_xfer_bridge", "self",
            consults=True,
        ),
        Row("103", IN, "102", "answered", "102 answers#2", "103 answers", "cust hangs up", "remote", passed_to="103"),
        Row("103", OUT, CUSTOMER, "answered", "", "cust answers#2", "driver transfer", "self", passed_to="104"),
        Row(
            "104", IN, CUSTOMER, "answered", "driver transfer", "104 answers", "driver uuid_kill", "system",
            passed_to="104",
        ),
        Row("104", OUT, "", "no_answer", "driver originate unregistered", "", "driver originate unreachable", "system"),
    ),
    "park_fifo_misc": (
        Row("102", OUT, "9199", "answered", "102 parked", "102 parked", "102 hangs up", "self"),
        Row("103", OUT, "", "answered", "", "driver uuid_bridge", "102 hangs up", "remote"),
        Row("104", OUT, "", "answered", "", "104 eavesdrops", "", "self"),
        Row("102", OUT, "5100", "answered", "102 enters fifo", "103 fifo out", "103 hangs up", "remote", queue="sales"),
        Row("103", OUT, "5101", "answered", "103 fifo out", "103 fifo out", "103 hangs up", "self"),
    ),
    "conference": (
        Row("101", OUT, "3001", "answered", "101 invite", "101 private event", "101 leaves", "self"),
        Row("102", OUT, "3001", "answered", "102 joins", "102 joins", "102 leaves", "self"),
        Row("103", OUT, "3001", "answered", "103 joins", "103 joins", "driver kick 103", "system"),
    ),
    "verto_misc": (
        Row("101", OUT, "102", "answered", "101 invite", "102 answers", "", "self", None),
        Row("102", IN, "101", "answered", "102 phone_rings", "102 answers", "", "remote"),
    ),
    "load_loopback": (),  # 203 calls in 812 channels, not one telephone
}  # fmt: skip
REASONS = {
    "busy": "104 pressed its reject key: a 486, which the model calls busy (as with Asterisk)",
    "queue": "the steps have no end of the first offer: held against the beginning of the second",
    "verto_misc": "its hold and its end have no step: held are its beginning and its answer",
    "conference": "when a conference began is told by the first private event of Verto",
}
"""Where the truth had to be read with care."""


_NOBODY_KNOWS: dict[str, tuple[object, ...]] = {
    "ended_by": ("system",),
    "passed on to": ("",),
    "outcome": ("missed", "no_answer", "failed"),
    "answered": (False,),
    "consults": (False,),
    "queue": ("",),
}
"""What a record says of a deed that nobody heard."""


def events_of_trace(trace: Trace) -> list[CallEvent]:
    """Our events of a recording."""
    return list(events_of((chunk.t, chunk.data) for chunk in trace.chunks))


def compared() -> list[tuple[str, list[str]]]:
    """Scenario and differences of each recording."""
    found = []
    for path in find_traces(TRACES, ".esl.jsonl"):
        trace = load_trace(path)
        found.append((trace.name, differences(trace, all_records(events_of_trace(trace)))))
    return found


def differences(
    trace: Trace, records: list[CallRecord], doubts: Mapping[str, Doubt] | None = None, unheard: Gap | None = None
) -> list[str]:
    """What does not agree with what the persons did, in words; empty when all does.

    What nobody could see has to agree within its doubt. `unheard`: when nobody listened. A part that is all in it may
    be missing, and what only a deed in it told may be unknown, but not wrong.
    """
    steps = (trace.truth() or {}).get("steps", [])
    rows = sorted(records, key=lambda each: (each.started_at, each.device))
    left, found = list(rows), []
    for want in STORIES[trace.name]:
        match = next((row for row in left if _same(want, row, steps, _of(row, doubts))), None)
        if match is None:
            if not _all_in(unheard, want, steps):
                found.append(f"{want.device}: no record {want.direction} {want.remote} that began at {want.began}")
            continue
        left.remove(match)
        unknown = _unknown(unheard, want, match, trace, steps)
        found += [f"{want.device}: {text}" for text in _compare(want, match, steps, _of(match, doubts), unknown)]
    return found + [f"{row.device}: a record too many, {row.direction} {row.remote_number}" for row in left]


def _of(row: CallRecord, doubts: Mapping[str, Doubt] | None) -> Doubt:
    return (doubts or {}).get(row.connection_id, _SURE)


def _in(unheard: Gap | None, at: float | None) -> bool:
    """Whether a deed was done while nobody listened."""
    return unheard is not None and at is not None and unheard[0] - TOLERANCE_S <= at <= unheard[1] + TOLERANCE_S


def _all_in(unheard: Gap | None, want: Row, steps: list[dict[str, Any]]) -> bool:
    """Whether a part began and ended while nobody listened, as far as the steps say."""
    deeds = (_at(steps, want.began or want.answered), _at(steps, want.ended or want.answered))
    return all(_in(unheard, at) for at in deeds)


def _unknown(unheard: Gap | None, want: Row, row: CallRecord, trace: Trace, steps: list[dict[str, Any]]) -> set[str]:
    """What of a part only a deed told that nobody heard.

    Why and by whom it ended; who passed it on, where that was the deed of another one's end too; and all that the talk
    told, where all of that was unheard.
    """
    told = row.ended_at.timestamp() if row.ended_at is not None else None
    ended = _in(unheard, _at(steps, want.ended) if want.ended else told)
    unknown = {"ended_by"} if ended else set()
    if any(_in(unheard, _at(steps, each.ended)) for each in STORIES[trace.name] if each.passed_to == want.passed_to):
        unknown.add("passed on to")
    if ended and (not want.answered or _in(unheard, _at(steps, want.answered))):
        unknown |= {"outcome", "answered", "consults", "queue"}
    return unknown


def _same(want: Row, row: CallRecord, steps: list[dict[str, Any]], doubt: Doubt) -> bool:
    at = _at(steps, want.began)
    near = at is None or abs(row.started_at.timestamp() - at) <= TOLERANCE_S + doubt.seconds
    return (row.device, row.direction.value, row.remote_number) == (want.device, want.direction, want.remote) and near


def _compare(want: Row, row: CallRecord, steps: list[dict[str, Any]], doubt: Doubt, unknown: set[str]) -> list[str]:
    tolerance = TOLERANCE_S + doubt.seconds
    said = {
        "outcome": (row.outcome.value if row.outcome else None, want.outcome),
        "ended_by": (row.ended_by.value if row.ended_by else None, None if doubt.end else want.ended_by),
        "passed on to": (row.redirection_id, want.passed_to),
        "consults": (row.consultation_of is not None, want.consults),
        "queue": (row.queue, want.queue),
        "answered": (row.answered_at is not None, bool(want.answered)),
    }
    found = [
        f"{name} {got}, truth {wanted}"
        for name, (got, wanted) in said.items()
        if wanted is not None and got != wanted and not (name in unknown and got in _NOBODY_KNOWS[name])
    ]
    answered, ended = _at(steps, want.answered), _at(steps, want.ended)
    hold = sum((_at(steps, end) or 0.0) - (_at(steps, begin) or 0.0) for begin, end in want.holds or ())
    instants = [
        (name, at, got) for name, at, got in (("answer", answered, row.answered_at), ("end", ended, row.ended_at))
    ]
    for name, at, got in instants:
        if got is None and "answered" in unknown:
            continue
        if at is not None and (got is None or abs(got.timestamp() - at) > tolerance):
            found.append(f"{name} {got}, truth {at:.2f}")
    if want.holds is not None and abs(row.hold_s - hold) > TOLERANCE_S * max(1, len(want.holds)) + doubt.seconds:
        found.append(f"hold_s {row.hold_s:.2f}, truth {hold:.2f}")
    spent = row.ring_s + row.queue_s + row.talk_s + row.hold_s
    if row.ended_at is None or abs((row.ended_at - row.started_at).total_seconds() - spent) > 1e-5:
        found.append(f"{spent} s are booked of {row.ended_at} - {row.started_at}")
    return found


def _at(steps: list[dict[str, Any]], name: str) -> float | None:
    """When a step was; None for one that is not held."""
    if not name:
        return None
    text, _, nth = name.partition("#")
    found = [step["t"] for step in steps if f"{step['actor']} {step['action']}".startswith(text)]
    exact = [step["t"] for step in steps if f"{step['actor']} {step['action']}" == text]
    return float((exact or found)[int(nth or 1) - 1])
