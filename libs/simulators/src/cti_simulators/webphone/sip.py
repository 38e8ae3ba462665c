"""A registrar and the other side of calls for one telephone: SIP over WebSocket (RFC 7118), with real audio."""

import itertools
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from cti_simulators.webphone.media import Peer
from cti_simulators.webphone.sip_messages import Message, parse, proves, response
from cti_simulators.webphone.told import Told

_SDP = ("content-type", "application/sdp")
_CONTACT = ("contact", "<sip:sim@sim.invalid;transport=ws>")
_SIGNAL = re.compile(r"Signal\s*=\s*(\S)")


class SipServer:
    """Takes one password. `told`: register, unregister, refused, invite NUMBER, answer, declined, bye, hold, unhold,
    digits D.
    """

    def __init__(self, password: str) -> None:
        self.told = Told()
        self.peers: dict[str, Peer] = {}
        self.port = 0
        self._password = password
        self._nonce = uuid.uuid4().hex
        self._branches = itertools.count(1)
        self._socket: ServerConnection | None = None
        self._contact = ""
        self._invites: dict[str, Message] = {}
        """By call: the INVITE that began it, ours or theirs."""
        self._ends: dict[str, tuple[str, str]] = {}
        """By call: From and To of a request of ours in its dialog."""
        self._targets: dict[str, str] = {}

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self.port}/ws"

    async def call(self, number: str, name: str, *headers: tuple[str, str], video: bool = False) -> str:
        """Somebody calls the telephone, and with `video` shows a picture; returns the Call-ID."""
        call_id = uuid.uuid4().hex
        self.peers[call_id] = peer = Peer(video=video)
        self._ends[call_id] = (f'"{name}" <sip:{number}@sim.invalid>;tag=sim', f"<{self._contact}>")
        self._targets[call_id] = self._contact
        invite = self._request("INVITE", call_id, 1, _CONTACT, _SDP, *headers, body=await peer.offer())
        self._invites[call_id] = invite
        await self._send(invite)
        return call_id

    async def cancel(self, call_id: str) -> None:
        """The caller gives up."""
        invite = self._invites[call_id]
        kept = [each for each in invite.headers if each[0] in ("via", "from", "to", "call-id", "max-forwards")]
        await self._send(Message(invite.first.replace("INVITE", "CANCEL", 1), [*kept, ("cseq", "1 CANCEL")]))

    async def bye(self, call_id: str) -> None:
        """The other side hangs up."""
        await self._send(self._request("BYE", call_id, 2))
        await self.peers.pop(call_id).close()

    async def options(self) -> None:
        """Asks whether the telephone is there, as a PBX that qualifies its contacts does."""
        call_id = uuid.uuid4().hex
        self._ends[call_id] = ("<sip:sim@sim.invalid>;tag=sim", f"<{self._contact}>")
        self._targets[call_id] = self._contact
        await self._send(self._request("OPTIONS", call_id, 1))

    async def close(self) -> None:
        """Everything is over."""
        for peer in self.peers.values():
            await peer.close()

    def _request(self, method: str, call_id: str, number: int, *headers: tuple[str, str], body: str = "") -> Message:
        ours, theirs = self._ends[call_id]
        via = f"SIP/2.0/WS sim.invalid;branch=z9hG4bK{next(self._branches)}"
        fixed = [("via", via), ("max-forwards", "70"), ("from", ours), ("to", theirs), ("call-id", call_id)]
        target = self._targets[call_id]
        return Message(f"{method} {target} SIP/2.0", [*fixed, ("cseq", f"{number} {method}"), *headers], body)

    async def _send(self, message: Message) -> None:
        if self._socket is None:
            raise RuntimeError("nobody is registered")
        await self._socket.send(message.text())

    async def session(self, socket: ServerConnection) -> None:
        """One WebSocket."""
        self._socket = socket
        async for text in socket:
            if isinstance(text, bytes) or not text.strip():
                continue  # keep-alive
            message = parse(text)
            if message.method:
                await self._obey(message)
            else:
                await self._answered(message)

    async def _obey(self, request: Message) -> None:
        call_id = request.get("call-id")
        if request.method == "REGISTER":
            await self._register(request)
        elif request.method == "INVITE" and call_id in self.peers:
            await self._again(request, call_id)
        elif request.method == "INVITE":
            await self._invited(request, call_id)
        elif request.method != "ACK":
            known = request.method in ("OPTIONS", "CANCEL") or call_id in self.peers
            await self._send(response(request, "200 OK" if known else "481 Call/Transaction Does Not Exist"))
            await self._did(request, call_id)

    async def _did(self, request: Message, call_id: str) -> None:
        if request.method == "BYE" and call_id in self.peers:
            await self.peers.pop(call_id).close()
            await self.told.note("bye")
        elif request.method == "INFO" and (signal := _SIGNAL.search(request.body)):
            await self.told.note(f"digits {signal[1]}")

    async def _register(self, request: Message) -> None:
        given = request.get("authorization")
        if not proves(given, "REGISTER", self._password, self._nonce):
            challenge = f'Digest realm="sim", nonce="{self._nonce}", algorithm=MD5, qop="auth"'
            await self._send(response(request, "401 Unauthorized", ("www-authenticate", challenge)))
            if given:
                await self.told.note("refused")
            return
        gone = "expires=0" in request.get("contact") or request.get("expires") == "0"
        self._contact = request.get("contact").split(">", 1)[0].lstrip("<")
        contact = () if gone else (("contact", f"{request.get('contact')}"),)
        await self._send(response(request, "200 OK", *contact, ("expires", "0" if gone else "300")))
        await self.told.note("unregister" if gone else "register")

    async def _invited(self, request: Message, call_id: str) -> None:
        """They dial: it rings, and is answered."""
        await self._send(response(request, "100 Trying"))
        await self._send(response(request, "180 Ringing", _CONTACT))
        self.peers[call_id] = peer = Peer()
        self._invites[call_id] = request
        self._ends[call_id] = (response(request, "").get("to"), request.get("from"))
        self._targets[call_id] = request.get("contact").split(">", 1)[0].lstrip("<")
        await self._send(response(request, "200 OK", _CONTACT, _SDP, body=await peer.answer(request.body)))
        await self.told.note(f"invite {request.first.split(':')[1].split('@')[0]}")

    async def _again(self, request: Message, call_id: str) -> None:
        """A re-INVITE holds or takes back."""
        answer = await self.peers[call_id].answer(request.body)
        await self._send(response(request, "200 OK", _CONTACT, _SDP, body=answer))
        held = "a=sendonly" in request.body or "a=inactive" in request.body
        await self.told.note("hold" if held else "unhold")

    async def _answered(self, answer: Message) -> None:
        call_id, method = answer.get("call-id"), answer.get("cseq").split(" ")[-1]
        if method == "OPTIONS" and answer.status == 200:
            await self.told.note("options")
        if method != "INVITE" or answer.status < 200:
            return
        self._ends[call_id] = (answer.get("from"), answer.get("to"))
        if answer.status >= 300:
            ack = self._request("ACK", call_id, 1)
            ack.headers[0] = self._invites[call_id].all("via")[0]
            await self._send(ack)
            await self.peers.pop(call_id).close()
            await self.told.note("cancelled" if answer.status == 487 else "declined")
            return
        self._targets[call_id] = answer.get("contact").split(">", 1)[0].lstrip("<")
        await self._send(self._request("ACK", call_id, 1))
        await self.peers[call_id].answered(answer.body)
        await self.told.note("answer")


@asynccontextmanager
async def sip_server(password: str) -> AsyncIterator[SipServer]:
    """A server on a free port of this machine, closed at the end."""
    sip = SipServer(password)
    async with serve(sip.session, "127.0.0.1", 0, subprotocols=[Subprotocol("sip")]) as server:
        sip.port = server.sockets[0].getsockname()[1]
        yield sip
        await sip.close()
