"""Commands of a supervisor: hear a call, speak into one ear, speak with both. Asterisk's ChanSpy."""

from typing import Final

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_asterisk.actions.calls import originate, safe_name
from connector_asterisk.actions.plan import Ask, Plan

_MODES: Final = {Command.LISTEN: "", Command.WHISPER: "w", Command.BARGE: "B"}


def spy(ask: Ask) -> Plan:
    """The supervisor's telephone rings; lifted, it is in the call of the named connection, in the way of the verb."""
    channel, connection, _ = ask.find(ask.request.connection_id)
    if not connection.talking:
        raise CommandRefused(ErrorCode.WRONG_STATE, f"nothing to hear while it is {connection.state}")
    number = connection.device.number
    if not number.isascii() or not number.isalnum():
        number = ask.request.device
    data = f"{safe_name(channel)},{ask.options.spy_options}{_MODES[ask.request.verb]}"
    return originate(ask, (("Application", "ChanSpy"), ("Data", data)), number)


SUPERVISION: Final = dict.fromkeys(_MODES, spy)
