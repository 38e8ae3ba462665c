"""Commands to the old engine's, and how their success is seen. One table from verb to function; no I/O."""

from collections.abc import Callable, Mapping

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_webitel.old.actions.calls import CALLS
from connector_webitel.old.actions.others import OTHERS
from connector_webitel.old.actions.plan import Ask, Options, Plan
from connector_webitel.old.actions.transfers import TRANSFERS

VERBS: Mapping[Command, Callable[[Ask], Plan]] = {**CALLS, **TRANSFERS, **OTHERS}
FEATURES = tuple(each for each in Command if each in VERBS)
"""What can be asked: the engine has no command to answer, to mute, to park, to pick up, or for conferences."""


def plan(ask: Ask) -> Plan:
    """How to carry out a valid request; raises `CommandRefused`."""
    verb = VERBS.get(ask.request.verb)
    if verb is None:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, f"Webitel has no command to {ask.request.verb}")
    return verb(ask)


__all__ = ["FEATURES", "VERBS", "Ask", "Options", "Plan", "plan"]
