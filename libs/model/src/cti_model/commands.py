"""What can be asked of a PBX, and what became of it: requests, results, and the events that tell of them.

A request is named by its client (`command_id`): the same id twice is the same command, and the telephone rings once.
Whoever may publish on a request's subject is trusted with `user` and `roles`: the gateway fills them in from the
token that it has checked, never from what a browser says.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import fields

from cti_model.calls import Call, Command

SUPERVISOR: Final = "supervisor"
"""The role that may listen to, and act on, the calls of others."""
QUERIES: Final = frozenset({Command.SNAPSHOT, Command.QUERY_AGENT})
"""Verbs that change nothing: they are neither stored nor told as events, and may be asked again."""
_SUPERVISION: Final = frozenset({Command.LISTEN, Command.WHISPER, Command.BARGE})

# A PBX is a programming language that listens: what is put into its variables, dial strings and file names must be
# unable to mean anything but itself. Patterns hold for the whole value.
_Id = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{0,64}$")]
_Device = Annotated[str, Meta(pattern="^[A-Za-z0-9_.+-]{0,64}$")]
_Number = Annotated[str, Meta(pattern="^([+]?[0-9*#]{1,32})?$")]
_Digits = Annotated[str, Meta(pattern="^[0-9A-D*#]{0,32}$")]
_Queue = Annotated[str, Meta(pattern="^[A-Za-z0-9_.+-]{0,64}$")]
_Text = Annotated[str, Meta(max_length=128)]
_Role = Annotated[str, Meta(pattern="^[A-Za-z0-9_.:-]{1,64}$")]
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class CommandOutcome(StrEnum):
    """How far a command came.

    `accepted`: its id is stored, nothing was sent. `sent`: the PBX has it. `observed`: its effect was seen. `failed`:
    it had no effect, and the error says why. `unknown`: it was sent, and nobody saw what came of it; it is never sent
    again by us, and whether to ask anew (with another id) is for a person to decide. The last three are final.
    """

    ACCEPTED = "accepted"
    SENT = "sent"
    OBSERVED = "observed"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def final(self) -> bool:
        """Whether nothing more will come."""
        return self not in (CommandOutcome.ACCEPTED, CommandOutcome.SENT)


class ErrorCode(StrEnum):
    """Why a command failed, for programs; `CommandResult.message` says it for people.

    `bad_request`: not a command, or a value that could mean something to the PBX. `not_supported`: this PBX, or this
    telephone as it is set up, cannot. `forbidden`: not this user's. `not_found`: no such connection. `wrong_state`: not
    now. `busy`: too many commands at work. `not_connected`: no link to the PBX; nothing was sent. `refused`: the PBX
    said no. `no_effect`: the PBX took it and told that it did not succeed, or what it waits for cannot come any more.
    `unavailable`: the command could not be stored; nothing was sent. `lost`: nobody knows (with `unknown` only).
    """

    BAD_REQUEST = "bad_request"
    NOT_SUPPORTED = "not_supported"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    WRONG_STATE = "wrong_state"
    BUSY = "busy"
    NOT_CONNECTED = "not_connected"
    REFUSED = "refused"
    NO_EFFECT = "no_effect"
    UNAVAILABLE = "unavailable"
    LOST = "lost"


class CommandRefused(Exception):
    """A command that is not sent; `code` for programs, the text for people."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class CommandRequest(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One command. Which fields a verb needs stands in `NEEDS`; others are ignored.

    `device`: the telephone that acts. `connection_id`: the connection that is meant, one of the device unless the
    `supervisor` role is there. `other_connection_id`: the consultation, where a transfer or a conference joins two
    calls (it can be left out when the device has just one). `to`: the number to reach; in a pickup, the extension that
    rings. `agent_state`: `available`, or
    any word for why not. `recording_id`: names the recording and its file. `deadline_s`: seconds after which the answer
    is `unknown` at the latest.
    """

    command_id: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
    verb: Command
    device: _Device = ""
    connection_id: _Id = ""
    other_connection_id: _Id = ""
    to: _Number = ""
    digits: _Digits = ""
    queue: _Queue = ""
    reason: _Text = ""
    agent_state: _Text = ""
    recording_id: _Id = ""
    user: _Text = ""
    roles: Annotated[tuple[_Role, ...], Meta(max_length=32)] = ()
    deadline_s: Annotated[float, Meta(ge=0.5, le=120)] = 15.0


class Membership(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An agent in a queue, as the PBX tells it now. `dynamic`: logged in by command, not by configuration."""

    queue: str
    name: str = ""
    paused: bool = False
    reason: str = ""
    dynamic: bool = False
    in_call: bool = False
    calls_taken: int = 0


class CommandResult(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of a command. `calls` only for `snapshot`, `memberships` only for `query_agent`."""

    command_id: str
    outcome: CommandOutcome
    error: ErrorCode | None = None
    message: str = ""
    call_id: str = ""
    connection_id: str = ""
    details: dict[str, str] = {}
    calls: tuple[Call, ...] = ()
    memberships: tuple[Membership, ...] = ()


class CommandEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One outcome of a command, for who watches or audits; the requester has it as the reply."""

    event_id: str
    occurred_at: datetime
    tenant: str
    pbx: str
    request: CommandRequest
    result: CommandResult

    @property
    def kind(self) -> str:
        """The outcome: the last token of its subject."""
        return self.result.outcome.value


NEEDS: Final[dict[Command, tuple[str, ...]]] = {
    Command.ANSWER: ("device", "connection_id"),
    Command.CLEAR: ("device", "connection_id"),
    Command.HOLD: ("device", "connection_id"),
    Command.RETRIEVE: ("device", "connection_id"),
    Command.CONSULT: ("device", "connection_id", "to"),
    Command.COMPLETE_TRANSFER: ("device", "connection_id"),
    Command.CANCEL_TRANSFER: ("device", "connection_id"),
    Command.BLIND_TRANSFER: ("device", "connection_id", "to"),
    Command.CONFERENCE: ("device", "connection_id"),
    Command.SEND_DIGITS: ("device", "connection_id", "digits"),
    Command.MUTE: ("device", "connection_id"),
    Command.UNMUTE: ("device", "connection_id"),
    Command.PARK: ("device", "connection_id"),
    Command.START_RECORDING: ("device", "connection_id"),
    Command.STOP_RECORDING: ("device", "connection_id"),
    Command.MAKE_CALL: ("device", "to"),
    Command.PICKUP: ("device", "to"),
    Command.LISTEN: ("device", "connection_id"),
    Command.WHISPER: ("device", "connection_id"),
    Command.BARGE: ("device", "connection_id"),
    Command.QUEUE_LOGIN: ("device", "queue"),
    Command.QUEUE_LOGOUT: ("device", "queue"),
    Command.QUEUE_PAUSE: ("device",),
    Command.QUEUE_UNPAUSE: ("device",),
    Command.SET_AGENT_STATE: ("device", "agent_state"),
    Command.SNAPSHOT: ("device",),
    Command.QUERY_AGENT: ("device",),
}
"""The fields without which a verb means nothing."""


def validated(request: CommandRequest) -> CommandRequest:
    """The request, if every value is harmless, all that its verb needs is there, and its roles allow the verb.

    Raises `CommandRefused`. The text names the field, never its value.
    """
    for field in fields(CommandRequest):
        value = getattr(request, field.name)
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and _CONTROL.search(text):
                raise CommandRefused(ErrorCode.BAD_REQUEST, f"{field.name}: a control character or line break")
    try:
        msgspec.convert(msgspec.to_builtins(request), CommandRequest)
    except msgspec.ValidationError as error:
        raise CommandRefused(ErrorCode.BAD_REQUEST, str(error)) from error
    for name in NEEDS[request.verb]:
        if not getattr(request, name):
            raise CommandRefused(ErrorCode.BAD_REQUEST, f"{request.verb}: {name} is missing")
    if request.verb in _SUPERVISION and SUPERVISOR not in request.roles:
        raise CommandRefused(ErrorCode.FORBIDDEN, f"{request.verb} needs the role {SUPERVISOR}")
    return request


def failed(request: CommandRequest, error: ErrorCode, message: str) -> CommandResult:
    """The result of a command that had no effect."""
    return _result(request, CommandOutcome.FAILED, error, message)


def unknown(request: CommandRequest, message: str) -> CommandResult:
    """The result of a command of which nobody knows what came of it."""
    return _result(request, CommandOutcome.UNKNOWN, ErrorCode.LOST, message)


def _result(request: CommandRequest, outcome: CommandOutcome, error: ErrorCode, message: str) -> CommandResult:
    return CommandResult(
        command_id=request.command_id,
        outcome=outcome,
        error=error,
        message=message,
        connection_id=request.connection_id,
    )
