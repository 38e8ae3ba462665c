"""How an operator's leg came to be held, or not, from a list that differs from what was told. Pure.

A list tells the whole time on hold but for a hold that lasts (`hold_sec`, whole seconds), and when the newest event
came (source: webitel/call_center's trigger of its table of calls). So holds that nobody heard are told too: one of the
right length, where there were several.
"""

from datetime import datetime, timedelta
from typing import Final

from cti_model.calls import Connection

from connector_webitel.new.wire import Fields, number, text

_ON_HOLD: Final = "hold"
_EXACT: Final = timedelta(seconds=1.5)  # what is as near as that to the whole seconds of a list is the same

_Event = tuple[str, datetime]


def unheard(item: Fields, connection: Connection | None, held: bool, now: datetime) -> list[_Event]:
    """The `hold` and `active` events that are missing. `held`: whether it is, as far as was told."""
    on_hold, newest = text(item, "state") == _ON_HOLD, _newest(item)
    if newest is None or "hold_sec" not in item:
        return [] if on_hold == held else [("hold" if on_hold else "active", newest or now)]
    told = timedelta(microseconds=connection.tally.hold_us) if connection is not None else timedelta()
    missing = max(timedelta(), timedelta(seconds=number(item, "hold_sec")) - told)
    if held and connection is not None:
        return _since_held(connection.changed_at, newest, missing, on_hold)
    began = newest - missing if missing >= _EXACT else newest
    if on_hold:
        return [("hold", began)]
    return [("hold", began), ("active", newest)] if began < newest else []


def _since_held(since: datetime, newest: datetime, missing: timedelta, on_hold: bool) -> list[_Event]:
    """It was told to be on hold since then, of which the list counts `missing` as over.

    It counts none where the other side was passed on during the hold: then `newest` has to do.
    """
    if newest < since:  # the list is older than what was told
        return []
    apart = newest - since - missing
    over = newest if abs(apart) < _EXACT or not missing else since + missing
    if not on_hold:
        return [("active", over)]
    return [("active", over), ("hold", newest)] if apart >= _EXACT and missing else []


def _newest(item: Fields) -> datetime | None:
    """When the event came that an item's state is of; an item may be older than what was told."""
    try:
        at = datetime.fromisoformat(text(item, "timestamp"))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
