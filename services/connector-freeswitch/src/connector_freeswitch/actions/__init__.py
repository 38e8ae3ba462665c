"""Commands to FreeSWITCH's API commands, and how their success is seen. One table from verb to function; no I/O."""

from collections.abc import Callable, Mapping

from cti_connector.sight import Sight
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_freeswitch.actions.calls import CALLS
from connector_freeswitch.actions.options import Options
from connector_freeswitch.actions.others import OTHERS
from connector_freeswitch.actions.plan import Ask, Plan
from connector_freeswitch.actions.transfers import TRANSFERS

VERBS: Mapping[Command, Callable[[Ask], Plan]] = {**CALLS, **TRANSFERS, **OTHERS}


def features(options: Options) -> frozenset[Command]:
    """What can be asked here at all: the rest is not offered, and answers `not_supported`."""
    cannot: set[Command] = set()
    if options.answer_by == "none":
        cannot.add(Command.ANSWER)
    if not options.conference_profile:
        cannot.add(Command.CONFERENCE)
    if not options.park_number:
        cannot.add(Command.PARK)
    return frozenset(VERBS) - cannot


def plan(ask: Ask) -> Plan:
    """How to carry out a valid request; raises `CommandRefused`."""
    if ask.request.verb not in ask.features:
        raise CommandRefused(
            ErrorCode.NOT_SUPPORTED, f"{ask.request.verb} is not possible on this FreeSWITCH as set up"
        )
    return VERBS[ask.request.verb](ask)


__all__ = ["VERBS", "Ask", "Options", "Plan", "Sight", "features", "plan"]
