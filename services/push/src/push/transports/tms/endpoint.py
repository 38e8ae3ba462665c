"""The TMS protocol's socket: `/`, without a subprotocol of ours."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from cti_runtime.auth import Identity, KeysUnavailable, Unauthorized
from litestar import websocket
from litestar.handlers import WebsocketRouteHandler

from push.gateway.closing import Close, SessionClosed
from push.gateway.session import Session
from push.gateway.sessions import Sessions
from push.racing import until_one_ends
from push.transports.peer import Limits, Peer, Socket, attend
from push.transports.tms.dialogue import Dialogue, LoggedOut
from push.transports.tms.frames import (
    BadCommand,
    CommandName,
    ErrorType,
    EventType,
    MsgCommandInfo,
    decode,
    encode,
    error,
    gone,
    plain,
)
from push.transports.tms.signin import signed_in

_log = structlog.get_logger(__name__)
_WORD: Final = {Close.UNAUTHORIZED: "unauthorized", Close.FORBIDDEN: "forbidden", Close.BAD_HELLO: "bad_request"}


@dataclass(frozen=True)
class Installation:
    """What an administrator says of the installation whose clients come. `users`: `UserUId` to user."""

    users: Mapping[str, str]
    codes: Sequence[str]


def tms_route(
    sessions: Sessions, origins: Sequence[str], limits: Limits, installation: Installation
) -> WebsocketRouteHandler:
    """The route `/` for WebSockets."""
    users = {uid.lower(): user for uid, user in installation.users.items()}

    @websocket("/")
    async def stream(socket: Socket) -> None:
        await socket.accept()
        client = _Client(socket, sessions, limits)
        in_address = socket.query_params.get("token") or socket.query_params.get("access_token") or ""

        async def serve() -> None:
            identity = await client.sign_in(in_address, users, limits.hello_s)
            await _talk(client, sessions, identity, installation)

        await attend(socket, client, sessions, origins, limits, serve)

    return stream


async def _talk(client: "_Client", sessions: Sessions, identity: Identity, installation: Installation) -> None:
    async with sessions.session(identity, "tms") as session:
        client.signed_in = True
        dialogue = Dialogue(client.send_text, installation.codes)
        await until_one_ends(session.tell(None, dialogue.tell), _listen(client, dialogue, session))


async def _listen(client: "_Client", dialogue: Dialogue, session: Session) -> None:
    while True:
        try:
            await dialogue.hear(await client.receive(), session)
        except BadCommand as refusal:
            await dialogue.complain(str(refusal))
        except LoggedOut:
            raise SessionClosed(Close.DONE, "the client has logged out") from None


class _Client(Peer):
    """A client of the TMS protocol."""

    __slots__ = ("signed_in",)

    def __init__(self, socket: Socket, sessions: Sessions, limits: Limits) -> None:
        super().__init__(socket, sessions, limits)
        self.signed_in = False

    async def receive(self) -> MsgCommandInfo:
        """The next frame; raises `BadCommand`."""
        return decode(await self.receive_text())

    async def sign_in(self, in_address: str, users: Mapping[str, str], deadline_s: float) -> Identity:
        """Handshake until OpenConnection; raises `SessionClosed`."""
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    info = await self.receive()
                    if info.command == CommandName.LOAD_LIBRARY:
                        await self.send_text(encode(plain(EventType.LIBRARY_INITIALIZED, str(uuid4()))))
                    elif info.command == CommandName.OPEN_CONNECTION:
                        return await signed_in(info, in_address, users, self._sessions.shared.verify)
                    else:
                        early = error(ErrorType.GENERAL, "bad_request", "OpenConnection first", info.command[:64])
                        await self.send_text(encode(early))
        except TimeoutError as late:
            raise SessionClosed(Close.BAD_HELLO, f"no OpenConnection within {deadline_s:g} s") from late
        except BadCommand as refusal:
            raise SessionClosed(Close.BAD_HELLO, str(refusal)) from refusal
        except Unauthorized as refusal:
            raise SessionClosed(Close.UNAUTHORIZED, str(refusal)) from refusal
        except KeysUnavailable as away:
            raise SessionClosed(Close.UNAVAILABLE, str(away)) from away

    async def close(self, error_: SessionClosed) -> None:
        """Say why in the protocol's own words, and close at once: an open socket would be kept beside the next."""
        if self.signed_in:
            last = gone(error_.reason, come_back=error_.code.reconnect)
        else:
            last = error(ErrorType.OPEN_CONNECTION, _WORD.get(error_.code, error_.code.word), error_.reason)
        try:
            await self.send_text(encode(last))
        except (SessionClosed, RuntimeError):
            _log.debug("client was gone before the last word", code=int(error_.code))
        await super().close(error_)
