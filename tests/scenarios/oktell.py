"""The simulated Oktell in the table of scenarios: which cases its telephones can do, and how they are played."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime

from connector_oktell.picture import Picture
from connector_oktell.session import OktellSession
from connector_oktell.translate import State
from connector_oktell.wire import Credentials
from cti_model.events import CallEvent
from cti_model.records import CallRecord, all_records
from cti_simulators.oktell.house import House
from cti_simulators.oktell.people import OktellExchange
from cti_simulators.oktell.plan import password_of
from cti_simulators.oktell.session import OktellSession as SimulatedSession
from cti_simulators.scenario import Scenario, perform, script

from tests.scenarios.cases import CASES, scenario

BOOT = 1795169000.0
TICK_S = 0.02
DEVICES = ("101", "102", "103", "104")
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


def played(case: str) -> OktellExchange:
    """The exchange behind a case."""
    exchange = OktellExchange(BOOT, random.Random(7))
    perform(scenario(CASES[case]), exchange)
    return exchange


class Table:
    """Operators at their connections to a simulated Oktell, in its own time: no sockets, no waiting."""

    def __init__(self, devices: Iterable[str] = DEVICES) -> None:
        self.house = House(BOOT, random.Random(7))
        self.told: list[CallEvent] = []
        self._picture = Picture(State("replay", "oktell"))
        self._pairs = [self._sits(device) for device in devices]
        for mine, theirs in self._pairs:
            self._answered(mine, theirs, mine.greet())
            self._answered(mine, theirs, mine.ask_snapshot(1))

    def play(self, played: Scenario) -> list[CallEvent]:
        """What is told of a scenario until all is quiet after it."""
        exchange = self.house.exchange
        for pause in script(played, exchange):
            while exchange.now < pause.until and not (pause.over is not None and pause.over()):
                self._passes()
        for _ in range(round(4 / TICK_S)):
            self._passes()
        return self.told

    def _sits(self, device: str) -> tuple[OktellSession, SimulatedSession]:
        credentials = Credentials(f"u{device}", password_of(device))
        return OktellSession(self._picture, device, credentials), SimulatedSession(self.house)

    def _passes(self) -> None:
        exchange = self.house.exchange
        exchange.advance(exchange.now + TICK_S)
        events = exchange.pbx.said()
        for mine, theirs in self._pairs:
            self._hears(mine, theirs, theirs.hear(events))
            turn = mine.quiet(self._at)
            self.told += turn.events
            self._answered(mine, theirs, turn.send)

    def _answered(self, mine: OktellSession, theirs: SimulatedSession, sent: bytes) -> None:
        for line in sent.splitlines():
            _, answers = theirs.receive(line.decode())
            self._hears(mine, theirs, answers)

    def _hears(self, mine: OktellSession, theirs: SimulatedSession, texts: list[str]) -> None:
        for text in texts:
            turn = mine.receive(text.encode() + b"\n", self._at)
            self.told += turn.events
            self._answered(mine, theirs, turn.send)

    @property
    def _at(self) -> datetime:
        return datetime.fromtimestamp(self.house.exchange.now, UTC)


def simulated(case: str) -> list[CallRecord]:
    """The records of a case, as the operators' connections tell it."""
    return all_records(Table().play(scenario(CASES[case])))
