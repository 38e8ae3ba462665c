"""One connection to the simulated event socket: log-in, subscription, commands, events as frames."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import quote

from cti_simulators.freeswitch.exchange import Headers
from cti_simulators.freeswitch.faults import GOODBYE, RUDE, Faults, User


class House(Protocol):
    """What a connection needs of its server."""

    @property
    def password(self) -> str:
        """What opens it."""
        ...

    @property
    def users(self) -> Mapping[str, User]:
        """Who may log in beside it, as `cti@domain`."""
        ...

    @property
    def faults(self) -> Faults:
        """What is wrong with it."""
        ...

    def joined(self, client: "Client") -> None:
        """A connection opens or subscribes."""
        ...

    def left(self, client: "Client") -> None:
        """A connection is closed."""
        ...

    def answer(self, command: str, reply: Callable[[str], None]) -> None:
        """Run an API command now; its answer comes when there is one."""
        ...


class Client(asyncio.Protocol):
    """One connection: commands end with an empty line; `wants` are the events it subscribed to."""

    def __init__(self, server: House) -> None:
        self._server = server
        self._buffer = b""
        self._let_in = False
        self._user: User | None = None
        self._json = True
        self.wants: frozenset[str] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the password; a deaf server hangs up, a rude one says so."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if self._server.faults.deaf:
            transport.abort()
            return
        if self._server.faults.rude:
            self._send("text/rude-rejection", RUDE)
            transport.close()
            return
        self._server.joined(self)
        self._send("auth/request")

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._server.left(self)

    def drop(self) -> None:
        """Cut it."""
        if self._transport is not None:
            self._transport.abort()
        self._server.left(self)

    def dismiss(self, linger: bool) -> None:
        """Say goodbye, and close, unless it is to linger."""
        more = {"Content-Disposition": "linger", "Linger-Time": "5"} if linger else {}
        self._send("text/disconnect-notice", GOODBYE, more=more)
        if self._transport is not None and not linger:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Commands, each ended by an empty line."""
        self._buffer += data
        while b"\n\n" in self._buffer:
            block, _, self._buffer = self._buffer.partition(b"\n\n")
            self._command(block.decode())

    def _command(self, block: str) -> None:
        line, *more = block.split("\n")
        name, _, rest = line.partition(" ")
        if not self._let_in:
            self._log_in(name, rest)
        elif name == "event":
            self._subscribe(*rest.split())
        elif name in ("api", "bgapi") and not self._may(rest.partition(" ")[0]):
            self._send("command/reply", reply="-ERR permission denied")
        elif name == "api":
            self._server.answer(rest, lambda text: self._send("api/response", text.encode()))
        elif name == "bgapi":
            job = dict(each.split(": ", 1) for each in more).get("Job-UUID", "")
            self._send("command/reply", reply=f"+OK Job-UUID: {job}", more={"Job-UUID": job})
            self._server.answer(rest, lambda text: self._job(job, text))
        else:
            self._send("command/reply", reply="-ERR command not found")

    def _log_in(self, how: str, rest: str) -> None:
        user, _, password = rest.partition(":")
        found = self._server.users.get(user) if how == "userauth" else None
        if found is not None and found.password == password:
            self._user = found
        self._let_in = self._user is not None or (how == "auth" and rest == self._server.password)
        allowed = {"Allowed-Events": "all", "Allowed-API": "all"} if self._user is not None else {}
        self._send("command/reply", reply="+OK accepted" if self._let_in else "-ERR invalid", more=allowed)
        if not self._let_in and self._transport is not None:
            self._send("text/disconnect-notice", GOODBYE)
            self._transport.close()

    def _subscribe(self, form: str, *names: str) -> None:
        allowed = self._user.events if self._user is not None else None
        if allowed is not None and not set(names) <= allowed:
            self._send("command/reply", reply="-ERR permission denied")
            return
        self._json, self.wants = form == "json", frozenset(names)
        self._send("command/reply", reply=f"+OK event listener enabled {form}")
        self._server.joined(self)

    def _may(self, command: str) -> bool:
        allowed = self._user.api if self._user is not None else None
        return command not in self._server.faults.denied and (allowed is None or command in allowed)

    def _job(self, job: str, text: str) -> None:
        self.event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": job, "Content-Length": str(len(text)), "_body": text})

    def event(self, headers: Headers) -> None:
        """Send an event, if it is wanted."""
        wanted = self.wants or frozenset()
        known = {headers["Event-Name"], headers.get("Event-Subclass", "")} & wanted
        if not known and "ALL" not in wanted:
            return
        faults = self._server.faults
        if faults.lose:
            faults.lose -= 1
            return
        if self._json:
            self._send("text/event-json", json.dumps(headers).encode())
            return
        text = headers.get("_body", "")
        lines = "".join(f"{name}: {quote(value)}\n" for name, value in headers.items() if name != "_body")
        self._send("text/event-plain", f"{lines}\n{text}".encode())

    def _send(self, kind: str, body: bytes = b"", reply: str = "", more: Mapping[str, str] | None = None) -> None:
        head = {"Content-Type": kind, **({"Reply-Text": reply} if reply else {}), **(more or {})}
        if body:
            head = {"Content-Length": str(len(body)), **head}
        if self._transport is not None:
            lines = "".join(f"{name}: {value}\n" for name, value in head.items())
            data = f"{lines}\n".encode() + body
            if self._server.faults.cut_next and kind.startswith("text/event"):
                self._server.faults.cut_next = False
                self._transport.write(data[: len(data) // 2])
                self._transport.close()
                self._transport = None
                return
            self._transport.write(data)
