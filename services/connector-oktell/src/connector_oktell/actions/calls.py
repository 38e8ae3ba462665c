"""Commands about calls: what each asks of Oktell, by how it stands with the operator's line (as oktell.js decides)."""

from typing import Final

from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandRefused, ErrorCode

from connector_oktell.actions.conferences import send_out
from connector_oktell.actions.plan import Ask, Plan, Question, becomes, ends
from connector_oktell.translate import Box, Deed
from connector_oktell.translate.line import Phone

_ABORT: Final = Question("pbxabortcall")
_SWITCH: Final = Question("pbxmakeflash", {"mode": "switch"})
_BACK: Final = Question("pbxmakeflash", {"mode": "abort"})
_DECLINE: Final = Question("pbxdeclinecall")
_RINGS: Final = (Phone.RING, Phone.BACKRING)


def answer(ask: Ask) -> Plan:
    """The telephone lifts itself, where it can be told to."""
    _, connection = ask.own()
    return Plan((Question("pbxanswercall"),), becomes(ask.state, connection, ConnectionState.CONNECTED))


def clear(ask: Ask) -> Plan:
    """End the connection, and only it: what is on hold stays there, or comes back.

    Another's may be ended by who is in a conference with them.
    """
    box, connection = ask.find()
    if box.conference and box is ask.desk.box and connection.device.number != ask.desk.device:
        return send_out(ask, box, connection)
    ask.own()
    desk, seen = ask.desk, ends(box, connection)
    phone = desk.line.view.phone
    if box is desk.held:
        last = _ABORT if phone.idle else _BACK
        return Plan((_SWITCH, last), seen, Deed.RELEASE)
    if desk.held is not None and not box.conference:  # whatever the present one does: as the library decides
        return Plan((_BACK,), seen, Deed.DECLINE if phone in _RINGS else Deed.RELEASE)
    if phone in _RINGS:
        return Plan((_DECLINE,), seen, Deed.DECLINE)
    if phone is Phone.BACKCALL:
        return Plan((Question("pbxautocallabort"),), seen, Deed.RELEASE)
    if box.conference:
        return Plan((Question("exitconference", {"conferenceid": box.conference}),), seen, Deed.RELEASE)
    return Plan((_ABORT,), seen, Deed.RELEASE)


def hold(ask: Ask) -> Plan:
    """Put the other side on hold."""
    _, connection = ask.own()
    return Plan((_SWITCH,), becomes(ask.state, connection, ConnectionState.HELD))


def retrieve(ask: Ask) -> Plan:
    """Take the held one back; whoever was there goes on hold instead."""
    _, connection = ask.own()
    return Plan((_SWITCH,), becomes(ask.state, connection, ConnectionState.CONNECTED))


def complete_transfer(ask: Ask) -> Plan:
    """Drop out: Oktell joins the held one with the other."""
    box, connection = _consultation(ask)
    return Plan((_ABORT,), ends(box, connection), Deed.JOIN)


def cancel_transfer(ask: Ask) -> Plan:
    """End the consultation and go back to the held one."""
    box, connection = _consultation(ask)
    return Plan((_BACK,), ends(box, connection), Deed.RELEASE)


def _consultation(ask: Ask) -> tuple[Box, Connection]:
    """The present call of an operator who holds another; either of the two may be named."""
    desk = ask.desk
    both = [(each, own) for each in (desk.box, desk.held) if each and (own := each.extension(desk.device)) is not None]
    if len(both) != 2:
        raise CommandRefused(ErrorCode.WRONG_STATE, "it takes one call on hold and another one")
    present, _ = both
    if ask.request.connection_id not in {own.connection_id for _, own in both}:
        ask.own()
    return ask.about(present[1].connection_id).own()


def blind_transfer(ask: Ask) -> Plan:
    """Pass the other side on, without asking whom it goes to."""
    box, connection = ask.own()
    if ask.desk.held is not None:
        raise CommandRefused(ErrorCode.WRONG_STATE, "somebody is on hold: complete that transfer")
    to = ask.request.to
    return Plan((Question("pbxmaketransfer", {"transferto": to}),), ends(box, connection), Deed.TRANSFER, to)


CALLS: Final = {
    Command.ANSWER: answer,
    Command.CLEAR: clear,
    Command.HOLD: hold,
    Command.RETRIEVE: retrieve,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
    Command.BLIND_TRANSFER: blind_transfer,
}
