"""How an operator's leg came to be held, or not, from a list that differs from what was told. Pure.

A list tells the whole time on hold but for a hold that lasts (`hold_sec`, whole seconds), and when the newest event
came (source: webitel/call_center's trigger of its table of calls). So holds that nobody heard are told too: one of the
right length, where there were several. A hold during which the other side was passed on counts nothing there: the
table then has `bridge` as the leg's state, and forgets that it was held.
"""

from datetime import datetime, timedelta
from typing import Final

from connector_webitel.new.state import Leg
from connector_webitel.new.wire import Fields, number, plausible, text

_ON_HOLD: Final = "hold"
_BACK: Final = ("active", "bridge")  # what an engine writes besides says nothing of a hold
_EXACT: Final = timedelta(seconds=1.5)  # what is as near as that to the whole seconds of a list is the same
_ROUNDED: Final = timedelta(seconds=1)  # less than that is no hold: each is rounded to whole seconds
_LONGEST_S: Final = 31 * 86_400  # no hold is

_Bounds = tuple[datetime | None, datetime | None]
Unheard = tuple[str, datetime, _Bounds]
"""An event's name, its instant, and, where that is reckoned, between which two it was."""
_SURE: Final = (None, None)


def unheard(item: Fields, leg: Leg, now: datetime) -> list[Unheard]:
    """The `hold` and `active` events of a leg that are missing, none of them before its last one that was told."""
    state, newest, known = text(item, "state"), _newest(item, now), leg.connection
    if known is None:
        return []
    heard = leg.at or known.changed_at
    news = newest is None or newest > heard or (newest == heard and state not in leg.seen)
    if newest is None or "hold_sec" not in item:
        return _by_state(state, leg.held, newest or now) if news else []
    counted = timedelta(seconds=min(number(item, "hold_sec"), _LONGEST_S))
    missing = max(timedelta(), counted - timedelta(microseconds=known.tally.hold_us))
    if leg.held:
        return _since_held(known.changed_at, newest, missing, state) if news else []
    began = max(newest - missing if missing >= _EXACT else newest, known.changed_at)
    hold = ("hold", began, _SURE if began == newest else (known.changed_at, newest))
    if state == _ON_HOLD:
        return [hold] if news else []
    return [hold, ("active", newest, _SURE)] if began < newest else []


def _by_state(state: str, held: bool, at: datetime) -> list[Unheard]:
    """A list without seconds says only whether."""
    if state == _ON_HOLD:
        return [] if held else [("hold", at, _SURE)]
    return [("active", at, _SURE)] if held and state in _BACK else []


def _since_held(since: datetime, newest: datetime, missing: timedelta, state: str) -> list[Unheard]:
    """It was told to be on hold since then, of which the list counts `missing` as over.

    It counts none where the other side was passed on during the hold: with that it is not over, with `active` it is.
    """
    if missing < _ROUNDED:
        return [("active", newest, _SURE)] if state == "active" else []
    apart = newest - since - missing
    over = newest if abs(apart) < _EXACT else since + missing
    back = ("active", over, _SURE if over == newest else (since, newest))
    if state != _ON_HOLD:
        return [back]
    return [back, ("hold", newest, _SURE)] if apart >= _EXACT else []


def _newest(item: Fields, now: datetime) -> datetime | None:
    """When the event came that an item's state is of; an item may be older than what was told."""
    try:
        at = datetime.fromisoformat(text(item, "timestamp"))
    except ValueError:
        return None
    return plausible(at, now) if at.tzinfo is not None else None
