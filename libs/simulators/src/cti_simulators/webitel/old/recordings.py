"""The recordings of the simulated old engine, and the server that hands them out, on a port of its own.

Source: the public dialplan engine (`record_session`: the leg that runs the dialplan, from its bridge on, in a file by
its id, handed over when it is over), the public recording server (`GET /api/v2/files/<id>` with key and token in
headers or query), and the engine's `services/cdr.js`. Not simulated: rights there, several files of one leg.
"""

import re
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers as HttpHeaders
from websockets.http11 import Request, Response

from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.legs import Leg

FILES: Final = "/api/v2/files/"
_RANGE: Final = re.compile(r"bytes=(\d+)-(\d*)")
_SILENCE: Final = (b"\xff\xfb\x90\x00" + bytes(413)) * 38
"""A second of MPEG layer 3."""


class Archive:
    """Files by the id of the leg. `recording`: whether the dialplan records; `upload_s`: so long after a leg's end.

    `credentials`: tokens by their keys; the engine issues one for each link that it gives.
    """

    def __init__(self, switch: Switch, *, upload_s: float = 0.5) -> None:
        self.recording = False
        self.upload_s = upload_s
        self.files: dict[str, bytes] = {}
        self.credentials: dict[str, str] = {}
        self._switch = switch
        self._running: set[str] = set()

    def heard(self, headers: Headers) -> None:
        """An event of the switch: the dialplan begins or ends a recording."""
        leg = self._switch.legs.get(headers.get("Unique-ID", ""))
        if leg is None or not self.recording:
            return
        if headers["Event-Name"] == "CHANNEL_BRIDGE":
            for each in (leg, leg.peer):
                if each is not None and _runs_dialplan(each) and each.uid not in self._running:
                    self._running.add(each.uid)
                    self._switch.say("RECORD_START", each, Record__File__Path=_path(each))
        elif headers["Event-Name"] == "CHANNEL_HANGUP" and leg.uid in self._running:
            self._running.discard(leg.uid)
            self._switch.say("RECORD_STOP", leg, Record__File__Path=_path(leg))
            self._switch.later(self.upload_s, lambda: self._keep(leg.uid))

    def _keep(self, uid: str) -> None:
        self.files[uid] = _SILENCE

    def link(self, url: str, uid: str) -> str:
        """Where a file is, with a key and a token; empty: there is none."""
        if uid not in self.files:
            return ""
        key, token = self._switch.new_id(), f"token-{self._switch.new_id()}"
        self.credentials[key] = token
        return f"{url}{FILES}{uid}?x_key={key}&access_token={token}"


def _runs_dialplan(leg: Leg) -> bool:
    """Who calls, and who was sent to a number; not who is only rung, nor an agent for whom a queue rings."""
    return not leg.outbound or "transfer_source" in leg.variables


def _path(leg: Leg) -> str:
    return f"/recordings/{leg.uid}_recordSession.mp3"


class RecordingServer:
    """Hands out an archive's files by HTTP. `fetched`: the ids that were asked for by who may."""

    def __init__(self, archive: Archive, host: str, port: int) -> None:
        self._archive, self._host, self._wanted_port = archive, host, port
        self._server: Server | None = None
        self.fetched: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("not started")
        return f"http://{self._host}:{next(iter(self._server.sockets)).getsockname()[1]}"

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        self._server = await serve(_no_socket, self._host, self._wanted_port, process_request=self._request)

    async def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.close(close_connections=True)
            await self._server.wait_closed()

    def _request(self, _: ServerConnection, request: Request) -> Response:
        address = urlsplit(request.path)
        query = parse_qs(address.query)
        key = request.headers.get("X-Key") or "".join(query.get("x_key", ()))
        token = request.headers.get("X-Access-Token") or "".join(query.get("access_token", ()))
        if not token or self._archive.credentials.get(key) != token:
            return _response(HTTPStatus.UNAUTHORIZED, b'{"status":"error","info":"Invalid credentials"}')
        uid = address.path.removeprefix(FILES)
        sound = self._archive.files.get(uid) if address.path.startswith(FILES) else None
        if sound is None:
            return _response(HTTPStatus.NOT_FOUND, b'{"status":"error"}')
        self.fetched.append(uid)
        return _part(sound, request.headers.get("Range", ""))


def _part(sound: bytes, asked: str) -> Response:
    wanted = _RANGE.fullmatch(asked)
    if wanted is None:
        return _response(HTTPStatus.OK, sound, "audio/mpeg")
    first, last = int(wanted[1]), min(int(wanted[2] or len(sound)), len(sound) - 1)
    if first > last:
        return _response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", span=f"bytes */{len(sound)}")
    span = f"bytes {first}-{last}/{len(sound)}"
    return _response(HTTPStatus.PARTIAL_CONTENT, sound[first : last + 1], "audio/mpeg", span)


def _response(status: HTTPStatus, body: bytes, kind: str = "application/json", span: str = "") -> Response:
    headers = HttpHeaders({"Content-Type": kind, "Content-Length": str(len(body)), "Accept-Ranges": "bytes"})
    headers["Connection"] = "close"
    if span:
        headers["Content-Range"] = span
    return Response(status.value, status.phrase, headers, body)


async def _no_socket(_: ServerConnection) -> None:
    """No request gets so far."""
