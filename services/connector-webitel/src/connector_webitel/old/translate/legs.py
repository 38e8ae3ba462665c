"""FreeSWITCH events made of what the engine tells: a user's own leg, and the far one as it implies."""

from datetime import datetime
from typing import Final

from cti_freeswitch.event import Event, Value
from cti_freeswitch.naming import Naming, number_of


def near(event: Event, name: str, more: dict[str, str] | None = None) -> Event:
    """An event of a user's own leg, under a name. The engine leaves out the channel's name and its side in a queue."""
    presence = event.get("Channel-Presence-ID")
    said = {"Event-Name": name, "Channel-Name": f"sofia/internal/{presence}"}
    if event.variable("hangup_cause"):
        said["Hangup-Cause"] = event.variable("hangup_cause")
    if event.variable("cc_member_session_uuid"):
        said["variable_cc_side"] = "agent"
    return Event(event.changed(said | (more or {})))


def stand_in(event: Event, far: str, naming: Naming, domain: str) -> Event:
    """Who calls: the beginning of the leg for which an own one rings."""
    own = event.get("Channel-Presence-ID").partition("@")[0] or number_of(event.get("Caller-Destination-Number"))
    number = number_of(event.get("Caller-Caller-ID-Number"))
    return Event(
        {
            **_behind(number, naming, domain),
            "Event-Name": "CHANNEL_CREATE",
            "Unique-ID": far,
            "Call-Direction": "inbound",
            "Caller-Caller-ID-Number": number,
            "Caller-Caller-ID-Name": event.get("Caller-Caller-ID-Name"),
            "Caller-Destination-Number": own,
        }
    )


def dialled(event: Event, far: str, remote: str, naming: Naming, domain: str) -> list[Event]:
    """Who was called, and answered: nobody told that it rang."""
    headers: dict[str, Value] = {
        **_behind(remote, naming, domain),
        "Unique-ID": far,
        "Call-Direction": "outbound",
        "Caller-Caller-ID-Number": event.get("Channel-Presence-ID").partition("@")[0],
        "Caller-Destination-Number": remote,
        "variable_originator": event.get("Unique-ID"),
    }
    return [Event(headers | {"Event-Name": name}) for name in ("CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_ANSWER")]


def bridged(event: Event, far: str) -> Event:
    """Two legs talk."""
    pair = {"Bridge-A-Unique-ID": event.get("Unique-ID"), "Bridge-B-Unique-ID": far}
    return Event({"Event-Name": "CHANNEL_BRIDGE", "Unique-ID": event.get("Unique-ID"), **pair})


def passed_on(event: Event, far: str) -> Event:
    """A far leg that talked rings at another telephone: it was transferred there, blind."""
    return moved(far, event.get("Channel-Presence-ID").partition("@")[0])


def moved(far: str, to: str) -> Event:
    """A far leg was sent to a number by whoever talked with it."""
    source = f"0:{far}:bl_xfer:{to}/default/XML"
    return Event({"Event-Name": "CALL_UPDATE", "Unique-ID": far, "variable_transfer_source": source})


def ended(far: str, cause: str, at: datetime | None) -> list[Event]:
    """The end of an implied leg. A caller who cancels did so himself."""
    headers: dict[str, Value] = {"Unique-ID": far, "Hangup-Cause": cause or "NORMAL_CLEARING"}
    if at is not None:
        headers["Event-Date-Timestamp"] = str(round(at.timestamp() * 1_000_000))
    if cause == "ORIGINATOR_CANCEL":
        headers["variable_sip_hangup_disposition"] = "recv_cancel"
    return [Event(headers | {"Event-Name": name}) for name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE")]


def _behind(number: str, naming: Naming, domain: str) -> dict[str, Value]:
    if naming.is_internal(number):
        return {"Channel-Name": f"sofia/internal/{number}@{domain}", "Channel-Presence-ID": f"{number}@{domain}"}
    return {"Channel-Name": f"sofia/external/{number}@{domain}"}


def implied(event: Event, far: str, naming: Naming, domain: str, *, known: bool) -> Event:
    """The dump of a far leg that is not to be had, as the dump of the near one implies it.

    Of one that is `known` it says only whom that talks with, and since when: all else is better known already.
    """
    pair: dict[str, Value] = {"Unique-ID": far, "Other-Leg-Unique-ID": event.get("Unique-ID")}
    outbound = event.get("Call-Direction") == "outbound" and not event.variable("w_jsclient_originate_number")
    created, answered, bridged = _instants(event, outbound)
    joined: dict[str, Value] = {f"{_TIME}-Answered-Time": answered, f"{_TIME}-Bridged-Time": bridged}
    if known:
        return Event(pair | joined)
    number = number_of(event.get("Caller-Caller-ID-Number" if outbound else "Caller-Destination-Number"))
    own = event.get("Channel-Presence-ID").partition("@")[0]
    caller, called = (number, own) if outbound else (own, number)
    headers: dict[str, Value] = {
        **_behind(number, naming, domain),
        **pair,
        **joined,
        f"{_TIME}-Created-Time": created,
        "Call-Direction": "inbound" if outbound else "outbound",
        "Channel-Call-State": "RINGING" if event.get("Channel-Call-State") in _RINGING else "ACTIVE",
        "Caller-Caller-ID-Number": caller,
        "Caller-Destination-Number": called,
    }
    if outbound:
        return Event(headers)
    return Event(headers | {f"{_TIME}-Progress-Time": created, "variable_originator": event.get("Unique-ID")})


_TIME: Final = "Caller-Channel"
_RINGING: Final = ("RINGING", "EARLY")


def _instants(event: Event, outbound: bool) -> tuple[str, str, str]:
    """When the far leg began, was answered and was joined with the near one; `outbound`: the near one is called.

    The near one's dump has the far one's own begin and answer where it dialled it, or was joined with it as the first
    (recorded); else they are 0, and it is the latest at which they can have been: a caller was there when the called
    one began, and who talks has answered. A caller who waited before in a queue is then told of too late.
    """
    bridged = _us(event, f"{_TIME}-Bridged-Time")
    both = max(_us(event, f"{_TIME}-Answered-Time"), bridged) if _us(event, f"{_TIME}-Answered-Time") and bridged else 0
    answered = _us(event, "Other-Leg-Channel-Answered-Time") or both
    latest = _us(event, f"{_TIME}-Created-Time") if outbound or not bridged else max(answered, bridged)
    created = _us(event, "Other-Leg-Channel-Created-Time") or latest
    return str(created), str(answered), str(bridged)


def _us(event: Event, name: str) -> int:
    value = event.get(name)
    return int(value) if value.isdecimal() else 0
