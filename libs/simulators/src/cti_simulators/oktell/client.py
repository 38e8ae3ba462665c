"""A client that behaves as oktell.js 1.8.4 does: its start-up chain, its subscriptions, when it asks for line info.

For tests: of the simulator, and of scenarios as an operator's browser would see them. It is written from what the real
library was observed to send.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from cti_simulators.oktell.frames import Assembly, Body, decode, encode, hashes
from cti_simulators.oktell.library import Library

ALONE = (
    *("linestatechanged", "flashstatechanged", "confcompositionchanged", "confcompetitorstatechanged"),
    *("phoneevent_acmcallstarted", "phoneevent_acmcallstopped", "phoneevent_ringstarted", "phoneevent_ringstopped"),
    *("phoneevent_ivrstarted", "phoneevent_commstarted", "phoneevent_commstopped", "httpresponsecopy"),
)
"""What it subscribes to, one request for each."""
CHAIN: tuple[tuple[str, Body], ...] = (
    ("getmyuserinfo", {}),
    ("cc_getlunchtypes", {}),
    ("getuserstate", {}),
    ("getredirectrules", {}),
    ("getpbxnumbers", {"mode": "full"}),
    ("getallusernumbers", {"fillsubordinates": True}),
    ("getalluserphotolink", {"mode": "page"}),
    ("getextendedlineinfo", {}),
)
"""What it asks for one after another."""
_ASKS_AFTER_S = {
    "userstatechanged": 0.0,
    "linestatechanged": 0.5,
    "flashstatechanged": 0.5,
    "phoneevent_acmcallstarted": 0.0,
    "phoneevent_acmcallstopped": 0.7,
    "phoneevent_ringstarted": 0.0,
    "phoneevent_ringstopped": 0.0,
    "phoneevent_commstarted": 0.7,
    "phoneevent_commstopped": 0.7,
    "confcompositionchanged": 0.0,
}
_TIMEOUT_S = 20.0
_PATIENCE_S = 60.0  # of tests on a machine that is busy


class Refused(Exception):
    """Log-in was refused; `answer` is what the server said."""

    def __init__(self, answer: Body) -> None:
        super().__init__(str(answer.get("errormsg", "")))
        self.answer = answer


class OktellJs:
    """`connect`, then `call` methods; `events` are the library's, `received` the server's. `hurry`: delays divided."""

    def __init__(self, url: str, login: str, password: str, *, hurry: float = 10.0) -> None:
        self._url, self._login, self._password, self._hurry = url, login, password, hurry
        self.library = Library()
        self.events: list[str] = []
        self.received: list[tuple[str, Body]] = []
        self.closed = False
        self.session = ""
        self._user_state: object = None
        self._qids = (f"0.{each}" for each in itertools.count(5143872))
        self._waiting: dict[str, asyncio.Future[Body]] = {}
        self._assembly = Assembly()
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def connect(self, **login: object) -> None:
        """Open, ping, log in, start up. Raises `Refused`, and `OSError` when nobody is there."""
        self._socket = await connect(self._url, subprotocols=[Subprotocol("json")])
        self._spawn(self._read(self._socket))
        await self.call("ping")
        exact, lower = hashes(self._password)
        given: Body = {"Password": exact, "password": lower, "showid": 1, "usewebrtc": False} | login
        answer = await self.call("login", **{name: value for name, value in given.items() if value is not None})
        if "error" in answer or "errormsg" in answer or not answer.get("result"):
            await self.close()
            raise Refused(answer)
        self.session = str(answer.get("sessionid"))
        await asyncio.gather(
            self.call("getcurrentqueue"),
            self.call("subscribeevent", eventmethod=["customevent"]),
            self.call("subscribeevent", eventmethod=["userstatechanged"]),
            self.call("getversion", showalloweddbstoredprocs=1),
        )
        for name, params in CHAIN:
            if name == "getallusernumbers":
                await self.call("subscribeevent", eventmethod=["pbxnumberstatechanged"])
            await self.call(name, **params)
        await asyncio.gather(*(self.call("subscribeevent", eventmethod=[each]) for each in ALONE))

    async def call(self, method: str, **params: object) -> Body:
        """What a method answers. Raises `TimeoutError`, as the library's error 1102."""
        if self._socket is None:
            raise RuntimeError("not connected")
        qid = next(self._qids)
        whose: Body = {} if method in ("ping", "subscribeevent") else {"userlogin": self._login}
        self._waiting[qid] = asyncio.get_running_loop().create_future()
        await self._socket.send(encode(method, whose | params | {"qid": qid}))
        answer = await asyncio.wait_for(self._waiting[qid], _TIMEOUT_S)
        if method == "getextendedlineinfo":
            self.events += self.library.line_info(answer)
            self._changed.set()
        return answer

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; looked at whenever something came. Raises `TimeoutError`."""
        async with asyncio.timeout(_PATIENCE_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def happened(self, last: str) -> list[str]:
        """Wait until an event of the library has come; all since the last time, up to it."""
        await self.until(lambda: last in self.events)
        at = self.events.index(last) + 1
        seen, self.events = self.events[:at], self.events[at:]
        return seen

    async def close(self) -> None:
        """Go away."""
        if self._socket is not None:
            await self._socket.close()
        for each in tuple(self._tasks):
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                name, body = decode(text)
                whole = self._assembly.add(body) if name == "multipart" else text
                if whole is not None:
                    self._got(*decode(whole))
        except ConnectionClosed:
            pass  # cut by the server
        finally:
            self.closed = True
            self._changed.set()

    def _got(self, name: str, body: Body) -> None:
        self.received.append((name, body))
        waiting = self._waiting.pop(str(body.get("qid")), None)
        if waiting is not None:
            if not waiting.done():
                waiting.set_result(body)
            return
        self._happens(name, body)
        self._changed.set()

    def _happens(self, name: str, body: Body) -> None:
        if name == "phoneevent_acmcallstarted":
            self.library.auto = True
        if name == "phoneevent_commstopped":
            self.library.comm_stopped = True
        if name == "userstatechanged":
            former, self._user_state = self._user_state, body.get("userstateid")
            if former == self._user_state:
                return
            self._ask_after(0.4)
            if self._user_state in (5, 7):
                return
        if name in _ASKS_AFTER_S:
            self._ask_after(_ASKS_AFTER_S[name])

    def _ask_after(self, seconds: float) -> None:
        self._spawn(self._ask(seconds / self._hurry))

    async def _ask(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.call("getextendedlineinfo")

    def _spawn(self, what: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
