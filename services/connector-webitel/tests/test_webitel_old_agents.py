"""The old engine's word on its users as agents."""

import json
import re
from datetime import UTC, datetime

import pytest
from connector_webitel.old.agents import listed
from connector_webitel.old.picture import Picture
from cti_connector.session import Turn
from cti_freeswitch.event import Event
from cti_freeswitch.naming import Naming
from cti_freeswitch.state import State
from cti_model.agents import Agent, AgentState

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DOMAIN = "demo.local"


def picture() -> Picture:
    return Picture(State("acme", "webitel", Naming(re.compile(r"\d{2,6}"), DOMAIN)), DOMAIN)


def becomes(found: Picture, status: str, why: str = "") -> Agent:
    """What is told last of 101, who is in the call centre, when the engine tells this presence."""
    said = {"Event-Name": "ACCOUNT_STATUS", "Account-User": "101", "Account-Domain": DOMAIN, "cc_logged": "true"}
    said |= {"Account-Status": status, "Account-Status-Descript": why, "Account-Agent-Status": "Available"}
    turn = Turn()
    found.account(Event(said), AT, turn)
    return turn.agents[-1].agent


def test_another_leader_tells_why_somebody_is_away_now():
    before = picture()
    away = becomes(before, "ONBREAK", "Lunch")
    assert away.queues[0].reason == "ONBREAK Lunch"
    successor = picture()
    successor.restore([], [away])
    assert becomes(successor, "DND").queues[0].reason == "DND"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"cc_logged": "false", "Account-Agent-Status": "Available"}, AgentState.READY),
        ({"cc_logged": "true", "Account-Agent-Status": "Logged Out"}, AgentState.LOGGED_OUT),
        ({"cc_logged": "true"}, AgentState.READY),
        ({"cc_logged": "false"}, AgentState.LOGGED_OUT),
        ({}, AgentState.LOGGED_OUT),
    ],
)
def test_what_the_call_centre_says_of_an_agent_counts_before_what_the_engine_remembers(said, state):
    about = {"Event-Name": "ACCOUNT_STATUS", "Account-User": "101", "Account-Domain": DOMAIN, "Account-Status": "NONE"}
    turn = Turn()
    picture().account(Event({**about, **said}), AT, turn)
    told = turn.agents[-1].agent.state if turn.agents else AgentState.LOGGED_OUT
    assert told is state


@pytest.mark.parametrize(
    ("status", "why", "reason"),
    [
        ("ONBREAK", "Lunch", "ONBREAK Lunch"),
        ("ONBREAK('Lunch')", "", "ONBREAK Lunch"),
        ("ONBREAK Lunch", "", "ONBREAK Lunch"),
        ("onbreak", "", "ONBREAK"),
        ("ONBREAK", "%D0%9E%D0%B1%D0%B5%D0%B4", "ONBREAK Обед"),
        ("DND", "", "DND"),
        ("NONE", "Lunch", ""),
        ("", "", ""),
    ],
)
def test_a_presence_is_read_however_it_is_said(status, why, reason):
    [part] = becomes(picture(), status, why).queues
    assert (part.paused, part.reason) == (bool(reason), reason)
    user = {"domain": DOMAIN, "agent": "true", "agent.status": "Available", "status": status, "descript": why}
    [row] = listed(json.dumps({"101": user}), DOMAIN) or []
    assert row["status"] == (reason or "Available")
