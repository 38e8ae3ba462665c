"""Server-sent events: the same frames for clients that cannot use a WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from cti_runtime.auth import Identity
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import Encoded, encoded
from push.gateway.frames import Cursor, ErrorFrame
from push.gateway.limits import Full, Places
from push.gateway.sessions import Sessions
from push.transports.callers import address_of, identity_of
from push.transports.documented import SIGNED_IN, UNREADABLE
from push.transports.wire import STREAM

_EVENTS: Final = "text/event-stream"
_STREAM: Final = ResponseSpec(str, generate_examples=False, description="events without end", media_type=_EVENTS)
_Token = Annotated[str | None, QueryParameter(description="for an EventSource, which has no headers of its own")]
_Cursor = Annotated[
    str | None, HeaderParameter(name="Last-Event-ID", description="`<epoch>:<version>`: what the client has already")
]


def sse_route(sessions: Sessions, addresses: Places) -> HTTPRouteHandler:
    """The route `/v1/events`."""

    @get(
        "/v1/events",
        summary="The frames of the push protocol as server-sent events",
        description="`event` is a frame's type, `data` the frame, `id` the cursor after it. See protocol.md.",
        operation_id="events",
        responses=UNREADABLE | SIGNED_IN | {200: _STREAM},
    )
    async def events(request: Request[Any, Any, Any], access_token: _Token = None, resume: _Cursor = None) -> Stream:
        identity = await identity_of(request, sessions.shared.verify, access_token)
        request.scope["state"][STREAM]()
        cursor = _cursor(resume)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        told = _told(sessions, addresses, address_of(request), identity, cursor)
        return Stream(told, media_type=_EVENTS, headers=headers)

    return events


async def _told(
    sessions: Sessions, addresses: Places, address: str, identity: Identity, cursor: Cursor | None
) -> AsyncIterator[bytes]:
    # One frame at a time: the next is made when the client has taken this one, so a slow one fills its mailbox.
    frames: asyncio.Queue[Encoded] = asyncio.Queue(maxsize=1)
    try:
        with addresses.taken(address):
            async with sessions.session(identity, "sse") as session:
                telling = asyncio.create_task(session.tell(cursor, frames.put))
                try:
                    while True:
                        frame = asyncio.create_task(frames.get())
                        await asyncio.wait((frame, telling), return_when=asyncio.FIRST_COMPLETED)
                        if frame.done():
                            yield _event(frame.result())
                            continue
                        frame.cancel()
                        telling.result()
                finally:
                    telling.cancel()
                    await asyncio.gather(telling, return_exceptions=True)
    except Full as error:
        sessions.shared.metrics.limited.add(1, {"limit": "address_connections"})
        yield _ended(sessions, SessionClosed(Close.FULL, str(error)))
    except SessionClosed as error:
        yield _ended(sessions, error)


def _ended(sessions: Sessions, error: SessionClosed) -> bytes:
    """There are no close codes here: the client reconnects, or reads why it should not."""
    sessions.closed(error)
    return _event(encoded(ErrorFrame(code=error.code.word.replace(" ", "_"), message=error.reason)))


def _event(frame: Encoded) -> bytes:
    named = f"id: {frame.event_id}\n" if frame.event_id else ""
    return f"event: {frame.kind}\n{named}data: ".encode() + frame.data + b"\n\n"


def _cursor(last_event_id: str | None) -> Cursor | None:
    epoch, separator, version = (last_event_id or "").rpartition(":")
    return Cursor(epoch, int(version)) if separator and version.isdecimal() and len(version) < 19 else None
