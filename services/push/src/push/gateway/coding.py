"""Reading and writing of frames. What a stream has as bytes stays bytes on its way to a socket."""

from datetime import datetime
from typing import NamedTuple

import msgspec
from cti_model.commands import CommandResult
from cti_model.sent import as_sent
from cti_model.view import UserUpdate
from msgspec import Struct

from push.gateway.frames import (
    ClientFrame,
    CommandFrame,
    Result,
    ServerFrame,
    Update,
    Welcome,
)


class Encoded(NamedTuple):
    """A frame as bytes. `event_id` is the cursor after it, where it has one."""

    kind: str
    event_id: str
    data: bytes


def frame_of(update: UserUpdate, *, replay: bool) -> Update:
    """An update as a frame."""
    return Update(
        epoch=update.epoch,
        version=update.version,
        replay=replay,
        occurred_at=update.occurred_at,
        origin=update.origin,
        events=update.events,
        view=update.view,
    )


class _Raw(Struct, tag_field="type", frozen=True, kw_only=True):
    occurred_at: msgspec.Raw
    origin: msgspec.Raw
    events: msgspec.Raw
    view: msgspec.Raw


class _RawUpdate(_Raw, tag="update", frozen=True, kw_only=True):
    epoch: str
    version: int
    replay: bool


class _RawWatchUpdate(_Raw, tag="watch_update", frozen=True, kw_only=True):
    user: str
    epoch: str
    version: int


class Told(Struct, frozen=True, kw_only=True):
    """A `UserUpdate` as it lies in the stream, with what a gateway needs of it; events and view stay bytes."""

    epoch: str
    version: int
    occurred_at: msgspec.Raw
    origin: msgspec.Raw
    events: msgspec.Raw
    view: msgspec.Raw


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ClientFrame).decode
decode_told = msgspec.json.Decoder(Told).decode
decode_update = msgspec.json.Decoder(UserUpdate).decode
decode_instant = msgspec.json.Decoder(datetime).decode


def encoded(frame: ServerFrame) -> Encoded:
    """A frame as bytes."""
    event_id = f"{frame.epoch}:{frame.version}" if isinstance(frame, (Welcome, Update)) else ""
    return Encoded(str(type(frame).__struct_config__.tag), event_id, _encode(frame))


def encoded_update(told: Told, *, replay: bool) -> Encoded:
    """An update as `Update`, byte for byte what encoding that would give."""
    raw = _RawUpdate(
        epoch=told.epoch,
        version=told.version,
        replay=replay,
        occurred_at=told.occurred_at,
        origin=told.origin,
        events=told.events,
        view=told.view,
    )
    return Encoded("update", f"{told.epoch}:{told.version}", _encode(raw))


def encoded_watch_update(user: str, told: Told) -> Encoded:
    """An update of another user as `WatchUpdate`."""
    raw = _RawWatchUpdate(
        user=user,
        epoch=told.epoch,
        version=told.version,
        occurred_at=told.occurred_at,
        origin=told.origin,
        events=told.events,
        view=told.view,
    )
    return Encoded("watch_update", "", _encode(raw))


class BadFrame(ValueError):
    """A frame that is not one of the protocol's; the text says why.

    `command_id`: as it was sent, of the command that it was meant to be; empty where it was none, or cannot be read.
    """

    def __init__(self, message: str, command_id: str = "") -> None:
        super().__init__(message)
        self.command_id = command_id


def decode(data: str | bytes) -> ClientFrame:
    """A client's frame; raises `BadFrame`."""
    try:
        frame: ClientFrame = _decode(data)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError) as error:
        command_id = as_sent(data, "id") if as_sent(data, "type") == "command" else ""
        raise BadFrame(str(error), command_id) from error
    return frame


_decode_command = msgspec.json.Decoder(CommandFrame).decode


def decode_command(data: bytes) -> CommandFrame:
    """A command sent by HTTP (`type` may be left out); raises `BadFrame`."""
    try:
        fields = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        return msgspec.convert(
            {name: msgspec.json.decode(value) for name, value in fields.items() if name != "type"}
            | {"type": "command"},
            CommandFrame,
        )
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError) as error:
        raise BadFrame(str(error), as_sent(data, "id")) from error


def result_of(frame: CommandFrame, result: CommandResult) -> Result:
    """A connector's word as a frame, under the client's own id."""
    return Result(
        id=frame.id,
        verb=frame.verb,
        outcome=result.outcome,
        error=result.error,
        message=result.message,
        call_id=result.call_id,
        connection_id=result.connection_id,
        details=result.details,
        memberships=result.memberships,
    )
