"""What a record must say of a call of which the connector missed something, and how it may differ.

The second is documented in docs/telephony/asterisk.md, "What a gap hides".

`differences` tells each difference from the whole recording's record by kind:

* `wrong`   it was seen, or the lists or later events tell it, and the record says something else;
* `burst`   the same, where the link was lost or back in the midst of the frames of one action;
* `lost`    nobody saw it, and the record tells that as it is documented.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from connector_asterisk.kinship import DIALS, RINGS, UP
from cti_model.calls import Cause, Direction, EndedBy, Outcome
from cti_model.records import CallRecord

from tests.conformance.cuts import NEVER, Gap, Life, Recording, Told

Difference = tuple[str, str]
# A transfer that nobody saw leaves who was on the other side: those who came together see each other from then on.
_OTHER_SIDE = ("remote_number", "remote_name", "internal")
# Nor does a list tell whether its telephone talked already when it dialled.
_UNSEEN = (*_OTHER_SIDE, "consultation_of")
_PASSED_ON = ("redirecting_id", "redirection_id")
_TIMES = ("started_at", "answered_at", "ended_at", "ring_s", "queue_s", "talk_s", "hold_s")
_CLOCKS = timedelta(milliseconds=50)  # between Asterisk's own instants and those of our reception


def differences(recording: Recording, gap: Gap) -> Iterator[Difference]:
    """How the records after a gap differ from those of the whole recording."""
    action = not (recording.quiet(gap.begin) and recording.quiet(gap.until))
    found = [*_alive(recording, gap), *_rows(recording, gap)]
    for kind, text in found:
        yield kind.replace("wrong", "burst") if action else kind, text


def _alive(recording: Recording, gap: Gap) -> Iterator[Difference]:
    """What lives is what Asterisk lists, telephone by telephone; at the end nothing is left over."""
    listed = Counter(
        each.name.rpartition("-")[0]
        for each in gap.snapshot.channels or ()
        if each.state in (DIALS, UP)
        or (each.state == RINGS and each.application)  # 11 tells who dialled a moment later
    )
    lines = Counter({name: number for name, number in listed.items() if name.partition("/")[0] in ("SIP", "PJSIP")})
    living = Counter(each.device.native for each in gap.alive)
    if living != lines:
        yield "wrong: what lives", f"{dict(living)}, listed {dict(lines)}"
    left = Counter(row.device for row in gap.rows if row.ended_at is None)
    if left - Counter(life.row.device for life in recording.lives if life.row.ended_at is None):
        yield "wrong: a ghost", f"{dict(left)}"


def _rows(recording: Recording, gap: Gap) -> Iterator[Difference]:
    left = list(gap.rows)
    for life in recording.lives:
        hidden = gap.begin <= life.began and life.ended < gap.until
        row = None if hidden else _row_of(life, left, gap)
        if row is not None:
            left.remove(row)
            for kind, text in _compared(life, row, gap.told[row.connection_id], gap, recording):
                yield kind, f"{row.device}: {text}"
        elif not hidden:
            yield "wrong: a row is missing", f"{life.row.device} {life.row.started_at}"
    for row in left:
        yield "wrong: a row too many", f"{row.device} {row.outcome} {row.started_at}"


def _row_of(life: Life, rows: list[CallRecord], gap: Gap) -> CallRecord | None:
    """The row of the same telephone that began then; of the same connection where there is one (11 changes ids)."""
    same = [row for row in rows if row.device == life.row.device]
    by_id = next((row for row in same if row.connection_id == life.row.connection_id), None)
    between = (row for row in same if _within(life.row.started_at, gap.told[row.connection_id].began))
    return by_id or next(between, None)


def _compared(life: Life, row: CallRecord, told: Told, gap: Gap, recording: Recording) -> Iterator[Difference]:
    want = life.row
    if abs(sum((row.ring_s, row.queue_s, row.talk_s, row.hold_s)) - _lasted(row)) > 1e-5:
        yield "wrong: the sum of the times", f"{row}"
    if life.ended < gap.begin or life.began >= gap.until:
        yield from _whole(want, row, gap)
        return
    yield from _began(life, row, told, gap)
    yield from _answered(life, row, told, gap)
    if life.ended < gap.until:
        yield from _ended_unseen(life, row, told, gap)
    else:
        yield from _ended_seen(life, row, gap, recording)
    for name in ("direction", "queue", "consultation_of", *_OTHER_SIDE):
        better = name == "remote_name" and not want.remote_name  # a list names who was not named before
        if getattr(row, name) != getattr(want, name) and not better:
            unseen = name in _UNSEEN and life.began >= gap.begin
            yield f"{'lost' if unseen else 'wrong'}: {name}", f"{getattr(row, name)}, was {getattr(want, name)}"
    yield from _passed_on(want, row, gap)


def _whole(want: CallRecord, row: CallRecord, gap: Gap) -> Iterator[Difference]:
    """All of it was seen. What happened before to others may be unknown: who passed it on, which call it consults."""
    for name in CallRecord.__struct_fields__:
        if getattr(row, name) != getattr(want, name) and name not in ("connection_id", "call_id", *_PASSED_ON):
            kind = "lost" if name == "consultation_of" else "wrong"
            yield f"{kind}: {name} of what was seen", f"{getattr(row, name)}, was {getattr(want, name)}"
    yield from _passed_on(want, row, gap)


def _passed_on(want: CallRecord, row: CallRecord, gap: Gap) -> Iterator[Difference]:
    """Who passed a call on is not invented: it is as it was, or as it was known before."""
    before = gap.before.get(row.connection_id)
    for name in _PASSED_ON:
        if getattr(row, name) != getattr(want, name):
            known = getattr(before, name) if before is not None else ""
            kind = "lost" if getattr(row, name) in ("", known) else "wrong"
            yield f"{kind}: {name}", f"{getattr(row, name)!r}, was {getattr(want, name)}"


def _began(life: Life, row: CallRecord, told: Told, gap: Gap) -> Iterator[Difference]:
    if life.began < gap.begin and row.started_at != life.row.started_at:
        yield "wrong: began", f"{row.started_at}, was {life.row.started_at}"
    if not _within(life.row.started_at, told.began):
        yield "wrong: began outside of what is told", f"{told.began}, was {life.row.started_at}"


def _answered(life: Life, row: CallRecord, told: Told, gap: Gap) -> Iterator[Difference]:
    """An answer that was seen has its instant, one that a list shows has bounds, one that nobody saw is not told."""
    was = life.row.answered_at
    if gap.begin <= life.answered < gap.until:
        if row.answered_at is None and life.ended < gap.until:
            yield "lost: that it was answered", ""
        elif row.answered_at is None or not _within(was, told.answered):
            yield "wrong: answered outside of what is told", f"{told.answered}, was {was}"
    elif row.answered_at != was and not _within(was, told.answered):
        yield "wrong: answered", f"{row.answered_at}, was {was}"


def _ended_unseen(life: Life, row: CallRecord, told: Told, gap: Gap) -> Iterator[Difference]:
    """It ends when the link is back, by the system, answered only where that was seen; or as the others tell."""
    want = life.row
    if row.ended_at == want.ended_at:
        return  # that its telephone asked to hang up had come
    if row.ended_at != gap.back_at or not _within(want.ended_at, told.ended):
        yield "wrong: ended outside of what is told", f"{told.ended}, was {want.ended_at}"
    yield "lost: when it ended", ""
    if told.cause not in (Cause.LOST, Cause.TRANSFERRED, Cause.ANSWERED_ELSEWHERE):
        yield "wrong: why it ended", f"{told.cause}"
    if row.ended_by is not want.ended_by:
        kind = "lost" if row.ended_by is EndedBy.SYSTEM else "wrong"
        yield f"{kind}: ended by", f"{row.ended_by}, was {want.ended_by}"
    if row.outcome is not want.outcome:
        unknown = Outcome.MISSED if row.direction is Direction.IN else Outcome.FAILED
        transferred = row.ended_by is EndedBy.SELF and row.outcome is Outcome.CANCELLED
        kind = "lost" if row.answered_at is None and (row.outcome is unknown or transferred) else "wrong"
        yield f"{kind}: outcome", f"{row.outcome}, was {want.outcome}"


def _ended_seen(life: Life, row: CallRecord, gap: Gap, recording: Recording) -> Iterator[Difference]:
    """Its end was seen; that its telephone asked for it, a moment before, may have been missed."""
    want = life.row
    missed = any(frame.name == "HangupRequest" for _, frame in recording.frames[gap.begin : gap.until])
    if row.outcome is not want.outcome:
        yield "wrong: outcome", f"{row.outcome}, was {want.outcome}"
    if row.ended_at != want.ended_at:
        asked = missed and life.ended < NEVER and row.ended_at == recording.frames[life.ended][0]
        yield f"{'lost' if asked else 'wrong'}: when it ended", f"{row.ended_at}, was {want.ended_at}"
    if row.ended_by is not want.ended_by:
        kind = "lost" if row.ended_by is EndedBy.SYSTEM and gap.begin <= life.ended else "wrong"
        yield f"{kind}: ended by", f"{row.ended_by}, was {want.ended_by}"


def _within(at: datetime | None, span: tuple[datetime, datetime] | None) -> bool:
    return at is not None and span is not None and span[0] - _CLOCKS <= at <= span[1] + _CLOCKS


def _lasted(row: CallRecord) -> float:
    return (
        (row.ended_at - row.started_at).total_seconds()
        if row.ended_at
        else row.ring_s + row.queue_s + row.talk_s + row.hold_s
    )
