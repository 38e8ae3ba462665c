"""The whole domain's events, as FreeSWITCH's own: what a service account is subscribed to.

The engine passes on whole events under `SE:` and `CC::` names, but not all kinds of them: no progress, no change of
a channel's data. Both stand in the states of channels, which it does pass on. Source: the public engine; which
headers and when, recorded: FreeSWITCH 1.10.12.
"""

from typing import Final

from cti_freeswitch.event import Event
from cti_freeswitch.state import State

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


def of_server(state: State, event: Event) -> Event | None:
    """A subscribed event as FreeSWITCH's; None where it says nothing."""
    if event.name.startswith(_CENTRE):
        return Event(event.changed({"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info"}))
    name = event.name.removeprefix(_SWITCH)
    if name == "CHANNEL_CALLSTATE":
        return _rings(event)
    if name == "CHANNEL_STATE":
        return _routed(state, event)
    return Event(event.changed({"Event-Name": name}))


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
