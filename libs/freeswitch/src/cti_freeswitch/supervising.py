"""Listening in, and questions for which nothing is sent: the same on every FreeSWITCH, however it is commanded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cti_connector.sight import Sight, in_queues
from cti_model.calls import Command, Connection
from cti_model.commands import CommandRefused, ErrorCode

from cti_freeswitch.asking import Asking
from cti_freeswitch.channels import Channel
from cti_freeswitch.desk import Plan

AVAILABLE: Final = "available"
"""The agent state that means taking calls; every other word is a reason not to."""
EAVESDROP: Final[Mapping[Command, Mapping[str, str]]] = {
    Command.LISTEN: {},
    Command.WHISPER: {"eavesdrop_whisper_aleg": "true"},
    Command.BARGE: {"eavesdrop_bridge_aleg": "true", "eavesdrop_bridge_bleg": "true"},
}
"""The variables of who listens, by the way in which it is in the call (mod_dptools: `eavesdrop`)."""


def overheard(ask: Asking) -> tuple[Channel, Connection]:
    """Whose talk is to be heard. Raises `CommandRefused` where there is none."""
    channel, connection, _ = ask.find(ask.request.connection_id)
    if not connection.talking:
        raise CommandRefused(ErrorCode.WRONG_STATE, f"nothing to hear while it is {connection.state}")
    return channel, connection


def query_agent(ask: Asking) -> Plan[Any]:
    """In which queues the agent is, as it was told last. Nothing is sent."""
    agent = ask.agents.agent(ask.request.device)
    return Plan(seen=lambda _: in_queues(agent))


def snapshot(ask: Asking) -> Plan[Any]:
    """The calls that the telephone has now, as they were told so far. Nothing is sent."""
    mine = ask.calls()
    return Plan(seen=lambda _: Sight(calls=mine))


QUESTIONS: Final[Mapping[Command, Callable[[Asking], Plan[Any]]]] = {
    Command.QUERY_AGENT: query_agent,
    Command.SNAPSHOT: snapshot,
}
