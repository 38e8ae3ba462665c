"""Statistics from counted rows: sums, shares, and behind each number the request that lists its calls."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from cti_model.calls import Outcome
from cti_model.counts import Counted, Inbound, Incoming, Outgoing, StatisticsRow
from cti_model.questions import By, CallFilters, ListInbound

from call_journal.history.spelled import query_of

_Rows = dict[str, asyncpg.Record]


class Shape(msgspec.Struct, frozen=True):
    """From rows of the store to rows of the answer. `whole`: with the inbound calls, each once.

    `presence`: how long users were there, by interval and user.
    """

    filters: CallFilters
    edges: Sequence[datetime]
    by: By
    within_s: float
    whole: bool
    presence: Mapping[tuple[int, str], asyncpg.Record]

    def rows(self, records: Iterable[asyncpg.Record], inbound: Iterable[asyncpg.Record]) -> list[StatisticsRow]:
        """One row for each interval and group that has records or inbound calls."""
        found: dict[tuple[int, str], _Rows] = defaultdict(dict)
        for row in records:
            found[row["slot"], row["who"] or ""][row["direction"]] = row
        for row in inbound:
            found[row["slot"], row["who"] or ""]["inbound"] = row
        return [self._row(slot, who, found[slot, who]) for slot, who in sorted(found)]

    def _row(self, slot: int, who: str, parts: _Rows) -> StatisticsRow:
        since, until = self.edges[slot - 1], self.edges[slot]
        group = {} if self.by is By.NONE else {self.by.value: who}
        filters = msgspec.structs.replace(self.filters, since=since, until=until, **group)
        both = [parts[name] for name in ("in", "out") if name in parts]
        ring_s, talk_s, hold_s = (sum(row[name] for row in both) for name in ("ring_s", "talk_s", "hold_s"))
        there = self.presence.get((slot, who))
        return StatisticsRow(
            since=since,
            until=until,
            user=who if self.by is By.USER else None,
            queue=who if self.by is By.QUEUE else None,
            calls=_counted(sum(row["calls"] for row in both), filters),
            alive=_counted(sum(row["alive"] for row in both), filters, alive=True),
            incoming=self._incoming(parts.get("in"), filters),
            outgoing=Outgoing(
                calls=_counted(_of(parts.get("out"), "calls"), filters, direction="out"),
                outcomes=_outcomes(parts.get("out"), filters, "out"),
            ),
            ring_s=ring_s,
            talk_s=talk_s,
            hold_s=hold_s,
            available_s=there["available_s"] if there is not None else None,
            handled_s=there["handled_s"] if there is not None else None,
            occupancy=there["handled_s"] / there["available_s"] if there is not None else None,
            inbound=self._inbound(parts.get("inbound"), filters) if self.whole else None,
        )

    def _incoming(self, row: asyncpg.Record | None, filters: CallFilters) -> Incoming:
        talked, within = _of(row, "talked"), _of(row, "within")
        offered = talked + _of(row, "missed") + _of(row, "abandoned")
        named = {"direction": "in", "answered": True}
        return Incoming(
            calls=_counted(_of(row, "calls"), filters, direction="in"),
            outcomes=_outcomes(row, filters, "in"),
            answered=_counted(talked, filters, **named),
            answered_within=_counted(within, filters, **named, answered_within_s=self.within_s),
            service_level=within / offered if offered else None,
            average_speed_of_answer_s=row["wait_s"] / talked if row is not None and talked else None,
        )

    def _inbound(self, row: asyncpg.Record | None, filters: CallFilters) -> Inbound:
        answered, within, unanswered = (_of(row, name) for name in ("answered", "within", "unanswered"))
        asked = ListInbound(since=filters.since, until=filters.until, queue=filters.queue)

        def counted(value: int, **more: Any) -> Counted:
            return Counted(value=value, list=f"/v1/inbound?{query_of(asked, **more)}")

        return Inbound(
            calls=counted(_of(row, "calls")),
            answered=counted(answered, outcome="answered"),
            answered_within=counted(within, answered_within_s=self.within_s),
            unanswered=counted(unanswered, outcome="unanswered"),
            abandoned=counted(_of(row, "abandoned"), outcome="abandoned"),
            service_level=within / (answered + unanswered) if answered + unanswered else None,
            average_speed_of_answer_s=row["wait_s"] / answered if row is not None and answered else None,
        )


def _of(row: asyncpg.Record | None, name: str) -> int:
    return 0 if row is None else int(row[name])


def _counted(value: int, filters: CallFilters, **more: Any) -> Counted:
    return Counted(value=value, list=f"/v1/calls?{query_of(filters, **more)}")


def _outcomes(row: asyncpg.Record | None, filters: CallFilters, direction: str) -> dict[str, Counted]:
    found = {each.value: _of(row, each.value) for each in Outcome}
    return {name: _counted(value, filters, direction=direction, outcome=name) for name, value in found.items() if value}
