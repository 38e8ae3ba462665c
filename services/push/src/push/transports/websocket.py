"""WebSocket: hello first, frames within a budget, every send with a deadline, close codes that say what to do."""

import asyncio
from collections.abc import Sequence

from cti_runtime.auth import Identity, KeysUnavailable, Unauthorized
from litestar import websocket
from litestar.handlers import WebsocketRouteHandler

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import BadFrame, Encoded, decode
from push.gateway.frames import Hello
from push.gateway.session import Session
from push.gateway.sessions import Sessions
from push.racing import until_one_ends
from push.transports.peer import Limits, Peer, Socket, attend


def websocket_route(sessions: Sessions, origins: Sequence[str], limits: Limits) -> WebsocketRouteHandler:
    """The route `/v1/stream`."""

    @websocket("/v1/stream")
    async def stream(socket: Socket) -> None:
        await socket.accept()
        client = _Client(socket, sessions, limits)
        await attend(socket, client, sessions, origins, limits, lambda: _serve(client, sessions, limits))

    return stream


async def _serve(client: "_Client", sessions: Sessions, limits: Limits) -> None:
    hello, identity = await client.hello(sessions, limits.hello_s)
    async with sessions.session(identity, "websocket") as session:
        await until_one_ends(session.tell(hello.cursor, client.send), client.listen(session))


class _Client(Peer):
    """A client of docs/protocol.md."""

    __slots__ = ("_unanswered",)

    def __init__(self, socket: Socket, sessions: Sessions, limits: Limits) -> None:
        super().__init__(socket, sessions, limits)
        self._unanswered = 0

    async def hello(self, sessions: Sessions, deadline_s: float) -> tuple[Hello, Identity]:
        """The first frame, verified."""
        try:
            async with asyncio.timeout(deadline_s):
                frame = decode(await self.receive_text())
        except TimeoutError as error:
            raise SessionClosed(Close.BAD_HELLO, f"no hello within {deadline_s:g} s") from error
        except BadFrame as error:
            raise SessionClosed(Close.BAD_HELLO, f"bad hello: {error}") from error
        if not isinstance(frame, Hello):
            raise SessionClosed(Close.BAD_HELLO, "the first frame must be a hello")
        try:
            return frame, await sessions.shared.verify(frame.token)
        except Unauthorized as error:
            raise SessionClosed(Close.UNAUTHORIZED, str(error)) from error
        except KeysUnavailable as error:
            raise SessionClosed(Close.UNAVAILABLE, str(error)) from error

    async def listen(self, session: Session) -> None:
        """Take the client's frames until it leaves."""
        while True:
            try:
                frame = decode(await self.receive_text())
            except BadFrame as error:
                session.complain("bad_frame", str(error), error.command_id)
            else:
                self._unanswered = 0
                await session.hear(frame)

    async def send(self, frame: Encoded) -> None:
        """Send a frame; raises `SessionClosed` when the client does not take it in time or answers no pings."""
        if frame.kind == "ping":
            if self._unanswered >= 2:
                raise SessionClosed(Close.SILENT, "no pong for two pings")
            self._unanswered += 1
        await self.send_text(frame.data.decode())
