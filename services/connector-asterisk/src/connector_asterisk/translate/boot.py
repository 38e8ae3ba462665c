"""When Asterisk began its present life."""

from datetime import timedelta

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
        turn.occurred_at, turn.within = state.booted_at, (state.sure_at, None)
        if turn.origin is Origin.OBSERVED:
            turn.origin = Origin.RECONCILED  # nobody saw it end
        shutdown(turn)
