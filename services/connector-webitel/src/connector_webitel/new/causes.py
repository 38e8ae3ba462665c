"""Why a leg ended, and who ended it, from `hangup`. Cause names are FreeSWITCH's as mod_grpc maps them."""

from cti_freeswitch.causes import BY_NAME
from cti_model.calls import Cause, Connection, ConnectionState, Direction
from cti_model.ids import connection_id

from connector_webitel.new.state import Leg, State
from connector_webitel.new.wire import Fields, text

_BY_NAME = BY_NAME | {"MEDIA_TIMEOUT": Cause.LOST}  # it is Webitel's own


def ending(state: State, leg: Leg, connection: Connection, data: Fields) -> tuple[Cause, str]:
    """Why a leg ended, and by whose doing. What its user asked us for is theirs, whatever Webitel calls it."""
    if not leg.asked:
        return cause_of(connection, data), released_by(state, leg, data)
    declined = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN
    return Cause.REJECTED if declined else cause_of(connection, data), leg.connection_id


def cause_of(connection: Connection, data: Fields) -> Cause:
    """Why this leg's connection ended. `MEDIA_TIMEOUT` after an answer is Webitel's own end of a call it lost."""
    by_name = _BY_NAME.get(text(data, "cause"))
    if connection.answered_at is not None:
        return by_name if by_name is Cause.LOST else Cause.NORMAL
    if by_name is None:
        return Cause.CANCELLED if connection.direction is Direction.OUT else Cause.NO_ANSWER
    if by_name is Cause.CANCELLED and connection.queue and connection.direction is Direction.IN:
        return Cause.ABANDONED  # a queue itself gives an agent up as not answering
    return Cause.NO_ANSWER if by_name is Cause.LOST else by_name


def released_by(state: State, leg: Leg, data: Fields) -> str:
    """The connection whose telephone ended it: `hangup_by` names the A leg (who called) or the B leg; else nobody.

    A call that nobody answers in time is ended by Webitel, though it names the called side.
    """
    side, known = text(data, "hangup_by"), leg.connection
    if side not in ("A", "B") or known is None:
        return ""
    if (side == "A") == leg.outward:
        return leg.connection_id
    if known.answered_at is None and _BY_NAME.get(text(data, "cause")) is Cause.NO_ANSWER:
        return ""
    return leg.peer or _other_end(state, leg)


def _other_end(state: State, leg: Leg) -> str:
    """Who called this leg, or whom it rang last."""
    if leg.box is None:
        return ""
    if leg.outward:
        called = [each.connection_id for each in leg.box.call.connections if each.direction is Direction.IN]
        return called[-1] if called else ""
    caller = connection_id(state.tenant, state.pbx, "", leg.parent)
    return caller if leg.box.call.connection(caller) is not None else ""
