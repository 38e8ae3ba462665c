"""Holds that nobody heard.

A dump tells when the newest hold began (`Channel-Last-Hold`), and for how long all that are over lasted together
(`Channel-Hold-Accum`; both recorded: 1.10.12). A transfer begins both anew (from source: a new caller profile). So the
sum of missed holds is sure; where there were several, when each was is not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from cti_model.calls import ConnectionState
from cti_model.events import CallEvent, CallFact, Held, Origin, Retrieved

from cti_freeswitch.channels import Channel
from cti_freeswitch.event import NOTHING, Event, instant
from cti_freeswitch.state import State
from cti_freeswitch.translate.holding import UNHOLD
from cti_freeswitch.translate.turn import Turn

_LEAST: Final = timedelta(milliseconds=200)
"""Shorter holds are nobody's: our own sum is of instants that events tell to 20 ms."""
_SAME: Final = timedelta(seconds=1)
"""A hold that began within this of one that we heard is that one."""


class Missed(NamedTuple):
    """What a dump says of one channel. `over`: the time held in holds whose end nobody heard. `lasts`: held now.

    `last`: when the newest hold began; None where FreeSWITCH does not say.
    """

    uid: str
    over: timedelta
    last: datetime | None
    lasts: bool


def missed_holds(state: State, dumps: Iterable[tuple[str, Event]]) -> list[Missed]:
    """What nobody heard, of the channels that talk. To be asked for before the dumps are taken for events."""
    found: list[Missed] = []
    for uid, dump in dumps:
        if dump.get("Channel-Call-State") in ("ACTIVE", "UNHELD", "HELD"):
            last, lasts = dump.get("Caller-Channel-Last-Hold"), dump.get("Channel-Call-State") == "HELD"
            if not lasts or last != "0":  # else FreeSWITCH is about to note it, and then to tell it
                found.append(Missed(uid, _over(state.find(uid), dump), instant(last), lasts))
    return found


def _over(channel: Channel | None, dump: Event) -> timedelta:
    told = dump.get("Caller-Channel-Hold-Accum")
    if not told.isdecimal():
        return timedelta(0)
    connection = channel.connection if channel is not None else None
    known = connection.tally.hold_us if connection is not None else 0
    if channel is not None and channel.held_us is not None:
        known = channel.held_us
    more = int(told) - known if int(told) >= known else int(told)
    return timedelta(microseconds=more) if timedelta(microseconds=more) >= _LEAST else timedelta(0)


def ends(state: State, holds: Iterable[Missed], at: datetime) -> tuple[list[CallEvent], list[Missed]]:
    """The ends of the holds that we know of; and what is left, to be told by `begun`."""
    told: list[CallEvent] = []
    left: list[Missed] = []
    for each in holds:
        ended = _ends(state, each, at)
        told += ended
        left.append(each._replace(over=timedelta(0)) if ended else each)
    return told, left


def _ends(state: State, missed: Missed, at: datetime) -> list[CallEvent]:
    channel = state.find(missed.uid)
    connection = channel.connection if channel is not None else None
    if channel is None or connection is None or connection.state is not ConnectionState.HELD:
        return []
    if UNHOLD in channel.soon:  # it was heard, and is told in a moment
        return []
    if not missed.over:
        unseen = (state.sure_of(connection), None)
        return [] if missed.lasts else _say(state, channel, Retrieved(connection.connection_id), at, at, unseen)
    ended = connection.changed_at + missed.over
    alone = missed.last is not None and abs(missed.last - connection.changed_at) < _SAME
    within = (None, None) if alone else (state.sure_of(connection), missed.last if missed.lasts else at)
    return _say(state, channel, Retrieved(connection.connection_id), ended, at, within)


def begun(state: State, missed: Missed, at: datetime) -> list[CallEvent]:
    """The holds that began while nobody listened, as one; of a channel that is known by now."""
    channel = state.find(missed.uid)
    connection = channel.connection if channel is not None else None
    if channel is None or connection is None or connection.state is not ConnectionState.CONNECTED:
        return []
    since, last, over = state.sure_of(connection), missed.last, missed.over
    held = Held(connection.connection_id)
    if last is None:
        return _say(state, channel, held, at, at, (since, None)) if missed.lasts else []
    if missed.lasts:
        return _say(state, channel, held, last - over, at, (since, last) if over else (None, None))
    if not over:
        return []
    begins = max(min(last, at - over), connection.changed_at)
    told = _say(state, channel, held, begins, at, (since, last))
    return told + _say(state, channel, Retrieved(connection.connection_id), begins + over, at, (last, at))


def _say(
    state: State,
    channel: Channel,
    fact: CallFact,
    occurred_at: datetime,
    at: datetime,
    within: tuple[datetime | None, datetime | None],
) -> list[CallEvent]:
    turn, (earliest, latest) = Turn(state, NOTHING, at, Origin.RECONCILED), within
    if channel.box is not None:
        turn.within = (  # our clock and FreeSWITCH's may differ
            min(earliest, occurred_at) if earliest is not None else None,
            max(latest, occurred_at) if latest is not None else None,
        )
        turn.say(channel.box, fact, channel, occurred_at)
    return turn.told
