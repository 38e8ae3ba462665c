"""What a TMS client asks for, as commands of our own. Pure."""

import re
from collections.abc import Callable
from typing import Final

from cti_model.calls import Command, ConnectionState
from cti_model.view import CallView

from push.gateway.frames import CommandFrame
from push.transports.tms.agents import AVAILABLE, WRAP_UP, asked_state
from push.transports.tms.frames import BadCommand, CommandName, MsgCommandInfo
from push.transports.tms.line import Line

_NOT_DIALLED: Final = re.compile(r"[^0-9*#+]")


class NotImplementedHere(Exception):
    """A command of the protocol that has no meaning at this server."""


def command_of(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
    """The command that a frame comes to, under an id. Raises `BadCommand` or `NotImplementedHere`."""
    try:
        make = _MAKE[CommandName(info.command)]
    except (KeyError, ValueError) as error:
        raise NotImplementedHere(info.command[:64]) from error
    return make(info, line, command_id)


def _make_call(info: MsgCommandInfo, _: Line, command_id: str) -> CommandFrame:
    return CommandFrame(id=command_id, verb=Command.MAKE_CALL, to=_target(info))


def _on_call(verb: Command) -> Callable[[MsgCommandInfo, Line, str], CommandFrame]:
    def make(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
        return CommandFrame(id=command_id, verb=verb, connection_id=_meant(info, line).id)

    return make


def _to_target(verb: Command) -> Callable[[MsgCommandInfo, Line, str], CommandFrame]:
    def make(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
        return CommandFrame(id=command_id, verb=verb, connection_id=_meant(info, line).id, to=_target(info))

    return make


def _hold(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
    """HoldCall toggles; what the call is now is known better here than in a browser that may lag behind."""
    call = _meant(info, line)
    verb = Command.RETRIEVE if call.state is ConnectionState.HELD else Command.HOLD
    return CommandFrame(id=command_id, verb=verb, connection_id=call.id)


def _transfer(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
    consultation = _consultation(info, line, "consultationCall")
    call = _meant(info, line) if consultation is None else consultation
    if Command.COMPLETE_TRANSFER not in call.allowed:  # the PBX may keep both in one call
        call = _meant(info, line)
    return CommandFrame(id=command_id, verb=Command.COMPLETE_TRANSFER, connection_id=call.id)


def _cancel_transfer(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
    consultation = _consultation(info, line, "consultCall")
    first = info.object("currentCall").get("id") or line.current
    call = consultation or line.call(str(first))
    if call is None:
        raise BadCommand(f"{info.command}: there is no such call")
    verb = Command.CANCEL_TRANSFER if Command.CANCEL_TRANSFER in call.allowed else Command.CLEAR
    return CommandFrame(id=command_id, verb=verb, connection_id=call.id)


def _digits(info: MsgCommandInfo, line: Line, command_id: str) -> CommandFrame:
    digits = info.text("digits")
    return CommandFrame(
        id=command_id, verb=Command.SEND_DIGITS, connection_id=_meant(info, line).id, digits=digits[:64]
    )


def _agent_state(info: MsgCommandInfo, _: Line, command_id: str) -> CommandFrame:
    code = info.text("code")
    if not code:
        raise BadCommand(f"{info.command}: code is missing")
    return _state(command_id, asked_state(code), info.text("reason"))


def _wrap_up(info: MsgCommandInfo, _: Line, command_id: str) -> CommandFrame:
    active = (info.parameters or {}).get("isWrapUpActive")
    return _state(command_id, WRAP_UP if active in (True, "true", "True") else AVAILABLE, "")


def _state(command_id: str, state: str, reason: str) -> CommandFrame:
    return CommandFrame(id=command_id, verb=Command.SET_AGENT_STATE, agent_state=state[:128], reason=reason[:128])


_MAKE: Final[dict[CommandName, Callable[[MsgCommandInfo, Line, str], CommandFrame]]] = {
    CommandName.MAKE_CALL: _make_call,
    CommandName.ANSWER_CALL: _on_call(Command.ANSWER),
    CommandName.DROP_CALL: _on_call(Command.CLEAR),
    CommandName.HOLD_CALL: _hold,
    CommandName.SETUP_TRANSFER_CALL: _on_call(Command.HOLD),
    CommandName.MAKE_CONSULT_CALL: _to_target(Command.CONSULT),
    CommandName.BLIND_TRANSFER_CALL: _to_target(Command.BLIND_TRANSFER),
    CommandName.TRANSFER_CALL: _transfer,
    CommandName.CANCEL_TRANSFER: _cancel_transfer,
    CommandName.SEND_DTMF: _digits,
    CommandName.SET_MSG_USER_STATE: _agent_state,
    CommandName.SET_WRAP_UP_USER_STATE: _wrap_up,
}


def _meant(info: MsgCommandInfo, line: Line) -> CallView:
    """The call that the executor names; without one, the client's current call."""
    call = line.call(info.command_executor_id or line.current)
    if call is None:
        raise BadCommand(f"{info.command}: there is no such call")
    return call


def _consultation(info: MsgCommandInfo, line: Line, parameter: str) -> CallView | None:
    named = line.call(str(info.object(parameter).get("id", "")))
    return named or next((each for each in line.calls if each.parent_id and line.call(each.parent_id)), None)


def _target(info: MsgCommandInfo) -> str:
    number = _NOT_DIALLED.sub("", info.text("targetAddress"))
    if not number:
        raise BadCommand(f"{info.command}: targetAddress holds no number")
    return number[:128]
