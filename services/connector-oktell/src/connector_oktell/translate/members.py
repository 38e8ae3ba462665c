"""Who is in a conference, as Oktell tells who watches it: those whose own lines are not listened to."""

from typing import Any

from cti_model.calls import Cause, Connection, DeviceKind, Direction
from cti_model.events import Established

from connector_oktell.translate.lineinfo import ZERO, Abonent
from connector_oktell.translate.state import Box, Desk
from connector_oktell.translate.turn import Turn
from connector_oktell.wire import rows, table, text

_OUT_OF_IT = "MisInvite"  # states of who was called and did not come: busy, no answer, refused, timed out
_INSIDE = DeviceKind.EXTENSION


def composition(turn: Turn, desk: Desk, fields: dict[str, Any]) -> None:
    """The whole list of who is in a conference (`confcompositionchanged`, certain): newcomers and leavers are told."""
    said = table(fields, "eventinfo")
    room = text(said, "conferenceid")
    box = next((each for each in turn.state.boxes.values() if room and each.conference == room), None)
    if box is None or not isinstance(said.get("competitorlist"), list):
        return
    here = [_who(turn, each) for each in rows(said, "competitorlist") if _is_in(each)]
    unheard = [each for each in here if each.external or not turn.state.linked(each.number, turn.observed_at)]
    for each in unheard:
        known = box.far(each, desk.device)
        if known is None or not known.talking:
            turn.say(box, Established(leg=turn.far_leg(desk, box, Direction.IN, each)))
    for connection in box.living():
        if _unheard(turn, connection) and connection.talking and connection not in _present(box, desk, unheard):
            turn.clear(box, connection, Cause.NORMAL, "")


def _present(box: Box, desk: Desk, unheard: list[Abonent]) -> list[Connection | None]:
    return [box.far(each, desk.device) for each in unheard]


def _unheard(turn: Turn, connection: Connection) -> bool:
    return connection.device.kind is not _INSIDE or not turn.state.linked(connection.device.number, turn.observed_at)


def _is_in(said: dict[str, Any]) -> bool:
    state = text(said, "confstatestr")
    ghost = said.get("isghost") or said.get("ishidden")
    return bool(text(said, "number")) and not ghost and state != "Exited" and not state.startswith(_OUT_OF_IT)


def _who(turn: Turn, said: dict[str, Any]) -> Abonent:
    number, user = text(said, "number"), text(said, "userid")
    inside = (bool(user) and user != ZERO) or number in turn.state.numbers
    return Abonent(key=number, number=number, name=text(said, "username"), external=not inside, user=inside)
