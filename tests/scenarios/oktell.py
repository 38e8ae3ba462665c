"""The simulated Oktell in the table of scenarios: how a case is played, and what the connector makes of it.

Both sides without I/O, in the exchange's own time: each operator's link is a session of the connector that talks with a
session of the simulator.
"""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from connector_oktell.actions import Options
from connector_oktell.operatorform import OperatorForm
from connector_oktell.pace import Pace
from connector_oktell.picture import Picture
from connector_oktell.serverform import ServerForm
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from connector_oktell.wire import Credentials
from cti_connector.session import Session, Turn
from cti_model.agents import Agent
from cti_model.calls import Command
from cti_model.commands import CommandRequest, CommandResult, validated
from cti_model.events import CallEvent
from cti_model.records import CallRecord, all_records
from cti_simulators.oktell.house import House
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.plan import Plan, QueuePlan, password_of, standard
from cti_simulators.oktell.session import OktellSession as Server
from cti_simulators.scenario import Actor, Step, perform
from msgspec.structs import replace

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
_PACE = Pace(32, spread=timedelta(seconds=15), patience=timedelta(seconds=10))
PING_S = 30.0  # rarer than the connector's host, often enough for a link that is listened to
OPERATORS = ("101", "102", "103", "104")
PLAYED = (
    "a_internal_caller_hangup",
    "b_internal_callee_hangup",
    "c_internal_no_answer",
    "d_internal_busy",
    "e_internal_declined",
    "f_caller_cancels",
    "g_inbound_answered",
    "g2_inbound_utf8_name",
    "g4_inbound_anonymous",
    "h_outbound_hold_by_operator",
    "h2_both_hold",
    "h3_hangup_during_hold",
    "i_outbound_hold_by_external",
    "j_attended_transfer",
    "j3_attended_transfer_to_external",
    "k_consultation_cancelled",
    "l_blind_transfer",
    "l2_blind_transfer_no_answer",
    "n1_queue_ringall",
    "n3_queue_abandon",
    "n4_queue_pause",
    "n5_queue_member_add_remove",
    "n6_queue_two_callers_wrapup",
    "n7_queue_local_members",
    "n9_queue_timeout",
    "n10_queue_transfer",
    "q1_originate_ok",
    "q2_originate_no_answer",
    "r3_ami_call_control",
    "r5_blindtransfer_action",
    "s2_directed_pickup",
    "t4_forward_in_dialplan",
    "t5_inbound_via_local",
    "u_dtmf",
)
"""The cases that a line of an Oktell can do.

Not: parking and feature codes, which it has not; two on hold at once; rooms that are dialled; a manager's deeds with
others' calls (redirect, bridge); a transfer completed by hanging up, which lets the held one go here.
"""
REDIRECTED = {"t4_forward_in_dialplan": {"u104": "102"}}
"""Users whose calls go elsewhere, and where to."""
_CLICK = ("101", Command.MAKE_CALL, {"to": "84951234567"})
COMMANDS: Mapping[str, tuple[str, Command, dict[str, Any]]] = {
    "click_to_call": _CLICK,
    "click_to_call_briefly": _CLICK,
    "hang_up": ("101", Command.CLEAR, {}),
    "blind_transfer": ("101", Command.BLIND_TRANSFER, {"to": "102"}),
    "pause": ("102", Command.QUEUE_PAUSE, {}),
    "pause_everywhere": ("101", Command.QUEUE_PAUSE, {}),
    "unpause_everywhere": ("101", Command.QUEUE_UNPAUSE, {}),
}
"""Commands of the scenarios as ours: whose telephone, what, and to where."""
_LOCAL = {"74950000202": "202", "74950000500": "101", "74950000501": "101"}
_PLAN = standard()


def plan_of(case: str) -> Plan:
    """The exchange that a case needs: the standard one, with what the other exchange's dial plan has besides."""
    back_ring_s = 5.0 if "briefly" in CASES[case] else _PLAN.back_ring_s
    queues = (*_PLAN.queues, QueuePlan("202", "local", ("103", "104")))
    return replace(_PLAN, dids={**_PLAN.dids, **_LOCAL}, queues=queues, back_ring_s=back_ring_s, tone_s=0.43)


class Stage:
    """An exchange with the links of its operators; `events`, `results`, `agents` are what the connector told.

    Implements `cti_simulators.scenario.Exchange`.
    """

    def __init__(
        self,
        operators: tuple[str, ...] = OPERATORS,
        plan: Plan | None = None,
        options: Options | None = None,
        *,
        server: bool = False,
        records: bool = False,
    ) -> None:
        self.house = House(BOOT, random.Random(7), plan)
        self.events: list[CallEvent] = []
        self.results: list[CommandResult] = []
        self.agents: dict[str, Agent] = {}
        picture = Picture(State("demo", "oktell", records=records))
        self._links: list[tuple[Session, Server]] = []
        self._devices = operators
        self._state = picture.state
        self._pinged = BOOT
        self._commands = 1
        options = options or Options()
        if server:
            self._links.append((OktellSession(ServerForm(picture, _PACE, options=options)), Server(self.house)))
        for each in () if server else operators:
            credentials = Credentials(f"u{each}", password_of(each))
            form = OperatorForm(picture, each, credentials, options=options)
            self._links.append((OktellSession(form), Server(self.house)))
        for link, theirs in self._links:
            self._send(link, theirs, link.greet())
            self._send(link, theirs, link.ask_snapshot(1) if server else b"")

    @property
    def pbx(self) -> Pbx:
        return self.house.pbx

    @property
    def servers(self) -> list[Server]:
        """The exchange's side of the links."""
        return [server for _, server in self._links]

    @property
    def now(self) -> float:
        return self.pbx.now

    @property
    def next_timer(self) -> float:
        """When the exchange or a link does something by itself."""
        wakes = (link.wakes_at for link, _ in self._links)
        timers = [max(self.now, each.timestamp()) for each in wakes if each is not None]
        return min(filter(None, (self.pbx.next_timer, self._pinged + PING_S, *timers)))

    @property
    def quiet(self) -> bool:
        return self.house.exchange.quiet

    def rings(self, actor: Actor) -> bool:
        return self.house.exchange.rings(actor)

    def do(self, step: Step) -> None:
        self.house.exchange.do(step)
        self._hear()

    def advance(self, to: float) -> None:
        self.house.exchange.advance(to)
        self._hear()
        if self.now >= self._pinged + PING_S:
            self._pinged = self.now
            for link, server in self._links:
                self._send(link, server, link.ping(1))
        for link, server in self._links:
            self._take(link, server, link.quiet(self._at))
        self._hear()

    def command(self, device: str, verb: Command, of: str = "", **fields: Any) -> None:
        """A command of an operator about the call that their line is in; `of`: about the part of another telephone."""
        link, server = self._links[min(self._devices.index(device), len(self._links) - 1)]
        desk = self._state.desk(of or device)
        box = desk.held if verb is Command.RETRIEVE else desk.box
        own = box.extension(of or device) if box is not None else None
        about = {"connection_id": own.connection_id} if own is not None else {}
        self._commands += 1
        named = {"command_id": f"c{self._commands}", "verb": verb, "device": device}
        request = validated(CommandRequest(**{**named, **about, **fields}))
        self._take(link, server, link.command(request, self._commands, self._at))
        self._hear()

    @property
    def _at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def _hear(self) -> None:
        while said := self.house.pbx.said():
            for link, server in self._links:
                for text in server.hear(said):
                    self._take(link, server, link.receive(text.encode() + b"\n", self._at))

    def _take(self, link: Session, server: Server, turn: Turn) -> None:
        self.events += turn.events
        self.results += [result for _, result in turn.results]
        self.agents.update({event.agent.device: event.agent for event in turn.agents})
        self._send(link, server, turn.send)

    def _send(self, link: Session, server: Server, data: bytes) -> None:
        for line in data.splitlines():
            for answer in server.receive(line)[1]:
                self._take(link, server, link.receive(answer.encode() + b"\n", self._at))


def played(case: str, *, server: bool = False) -> Stage:
    """The stage behind a case; `server`: with one link between servers in place of the operators'."""
    stage = Stage(plan=plan_of(case), server=server)
    for login, to in REDIRECTED.get(case, {}).items():
        user = stage.pbx.users[login]
        user.redirects, user.redirect_to = True, to
    commands = {name: partial(stage.command, who, verb, **more) for name, (who, verb, more) in COMMANDS.items()}
    perform(scenario(CASES[case]), stage, commands)
    return stage


def simulated(case: str, *, server: bool = False) -> list[CallRecord]:
    """The records of a case, played on the simulator."""
    return all_records(played(case, server=server).events)
