"""A signed-in TMS client: a session of ours, its frames translated both ways, in one order."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final
from uuid import uuid4

import msgspec
from cti_model.commands import CommandOutcome, ErrorCode
from cti_model.view import CtiEvent, UserView
from msgspec.structs import replace

from push.gateway.coding import Encoded
from push.gateway.frames import CommandFrame, Result
from push.gateway.session import Session
from push.transports.tms.commands import NotImplementedHere, command_of
from push.transports.tms.frames import (
    BadCommand,
    CommandName,
    ErrorType,
    EventType,
    MsgCommandInfo,
    MsgEventInfo,
    encode,
    error,
    plain,
)
from push.transports.tms.line import Line

SendText = Callable[[str], Awaitable[None]]


class _Viewed(msgspec.Struct, frozen=True):
    """What matters here of a `welcome` or `update`."""

    view: UserView
    events: tuple[CtiEvent, ...] = ()


_decode_viewed = msgspec.json.Decoder(_Viewed).decode
_decode_result = msgspec.json.Decoder(Result, strict=False).decode
_ANSWERED: Final[dict[str, Callable[[Line], list[MsgEventInfo]]]] = {
    CommandName.QUERY_ACTIVE_CALL_SNAPSHOT: lambda line: line.snapshot(),
    CommandName.QUERY_LINE_STATE: lambda line: [line.line_state()],
    CommandName.QUERY_MSG_USER_STATE: lambda line: [line.agent_state()],
}


class LoggedOut(Exception):
    """The client said CloseConnection."""


class Dialogue:
    """Tells a client what happens, and does what it asks. What it is told keeps one order, whoever tells it."""

    def __init__(self, send: SendText, codes: Collection[str]) -> None:
        self._send = send
        self._codes = codes
        self._connection = str(uuid4())
        self._line: Line | None = None
        self._welcomed = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._at_work: dict[str, CommandFrame] = {}

    async def tell(self, frame: Encoded) -> None:
        """Tell what a frame of our own protocol means in this one."""
        async with self._one_at_a_time:
            await self._say(self._meaning(frame))

    async def hear(self, info: MsgCommandInfo, session: Session) -> None:
        """Do what a client asks; raises `LoggedOut` when it wants to go."""
        if info.command == CommandName.CLOSE_CONNECTION:
            raise LoggedOut
        await self._welcomed.wait()
        assert self._line is not None
        word = info.command[:64]
        async with self._one_at_a_time:
            if answer := _ANSWERED.get(info.command):
                await self._say(answer(self._line))
                return
            try:
                frame = command_of(info, self._line, uuid4().hex)
            except NotImplementedHere:
                await self._say(
                    [error(ErrorType.COMMAND_NOT_IMPLEMENTED, "not_supported", "there is no such command", word)]
                )
            except BadCommand as refusal:
                await self._say([error(ErrorType.COMMAND, ErrorCode.BAD_REQUEST, str(refusal), word)])
            else:
                await self._ask(frame, session)

    async def complain(self, message: str) -> None:
        """Tell that a frame was none."""
        async with self._one_at_a_time:
            await self._say([error(ErrorType.GENERAL, "bad_frame", message)])

    async def _ask(self, frame: CommandFrame, session: Session) -> None:
        """Commands have no ids here: an equal one, while the first is at work, is its double click."""
        asked = replace(frame, id="")
        if asked not in self._at_work.values():
            self._at_work[frame.id] = asked
            await session.hear(frame)

    def _meaning(self, frame: Encoded) -> Iterable[MsgEventInfo]:
        if frame.kind == "welcome":
            self._line = Line(_decode_viewed(frame.data).view, self._codes)
            self._welcomed.set()
            return [plain(EventType.CONNECTION_CREATED, connection=self._connection), *self._line.opened()]
        if frame.kind == "update" and self._line is not None:
            update = _decode_viewed(frame.data)
            return self._line.update(update.events, update.view)
        if frame.kind == "result":
            return self._result(_decode_result(frame.data))
        if frame.kind == "ping":
            return [plain(EventType.RAW_DATA)]  # ignored there; on the way it shows that both ends live
        return []

    def _result(self, result: Result) -> Iterable[MsgEventInfo]:
        self._at_work.pop(result.id, None)
        if result.outcome is CommandOutcome.OBSERVED:
            return
        known = result.error is ErrorCode.NOT_SUPPORTED
        kind = ErrorType.COMMAND_NOT_IMPLEMENTED if known else ErrorType.COMMAND
        yield error(kind, result.error or result.outcome, result.message, result.verb or "")

    async def _say(self, events: Iterable[MsgEventInfo]) -> None:
        for event in events:
            await self._send(encode(event))
