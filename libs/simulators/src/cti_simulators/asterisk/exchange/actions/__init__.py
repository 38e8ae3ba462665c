"""What a manager may ask for: each action with the classes of `write=` that allow it, in one table."""

from collections.abc import Callable

from msgspec import Struct

from cti_simulators.asterisk.exchange.actions import atxfer, calls, channels, core, lists, originate, queues
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block

Handler = Callable[[Request], list[Block] | None]
ALL_VERSIONS = frozenset(("1.3", "2.10.6", "11.0.0"))
SINCE_12 = ALL_VERSIONS - {"1.3"}
ONLY_PJSIP = frozenset(("11.0.0",))
ONLY_SIP = ALL_VERSIONS - ONLY_PJSIP


class Action(Struct, frozen=True):
    """`do` returns the answer, or None when it comes later. `classes`: any of them allows it; none, everybody may.

    `versions`: of the manager, as in the banner; in others the action is unknown.
    """

    do: Handler
    classes: frozenset[str]
    versions: frozenset[str] = ALL_VERSIONS


def _action(do: Handler, classes: str = "", versions: frozenset[str] = ALL_VERSIONS) -> Action:
    return Action(do, frozenset(classes.split(",")) if classes else frozenset(), versions)


ACTIONS: dict[str, Action] = {
    "originate": _action(originate.originate, "originate"),
    "hangup": _action(calls.hangup, "system,call"),
    "redirect": _action(calls.redirect, "call"),
    "atxfer": _action(atxfer.atxfer, "call"),
    "cancelatxfer": _action(atxfer.cancel, "call", SINCE_12),
    "blindtransfer": _action(calls.blind_transfer, "call", SINCE_12),
    "bridge": _action(calls.bridge, "call"),
    "park": _action(calls.park, "call"),
    "muteaudio": _action(channels.quietly, "system"),
    "sendtext": _action(channels.quietly, "call"),
    "playdtmf": _action(channels.play_dtmf, "call"),
    "absolutetimeout": _action(channels.absolute_timeout, "system,call"),
    "mixmonitor": _action(channels.mixmonitor, "system"),
    "stopmixmonitor": _action(channels.stop_mixmonitor, "system,call"),
    "setvar": _action(channels.set_var, "call"),
    "getvar": _action(channels.get_var, "call,reporting"),
    "sipnotify": _action(channels.notify, "system", ONLY_SIP),
    "pjsipnotify": _action(channels.notify, "system", ONLY_PJSIP),
    "confbridgemute": _action(channels.conference_mute, "call"),
    "confbridgeunmute": _action(channels.conference_mute, "call"),
    "confbridgelist": _action(lists.conference, "reporting"),
    "confbridgelistrooms": _action(lists.conferences, "reporting"),
    "queueadd": _action(queues.add, "agent"),
    "queueremove": _action(queues.remove, "agent"),
    "queuepause": _action(queues.pause, "agent"),
    "queuepenalty": _action(queues.penalty, "agent"),
    "queuestatus": _action(queues.status),
    "queuesummary": _action(queues.summary),
    "parkedcalls": _action(lists.parked),
    "coreshowchannels": _action(lists.channels, "system,reporting"),
    "status": _action(lists.status, "system,call,reporting"),
    "bridgelist": _action(lists.bridges, versions=SINCE_12),
    "bridgeinfo": _action(lists.bridge, versions=SINCE_12),
    "devicestatelist": _action(lists.devices, "call,reporting", SINCE_12),
    "extensionstatelist": _action(lists.hints, "call,reporting", SINCE_12),
    "extensionstate": _action(lists.hint, "call,reporting"),
    "corestatus": _action(core.status, "system,reporting"),
    "coresettings": _action(core.settings, "system,reporting"),
    "userevent": _action(core.user_event, "user"),
    "reload": _action(core.reload, "system,config"),
    "command": _action(core.command, "command"),
}
