"""The frames of the TMS protocol: MsgCommandInfo from the browser, MsgEventInfo to it. Pure."""

from enum import IntEnum, StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct


class EventType(IntEnum):
    """MsgEventType: what a MsgEventInfo is about."""

    LIBRARY_INITIALIZED = 1
    CONNECTION_CREATED = 2
    ERROR = 3
    COMMAND_INFO = 4
    RING_STARTED = 5
    RING_FINISHED = 6
    COMMUTATION_STARTED = 7
    PUT_HOLD_ACTION = 8
    END_HOLD_ACTION = 9
    ACTIVE_CALL_SNAPSHOT = 10
    LINE_STATE_CHANGED = 11
    AGENT_STATE_CHANGED = 12
    ABONENT_BUSY = 13
    DISCONNECTED = 14
    CALL_SAVED_IN_DB = 15
    RAW_DATA = 16
    CALL_INFO_CHANGED = 17
    DTMF_ENTERED = 18


class ErrorType(IntEnum):
    """MsgErrorType: of an event ERROR."""

    GENERAL = 0
    LOAD_LIBRARY = 1
    OPEN_CONNECTION = 2
    COMMAND = 3
    COMMAND_NOT_IMPLEMENTED = 4
    AUTHENTICATION = 6


class CommandName(StrEnum):
    """CtiCommand: what a client of this protocol asks for."""

    LOAD_LIBRARY = "LoadLibrary"
    OPEN_CONNECTION = "OpenConnection"
    CLOSE_CONNECTION = "CloseConnection"
    MAKE_CALL = "MakeCall"
    ANSWER_CALL = "AnswerCall"
    HOLD_CALL = "HoldCall"
    DROP_CALL = "DropCall"
    SETUP_TRANSFER_CALL = "SetupTransferCall"
    MAKE_CONSULT_CALL = "MakeConsultCall"
    TRANSFER_CALL = "TransferCall"
    CANCEL_TRANSFER = "CancelTransfer"
    BLIND_TRANSFER_CALL = "BlindTransferCall"
    SEND_DTMF = "SendDtmf"
    SET_MSG_USER_STATE = "SetMsgUserState"
    SET_WRAP_UP_USER_STATE = "SetWrapUpUserState"
    QUERY_MSG_USER_STATE = "QueryMsgUserState"
    QUERY_LINE_STATE = "QueryLineState"
    QUERY_ACTIVE_CALL_SNAPSHOT = "QueryActiveCallSnapshot"


class BadCommand(ValueError):
    """A frame that is no MsgCommandInfo, or one whose parameters mean nothing. The text says why."""


class MsgCommandInfo(Struct, frozen=True, rename="camel"):
    """A command. `command_executor_id`: the call that the user sees as current. Unknown fields are ignored."""

    command: str
    command_executor_id: str | None = None
    parameters: dict[str, Any] | None = None

    def text(self, name: str) -> str:
        """A parameter as text, empty when it is not there; raises `BadCommand` when it is something else."""
        value = (self.parameters or {}).get(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise BadCommand(f"{self.command}: {name} must be text")
        return str(value)

    def object(self, name: str) -> dict[str, Any]:
        """A parameter that is an object, or JSON of one in a text; empty when it is not there or empty."""
        value = (self.parameters or {}).get(name)
        if isinstance(value, str) and value:
            try:
                value = msgspec.json.decode(value)
            except (msgspec.DecodeError, RecursionError) as error:
                raise BadCommand(f"{self.command}: {name} is not JSON") from error
        if value in (None, ""):
            return {}
        if not isinstance(value, dict):
            raise BadCommand(f"{self.command}: {name} must be an object")
        return value


class MsgEventInfo(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An event. `content` is text that most types take as JSON; see `told` and `plain`.

    Not renamed by rule: the protocol writes `connectionUId` with two capitals.
    """

    event_type: EventType = msgspec.field(name="eventType")
    content: str = ""
    connection_uid: str = msgspec.field(name="connectionUId", default="")
    private_data: dict[str, Any] | None = msgspec.field(name="privateData", default=None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(MsgCommandInfo).decode
MAX_FRAME_BYTES: Final = 64 * 1024


def decode(data: str | bytes) -> MsgCommandInfo:
    """A client's frame; raises `BadCommand`."""
    try:
        return _decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise BadCommand(str(error)) from error


def encode(event: MsgEventInfo) -> str:
    """An event as the text of a frame."""
    return _encode(event).decode()


def told(event_type: EventType, content: object) -> MsgEventInfo:
    """An event whose content is JSON in a text, as the client expects of all but `plain` ones."""
    return MsgEventInfo(event_type=event_type, content=_encode(content).decode())


def plain(event_type: EventType, content: str = "", *, connection: str = "") -> MsgEventInfo:
    """An event whose content is bare text: with quotes around it, the client would send them back in each command."""
    return MsgEventInfo(event_type=event_type, content=content, connection_uid=connection)


def error(kind: ErrorType, code: str, message: str, source: str = "") -> MsgEventInfo:
    """An event ERROR. Types 2 and 5 make the client reconnect: its socket must be closed after them."""
    return told(EventType.ERROR, {"errorType": kind, "internalErrorCode": code, "data": message, "source": source})


def gone(reason: str, *, come_back: bool) -> MsgEventInfo:
    """An event DISCONNECTED. The socket must be closed at once, or the client keeps two."""
    after = None if come_back else {"ignoreTryReconnection": True}
    return MsgEventInfo(event_type=EventType.DISCONNECTED, content=_encode(reason).decode(), private_data=after)
