"""A client of the Messaging Service protocol (TMS), as the real one was verified to be: it obeys each event blindly.

`Model` is what stands behind its panel, and refuses (`Stumbled`) whatever the real one would throw at, flicker at, or
misunderstand. `Page` is the model at a socket.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

DIAL: Final = 2
"""The line may dial: CallFeaturesSet.DIAL."""
_RAISED: Final = {
    3: "error", 5: "callStarted", 6: "callFinished", 7: "commutationStarted", 8: "hold", 9: "unhold", 13: "callBusy",
    15: "callSaved", 18: "dtmfEntered",
}  # fmt: skip
_FIRST: Final = frozenset({"deviceId", "direction", "state", "callFeaturesSet"})


class Stumbled(AssertionError):
    """The client cannot bear this event."""


def _sure(condition: object, why: str) -> None:
    if not condition:
        raise Stumbled(why)


class Model:
    """CtiModel behind the TMS channel. `heard`: what it raised. `pops`: calls that became current by themselves."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}
        self.current: str | None = None
        self.line = 0
        self.agent = ""
        self.consulting = False
        self.connected = False
        self.heard: list[str] = []
        self.pops: list[str] = []

    def take(self, text: str | bytes) -> dict[str, Any]:
        """One frame; returns it. Raises `Stumbled`."""
        frame: dict[str, Any] = msgspec.json.decode(text)
        kind, content = frame["eventType"], frame.get("content", "")
        _sure(isinstance(kind, int) and isinstance(content, str), "eventType is a number, content a text")
        if kind == 2:
            self.connected, self.line = True, self.line if self.calls else DIAL
        elif take := self._by_json().get(kind):
            take(kind, msgspec.json.decode(content))
        if name := _RAISED.get(kind):
            self.heard.append(name)
        return frame

    def _by_json(self) -> dict[int, Callable[[int, Any], None]]:
        calls = dict.fromkeys((5, 7, 8, 9, 13), self._call)
        others = {6: self._finished, 10: self._snapshot, 11: self._features, 12: self._agent, 14: self._gone}
        return {**calls, **others, 15: self._saved, 17: self._renamed, 18: self._digits}

    def _snapshot(self, _: int, content: dict[str, Any]) -> None:
        ids = [each["id"] for each in content["ActiveCalls"]]
        _sure(len(ids) == len(set(ids)), "an id twice cuts the list")
        current = content["CurrentCall"]
        _sure((current is None) == (not ids), "calls without a current one: no dialling")
        _sure(current is None or current in content["ActiveCalls"], "the current call is one of them")
        self.calls = {each["id"]: dict(each) for each in content["ActiveCalls"]}
        self.consulting = False
        self.current = current["id"] if current else None
        if current:
            self.line = current["callFeaturesSet"]

    def _call(self, kind: int, content: dict[str, Any]) -> None:
        call_id = content["id"]
        _sure(isinstance(content["state"], int), "a state is a number")
        if call_id not in self.calls:
            _sure(set(content) >= _FIRST, "a first event is whole")
            self.calls[call_id] = {}
            self.consulting = self.current is not None
            self.current = self.current or call_id
        else:
            _sure(kind != 5, "callStarted would be raised again")
        self.calls[call_id].update(content)
        if call_id == self.current and "callFeaturesSet" in content:
            self.line = content["callFeaturesSet"]

    def _finished(self, _: int, content: dict[str, Any]) -> None:
        call_id = content["id"]
        _sure(call_id in self.calls, "an unknown call flickers")
        _sure(content["state"] == 0, "a finished call would still be CONNECTED")
        del self.calls[call_id]
        if call_id == self.current:
            self.current = None
            self.line = content.get("callFeaturesSet", self.line)
        if len(self.calls) == 1:
            remaining = next(iter(self.calls))
            if remaining != self.current:
                self.pops.append(remaining)
            self.current, self.consulting = remaining, False
            self.line = self.calls[remaining].get("callFeaturesSet", self.line)
        self.consulting = self.consulting and bool(self.calls)

    def _features(self, _: int, content: dict[str, Any]) -> None:
        call_id = content.get("callId")
        if call_id in self.calls:
            self.calls[call_id]["callFeaturesSet"] = content["callFeaturesSet"]
        if call_id is None or call_id == self.current or self.current is None:
            self.line = content["callFeaturesSet"]

    def _agent(self, _: int, content: Any) -> None:
        _sure(isinstance(content, str), "a state is a JSON text")
        self.agent = content

    def _gone(self, _: int, __: Any) -> None:
        self.connected, self.line, self.current, self.calls = False, 0, None, {}

    def _saved(self, _: int, content: dict[str, Any]) -> None:
        self.calls.get(content["id"], {}).update(databaseUId=content["databaseUId"])

    def _renamed(self, _: int, content: dict[str, Any]) -> None:
        _sure(content.get("databaseUId"), "without it the first unsaved call would be hit")
        for call in self.calls.values():
            if call.get("databaseUId") == content["databaseUId"]:
                call.update(content)

    def _digits(self, _: int, content: Any) -> None:
        _sure(isinstance(content, str), "digits are a JSON text")


class Socket(Protocol):
    """A WebSocket, by whatever library."""

    async def send(self, message: str) -> None:
        """Send a text."""

    async def recv(self) -> str | bytes:
        """The next message."""


class Page:
    """A page with this client: what it sends, and what its model makes of the answers."""

    def __init__(self, socket: Socket) -> None:
        self.model = Model()
        self.frames: list[dict[str, Any]] = []
        self._socket = socket

    async def send(self, command: str, executor: str = "", **parameters: object) -> None:
        """Send a command, about a call when `executor` names one."""
        info = {
            "commandUId": "", "command": command, "libraryInstanceUId": "", "connectionUId": "",
            "commandExecutorId": executor, "commandExecutorType": "",
        }  # fmt: skip
        await self._socket.send(msgspec.json.encode(info | ({"parameters": parameters} if parameters else {})).decode())

    async def take(self) -> dict[str, Any]:
        """Take one frame."""
        self.frames.append(self.model.take(await self._socket.recv()))
        return self.frames[-1]

    async def next(self, kind: int) -> dict[str, Any]:
        """Take frames up to one of this type; returns it."""
        while (frame := await self.take())["eventType"] != kind:
            pass
        return frame

    async def until(self, condition: Callable[[Model], object]) -> None:
        """Take frames until the model is so."""
        while not condition(self.model):
            await self.take()

    async def open(self, params: dict[str, object], user_uid: str = "") -> None:
        """LoadLibrary and OpenConnection; the answer to that is not awaited."""
        await self.send("LoadLibrary", AssemblyName="Some.Vendor.Connector, Some.Vendor")
        library = (await self.next(1))["content"]
        _sure('"' not in library, "a bare id: with quotes it would come back in every command")
        service = {"UserUId": user_uid, "UserContactUId": "", "ServiceUrl": "https://crm.example/0"}
        await self.send(
            "OpenConnection",
            connectionParams=msgspec.json.encode(params).decode(),
            sessionServiceParams=msgspec.json.encode(service).decode(),
        )

    async def sign_in(self, token: str, user_uid: str = "") -> None:
        """The whole handshake, up to the snapshot."""
        await self.open({"Extension": "101", "token": token}, user_uid)
        _sure((await self.next(2))["connectionUId"], "a connection has an id")
        await self.next(12)
        await self.send("QueryActiveCallSnapshot")
        await self.next(10)
