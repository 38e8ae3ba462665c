"""The simulated Oktell in the table of scenarios: how a case is played, and what the connector makes of it.

Both sides without I/O, in the exchange's own time: each operator's link is a session of the connector that talks with a
session of the simulator.
"""

import random
from datetime import UTC, datetime

from connector_oktell.actions import Options
from connector_oktell.picture import Picture
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from connector_oktell.wire import Credentials
from cti_connector.session import Turn
from cti_model.events import CallEvent
from cti_model.records import CallRecord, all_records
from cti_simulators.oktell.house import House
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.plan import password_of
from cti_simulators.oktell.session import OktellSession as Server
from cti_simulators.scenario import Actor, Step, perform

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
OPERATORS = ("101", "102", "103", "104")
PLAYED = (
    "a_internal_caller_hangup",
    "b_internal_callee_hangup",
    "c_internal_no_answer",
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
    "s2_directed_pickup",
)
"""The cases that a line of an Oktell can do: no parking, no feature codes, no commands of a manager."""


class Stage:
    """An exchange with the links of its operators; `events` is what the connector told.

    Implements `cti_simulators.scenario.Exchange`.
    """

    def __init__(self, operators: tuple[str, ...] = OPERATORS) -> None:
        self.house = House(BOOT, random.Random(7))
        self.events: list[CallEvent] = []
        picture = Picture(State("demo", "oktell"))
        self._links: list[tuple[OktellSession, Server]] = []
        for each in operators:
            credentials = Credentials(f"u{each}", password_of(each))
            link = OktellSession(picture, each, credentials, options=Options()), Server(self.house)
            self._links.append(link)
            self._send(*link, link[0].greet())

    @property
    def pbx(self) -> Pbx:
        return self.house.pbx

    @property
    def now(self) -> float:
        return self.pbx.now

    @property
    def next_timer(self) -> float | None:
        """When the exchange or a link does something by itself."""
        wakes = (link.wakes_at for link, _ in self._links)
        timers = [max(self.now, each.timestamp()) for each in wakes if each is not None]
        return min(filter(None, (self.pbx.next_timer, *timers)), default=None)

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
        for link, server in self._links:
            self._take(link, server, link.quiet(self._at))
        self._hear()

    @property
    def _at(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def _hear(self) -> None:
        while said := self.house.pbx.said():
            for link, server in self._links:
                for text in server.hear(said):
                    self._take(link, server, link.receive(text.encode() + b"\n", self._at))

    def _take(self, link: OktellSession, server: Server, turn: Turn) -> None:
        self.events += turn.events
        self._send(link, server, turn.send)

    def _send(self, link: OktellSession, server: Server, data: bytes) -> None:
        for line in data.splitlines():
            for answer in server.receive(line)[1]:
                self._take(link, server, link.receive(answer.encode() + b"\n", self._at))


def played(case: str) -> Stage:
    """The stage behind a case."""
    stage = Stage()
    perform(scenario(CASES[case]), stage)
    return stage


def simulated(case: str) -> list[CallRecord]:
    """The records of a case, played on the simulator."""
    return all_records(played(case).events)
