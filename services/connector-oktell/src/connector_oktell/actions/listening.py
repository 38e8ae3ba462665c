"""Commands of a supervisor about another's talk: Oktell makes a conference of it in which they are a ghost."""

from typing import Final

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_oktell.actions.conferences import competitor_of, in_conference, room_of
from connector_oktell.actions.plan import Ask, Plan, Question
from connector_oktell.translate import Desk
from connector_oktell.wire import Frame, rows


def listen(ask: Ask) -> Plan:
    """Hear an operator unheard. Oktell's word counts."""
    target, room = _ghosted(ask), room_of(ask.desk)
    return Plan((_mode(room, "monitor") if room else _attach(target),))


def whisper(ask: Ask) -> Plan:
    """Be heard by that operator alone: the ghost's voice goes to them, when the supervisor's telephone is lifted."""
    target, desk = _ghosted(ask), ask.desk

    def voice(answer: Frame | None) -> Question:
        listed = rows(answer.fields, "competitors") if answer is not None else []
        competitor = {**competitor_of(listed, "userid", target.user_id), "ghosthelp": True}
        return Question("confsetvoiceparams", {"conferenceid": room_of(desk), "competitor": competitor})

    listed = in_conference(desk, lambda room: Question("getconferenceinfo", {"conferenceid": room}))
    return Plan((*_attached(ask, target), listed, voice, in_conference(desk, lambda room: _mode(room, "help"))))


def barge(ask: Ask) -> Plan:
    """Talk with both."""
    target = _ghosted(ask)
    return Plan((*_attached(ask, target), in_conference(ask.desk, lambda room: _mode(room, "conference"))))


def _ghosted(ask: Ask) -> Desk:
    _, connection = ask.find()
    target = ask.state.desks.get(connection.device.number)
    if target is None or not target.user_id:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "only operators who are signed in here can be listened to")
    return target


def _attached(ask: Ask, target: Desk) -> tuple[Question, ...]:
    return () if room_of(ask.desk) else (_attach(target),)


def _attach(target: Desk) -> Question:
    return Question("attachasghost", {"ghostedid": target.user_id})


def _mode(room: str, mode: str) -> Question:
    return Question("confsetghostmode", {"conferenceid": room, "ghostmode": mode})


LISTENING: Final = {Command.LISTEN: listen, Command.WHISPER: whisper, Command.BARGE: barge}
