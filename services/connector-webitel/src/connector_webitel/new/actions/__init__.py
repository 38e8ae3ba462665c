"""Commands to the engine's actions, and how their success is seen. One table from verb to function; no I/O."""

from collections.abc import Callable, Mapping

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_webitel.new.actions.agent import AGENT
from connector_webitel.new.actions.calls import CALLS
from connector_webitel.new.actions.plan import Ask, Plan, Step
from connector_webitel.new.actions.transfers import TRANSFERS

VERBS: Mapping[Command, Callable[[Ask], Plan]] = {**CALLS, **TRANSFERS, **AGENT}
FEATURES = tuple(each for each in Command if each in VERBS)
"""What can be asked: the engine has no action to answer, to park, to pick up, for conferences, or to record."""


def plan(ask: Ask) -> Plan:
    """How to carry out a valid request; raises `CommandRefused`."""
    if ask.request.verb not in ask.state.features:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, f"{ask.request.verb}: not offered for this PBX")
    return VERBS[ask.request.verb](ask)


__all__ = ["FEATURES", "VERBS", "Ask", "Plan", "Step", "plan"]
