"""Holds that nobody heard, from a channel's dump. Pure.

A dump tells when the newest hold began (`Last-Hold`), and how long those that are over were together (`Hold-Accum`;
both recorded: 1.10.12). So the time on hold is right after a gap, whatever happened in it. Which of several holds was
how long no dump tells: they are told as one of their length.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cti_model.calls import Connection, ConnectionState

from cti_freeswitch.event import Event

_HELD: Final = "HELD"
_TALKS: Final = ("ACTIVE", "UNHELD")
_EXACT: Final = timedelta(seconds=1)  # an event comes some milliseconds after what it tells: less is no hold of its own
_SAME: Final = timedelta(seconds=2)  # clocks that differ by less are taken for one
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Change(NamedTuple):
    """A side goes on hold, or off it (`held` false), at an instant; `sure`: the dump tells when."""

    held: bool
    at: datetime
    sure: bool = True


def unheard(connection: Connection, dump: Event, at: datetime) -> list[Change]:
    """What happened to a connection by the dump of its channel, which came at `at`, since it was told last."""
    state, was = dump.get("Channel-Call-State"), connection.state
    on_hold = state == _HELD
    if was not in (ConnectionState.CONNECTED, ConnectionState.HELD) or not (on_hold or state in _TALKS):
        return []
    over = _us(dump, "Hold-Accum")
    missing = timedelta(microseconds=max(0, over - connection.tally.hold_us)) if over is not None else timedelta()
    newest = _EPOCH + timedelta(microseconds=_us(dump, "Last-Hold") or _us(dump, "Answered-Time") or 0)
    if was is ConnectionState.HELD:
        return _since_held(connection.changed_at, newest, missing, on_hold, at)
    before: list[Change] = []
    if missing >= _EXACT and newest >= connection.changed_at - _SAME:  # else the newest is one that was told
        end = newest if on_hold else min(newest + missing, at)
        before = [Change(True, end - missing), Change(False, end)]
    return [*before, Change(True, newest)] if on_hold else before


def _since_held(since: datetime, newest: datetime, missing: timedelta, on_hold: bool, at: datetime) -> list[Change]:
    """It was told to be on hold since then; `missing` of that is over."""
    if on_hold and min(missing, newest - since) < _EXACT:  # it is that one still
        return []
    if not missing:
        return [Change(False, at, sure=False)]
    end = min(since + missing, at)
    return [Change(False, end), *([Change(True, max(newest, end))] if on_hold else [])]


def _us(dump: Event, name: str) -> int | None:
    value = dump.get(f"Caller-Channel-{name}")
    return int(value) if value.isdecimal() else None
