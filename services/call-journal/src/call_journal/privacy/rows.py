"""Masking the rows that a batch of events writes, before they are written. Pure."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from cti_model.calls import Call

from call_journal.privacy.masking import Mask
from call_journal.privacy.matching import Matcher
from call_journal.project import IdentifiedRow, RecordRow, Rows
from call_journal.project.agents import AgentRow
from call_journal.project.paths import Key

_CALL = timedelta(hours=1)  # longer than nearly every call
_encode = msgspec.json.Encoder().encode
_replace = msgspec.structs.replace


def masked(rows: Rows, matchers: dict[str, Matcher], erased_calls: dict[Key, bool]) -> Rows:
    """The rows without those who were erased. `matchers` by tenant; `erased_calls`: calls that they took part in, and
    whether all names go there.
    """
    masks = _masks(rows, matchers, erased_calls)
    identified = [each for each in rows.identified if not _erases(each, matchers, erased_calls)]
    agents = [_agent(each, matchers[each.tenant]) if each.tenant in matchers else each for each in rows.agents]
    if not masks and len(identified) == len(rows.identified) and agents == rows.agents:
        return rows

    def each(found: Iterable[Any], key: Callable[[Any], Key], change: Callable[[Mask, Any], Any]) -> list[Any]:
        return [change(masks[key(row)], row) if key(row) in masks else row for row in found]

    return Rows(
        calls=each(rows.calls, lambda r: (r.tenant, r.call.call_id), lambda m, r: _replace(r, call=m.struct(r.call))),
        records=each(rows.records, lambda r: (r.tenant, r.record.call_id), _record),
        connections=each(rows.connections, _key, lambda m, r: _replace(r, connection=m.struct(r.connection))),
        segments=rows.segments,
        recordings=each(rows.recordings, _key, lambda m, r: m.struct(r)),
        events=each(rows.events, _key, _event),
        identified=identified,
        agents=agents,
    )


def began(call: Call) -> datetime:
    """When the oldest part of a call began: a connection may have come from an older call."""
    return min([call.started_at, *(each.started_at for each in call.connections)])


def _masks(rows: Rows, matchers: dict[str, Matcher], erased_calls: dict[Key, bool]) -> dict[Key, Mask]:
    """The mask of each call that names one of them."""
    began_at = {(row.tenant, row.call.call_id): began(row.call) for row in rows.calls if row.tenant in matchers}
    parts: list[tuple[Key, Any]] = [((row.tenant, row.call.call_id), row.call) for row in rows.calls]
    parts += [(_key(row), row.fact) for row in rows.events]
    parts += [(_key(row), row) for row in rows.recordings]
    parts += [((row.tenant, row.record.call_id), _owned(row)) for row in rows.records]
    parts = [(key, part) for key, part in parts if key in began_at]
    hit = {key for key in began_at if key in erased_calls} | {
        key for key, part in parts if matchers[key[0]].found_in(_encode(part).decode(), began_at[key])
    }
    masks = {key: Mask(matchers[key[0]], began_at[key], whole=erased_calls.get(key, False)) for key in hit}
    for key, part in parts:
        if key in masks:
            masks[key].look(msgspec.to_builtins(part))
    return {key: mask for key, mask in masks.items() if mask.touched}


def _owned(row: RecordRow) -> dict[str, Any]:
    return {"shared_with": row.users, "connection_id": row.record.connection_id}


def _erases(row: IdentifiedRow, matchers: dict[str, Matcher], erased_calls: dict[Key, bool]) -> bool:
    """Whether what was identified is of somebody erased: then it is not written at all. It is told in the course of a
    call; when that began is not known here.
    """
    event = row.event
    if event.tenant not in matchers or erased_calls.get((event.tenant, event.call_id), False):
        return event.tenant in matchers
    masks = [Mask(matchers[event.tenant], at) for at in (event.occurred_at, event.occurred_at - _CALL)]
    for mask in masks:
        mask.look(msgspec.to_builtins(row.fact))
    return any(mask.touched for mask in masks)


def _agent(row: AgentRow, matcher: Matcher) -> AgentRow:
    at, agent = row.event.occurred_at, row.event.agent
    hidden = _replace(agent, device=matcher.masked(agent.device, at))
    users = tuple(matcher.masked(each, at) for each in row.users)
    return _replace(row, event=_replace(row.event, agent=hidden), users=users)


def _record(mask: Mask, row: RecordRow) -> RecordRow:
    return _replace(row, record=mask.struct(row.record), users=tuple(mask.text(each) for each in row.users))


def _key(row: Any) -> Key:
    return row.tenant, row.call_id


def _event(mask: Mask, row: Any) -> Any:
    return _replace(
        row,
        fact=mask.struct(row.fact),
        born=mask.struct(row.born) if row.born is not None else None,
        native_ids=tuple(mask.text(each) for each in row.native_ids),
    )
