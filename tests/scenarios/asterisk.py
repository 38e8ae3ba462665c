"""The simulated Asterisk in the table of scenarios: how a case is played, and what the connector makes of it."""

import random
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from connector_asterisk.replay import events_of
from cti_connector.replaying import calls_of
from cti_model.records import CallRecord, records
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.manager import ManagerSession
from cti_simulators.asterisk.exchange.plan import Manager, standard
from cti_simulators.scenario import Scenario, parse, perform, script
from cti_simulators.traces import load_trace
from msgspec.structs import replace

from tests.scenarios.cases import CASES, scenario

TRACES = Path(__file__).parents[1] / "data" / "traces"
BOOT = 1795169000.0
NAME = "asterisk"
DIALECTS = ("22", "13", "11")

_CLICK = (
    "Originate|Channel: {101}|Context: internal|Exten: 84951234567|Priority: 1|Async: true"
    '|CallerID: "Click to call" <84951234567>|'
)
OWN_PACE = {
    ("13", "r5_blindtransfer_action"): ("102 answers after 1.5s", "102 answers after 3s"),
    ("11", "m2_feature_attended"): ("101 sends 102 after 1.5s", "101 sends 102 after 1.2s"),
}
"""Where a recorder took its time: what to say instead."""
COMMANDS = {
    "click_to_call": _CLICK + "Timeout: 15000",
    "click_to_call_briefly": _CLICK + "Timeout: 5000",
    "redirect": "Redirect|Channel: {c1}|Context: internal|Exten: 102|Priority: 1",
    "hang_up": "Hangup|Channel: {c1}|Cause: 16",
    "consult": "Atxfer|Channel: {101}|Context: internal|Exten: 102|Priority: 1",
    "cancel_consultation": "CancelAtxfer|Channel: {101}",
    "blind_transfer": "BlindTransfer|Channel: {101}|Context: internal|Exten: 102",
    "pause": "QueuePause|Queue: support|Interface: {device}/102|Paused: true|Reason: lunch",
    "pause_everywhere": "QueuePause|Interface: {device}/101|Paused: true",
    "unpause_everywhere": "QueuePause|Interface: {device}/101|Paused: false",
    "bridge": "Bridge|Channel1: {101}|Channel2: {103}|Tone: no",
}
"""A manager's deeds. `{101}`: that person's channel, or their telephone when there is none."""
Chunks = Iterable[tuple[float, bytes]]


def missing(dialect: str, case: str) -> str:
    """Why a case cannot be played in a dialect; empty when it can."""
    return "no such action there" if (dialect, case) == ("11", "r5_blindtransfer_action") else ""


def recorded(dialect: str, case: str) -> list[CallRecord] | None:
    """The records of the real server's recording, None where there is none."""
    path = TRACES / f"asterisk-{dialect}" / f"{case}.ami.gz"
    if not path.exists():
        return None
    trace = load_trace(path)
    return records_of((chunk.t, chunk.data) for chunk in trace.chunks)


def simulated(dialect: str, case: str) -> list[CallRecord]:
    """The records of the same scenario, played on the simulator."""
    return records_of(play(dialect, case))


def play(dialect: str, case: str) -> list[tuple[float, bytes]]:
    """What a manager receives from the simulator, with the instant at which each portion comes."""
    text = CASES[case].replace(*OWN_PACE.get((dialect, case), ("", "")))
    return Stage(dialect, case).play(scenario(text))


class Stage:
    """The exchange with one manager, in its own time. Is the `House` of that manager's session."""

    banner = ""
    timestamps = numbered = False
    managers: Mapping[str, Manager] = {"cti": Manager("secret")}

    def __init__(self, dialect: str, case: str = "") -> None:
        plan = standard()
        if case.startswith("t4"):
            plan = replace(plan, forwards={"104": "102"})
        self.rng = random.Random(7)
        self.exchange = AsteriskExchange(dialect, BOOT, self.rng, plan)
        self.session = ManagerSession(self)
        self.chunks: list[tuple[float, bytes]] = [(BOOT, self.session.greeting())]
        self.act("Login|Username: cti|Secret: secret")

    def count(self) -> int:
        return 1

    def clock(self) -> float:
        return self.exchange.now

    def restart(self) -> None:
        raise NotImplementedError("no case restarts the server")

    def act(self, action: str) -> None:
        """`Name|Header: value|…`."""
        self.raw("Action: " + action.replace("|", "\r\n"))

    def raw(self, action: str) -> None:
        """An action as it is, but for the empty line behind it."""
        self._got(self.session.feed((action + "\r\n\r\n").encode()))
        self.exchange.advance(self.exchange.now)
        self._hear()

    def scene(self, text: str) -> None:
        """Play a scenario and forget what was said."""
        perform(parse(text), self.exchange)
        self._hear()

    def play(self, played: Scenario) -> list[tuple[float, bytes]]:
        commands = {name: partial(self._command, text) for name, text in COMMANDS.items()}
        for pause in script(played, self.exchange, commands):
            self._hear()
            while self.exchange.now < pause.until and not (pause.over is not None and pause.over()):
                timer = self.exchange.next_timer
                self.exchange.advance(pause.until if timer is None else min(timer, pause.until))
                self._hear()
        self._hear()
        return self.chunks

    def _command(self, action: str) -> None:
        pbx = self.exchange.pbx
        people = {**{number: phone.legs for number, phone in pbx.phones.items()}, **pbx.outside}
        action = action.replace("{device}", pbx.facts.technology)
        for person, legs in people.items():
            action = action.replace(f"{{{person}}}", legs[-1].name if legs else pbx.device(person))
        self.act(action)

    def _hear(self) -> None:
        self._got(self.session.hear([(block, 0) for block in self.exchange.said()]))

    def _got(self, data: bytes) -> None:
        if data:
            self.chunks.append((self.exchange.now, data))


def records_of(chunks: Chunks) -> list[CallRecord]:
    """What the connector makes of these bytes."""
    return [row for call in calls_of(events_of(chunks)) for row in records(call)]
