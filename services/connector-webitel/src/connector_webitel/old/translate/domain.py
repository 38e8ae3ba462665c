"""The whole domain's events, as FreeSWITCH's own: what a service account is subscribed to.

The engine passes on whole events under `SE:` and `CC::` names, but not all kinds of them: no progress, no change of
a channel's data. Both stand in the states of channels, which it does pass on. Source: the public engine; which
headers and when, recorded: FreeSWITCH 1.10.12.
"""

from typing import Final

from cti_freeswitch.event import Event
from cti_freeswitch.state import State

from connector_webitel.old.translate.legs import stand_in

_SWITCH: Final = "SE:"
_CENTRE: Final = "CC::"
_RINGS: Final = ("RINGING", "EARLY")

CALLS: Final = tuple(
    f"{_SWITCH}{name}"
    for name in (
        "CHANNEL_CREATE",
        "CHANNEL_CALLSTATE",
        "CHANNEL_STATE",
        "CHANNEL_ANSWER",
        "CHANNEL_BRIDGE",
        "CHANNEL_UNBRIDGE",
        "CHANNEL_HOLD",
        "CHANNEL_UNHOLD",
        "CHANNEL_HANGUP",
        "CHANNEL_HANGUP_COMPLETE",
        "CHANNEL_DESTROY",
        "DTMF",
    )
)
"""What is subscribed to for calls."""
RECORDINGS: Final = (f"{_SWITCH}RECORD_START", f"{_SWITCH}RECORD_STOP")
"""What is asked for besides where recordings are told: the public engine knows neither, and refuses it."""
CENTRE: Final = tuple(
    f"{_CENTRE}{name}"
    for name in (
        "AGENT-OFFERING",
        "BRIDGE-AGENT-START",
        "BRIDGE-AGENT-END",
        "MEMBER-QUEUE-START",
        "MEMBER-QUEUE-END",
        "AGENT-STATUS-CHANGE",
        "AGENT-STATE-CHANGE",
    )
)
"""What is subscribed to for agents and queues; an engine without mod_callcenter's rights refuses it."""


def of_server(state: State, event: Event, domain: str) -> list[Event]:
    """A subscribed event as FreeSWITCH's, behind the beginnings that were not passed on; none where it says nothing.

    The engine knows whose a channel is by its presence data, which for one that calls the dialplan sets (inferred from
    its bindings): so its `CHANNEL_CREATE` may be nobody's. It begins with whatever tells of it first.
    """
    if event.name.startswith(_CENTRE):
        return [Event(event.changed({"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info"}))]
    name, found = event.name.removeprefix(_SWITCH), None
    if name == "CHANNEL_CALLSTATE":
        found = _rings(event)
    elif name == "CHANNEL_STATE":
        found = _routed(state, event)
    else:
        found = Event(event.changed({"Event-Name": name}))
    begun = [] if name == "CHANNEL_CREATE" or _tells_no_life(event) else _begun(state, event, found, domain)
    return [*begun, *([found] if found is not None else [])]


def _begun(state: State, event: Event, found: Event | None, domain: str) -> list[Event]:
    """The beginning of a channel that calls, and that is told of for the first time: by itself, or by whom it rings."""
    at = {"Event-Date-Timestamp": event.get("Caller-Channel-Created-Time")}
    if event.get("Call-Direction") == "inbound":
        begins = {"Event-Name": "CHANNEL_CREATE", **at}
        return [Event(event.changed(begins))] if _is_new(state, event.get("Unique-ID")) else []
    far = found.variable("originator") if found is not None and found.name == "CHANNEL_PROGRESS" else ""
    if not _is_new(state, far):
        return []
    return [Event(stand_in(event, far, state.naming, domain).changed(at))]


def _tells_no_life(event: Event) -> bool:
    """Whether it comes before the beginning (recorded), or with the end: what has ended does not begin again."""
    over = event.get("Channel-Call-State") == "HANGUP" or bool(event.get("Hangup-Cause"))
    return over or event.get("Channel-State") in ("CS_NEW", "CS_INIT")


def _is_new(state: State, uid: str) -> bool:
    return bool(uid) and state.find(uid) is None and uid not in state.ended


def _rings(event: Event) -> Event | None:
    """A called channel rings. Such an event has no variables; the other leg is still the one that it is dialled for."""
    if event.get("Channel-Call-State") not in _RINGS or event.get("Call-Direction") != "outbound":
        return None
    said = {"Event-Name": "CHANNEL_PROGRESS"}
    if event.get("Other-Type") == "originator":
        said["variable_originator"] = event.get("Other-Leg-Unique-ID")
    return Event(event.changed(said))


def _routed(state: State, event: Event) -> Event | None:
    """A channel is looked up in the dialplan. One that talked was sent there by `uuid_transfer`, blind."""
    channel = state.find(event.get("Unique-ID"))
    if channel is None or event.get("Channel-State") != "CS_ROUTING":
        return None
    said = {"Event-Name": "CALL_UPDATE"}
    if channel.bridged and channel.peer is not None:
        said["variable_transfer_source"] = f"{event.get('Event-Date-Timestamp')}:{channel.uid}:bl_xfer:" + event.get(
            "Caller-Destination-Number"
        )
    return Event(event.changed(said))
