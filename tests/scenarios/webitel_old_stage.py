"""A simulated old Webitel engine with the connector's links to it: both without I/O, in the exchange's own time."""

import json
import random
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import Any

from connector_webitel.old.actions import Options
from connector_webitel.old.picture import Picture
from connector_webitel.old.session import OldSession
from connector_webitel.old.site import OldSite
from connector_webitel.old.wire import Secret, Token
from cti_connector.session import Turn
from cti_freeswitch.reading import Reading
from cti_model.calls import Call, Command
from cti_model.commands import CommandRequest, CommandResult, validated
from cti_model.events import CallEvent
from cti_simulators.freeswitch.api import Api
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import standard
from cti_simulators.scenario import Step
from cti_simulators.webitel.old.engine import Engine
from cti_simulators.webitel.old.packing import RECORDED, owned, subscribed
from cti_simulators.webitel.old.recordings import Archive
from cti_simulators.webitel.old.users import Account, Visitor
from cti_simulators.webitel.old.voice import as_heard

from tests.scenarios.freeswitch import AGENTS
from tests.scenarios.webitel_old import BOOT, DOMAIN, USERS

SERVICE = "500"
CDR = "http://cdr.example:4004"
_LOOK = timedelta(milliseconds=30)  # the host's, where something is unsettled


class Wire:
    """One link: our session, who the engine takes it for, and the frames on their way to us."""

    def __init__(self, session: OldSession) -> None:
        self.session = session
        self.visitor = Visitor()
        self.inbox: deque[bytes] = deque()
        self.asked: list[tuple[str, dict[str, Any]]] = []


class Stage(People):
    """`users`: each with a link of their own; none: a service account. `wires` by account; `events` as told.

    `refusals`: why the engine does not answer about recordings.

    `late`: commands whose answers wait until `answer_late`. `cut` ends a link, `link` begins it (again).
    """

    def __init__(
        self,
        users: tuple[str, ...] = (),
        *,
        records: bool = True,
        wait_s: float = 20.0,
        seed: int = 7,
        options: Options | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        super().__init__(Switch(BOOT, self.rng, self._heard, plan=standard(AGENTS, ("102", "101"))))
        accounts = {user: Account(f"pw-{user}") for user in (*USERS, SERVICE)}
        self.archive = Archive(self.switch)
        self.archive.recording = True
        self.engine = Engine(
            self.switch, Api(self.switch), accounts, lambda _: None, lambda uid: self.archive.link(CDR, uid)
        )
        reading = Reading(recordings=records, file_wait=timedelta(seconds=wait_s))
        self.refusals: list[str] = []
        self.site = OldSite(
            "demo",
            "webitel",
            DOMAIN,
            reading=reading,
            options=options or Options(),
            recordings_refused=self.refusals.append,
        )
        self.events: list[CallEvent] = []
        self.late: set[str] = set()
        self.wires: dict[str, Wire] = {}
        self.results: dict[int, CommandResult] = {}
        self.credential: Secret | Token = Secret(f"{SERVICE}@{DOMAIN}", f"pw-{SERVICE}")
        self._commands = 0
        self._compared = 1
        self.users = users
        self._waiting: list[tuple[Wire, bytes]] = []
        self._restart()

    def _restart(self) -> None:
        alive = {event.call.call_id: event.call for event in self.events}
        self.picture: Picture = self.site.picture([each for each in alive.values() if each.alive])
        for user in self.users or ("",):
            self.link(user)

    # --- links

    def link(self, user: str = "") -> None:
        """A new connection of a user, or of the service account."""
        if user:
            session = self.site.user_session(self.picture, user, f"pw-{user}")
        else:
            session = self.site.domain_session(self.picture, self.credential)
        self.wires[user] = Wire(session)
        self._write(self.wires[user], session.greet())
        self.pump()
        self._write(self.wires[user], session.ask_snapshot(1))
        self.pump()

    def compare(self, user: str = "") -> None:
        """The host asks for a comparison."""
        self._compared += 1
        self._write(self.wires[user], self.wires[user].session.ask_snapshot(self._compared))
        self.pump()

    def cut(self, user: str = "") -> None:
        """That link is over."""
        del self.wires[user]

    def take_over(self) -> None:
        """The leader is gone with all that it knew; a standby goes on with what the bus knows."""
        self.wires.clear()
        self._waiting.clear()
        self._restart()

    def answer_late(self) -> None:
        """The answers that waited come, the last one first."""
        self.late.clear()
        waiting, self._waiting = self._waiting, []
        for wire, line in reversed(waiting):
            wire.inbox.append(line)
        self.pump()

    def links_asked(self) -> list[str]:
        """The legs whose recordings were asked for, over all links that are there."""
        return [args["uuid"] for each in self.wires.values() for name, args in each.asked if name.startswith("cdr")]

    def command(self, user: str, verb: Command, **fields: Any) -> int:
        """A command of a user, over their own link or the service account's; its number. Raises `CommandRefused`."""
        self._commands += 1
        wire = self.wires[user if self.users else ""]
        told: dict[str, Any] = {"command_id": f"c{self._commands}", "verb": verb, "device": user, **fields}
        request = validated(CommandRequest(**told))
        at = datetime.fromtimestamp(self.now, UTC)
        self._take(wire, wire.session.command(request, self._commands, at))
        self.pump()
        return self._commands

    def result(self, number: int) -> CommandResult:
        """What became of a command, as told last."""
        return self.results[number]

    # --- what was told

    def of(self, kind: str) -> list[CallEvent]:
        """The events of a kind."""
        return [each for each in self.events if each.kind == kind]

    def calls(self) -> list[Call]:
        """All calls, as told last."""
        return [*{event.call.call_id: event.call for event in self.events}.values()]

    # --- time

    def do(self, step: Step) -> None:
        """Somebody does something, and the links hear of it at once."""
        super().do(step)
        self.pump()

    def advance(self, to: float) -> None:
        """Let time pass, for the links too."""
        while (due := self._due()) is not None and due <= to:
            super().advance(due)
            self.pump()
            self._look()
        super().advance(to)
        self.pump()
        self._look()

    def _due(self) -> float | None:
        at = datetime.fromtimestamp(self.now, UTC)
        sessions = [each.session for each in self.wires.values()]
        wakes = [each.wakes_at for each in sessions if each.wakes_at is not None and each.wakes_at > at]
        wakes += [at + _LOOK for each in sessions if each.unsettled]
        timers = [each.timestamp() for each in wakes] + ([] if self.next_timer is None else [self.next_timer])
        return min(timers, default=None)

    def _look(self) -> None:
        for wire in tuple(self.wires.values()):
            self._take(wire, wire.session.quiet(datetime.fromtimestamp(self.now, UTC)))
        self.pump()

    def pump(self) -> None:
        """All frames that are on their way arrive."""
        while any(wire.inbox for wire in self.wires.values()):
            for wire in tuple(self.wires.values()):
                while wire.inbox:
                    at = datetime.fromtimestamp(self.now, UTC)
                    self._take(wire, wire.session.receive(wire.inbox.popleft(), at))

    def _take(self, wire: Wire, turn: Turn) -> None:
        self.events += turn.events
        self.results |= dict(turn.results)
        self._write(wire, turn.send)

    # --- frames

    def tells(self, frame: dict[str, Any]) -> dict[str, Any]:
        """What a user's link is told of a leg of theirs."""
        return frame

    def _write(self, wire: Wire, data: bytes) -> None:
        for line in data.splitlines():
            frame = json.loads(line)
            uid, name, args = frame["exec-uuid"], frame["exec-func"], frame.get("exec-args") or {}
            wire.asked.append((name, args))

            def reply(complete: str, body: Any, uid: str = uid, name: str = name) -> None:
                said = _line({"exec-uuid": uid, "exec-complete": complete, "exec-response": body})
                if name in self.late:
                    self._waiting.append((wire, said))
                else:
                    wire.inbox.append(said)

            self.engine.run(wire.visitor, name, args, reply)

    def _heard(self, headers: Headers) -> None:
        if headers["Event-Name"] not in RECORDED or self.engine.passes_recordings:
            for each in as_heard(self.switch, headers):
                mine, all_of_it = owned(each), subscribed(each)
                for wire in self.wires.values():
                    logged = wire.visitor.account in self.engine.logged
                    if mine is not None and logged and wire.visitor.account == mine["Channel-Presence-ID"]:
                        wire.inbox.append(_line(self.tells(mine)))
                    if all_of_it is not None and all_of_it["Event-Name"] in wire.visitor.wants:
                        wire.inbox.append(_line(all_of_it))
        self.engine.heard(headers)
        self.archive.heard(headers)


def _line(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame).encode() + b"\n"
