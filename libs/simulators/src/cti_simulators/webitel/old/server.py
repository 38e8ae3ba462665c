"""The simulated old engine on a port, in real time: a WebSocket for each user, or one for all."""

import asyncio
import json
import random
import time
from collections.abc import Mapping
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Manners, Switch
from cti_simulators.freeswitch.plan import standard
from cti_simulators.freeswitch.running import Running
from cti_simulators.scenario import Scenario
from cti_simulators.webitel.old.engine import Engine
from cti_simulators.webitel.old.packing import RECORDED, owned, subscribed
from cti_simulators.webitel.old.recordings import Archive, RecordingServer
from cti_simulators.webitel.old.users import Account, Visitor
from cti_simulators.webitel.old.voice import as_heard


class WebitelOldServer:
    """`start`, then `perform` scenarios. Faults: `drop_clients`, `deaf` (answers nothing), `garble` (broken frames),
    `cuts_at` (the command at which it cuts the connection, as one that is just then restarted).

    A socket that is not authenticated within `auth_s` is told so and closed. `tiers`: users who are in the queues.
    `ahead_s`: so far FreeSWITCH's clock is before the true one. `recordings_port`: of the recording server.
    """

    def __init__(
        self,
        accounts: Mapping[str, Account],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        speed: float = 1.0,
        auth_s: float = 5.0,
        rng: random.Random | None = None,
        manners: Manners | None = None,
        tiers: tuple[str, ...] = (),
        ahead_s: float = 0.0,
        recordings_port: int = 0,
    ) -> None:
        self._host, self._wanted_port, self._auth_s = host, port, auth_s
        rng = rng or random.Random()  # noqa: S311 - it makes ids
        plan = standard({user: each.agent for user, each in accounts.items()}, tiers)
        self.switch = Switch(time.time() + ahead_s, rng, self._heard, plan=plan, manners=manners)
        self._running = Running(self.switch, speed)
        self.people = self._running.people
        self.archive = Archive(self.switch)
        self.recordings = RecordingServer(self.archive, host, recordings_port)
        self.engine = Engine(
            self.switch,
            Api(self.switch),
            accounts,
            self._tell_all,
            lambda uid: self.archive.link(self.recordings.url, uid),
        )
        self.deaf = self.garble = False
        self.cuts_at = ""
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._visitors: dict[ServerConnection, tuple[Visitor, asyncio.Queue[str]]] = {}
        self._changed = asyncio.Event()
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        if self._server is None:
            raise RuntimeError("not started")
        return f"ws://{self._host}:{next(iter(self._server.sockets)).getsockname()[1]}"

    async def start(self) -> None:
        """Listen. Raises `OSError` for a port that is taken."""
        await self.recordings.start()
        self._server = await serve(self._visit, self._host, self._wanted_port, ping_interval=None)
        self._running.start()

    async def stop(self) -> None:
        """Close everything."""
        await self._running.stop()
        await self.recordings.stop()
        if self._server is not None:
            self.drop_clients()
            self._server.close(close_connections=True)
            await self._server.wait_closed()

    def drop_clients(self) -> None:
        """Cut all connections, without a word."""
        for each in tuple(self._visitors):
            each.transport.abort()

    @property
    def signed_in(self) -> list[str]:
        """The accounts of the sockets that are authenticated."""
        return [visitor.account for visitor, _ in self._visitors.values() if visitor.account]

    async def clients(self) -> None:
        """Wait until somebody is told of calls: a user who is logged in, or a service account that subscribed."""
        while not (self.engine.logged or any(visitor.wants for visitor, _ in self._visitors.values())):
            self._changed.clear()
            await self._changed.wait()

    async def perform(self, scenario: Scenario) -> None:
        """Play a scenario in real time. Raises `ScenarioFailed`."""
        await self._running.perform(scenario)

    def end_all(self) -> None:
        """End every call."""
        self.switch.end_all()

    # --- what the switch tells ------------------------------------------------------------------------------------

    def _heard(self, headers: Headers) -> None:
        if headers["Event-Name"] not in RECORDED or self.engine.passes_recordings:
            self._pass_on(headers)
        self.engine.heard(headers)
        self.archive.heard(headers)

    def _pass_on(self, headers: Headers) -> None:
        for each in as_heard(self.switch, headers):
            mine, all_of_it = owned(each), subscribed(each)
            for visitor, outbox in tuple(self._visitors.values()):
                logged = visitor.account in self.engine.logged
                if mine is not None and logged and mine["Channel-Presence-ID"] == visitor.account:
                    self._send(outbox, mine)
                if all_of_it is not None and all_of_it["Event-Name"] in visitor.wants:
                    self._send(outbox, all_of_it)

    def _tell_all(self, frame: dict[str, Any]) -> None:
        for visitor, outbox in tuple(self._visitors.values()):
            if visitor.account:
                self._send(outbox, frame)

    def _send(self, outbox: "asyncio.Queue[str]", frame: Mapping[str, Any]) -> None:
        if self.garble:
            outbox.put_nowait('{"webitel-event-name":"call","Event-Na')
        outbox.put_nowait(json.dumps(frame, ensure_ascii=False))

    # --- one socket -----------------------------------------------------------------------------------------------

    async def _visit(self, socket: ServerConnection) -> None:
        visitor, outbox = Visitor(), asyncio.Queue[str]()
        self._visitors[socket] = visitor, outbox
        sending = asyncio.create_task(self._empty(socket, outbox))
        waiting = asyncio.create_task(self._wait_for_auth(socket, visitor))
        try:
            async for message in socket:
                if not self._take(visitor, outbox, message):
                    socket.transport.abort()
        except ConnectionClosed:
            pass  # cut: the socket is over either way
        finally:
            del self._visitors[socket]
            for task in (sending, waiting):
                task.cancel()
            await asyncio.gather(sending, waiting, return_exceptions=True)

    async def _wait_for_auth(self, socket: ServerConnection, visitor: Visitor) -> None:
        await asyncio.sleep(self._auth_s)
        if not visitor.account:
            await socket.send(json.dumps({"webitel-event-name": "account", "Event-Name": "DISCONNECT"}))
            socket.transport.abort()

    @staticmethod
    async def _empty(socket: ServerConnection, outbox: "asyncio.Queue[str]") -> None:
        while True:
            await socket.send(await outbox.get())

    def _take(self, visitor: Visitor, outbox: "asyncio.Queue[str]", message: str | bytes) -> bool:
        """Carry a command out; whether the connection goes on."""
        try:
            frame = json.loads(message)
            uid, name = frame["exec-uuid"], frame["exec-func"]
        except (ValueError, KeyError, TypeError):
            return True  # malformed: no answer at all
        if self.deaf:
            return True
        self.seen.append((name, frame.get("exec-args") or {}))
        if name == self.cuts_at:
            return False

        def reply(complete: str, body: Any) -> None:
            self._send(outbox, {"exec-uuid": uid, "exec-complete": complete, "exec-response": body})

        self._running.catch_up()
        self.engine.run(visitor, name, frame.get("exec-args") or {}, reply)
        self._changed.set()
        return True
