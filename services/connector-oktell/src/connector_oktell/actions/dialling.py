"""Commands that begin a call: the operator's telephone rings first, or the other side is called first."""

from typing import Final

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_oktell.actions.conferences import call_in
from connector_oktell.actions.plan import Ask, Plan, Question, begins

INTERCOM: Final = "intercom"
CALLBACK: Final = "callback"
TO_CONFERENCE: Final = "conference"
"""Words for `reason` of `make_call`."""


def make_call(ask: Ask) -> Plan:
    """The operator's telephone rings; when it is lifted, Oktell calls the number.

    `reason` `intercom`: the colleague's telephone answers by itself. `callback`: the other side is called first, and
    the operator's telephone rings when they are there. `conference`: they are called to the operator's conference.
    """
    word = ask.request.reason.lower()
    if word == TO_CONFERENCE:
        return call_in(ask)
    _idle(ask)
    if word == INTERCOM:
        return _calls(ask, ask.request.to, intercom=True)
    return _calls(ask, ask.request.to, sequence="abonent" if word == CALLBACK else "user")


def consult(ask: Ask) -> Plan:
    """Oktell itself puts the present call on hold and calls the number."""
    ask.own()
    if ask.desk.line.view.held is not None:
        raise CommandRefused(ErrorCode.WRONG_STATE, "somebody is on hold already")
    return _calls(ask, ask.request.to)


def pickup(ask: Ask) -> Plan:
    """Dial what Oktell's dial plan takes for a pickup of what rings at `to`: the protocol has no method for it."""
    _idle(ask)
    return _calls(ask, ask.options.pickup_extension.replace("{extension}", ask.request.to))


def _idle(ask: Ask) -> None:
    view = ask.desk.line.view
    if not view.phone.idle or view.held is not None:
        raise CommandRefused(ErrorCode.WRONG_STATE, "an operator has one line, and it is in a call")


def _calls(ask: Ask, to: str, sequence: str = "user", *, intercom: bool = False) -> Plan:
    fields = {"number": to, "sequence": sequence, **({"intercom": True} if intercom else {})}
    return Plan((Question("pbxautocallstart", fields),), begins(ask.desk, ask.state), goal=to)


DIALLING: Final = {Command.MAKE_CALL: make_call, Command.CONSULT: consult, Command.PICKUP: pickup}
