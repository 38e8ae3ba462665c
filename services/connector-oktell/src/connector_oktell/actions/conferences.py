"""Commands about conferences: a talk becomes one, others are called to it and sent out of it."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from cti_connector.sight import InVain, Sight
from cti_model.calls import Command, Connection
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from connector_oktell.actions.plan import Ask, Later, Plan, Question, begins, ends
from connector_oktell.translate import Box, Desk
from connector_oktell.translate.line import Phone
from connector_oktell.wire import Frame, rows, text

_BUILD: Final = Question("buildconferencefromcommutation")
_NUMBER_SINCE: Final = 140929  # before that, a competitor's number is `intnumber`


def conference(ask: Ask) -> Plan:
    """Make a conference of the present talk; whether a held one joins is Oktell's (not known)."""
    ask.own()
    return Plan((_BUILD, in_conference(ask.desk, _watch)), _becomes_one(ask.desk))


def call_in(ask: Ask) -> Plan:
    """Call `to` to the conference that the operator is in, or to one of the present talk, or to a new one."""
    desk = ask.desk
    if Command.CONFERENCE not in ask.features:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "conferences are not offered as set up")
    view, room = desk.line.view, room_of(desk)
    if view.phone.idle and view.held is None:
        return _new(ask)
    if view.phone is not Phone.TALK:
        raise CommandRefused(ErrorCode.WRONG_STATE, "the line rings, or holds somebody")
    if room:
        return Plan((_watch(room), _invitation(ask, room)))
    invite = in_conference(desk, lambda room: _invitation(ask, room))
    return Plan((_BUILD, in_conference(desk, _watch), invite), _becomes_one(desk))


def _new(ask: Ask) -> Plan:
    about = {
        "id": str(uuid5(NAMESPACE_OID, ask.request.command_id)),
        "room": "",
        "name": "",
        "description": "",
        "accessmode": "free",
        "isselector": False,
        "record": False,
        "recordrights": "selected",
        "everyonecaninvite": True,
        "canvieweachother": True,
    }
    fields = {"conference": about, "competitors": [_competitor(ask)]}
    return Plan((Question("createnewconference", fields),), begins(ask.desk, ask.state))


def _watch(room: str) -> Question:
    """Be told who comes and goes."""
    return Question("confhandleevent", {"conferenceid": room, "eventtype": "competitors", "handle": True})


def _invitation(ask: Ask, room: str) -> Question:
    return Question("invitetoconference", {"conferenceid": room, "competitors": [_competitor(ask)]})


def _competitor(ask: Ask) -> dict[str, Any]:
    return {"number" if ask.options.dated >= _NUMBER_SINCE else "intnumber": ask.request.to}


def _becomes_one(desk: Desk) -> Callable[[Sequence[CallEvent]], Sight | None]:
    """Seen when the line's call is a conference; in vain when the line is idle."""
    lifted = _Lifted(desk)

    def look(_: Sequence[CallEvent]) -> Sight | None:
        box = desk.box
        own = box.extension(desk.device) if box is not None else None
        if box is None or own is None or not box.conference:
            lifted.look()
            return None
        return Sight(call_id=box.call.call_id, connection_id=own.connection_id)

    return look


def room_of(desk: Desk) -> str:
    """Oktell's id of the conference that a line is through to; empty: none."""
    view = desk.line.view
    return view.abonent.conference if view.phone is Phone.TALK and view.abonent is not None else ""


def in_conference(desk: Desk, question: Callable[[str], Question]) -> Later:
    """Ask when the line is in a conference; in vain when its telephone rang or talked, and is idle again."""
    lifted = _Lifted(desk)

    def later(_: Frame | None) -> Question | None:
        room = room_of(desk)
        if not room:
            lifted.look()
        return question(room) if room else None

    return later


class _Lifted:
    """Whether a telephone that is to come to a conference can still be lifted, or is talking."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._was_busy = False

    def look(self) -> None:
        """To be called after each change of the line. Raises `InVain`."""
        idle = self._desk.line.view.phone.idle
        if self._was_busy and idle:
            raise InVain("the telephone declined, was not lifted, or was hung up")
        self._was_busy = not idle


# --- somebody else's part in it -------------------------------------------------------------------------------------


def send_out(ask: Ask, box: Box, connection: Connection) -> Plan:
    """End another's part in a conference that the operator is in; Oktell judges whether they may."""
    room = {"conferenceid": box.conference}

    def meant(answer: Frame | None) -> Question:
        listed = rows(answer.fields, "competitorlist") if answer is not None else []
        return Question(
            "confdisconnectcompetitor", {**room, "competitor": competitor_of(listed, "number", _number(connection))}
        )

    return Plan((Question("getconferencecompetitors", dict(room)), meant), ends(box, connection))


def _number(connection: Connection) -> str:
    return connection.party.number or connection.device.number


def competitor_of(listed: list[dict[str, Any]], field: str, value: str) -> dict[str, Any]:
    """How Oktell's list of a conference names somebody. Raises `CommandRefused` when they are not in it."""
    for each in listed:
        if text(each, field) == value:
            return {"competitorid": text(each, "competitorid")}
    raise CommandRefused(ErrorCode.NOT_FOUND, "Oktell does not list them in the conference")


CONFERENCES: Final = {Command.CONFERENCE: conference}
