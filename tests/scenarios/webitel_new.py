"""The simulated new Webitel engine in the table of scenarios: how a case is played, and what the connector makes of it.

Both sides without I/O, in the exchange's own time: each operator's link is a session of the connector that talks with a
socket of the simulator.
"""

import json
import random
from datetime import UTC, datetime

from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from cti_connector.session import Turn
from cti_model.events import CallEvent
from cti_model.operators import OperatorEventKind, operator_event
from cti_model.records import CallRecord, all_records
from cti_simulators.scenario import Actor, Step, perform
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import Plan, QueuePlan, standard, token_of
from cti_simulators.webitel.new.session import EngineSession as Socket
from msgspec.structs import replace

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
OPERATORS = ("101", "102", "103", "104")


class Stage:
    """An engine with the links of its operators; `events` is what the connector told.

    Implements `cti_simulators.scenario.Exchange`.
    """

    def __init__(
        self, operators: tuple[str, ...] = OPERATORS, *, by_phone: bool = False, plan: Plan | None = None
    ) -> None:
        self.house = House(BOOT, random.Random(7), plan, by_phone=by_phone)
        self.events: list[CallEvent] = []
        self._operators = operators
        self.picture = Picture(State("demo", "webitel"))
        self._heard: dict[str, datetime] = {}
        self._links: dict[str, tuple[EngineSession, Socket]] = {}
        self._sign_in()
        for each in operators:
            self.connect(each)

    def connect(self, operator: str) -> None:
        """A new link of an operator, in place of the former one."""
        self.cut(operator)
        link = self.open(operator), Socket(self.house)
        self._links[operator] = link
        self._send(*link, link[0].greet())

    def open(self, operator: str) -> EngineSession:
        """The connector's side of a new link."""
        return EngineSession(self.picture, operator, token_of(operator), self._heard)

    def ask(self, operator: str, action: str, data: dict[str, object]) -> None:
        """An operator asks for something in a window of their own."""
        window = Socket(self.house)
        for each in (
            {"action": "authentication_challenge", "data": {"token": token_of(operator)}},
            {"action": action, "data": data},
        ):
            frames = window.receive(json.dumps({"seq": 1} | each)).frames
        assert json.loads(frames[-1])["status"] == "OK", frames
        self.hear()

    def leg(self, operator: str) -> str:
        """The id of an operator's newest leg."""
        return [each.uid for each in self.house.switch.legs.values() if each.user == operator][-1]

    def cut(self, operator: str) -> None:
        """An operator's link is gone, if it was there."""
        link = self._links.pop(operator, None)
        if link is not None:
            link[0].over()

    def restart(self) -> None:
        """Another leader takes over, and knows what the bus has. All operators are signed in again."""
        calls = {event.call.call_id: event.call for event in self.events}
        self.picture = Picture(State("demo", "webitel"))
        self._sign_in()
        self.picture.restore([call for call in calls.values() if call.alive])
        self.picture.remember([call for call in calls.values() if not call.alive], self._at)
        self._heard = {}
        self._links = {}
        for each in self._operators:
            self.connect(each)

    def _sign_in(self) -> None:
        """What was told of the operators' log-ins."""
        for each in self._operators:
            kind = OperatorEventKind.ADMITTED
            self.picture.state.seats.hear(operator_event("demo", "webitel", f"u{each}", each, kind, self._at))

    def compare(self) -> None:
        """Each operator's calls are listed and compared, as every minute."""
        for link, socket in tuple(self._links.values()):
            self._send(link, socket, link.ask_snapshot(1))

    @property
    def now(self) -> float:
        return self.house.switch.now

    @property
    def next_timer(self) -> float | None:
        """When the exchange or a link does something by itself."""
        wakes = (link.wakes_at for link, _ in self._links.values())
        timers = [max(self.now, each.timestamp()) for each in wakes if each is not None]
        return min(filter(None, (self.house.switch.next_timer, *timers)), default=None)

    @property
    def quiet(self) -> bool:
        return self.house.people.quiet

    def rings(self, actor: Actor) -> bool:
        return self.house.people.rings(actor)

    def do(self, step: Step) -> None:
        self.house.people.do(step)
        self.hear()

    def advance(self, to: float) -> None:
        self.house.switch.advance(to)
        self.hear()
        for link, socket in tuple(self._links.values()):
            self._take(link, socket, link.quiet(self._at))
        self.hear()

    @property
    def _at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def hear(self) -> None:
        """What the engine has to tell reaches the links."""
        while said := self.house.said():
            for each in said:
                for link, socket in tuple(self._links.values()):
                    for text in socket.hear([each]):
                        self._take(link, socket, link.receive(text.encode() + b"\n", self._at))

    def _take(self, link: EngineSession, socket: Socket, turn: Turn) -> None:
        self.events += turn.events
        self._send(link, socket, turn.send)

    def _send(self, link: EngineSession, socket: Socket, data: bytes) -> None:
        for line in data.splitlines():
            for frame in socket.receive(line.decode()).frames:
                self._take(link, socket, link.receive(frame.encode() + b"\n", self._at))


AGENTS = {
    "n1_queue_ringall": ("102",),
    "n4_queue_pause": ("101", "102"),
    "n6_queue_two_callers_wrapup": ("101", "102"),
    "n7_queue_local_members": ("104",),
}
"""Who is online in the cases with a queue: Webitel rings one agent at a time, so it depends on that who is rung."""
_FLOWS = {"74950000104": "102", "8102": "102", "8202": "102", "74950000500": "101", "74950000501": "101"}


def _plan(case: str) -> Plan:
    """What stands in Asterisk's dialplan of the table, as flows and queues."""
    bare, online = standard(), AGENTS.get(case, ("101",) if case.startswith("n") else ())
    users = tuple(replace(each, online=each.number in online) for each in bare.users)
    return replace(
        bare, users=users, queues=(*bare.queues, QueuePlan(6, "localq", "74950000202", ("104",))), flows=_FLOWS
    )


def played(case: str, *, by_phone: bool = False) -> Stage:
    """The stage behind a case. What a manager does elsewhere, operators do in Webitel's workspace."""
    stage = Stage(by_phone=by_phone, plan=_plan(case))
    click: dict[str, object] = {"destination": "84951234567", "params": {"disableAutoAnswer": True}}
    briefly = click | {"params": {"disableAutoAnswer": True, "timeout": 5}}
    commands = {
        "click_to_call": lambda: stage.ask("101", "call_invite", click),
        "click_to_call_briefly": lambda: stage.ask("101", "call_invite", briefly),
        "pause": lambda: stage.ask("102", "cc_agent_pause", {"agent_id": 2, "payload": "lunch"}),
        "pause_everywhere": lambda: stage.ask("102", "cc_agent_pause", {"agent_id": 2, "payload": "training"}),
        "unpause_everywhere": lambda: stage.ask("102", "cc_agent_online", {"agent_id": 2, "channels": ["call"]}),
        "blind_transfer": lambda: stage.ask(
            "101", "call_blind_transfer", {"id": stage.leg("101"), "destination": "102"}
        ),
    }
    perform(scenario(CASES[case]), stage, commands)
    return stage


def simulated(case: str, *, by_phone: bool = False) -> list[CallRecord]:
    """The records of a case, played on the simulator."""
    return all_records(played(case, by_phone=by_phone).events)
