"""FreeSWITCH's Verto side for one telephone: frames as version 1.10.12 was recorded sending them, with real audio."""

import itertools
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from cti_simulators.webphone.media import Peer
from cti_simulators.webphone.told import Told
from cti_simulators.webphone.verto_frames import LOGIN_REFUSED, SESSION_ERROR, Fault, Request, Result, encode, parse


class VertoServer:
    """Takes one password. `told`: login, refused, invite NUMBER, answer, bye, hold, unhold, digits D, attach."""

    def __init__(self, password: str) -> None:
        self.told = Told()
        self.peers: dict[str, Peer] = {}
        self.port = 0
        self._password = password
        self._ids = itertools.count(142)  # one count for all sockets: it collides with the clients' ids
        self._socket: ServerConnection | None = None
        self._session = ""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self.port}/"

    async def call(self, number: str, name: str) -> str:
        """Somebody calls the telephone; returns the call's id."""
        call_id = str(uuid.uuid4())
        self.peers[call_id] = peer = Peer()
        about = {"caller_id_name": name, "caller_id_number": number, "display_direction": "outbound", "variables": {}}
        await self._ask("verto.invite", {"callID": call_id, "sdp": await peer.offer(), **about})
        return call_id

    async def bye(self, call_id: str, cause: str = "NORMAL_CLEARING") -> None:
        """The other side hangs up."""
        await self._ask("verto.bye", {"callID": call_id, "causeCode": 16, "cause": cause})
        await self.peers.pop(call_id).close()

    async def cut(self) -> None:
        """The socket breaks; the calls wait for the session to come back."""
        if self._socket is not None:
            await self._socket.close(1011)

    async def close(self) -> None:
        """Everything is over."""
        for peer in self.peers.values():
            await peer.close()

    async def _ask(self, method: str, params: dict[str, Any]) -> None:
        if self._socket is None:
            raise RuntimeError("nobody is signed in")
        await self._socket.send(encode(Request(next(self._ids), method, params)))

    async def session(self, socket: ServerConnection) -> None:
        """One WebSocket."""
        async for text in socket:
            frame = parse(text)
            if isinstance(frame, Request):
                await self._obey(socket, frame)

    async def _obey(self, socket: ServerConnection, frame: Request) -> None:
        method, params, call_id = frame.method, frame.params, frame.call_id
        if method == "login":
            await self._login(socket, frame)
            return
        if method != "verto.invite" and call_id not in self.peers:
            about = {"code": SESSION_ERROR, "message": "CALL DOES NOT EXIST", "callID": call_id}
            await socket.send(encode(Fault(frame.id, about)))
            return
        result = {"callID": call_id, "sessid": self._session}
        if method == "verto.modify":
            held = params["action"] == "hold"
            result |= {"action": params["action"], "holdState": "held" if held else "active"}
        await socket.send(encode(Result(frame.id, result)))
        await self._did(method, call_id, params)

    async def _did(self, method: str, call_id: str, params: dict[str, Any]) -> None:
        line = method.removeprefix("verto.")
        if method == "verto.invite":
            await self._put_through(call_id, params)
            line = f"invite {params['dialogParams']['destination_number']}"
        elif method in ("verto.answer", "verto.attach"):
            await self.peers[call_id].answered(params["sdp"])
        elif method == "verto.modify":
            line = params["action"]
        elif method == "verto.info":
            line = f"digits {params['dtmf']}"
        elif method == "verto.bye":
            await self.peers.pop(call_id).close()
        await self.told.note(line)

    async def _put_through(self, call_id: str, params: dict[str, Any]) -> None:
        self.peers[call_id] = peer = Peer()
        await self._ask("verto.media", {"callID": call_id, "sdp": await peer.answer(params["sdp"]), "variables": {}})
        await self._ask("verto.answer", {"callID": call_id, "variables": {}})

    async def _login(self, socket: ServerConnection, frame: Request) -> None:
        params = frame.params
        if params.get("passwd") != self._password:
            about = {"code": LOGIN_REFUSED, "message": "Authentication Failure"}
            await socket.send(encode(Fault(frame.id, about)))
            await self.told.note("refused")
            return
        again = params["sessid"] == self._session
        if self._socket is not None and again and self._socket.close_code is None:
            await self._ask("verto.punt", {})
            await self._socket.close(1000)
        self._socket, self._session = socket, params["sessid"]
        await socket.send(encode(Result(frame.id, {"message": "logged in", "sessid": self._session})))
        for call_id in list(self.peers) if again else ():
            await self.peers[call_id].close()
            self.peers[call_id] = peer = Peer()
            about = {"callID": call_id, "sdp": await peer.offer(), "display_direction": "outbound", "variables": {}}
            await self._ask("verto.attach", about)
        await self._ask("verto.clientReady", {"reattached_sessions": list(self.peers) if again else []})
        await self.told.note("login")


@asynccontextmanager
async def verto_server(password: str) -> AsyncIterator[VertoServer]:
    """A server on a free port of this machine, closed at the end."""
    verto = VertoServer(password)
    async with serve(verto.session, "127.0.0.1", 0) as server:
        verto.port = server.sockets[0].getsockname()[1]
        yield verto
        await verto.close()
