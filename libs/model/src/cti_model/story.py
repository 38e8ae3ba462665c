"""The path of a call in one line for people: "79161234567 → queue support 12 s → 102 rang 4 s, missed → 101 talked
35 s, held 10 s → transferred to 103 talked 20 s". Pure.

`story(events)` reads the events of one call in order. It names who began the call, each wait in a queue or on a parking
slot, each device that did not answer with what became of it, and each one that talked: from whom it got the call, how
long it talked and held. Whole seconds, rounded. A call that goes on ends with "…".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from cti_model.calls import Call, Connection, ConnectionState, DeviceKind, Outcome
from cti_model.events import CallEvent, Parked, Queued, Transferred
from cti_model.path import Edge, Segment, segments

State = ConnectionState


class Language(StrEnum):
    """The languages that there are words in."""

    ENGLISH = "en"
    RUSSIAN = "ru"


class Words(Struct, frozen=True, kw_only=True):
    """The words of one language. `{}` is a number, a name or whole seconds."""

    nobody: str
    queue: str
    parked: str
    merged: str
    to_rest: str  # between who and what
    rang: str
    talked: str
    held: str
    edges: Mapping[Edge, str]
    outcomes: Mapping[Outcome, str]


WORDS: Mapping[Language, Words] = MappingProxyType(
    {
        Language.ENGLISH: Words(
            nobody="unknown number",
            queue="queue {} {} s",
            parked="parked {} s",
            merged="joined to another call",
            to_rest=" ",
            rang="rang {} s",
            talked="talked {} s",
            held="held {} s",
            edges={
                Edge.CONSULTATION: "consulted {}",
                Edge.ATTENDED: "transferred to {}",
                Edge.BLIND: "transferred to {}",
                Edge.REDIRECT: "redirected to {}",
                Edge.PICKUP: "picked up by {}",
                Edge.FORWARD: "forwarded to {}",
                Edge.PARK: "taken from parking by {}",
                Edge.CONFERENCE: "joined by {}",
                Edge.RECALL: "back to {}",
            },
            outcomes={
                Outcome.ANSWERED: "answered",
                Outcome.MISSED: "missed",
                Outcome.BUSY: "busy",
                Outcome.NO_ANSWER: "no answer",
                Outcome.REJECTED: "rejected",
                Outcome.CANCELLED: "cancelled",
                Outcome.FAILED: "failed",
                Outcome.ANSWERED_ELSEWHERE: "answered elsewhere",
                Outcome.ABANDONED: "abandoned",
            },
        ),
        Language.RUSSIAN: Words(
            nobody="неизвестный номер",
            queue="очередь {} {} с",
            parked="парковка {} с",
            merged="соединён с другим звонком",
            to_rest=": ",
            rang="вызов {} с",
            talked="разговор {} с",
            held="удержание {} с",
            edges={
                Edge.CONSULTATION: "консультация с {}",
                Edge.ATTENDED: "перевод на {}",
                Edge.BLIND: "перевод на {}",
                Edge.REDIRECT: "перенаправление на {}",
                Edge.PICKUP: "перехват {}",
                Edge.FORWARD: "переадресация на {}",
                Edge.PARK: "снят с парковки {}",
                Edge.CONFERENCE: "присоединился {}",
                Edge.RECALL: "возврат к {}",
            },
            outcomes={
                Outcome.ANSWERED: "отвечен",
                Outcome.MISSED: "пропущен",
                Outcome.BUSY: "занято",
                Outcome.NO_ANSWER: "нет ответа",
                Outcome.REJECTED: "отклонён",
                Outcome.CANCELLED: "отменён",
                Outcome.FAILED: "не состоялся",
                Outcome.ANSWERED_ELSEWHERE: "ответил другой",
                Outcome.ABANDONED: "не дождались ответа",
            },
        ),
    }
)


_Span = tuple[datetime, datetime]


@dataclass
class _Spell:
    """A time that one connection spent in one state in this call."""

    state: State
    began: datetime
    ended: datetime
    where: str = ""  # the queue; empty for a parking slot


@dataclass
class _Part:
    """What a connection did in this call. `passed_on`: the edge of the transfer that made it ring."""

    last: Connection
    spells: list[_Spell] = field(default_factory=list)
    passed_on: Edge | None = None

    def spans(self, *states: State) -> list[_Span]:
        """When it was in these states."""
        return [(each.began, each.ended) for each in self.spells if each.state in states]


def story(events: Iterable[CallEvent], language: Language = Language.ENGLISH) -> str:
    """The line; empty when there are no events."""
    told = list(events)
    if not told:
        return ""
    words, call = WORDS[language], told[-1].call
    parts = _parts(told)
    if not parts:
        return ""
    first, *others = parts.values()
    steps = [*_waits(first, words)]
    talks = segments(told)
    for part in others:
        own = [each for each in talks if each.other == part.last.connection_id]
        own = own or [each for each in talks if each.one == part.last.connection_id]
        steps += _talks(part, own, parts, told[-1].occurred_at, words) if own else _unanswered(part, words)
    texts = [text for _, text in sorted(steps, key=lambda step: step[0])]
    if not texts:
        texts = _alone(first, call, words)
    if call.merged_into is not None:
        texts.append(words.merged)
    if call.alive:
        texts.append("…")
    return " → ".join([_who(first.last, words), *texts])


def _parts(events: list[CallEvent]) -> dict[str, _Part]:
    """What each connection did, in order of appearance; of one that left, until it left."""
    parts: dict[str, _Part] = {}
    there: set[str] = set()
    passed_on, passed_by = None, ""
    for event in events:
        at, fact = event.occurred_at, event.fact
        if isinstance(fact, Transferred) and not fact.departed:
            passed_on, passed_by = Edge(fact.kind.value), fact.by_number
            for name in there:
                if parts[name].last.state is State.ALERTING:
                    parts[name].passed_on = passed_on
        for name in there:
            parts[name].spells[-1].ended = max(at, parts[name].spells[-1].began)
        there = set()
        for each in event.call.connections:
            part = parts.get(each.connection_id)
            if part is None:
                back = passed_on is Edge.ATTENDED and each.device.number == passed_by
                part = parts[each.connection_id] = _Part(each, passed_on=Edge.RECALL if back else passed_on)
            if not part.spells or part.spells[-1].state is not each.state:
                where = fact.queue if isinstance(fact, Queued) else "" if isinstance(fact, Parked) else each.queue
                part.spells.append(_Spell(each.state, at, at, where))
            part.last = each
            there.add(each.connection_id)
    return parts


def _waits(first: _Part, words: Words) -> Iterator[tuple[datetime, str]]:
    """The queues and parking slots in which the one who began the call waited."""
    for spell in first.spells:
        if spell.state is State.QUEUED:
            seconds = _whole(spell.ended - spell.began)
            text = words.queue.format(spell.where, seconds) if spell.where else words.parked.format(seconds)
            outcome = first.last.outcome if spell.ended == first.last.ended_at else None
            yield spell.began, text if outcome is None else f"{text}, {words.outcomes[outcome]}"


def _talks(
    part: _Part, own: list[Segment], parts: Mapping[str, _Part], now: datetime, words: Words
) -> Iterator[tuple[datetime, str]]:
    """What another connection talked: one step for each way in which it came to talk."""
    who = _who(part.last, words)
    consultations = [each for each in own if each.began_by is Edge.CONSULTATION]
    for group in (consultations, [each for each in own if each.began_by is not Edge.CONSULTATION]):
        if not group:
            continue
        spans = [(each.began_at, each.ended_at or now) for each in group]
        holds = part.spans(State.HELD)
        partners = {name for each in group for name in (each.one, each.other)} - {part.last.connection_id}
        if len(partners) == 1:  # among several, one who holds leaves the others talking
            holds += parts[partners.pop()].spans(State.HELD)
        held = _common(holds, spans)
        what = [words.talked.format(_whole(_common(spans, spans) - held))]
        if _whole(held):
            what.append(words.held.format(_whole(held)))
        edge = words.edges.get(group[0].began_by, "{}").format(who)
        yield group[0].began_at, edge + words.to_rest + ", ".join(what)


def _unanswered(part: _Part, words: Words) -> Iterator[tuple[datetime, str]]:
    """How long another connection rang, and what became of it; nothing of one that answered and talked with nobody."""
    if part.last.answered_at is not None:
        return
    rang = _whole(_common(part.spans(State.ALERTING), part.spans(State.ALERTING)))
    outcome = part.last.outcome
    what = [words.rang.format(rang)] if rang else []
    what += [words.outcomes[outcome]] if outcome is not None else []
    forwarded = Edge.FORWARD if part.last.redirecting_id else Edge.ANSWER
    edge = words.edges.get(part.passed_on or forwarded, "{}").format(_who(part.last, words))
    yield part.spells[0].began, edge + words.to_rest + ", ".join(what) if what else edge


def _alone(first: _Part, call: Call, words: Words) -> list[str]:
    """Nobody else was there: what was dialled, and what became of it."""
    number = call.dialled or first.last.remote.number
    outcome = first.last.outcome
    if outcome is None or outcome is Outcome.ANSWERED:
        talked = _whole(_common(first.spans(State.CONNECTED), first.spans(State.CONNECTED)))
        what = words.talked.format(talked) if talked else ""
    else:
        what = words.outcomes[outcome]
    return [words.to_rest.join(each for each in (number, what) if each)] if number or what else []


def _who(connection: Connection, words: Words) -> str:
    """The number that people know: of a line, who is behind it."""
    if connection.device.kind is DeviceKind.TRUNK:
        return connection.party.number or words.nobody
    return connection.device.number or connection.party.number or words.nobody


def _common(some: Iterable[_Span], others: Iterable[_Span]) -> timedelta:
    """How much of the one lies within the other, each moment once."""
    cuts = [
        (max(began, first), min(ended, last))
        for began, ended in some
        for first, last in others
        if max(began, first) < min(ended, last)
    ]
    total, at = timedelta(), None
    for began, ended in sorted(cuts):
        began = began if at is None else max(began, at)
        if began < ended:
            total, at = total + (ended - began), ended
    return total


def _whole(span: timedelta) -> int:
    return int(span.total_seconds() + 0.5)
