"""What the telephones saw (`truth.json`), as the records that we should have made of it."""

import ast
import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cti_model.records import CallRecord
from cti_simulators.traces import Trace, stem

from tests.conformance.doubt import Doubt

TOLERANCE_S = 0.3
"""Between the telephone's clock and the AMI event lie a SIP answer and Asterisk's own work."""

_SURE = Doubt()
_ORIGINATED_S = 0.1  # from an Originate to the INVITE that the telephone gets
_NAME_ADDR = re.compile(r'(?:"(?P<name>.*)" )?<sip:(?P<number>[^@]*)@')
_DISPOSITIONS = (
    ("ANSWERED ELSEWHERE", "answered_elsewhere"),
    ("ANSWERED", "answered"),
    ("MISSED (abandoned)", "abandoned"),
    ("MISSED", "missed"),
    ("CANCELLED", "cancelled"),
    ("DECLINED", "rejected"),
    ("BUSY", "busy"),
    ("FAILED 486", "busy"),
    ("FAILED", "failed"),
)


@dataclass
class Expected:
    """One record as the telephone saw it. None: the truth does not say."""

    device: str
    direction: str
    started: float
    answered: float | None
    ended: float
    ring_s: float
    talk_s: float
    hold_s: float
    remote: str | None
    name: str | None
    outcome: str | None
    ended_by: str | None


def expected(trace: Trace) -> list[Expected]:
    """The records that the telephones of a trace should have got, in order of beginning."""
    truth = trace.truth()
    if truth is None:
        return []
    on_ami = _legs_on_ami(trace.path)
    legs = [leg for leg in truth.get("sip_calls", ()) if leg["phone"] != "trunk"]
    rows: list[Expected] = []
    seen: dict[str, int] = {}
    for leg in sorted(legs, key=lambda each: float(each["t_start"])):
        rang = leg["dir"] == "out" or leg.get("t_ringing") or leg.get("t_answered")
        asterisk_rang = leg["dir"] == "in" and leg.get("t_ringing")
        if not rang or (on_ami is not None and str(leg["call"]) not in on_ami and not asterisk_rang):
            continue
        nth = seen[leg["phone"]] = seen.get(leg["phone"], 0) + 1
        rows.append(_expected(leg, _viewpoint(truth, leg["phone"], nth), truth))
    return rows


def differences(want: list[Expected], rows: list[CallRecord], doubts: dict[str, Doubt]) -> list[str]:
    """What does not agree, in words; empty when all does. What nobody could see has to agree within its doubt."""
    left = list(rows)
    found: list[str] = []
    for each in want:
        match = next((row for row in left if _same(each, row, _of(row, doubts))), None)
        if match is None:
            found.append(f"{each.device}: no record that began at {each.started:.2f} ({each.direction})")
            continue
        left.remove(match)
        found.extend(f"{each.device}: {text}" for text in _compare(each, match, _of(match, doubts)))
    found.extend(
        f"{row.device}: a record too many, {row.direction.value} {row.remote_number} {row.outcome}" for row in left
    )
    return found


def _of(row: CallRecord, doubts: dict[str, Doubt]) -> Doubt:
    return doubts.get(row.connection_id, _SURE)


def _same(want: Expected, row: CallRecord, doubt: Doubt) -> bool:
    off = abs(row.started_at.timestamp() - want.started)
    return row.device == want.device and off <= TOLERANCE_S + doubt.seconds


def _compare(want: Expected, row: CallRecord, doubt: Doubt) -> list[str]:
    tolerance = TOLERANCE_S + doubt.seconds
    found = [
        f"{name} {getattr(row, name):.2f}, truth {getattr(want, name):.2f}"
        for name in ("ring_s", "talk_s", "hold_s")
        if abs(getattr(row, name) - getattr(want, name)) > tolerance
    ]
    if row.ended_at is None or abs(row.ended_at.timestamp() - want.ended) > tolerance:
        found.append(f"ended {row.ended_at}, truth {want.ended:.2f}")
    if (row.answered_at is not None) != (want.answered is not None):
        found.append(f"answered {row.answered_at}, truth {want.answered}")
    for name, got, wanted in (
        ("direction", row.direction.value, want.direction),
        ("remote", row.remote_number, want.remote),
        ("name", row.remote_name, want.name),
        ("outcome", row.outcome.value if row.outcome else None, want.outcome),
        ("ended_by", row.ended_by.value if row.ended_by else None, None if doubt.end else want.ended_by),
    ):
        if wanted is not None and got != wanted:
            found.append(f"{name} {got}, truth {wanted}")
    return found


def _expected(leg: dict[str, Any], view: dict[str, Any], truth: dict[str, Any]) -> Expected:
    by_manager = "initiated_by" in view or _originated(truth, leg)
    direction = "out" if by_manager else str(view.get("direction", leg["dir"]))[:3].rstrip("(")
    started = leg["t_start"] if leg["dir"] == "out" else (leg.get("t_ringing") or leg["t_start"])
    answered, ended = leg.get("t_answered"), leg["t_end"]
    crashed = next((t for t in _instants(truth, "kill -9 asterisk") if started < t < ended), None)
    if crashed is not None:
        ended = crashed  # the call is over then, whatever the telephone still believes
    if by_manager and answered is not None and "Application" not in (_originated(truth, leg) or {}):
        answered = _far_end(truth, leg)
    attached = max(_instants(truth, "logs in now"), default=0.0)
    # A hold that began before we looked is in no snapshot.
    hold = sum(min(hold[1] or ended, ended) - hold[0] for hold in leg["holds"] if hold[0] >= attached)
    caller = _NAME_ADDR.match(leg.get("remote") or "") if leg["dir"] == "in" else None
    outcome = _outcome(view, direction) or ("answered" if answered else None)
    return Expected(
        device=leg["phone"],
        direction=direction,
        started=started,
        answered=answered,
        ended=ended,
        ring_s=(answered or ended) - started,
        talk_s=(ended - answered - hold) if answered else 0.0,
        hold_s=hold,
        remote=view.get("remote") or (caller["number"] if caller else leg.get("dialled")),
        name=view.get("name") or (caller["name"] if caller and not by_manager else None),
        outcome=outcome,
        ended_by=_ended_by(view, leg) if crashed is None else "system",
    )


def _instants(truth: dict[str, Any], what: str) -> list[float]:
    """When something happened according to the driver of the scenario."""
    return [float(each["t"]) for each in truth.get("timeline", ()) if each["what"] == what]


def _outcome(view: dict[str, Any], direction: str) -> str | None:
    disposition = view.get("disposition", "")
    if disposition.startswith("NO ANSWER"):
        return "no_answer" if direction == "out" else "missed"
    return next((word for start, word in _DISPOSITIONS if disposition.startswith(start)), None)


def _ended_by(view: dict[str, Any], leg: dict[str, Any]) -> str | None:
    """As the scenario's author says; else as the telephone saw it, where that tells who (a BYE of its own)."""
    by = view.get("ended_by")
    if by is None:
        return "self" if leg.get("ended_by") == "self" else None
    if by in ("system", "manager"):
        return "system"
    return "self" if by == view.get("who") else "remote"


def _viewpoint(truth: dict[str, Any], phone: str, nth: int) -> dict[str, Any]:
    """The operator's view of the n-th leg of a telephone, where the scenario's author wrote one."""
    views = [view for view in truth.get("viewpoints", ()) if view.get("who") == phone]
    numbered = [view for view in views if view.get("call") == nth]
    if numbered:
        return dict(numbered[0])
    return dict(views[nth - 1]) if nth <= len(views) else {}


def _originated(truth: dict[str, Any], leg: dict[str, Any]) -> dict[str, str] | None:
    """The AMI action `Originate` that had this telephone rung for its own user, as the scenario's driver noted it."""
    for step in truth.get("timeline", ()):
        action = str(step["what"]).removeprefix("Action Originate ")
        if step["actor"] != "ami" or action == step["what"] or not 0 <= leg["t_start"] - step["t"] < _ORIGINATED_S:
            continue
        headers = dict(ast.literal_eval(action))
        if leg["phone"] == headers.get("Channel", "").partition("/")[2].partition("@")[0]:
            return headers
    return None


def _far_end(truth: dict[str, Any], leg: dict[str, Any]) -> float | None:
    """When the other party of a click-to-call answered."""
    others = [
        each
        for each in truth["sip_calls"]
        if each["call"] != leg["call"] and each["dir"] == "in" and leg["t_start"] <= each["t_start"] <= leg["t_end"]
    ]
    return next((each["t_answered"] for each in others if each.get("t_answered")), None)


def continuations(path: Path) -> list[Path]:
    """The recording that goes on where the link was lost, `<name>_2`, if there is one."""
    name = stem(path)
    following = path.with_name(path.name.replace(name, f"{name}_2", 1))
    return [following] if following.exists() else []


def _legs_on_ami(path: Path) -> set[str] | None:
    """The legs that made a channel at all (a number that does not exist makes none); None where nobody noted it.

    Of a recording that goes on after a reconnect only the first part was noted.
    """
    plain = path.with_name(stem(path) + ".legs.tsv")
    packed = path.with_name(plain.name + ".gz")
    if not (plain.exists() or packed.exists()) or continuations(path):
        return None
    text = plain.read_text() if plain.exists() else gzip.decompress(packed.read_bytes()).decode()
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {row[0] for row in rows if row[3]}
