"""What an operator asks for as an agent: to enter, pause, leave, and finish a call."""

from typing import Any

import pytest
from cti_model.agents import AgentState
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, CommandRefused, ErrorCode

from .webitel_new_desk import NO_AGENT, Desk


def test_an_agent_enters_pauses_and_leaves():
    desk = Desk()
    desk.agent()
    number = desk.command(Command.QUEUE_LOGIN, queue="callcenter")
    assert desk.reply("cc_agent_online") == {"agent_id": 4, "channels": ["call"], "on_demand": False}
    desk.hear("agent_status", agent_id=4, status="online")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    number = desk.command(Command.SET_AGENT_STATE, agent_state="Lunch")
    assert desk.reply("cc_agent_pause") == {"agent_id": 4, "payload": "Lunch"}
    desk.hear("agent_status", agent_id=4, status="pause", status_payload="Lunch")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    told = desk.agents[-1]
    assert (told.current, told.reason, told.agent.name) == (AgentState.NOT_READY, "Lunch", "Agent 12")
    number = desk.command(Command.QUEUE_LOGOUT, queue="callcenter")
    desk.reply("cc_agent_offline")
    desk.hear("agent_status", agent_id=4, status="offline")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    assert desk.agents[-1].current is AgentState.LOGGED_OUT


def test_a_log_in_leaves_the_other_channels_and_how_the_agent_works_as_they_are():
    """Webitel sets both by it."""
    desk = Desk()
    desk.agent()
    chat = [{"channel": name, "state": "waiting"} for name in ("chat", "call", "task")]
    desk.ask_snapshot()
    desk.reply("cc_agent_session", agent_id=4, status="pause", on_demand=True, channels=[*chat, {"channel": 7}, None])
    desk.command(Command.QUEUE_UNPAUSE)
    wanted = {"agent_id": 4, "channels": ["call", "chat", "task", "7"], "on_demand": True}
    assert desk.reply("cc_agent_online") == wanted
    desk.hear("agent_status", agent_id=4, status="online", on_demand=False)
    desk.hear("agent_status", agent_id=4, status="pause")
    desk.command(Command.QUEUE_UNPAUSE)
    assert desk.reply("cc_agent_online")["on_demand"] is False


def test_a_pause_that_is_not_allowed_is_refused_and_one_that_is_there_already_is_done():
    desk = Desk()
    desk.agent()
    number = desk.command(Command.QUEUE_PAUSE, reason="Lunch")
    desk.reply("cc_agent_pause", error={"id": "app.agent.set_pause.not_allow", "code": 400})
    assert desk.end_of(number).error is ErrorCode.REFUSED
    desk.hear("agent_status", agent_id=4, status="pause", status_payload="Lunch")
    number = desk.command(Command.QUEUE_PAUSE, reason="Lunch")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    desk.reply("cc_agent_pause", error={"id": "app.agent.set_pause.payload", "code": 400})
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED


def test_a_call_is_finished_by_reporting_and_finishing_can_be_prolonged():
    desk = Desk()
    desk.agent()
    desk.hear("agent_status", agent_id=4, status="online")
    processing = {"timeout": 1763630090000, "sec": 30, "renewal_sec": 15}
    desk.hear("channel", channel="call", attempt_id=77, status="processing", processing=processing)
    number = desk.command(Command.SET_AGENT_STATE, agent_state="after_call")
    assert desk.reply("cc_renewal") == {"attempt_id": 77, "renewal_sec": 15}
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    number = desk.command(Command.SET_AGENT_STATE, agent_state="available")
    assert desk.reply("cc_reporting") == {"attempt_id": 77, "success": True, "agent_id": 4}
    desk.hear("channel", channel="call", attempt_id=77, status="waiting")
    assert desk.end_of(number).outcome is CommandOutcome.OBSERVED
    with pytest.raises(CommandRefused):
        desk.command(Command.SET_AGENT_STATE, agent_state="after_call")


@pytest.mark.parametrize("answer", [{"error": NO_AGENT}, {}])
def test_who_is_no_agent_has_no_state(answer: dict[str, Any]):
    desk = Desk()
    desk.reply("cc_agent_session", **answer)
    assert desk.agents == []
    with pytest.raises(CommandRefused) as refused:
        desk.command(Command.SET_AGENT_STATE, agent_state="Lunch")
    assert refused.value.code is ErrorCode.NOT_SUPPORTED


def test_a_fault_of_the_engines_own_says_nothing_of_an_agent():
    desk = Desk()
    desk.agent()
    desk.hear("agent_status", agent_id=4, status="online")
    desk.ask_snapshot()
    desk.reply("cc_agent_session", error={"id": "store.sql_agent.get_session.app_error", "code": 500})
    desk.hear("agent_status", agent_id=4, status="pause", status_payload="Lunch")
    assert [(each.agent.state, each.agent.reason) for each in desk.agents[-2:]] == [
        (AgentState.READY, ""),
        (AgentState.NOT_READY, "Lunch"),
    ]


def test_who_is_an_agent_no_more_may_be_told_before_the_subscription_is_refused():
    desk = Desk()
    desk.reply("cc_agent_session", agent_id=4, status="offline", channels=[])
    desk.ask_snapshot()
    desk.reply("cc_agent_session", error=NO_AGENT)
    before = len(desk.asked)
    desk.reply("cc_agent_subscribe_status", error=NO_AGENT)
    assert len(desk.asked) == before - 1
