"""A push server for tests of what runs in a browser: the protocol of docs/protocol.md, the static files, a journal.

It keeps its promises as the real one does (contiguous versions, an honest `recovered`, close codes) and breaks them
when a test asks for it. Needs the extra `testing`.
"""

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from cti_model.calls import Direction, EndedBy, Outcome
from cti_model.events import Origin
from cti_model.records import CallRecord
from cti_model.view import CallView, CtiEvent, CtiEventName, UserUpdate, UserView
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from cti_browser import static_dir


class PushServer:
    """One user's push server and journal. What a test changes, the next frame or request tells."""

    def __init__(self) -> None:
        self.epoch = "epoch-1"
        self.version = 0
        self.view = UserView(tenant="demo", user="101")
        self.ping_s: float = 20
        self.pings = True
        self.keep = 100
        self.refusal: int | None = None
        self.refused_tokens: set[str] = set()
        self.journal: Sequence[CallRecord | dict[str, Any]] | None = []
        self.estimate: int | None = None  # about how many rows there are, when there are more than are counted
        self.hellos: list[dict[str, Any]] = []
        self.pongs = 0
        self.closes: list[int | None] = []
        self.requests: list[str] = []
        self.about: dict[str, Any] = {}
        """Further fields of the welcome: name, roles, extensions, expires_at."""
        self.commands: list[dict[str, Any]] = []
        self.frames: list[dict[str, Any]] = []
        """What clients sent beside hello, pong and command."""
        self.answer_to: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda _: {"outcome": "observed"}
        """What comes of a command; None: no answer ever."""
        self.pages: dict[str, Any] = {}
        """Answers of the HTTP API beside `/v1/calls`, by path."""
        self.missing: list[str] = []
        """Paths that were asked for and are not there."""
        self.documents: dict[str, str] = {}
        """Pages of HTML beside the static files, by path."""
        self.sockets: list[ServerConnection] = []
        self.port = 0
        self._log: list[UserUpdate] = []
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    async def tell(self, *events: CtiEvent, view: UserView, send: bool = True) -> UserUpdate:
        """The next update, to the sockets and into the history; with `send=False` it is lost on the way."""
        self.version += 1
        self.view = view
        update = UserUpdate(
            epoch=self.epoch,
            version=self.version,
            source_seq=self.version,
            occurred_at=datetime.now(UTC),
            origin=Origin.OBSERVED,
            events=events,
            view=view,
        )
        self._log = [*self._log, update][-self.keep :]
        for socket in list(self.sockets) if send else []:
            await _send(socket, _update(update, replay=False))
        return update

    async def show(self, name: CtiEventName, call: CallView, *others: CallView, current: str = "") -> None:
        """An event about a call, after which that call (unless it has ended) and the others are the view."""
        calls = (*others, *(() if call.ended_at else (call,)))
        first = current or (calls[0].id if calls else "")
        view = UserView(tenant="demo", user="101", calls=calls, current_call=first)
        await self.tell(CtiEvent(name=name, call=call), view=view)

    async def send(self, frame: dict[str, Any]) -> None:
        """Any frame, as it is."""
        for socket in list(self.sockets):
            await _send(socket, frame)

    async def kick(self, code: int) -> None:
        """Closes all sockets with this code."""
        for socket in list(self.sockets):
            await socket.close(code)

    async def until(self, condition: Any, seconds: float = 30) -> None:
        """Waits until `condition()` holds; it is looked at whenever a client has done something."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _session(self, socket: ServerConnection) -> None:
        hello = msgspec.json.decode(await socket.recv())
        self.hellos.append(hello)
        await self._note()
        if self.refusal is not None or hello["token"] in self.refused_tokens:
            await socket.close(self.refusal or 4500)
            return
        replays = self._since(hello.get("cursor"))
        await _send(socket, self._welcome(recovered=replays is not None))
        for update in replays or ():
            await _send(socket, _update(update, replay=True))
        self.sockets.append(socket)
        pings = asyncio.create_task(self._ping(socket))
        try:
            with suppress(ConnectionClosed):
                async for text in socket:
                    await self._hear(socket, msgspec.json.decode(text))
                    await self._note()
        finally:
            pings.cancel()
            self.sockets.remove(socket)
            self.closes.append(socket.close_code)
            await self._note()

    async def _hear(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "pong":
            self.pongs += 1
        elif kind == "command":
            self.commands.append(frame)
            answer = self.answer_to(frame)
            if answer is not None:
                await _send(socket, {"type": "result", "id": frame["id"], "verb": frame["verb"], **answer})
        else:
            self.frames.append(frame)

    def _since(self, cursor: dict[str, Any] | None) -> Sequence[UserUpdate] | None:
        if cursor is None or cursor["epoch"] != self.epoch or cursor["version"] > self.version:
            return None
        missing = [each for each in self._log if each.version > cursor["version"]]
        return missing if len(missing) == self.version - cursor["version"] else None

    def _welcome(self, *, recovered: bool) -> dict[str, Any]:
        return {
            "type": "welcome",
            "protocol": 1,
            "session": f"s{len(self.hellos)}",
            "tenant": "demo",
            "user": "101",
            "epoch": self.epoch,
            "version": self.version,
            "recovered": recovered,
            "ping_s": self.ping_s,
            "server_time": datetime.now(UTC),
            "view": self.view,
            **self.about,
        }

    async def _ping(self, socket: ServerConnection) -> None:
        while True:
            await asyncio.sleep(self.ping_s)
            if self.pings:
                await _send(socket, {"type": "ping", "server_time": datetime.now(UTC)})

    async def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """HTTP on the same port: the journal and the static files."""
        target = urlsplit(request.path)
        if target.path == "/v1/stream":
            return None
        if target.path in ("/v1/calls", "/v1/calls/count"):
            self.requests.append(request.path)
            await self._note()
            return self._calls(parse_qs(target.query), counts=target.path.endswith("/count"))
        if target.path in self.pages:
            self.requests.append(request.path)
            return _response(HTTPStatus.OK, "application/json", msgspec.json.encode(self.pages[target.path]))
        if target.path in self.documents:
            return _response(HTTPStatus.OK, "text/html", self.documents[target.path].encode())
        file = static_dir() / (target.path.lstrip("/") or "index.html")
        if not file.is_file():
            self.missing.append(target.path)
            await self._note()
            return _response(HTTPStatus.NOT_FOUND, "text/plain", b"no such file")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return _response(HTTPStatus.OK, kind, file.read_bytes())

    def _calls(self, query: dict[str, list[str]], *, counts: bool) -> Response:
        if self.journal is None:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE, "application/json", b"{}")
        outcome = query.get("outcome", [""])[0]
        alive = {"true": (True,), "false": (False,)}.get(query.get("alive", [""])[0], (True, False))
        rows = [msgspec.to_builtins(each) for each in self.journal]
        chosen = [each for each in rows if (each["ended_at"] is None) in alive]
        wanted = [each for each in chosen if not outcome or each["outcome"] == outcome]
        if counts:
            counted = {"count": len(wanted), "exact": True, "estimate": None}
            count = counted if self.estimate is None else counted | {"exact": False, "estimate": self.estimate}
            return _response(HTTPStatus.OK, "application/json", msgspec.json.encode(count))
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        end = start + limit
        page = {"items": wanted[start:end], "next": str(end) if end < len(wanted) else None}
        return _response(HTTPStatus.OK, "application/json", msgspec.json.encode(page))


@asynccontextmanager
async def push_server() -> AsyncIterator[PushServer]:
    """A server on a free port of this machine, closed at the end."""
    push = PushServer()
    server: Server
    async with serve(push._session, "127.0.0.1", 0, process_request=push.answer, ping_interval=None) as server:
        push.port = server.sockets[0].getsockname()[1]
        yield push


def record_of(connection_id: str, *, minutes: float = 5, **fields: Any) -> CallRecord:
    """A row of the journal that began so many minutes ago; what else it is by keywords."""
    started = datetime.now(UTC) - timedelta(minutes=minutes)
    base: dict[str, Any] = {
        "call_id": f"call-{connection_id}",
        "device": "101",
        "direction": Direction.IN,
        "internal": False,
        "remote_number": "79161234567",
        "remote_name": "Anna Petrova",
        "outcome": Outcome.ANSWERED,
        "ended_by": EndedBy.REMOTE,
        "started_at": started,
        "answered_at": started + timedelta(seconds=7),
        "ended_at": started + timedelta(seconds=7 + 185 + 41),
        "ring_s": 7.2,
        "queue_s": 0.0,
        "talk_s": 185.4,
        "hold_s": 41.0,
        "redirecting_id": "",
        "redirection_id": "",
        "consultation_of": None,
        "queue": "",
    }
    return CallRecord(connection_id=connection_id, **{**base, **fields})


def _update(update: UserUpdate, *, replay: bool) -> dict[str, Any]:
    body = msgspec.to_builtins(update)
    del body["source_seq"]
    return {"type": "update", "replay": replay, **body}


async def _send(socket: ServerConnection, frame: dict[str, Any]) -> None:
    # A client may leave at any moment; what it missed it asks for when it resumes.
    with suppress(ConnectionClosed):
        await socket.send(msgspec.json.encode(frame).decode())


def _response(status: HTTPStatus, kind: str, body: bytes) -> Response:
    headers = Headers({"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"})
    return Response(status.value, status.phrase, headers, body)
