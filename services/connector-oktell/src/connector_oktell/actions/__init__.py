"""Commands to Oktell's methods, and how their success is seen. One table from verb to function; no I/O."""

from collections.abc import Callable, Mapping

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_oktell.actions.calls import CALLS
from connector_oktell.actions.conferences import CONFERENCES
from connector_oktell.actions.dialling import DIALLING
from connector_oktell.actions.listening import LISTENING
from connector_oktell.actions.options import Options
from connector_oktell.actions.plan import Ask, Plan, Question
from connector_oktell.actions.users import USERS
from connector_oktell.actions.works import Works
from connector_oktell.wire import can

VERBS: Mapping[Command, Callable[[Ask], Plan]] = {**DIALLING, **CALLS, **CONFERENCES, **LISTENING, **USERS}
_METHODS: Mapping[Command, str] = {
    Command.ANSWER: "pbxanswercall",
    Command.HOLD: "pbxmakeflash",
    Command.RETRIEVE: "pbxmakeflash",
    Command.CANCEL_TRANSFER: "pbxmakeflash",
    Command.BLIND_TRANSFER: "pbxmaketransfer",
}


def features(options: Options) -> frozenset[Command]:
    """What can be asked here at all, of an Oktell of that date: the rest is not offered."""
    cannot = {verb for verb, method in _METHODS.items() if not can(options.dated, method)}
    if not options.conference:
        cannot.add(Command.CONFERENCE)
    if not options.listen:
        cannot |= {Command.LISTEN, Command.WHISPER, Command.BARGE}
    if not options.pickup_extension:
        cannot.add(Command.PICKUP)
    return frozenset(VERBS) - cannot


def plan(ask: Ask) -> Plan:
    """How to carry out a valid request; raises `CommandRefused`."""
    if ask.request.verb not in ask.features:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, f"{ask.request.verb} is not possible on this Oktell as set up")
    return VERBS[ask.request.verb](ask)


__all__ = ["VERBS", "Ask", "Options", "Plan", "Question", "Works", "features", "plan"]
