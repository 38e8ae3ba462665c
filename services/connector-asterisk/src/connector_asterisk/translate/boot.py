"""When Asterisk began its present life."""

from datetime import datetime, timedelta

from cti_model.events import Origin

from connector_asterisk.naming import whole
from connector_asterisk.translate.ending import shutdown
from connector_asterisk.translate.turn import Turn

_SECOND = timedelta(seconds=1)


def fully_booted(turn: Turn) -> None:
    """Said after each log-in, by 22 with the whole seconds since the start (not by 13 and 11).

    Nothing outlives its Asterisk: what we knew before this one started is over. Where the second of its start leaves
    that open, and without `Uptime`, the next snapshot tells.
    """
    uptime, state = whole(turn.event.get("Uptime")), turn.state
    if uptime is None:
        return
    state.booted_at = turn.observed_at - timedelta(seconds=uptime)
    if state.blind and state.sure_at is not None and state.sure_at < state.booted_at - _SECOND:
        _outlived(turn, state.booted_at)


def started_again(turn: Turn, boot: str) -> None:
    """A list says when Asterisk started, in its own words: other words than before are another life of it.

    A Uniqueid that is listed now may be of an earlier life too, since the clock may have been set back between them.
    """
    state = turn.state
    before, state.boot = state.boot, boot or state.boot
    if boot and before and boot != before and state.blind and (state.boxes or state.channels):
        _outlived(turn, turn.observed_at)


def _outlived(turn: Turn, at: datetime) -> None:
    """End all that is known: it was alive when we saw it last, and not when Asterisk began, `at` the latest."""
    state = turn.state
    turn.occurred_at, turn.within = at, (state.sure_at, None)
    if turn.origin is Origin.OBSERVED:
        turn.origin = Origin.RECONCILED  # nobody saw it end
    shutdown(turn)
    state.ended.clear()  # the Uniqueids of this life are others', whatever they are
