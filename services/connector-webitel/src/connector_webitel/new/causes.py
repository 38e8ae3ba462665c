"""Why a leg ended, and who ended it, from `hangup`. Cause names are FreeSWITCH's as mod_grpc maps them."""

from cti_model.calls import Cause, Connection, ConnectionState, Direction

from connector_webitel.new.state import Leg
from connector_webitel.new.wire import Fields, text

_BY_NAME = {
    "USER_BUSY": Cause.BUSY,
    "NO_ANSWER": Cause.NO_ANSWER,
    "NO_USER_RESPONSE": Cause.NO_ANSWER,
    "ORIGINATOR_CANCEL": Cause.CANCELLED,
    "CALL_REJECTED": Cause.REJECTED,
    "LOSE_RACE": Cause.ANSWERED_ELSEWHERE,
    "PICKED_OFF": Cause.ANSWERED_ELSEWHERE,
    "UNALLOCATED_NUMBER": Cause.UNREACHABLE,
    "NO_ROUTE_DESTINATION": Cause.UNREACHABLE,
    "SUBSCRIBER_ABSENT": Cause.UNREACHABLE,
    "USER_NOT_REGISTERED": Cause.UNREACHABLE,
    "DESTINATION_OUT_OF_ORDER": Cause.UNREACHABLE,
    "INVALID_NUMBER_FORMAT": Cause.UNREACHABLE,
    "GATEWAY_DOWN": Cause.UNREACHABLE,
    "NORMAL_CIRCUIT_CONGESTION": Cause.CONGESTION,
    "NORMAL_TEMPORARY_FAILURE": Cause.CONGESTION,
    "SWITCH_CONGESTION": Cause.CONGESTION,
    "MEDIA_TIMEOUT": Cause.LOST,
}


def ending(leg: Leg, connection: Connection, data: Fields) -> tuple[Cause, str]:
    """Why a leg ended, and by whose doing. What its user asked us for is theirs, whatever Webitel calls it."""
    if not leg.asked:
        return cause_of(connection, data), released_by(leg, data)
    declined = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN
    return Cause.REJECTED if declined else cause_of(connection, data), leg.connection_id


def cause_of(connection: Connection, data: Fields) -> Cause:
    """Why this leg's connection ended. `MEDIA_TIMEOUT` after an answer is Webitel's own end of a call it lost."""
    by_name = _BY_NAME.get(text(data, "cause"))
    if connection.answered_at is not None:
        return by_name if by_name is Cause.LOST else Cause.NORMAL
    if by_name is None:
        return Cause.CANCELLED if connection.direction is Direction.OUT else Cause.NO_ANSWER
    return Cause.NO_ANSWER if by_name is Cause.LOST else by_name


def released_by(leg: Leg, data: Fields) -> str:
    """The connection whose telephone ended it: `hangup_by` names the A leg (who called) or the B leg; else nobody."""
    side = text(data, "hangup_by")
    if side not in ("A", "B"):
        return ""
    return leg.connection_id if (side == "A") == leg.outward else leg.peer
