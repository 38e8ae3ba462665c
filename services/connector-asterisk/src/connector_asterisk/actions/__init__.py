"""Commands to AMI actions, and how their success is seen. One table from verb to function; no I/O, no clock."""

from collections.abc import Callable, Mapping

from cti_connector.sight import Sight
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_asterisk.actions.calls import CALLS
from connector_asterisk.actions.dialect import Dialect, dialect_of
from connector_asterisk.actions.options import Options
from connector_asterisk.actions.plan import Ask, Plan
from connector_asterisk.actions.queues import QUEUES
from connector_asterisk.actions.recording import RECORDING
from connector_asterisk.actions.supervision import SUPERVISION
from connector_asterisk.actions.transfers import TRANSFERS

VERBS: Mapping[Command, Callable[[Ask], Plan]] = {**CALLS, **TRANSFERS, **RECORDING, **SUPERVISION, **QUEUES}


def features(options: Options) -> frozenset[Command]:
    """What can be asked here at all: the rest is not offered, and answers `not_supported`.

    All versions can do the same; they differ in how. What depends on the telephones and on the dialplan is set.
    """
    cannot: set[Command] = set()
    if options.answer_by == "none":
        cannot.add(Command.ANSWER)
    if options.hold_by == "none":
        cannot |= {Command.HOLD, Command.RETRIEVE}
    if not options.conference_extension or options.consult_by == "atxfer":
        cannot.add(Command.CONFERENCE)
    return frozenset(VERBS) - cannot


def plan(ask: Ask) -> Plan:
    """How to carry out a valid request; raises `CommandRefused`."""
    if ask.request.verb not in ask.features:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, f"{ask.request.verb} is not possible on this Asterisk as set up")
    return VERBS[ask.request.verb](ask)


__all__ = ["VERBS", "Ask", "Dialect", "Options", "Plan", "Sight", "dialect_of", "features", "plan"]
