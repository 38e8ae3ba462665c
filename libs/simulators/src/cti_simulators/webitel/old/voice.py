"""FreeSWITCH's events as the engine hears them: with the states of channels, of which the event socket has no need.

Recorded: FreeSWITCH 1.10.12. A channel that rings says so as its call state; one that is looked up in the dialplan, and
one that a bridge reaches, as its state. Pure.
"""

from collections.abc import Iterator

from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.legs import Leg


def as_heard(switch: Switch, headers: Headers) -> Iterator[Headers]:
    """What comes over the engine's own link for one event of the simulated switch."""
    leg = switch.legs.get(headers.get("Unique-ID", ""))
    heard = {**headers, **_identity(leg)} if leg is not None else headers
    name = headers["Event-Name"]
    if name == "CHANNEL_PROGRESS":
        yield {**_bare(heard), "Event-Name": "CHANNEL_CALLSTATE"}
    elif name == "CALL_UPDATE":
        yield {**_bare(heard), "Event-Name": "CHANNEL_STATE", "Channel-State": "CS_ROUTING"}
    else:
        yield heard
    if name == "CHANNEL_BRIDGE" and leg is not None and leg.peer is not None:
        yield _reached(leg.peer, headers)


def _reached(leg: Leg, headers: Headers) -> Headers:
    """The other leg of a bridge says nothing of it, but shows from then on whom it talks with."""
    peer = leg.peer
    about = _bare({**headers, **leg.headers(), **_identity(leg)})
    number = "" if peer is None else peer.user or (peer.destination if peer.outbound else peer.number)
    shown = {"Caller-Caller-ID-Number": number} if leg.outbound else {}
    return {**about, **shown, "Event-Name": "CHANNEL_STATE", "Channel-State": "CS_EXCHANGE_MEDIA"}


def _identity(leg: Leg) -> Headers:
    call = leg.originator.uid if leg.originator is not None else leg.uid
    said = {"Channel-Call-UUID": call, "Caller-Callee-ID-Number": leg.destination}
    if leg.originator is not None:
        said["variable_originating_leg_uuid"] = leg.originator.uid
    return said


def _bare(headers: Headers) -> Headers:
    """States of channels come without variables."""
    return {name: value for name, value in headers.items() if not name.startswith("variable_")}
