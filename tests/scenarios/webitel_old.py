"""The simulated old Webitel engine in the table of scenarios: how a case is played, and what is made of it."""

import json
import random

from connector_webitel.old.replay import events_of
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import standard
from cti_simulators.scenario import perform
from cti_simulators.webitel.old.packing import owned, subscribed
from cti_simulators.webitel.old.voice import as_heard

from tests.scenarios.cases import CASES, scenario
from tests.scenarios.freeswitch import AGENTS

BOOT = 1795169000.0
DOMAIN = "demo.local"
USERS = ("101", "102", "103", "104")


def play(case: str, users: tuple[str, ...] = ()) -> list[tuple[float, bytes]]:
    """What the links of these users are told of a case; without users, that of a service account."""
    lines: list[tuple[float, bytes]] = []
    accounts = {f"{user}@{DOMAIN}" for user in users}

    def tell(headers: Headers) -> None:
        for each in as_heard(switch, headers):
            frame = owned(each) if users else subscribed(each)
            if frame is not None and (not users or frame["Channel-Presence-ID"] in accounts):
                lines.append((switch.now, json.dumps(frame).encode() + b"\n"))

    switch = Switch(BOOT, random.Random(7), tell, plan=standard(AGENTS, ("102", "101")))
    perform(scenario(CASES[case]), People(switch))
    return lines


def simulated(case: str, users: tuple[str, ...] = (), *, whole: bool = True) -> list[CallRecord]:
    """The records of a case, played on the simulator; not `whole`: no beginning of a leg that calls is passed on."""
    lines = play(case, users)
    return all_records(events_of(lines if whole else [each for each in lines if not _begins(each[1])], domain=DOMAIN))


def _begins(line: bytes) -> bool:
    frame = json.loads(line)
    return bool(frame["Event-Name"] == "SE:CHANNEL_CREATE" and frame.get("Call-Direction") == "inbound")
