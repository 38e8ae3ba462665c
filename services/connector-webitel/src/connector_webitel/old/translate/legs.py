"""FreeSWITCH events made of what the engine tells: a user's own leg, and the far one as it implies."""

from datetime import datetime

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
    own = event.get("Channel-Presence-ID").partition("@")[0]
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


def implied(event: Event, far: str, naming: Naming, domain: str) -> Event:
    """The dump of a far leg that is not to be had, as the dump of the near one implies it."""
    outbound = event.get("Call-Direction") == "outbound" and not event.variable("w_jsclient_originate_number")
    number = number_of(event.get("Caller-Caller-ID-Number" if outbound else "Caller-Destination-Number"))
    times = {name: event.get(name) for name in _TIMES if event.get(name)}
    own = event.get("Channel-Presence-ID").partition("@")[0]
    caller, called = (number, own) if outbound else (own, number)
    headers: dict[str, Value] = {
        **_behind(number, naming, domain),
        **times,
        "Unique-ID": far,
        "Other-Leg-Unique-ID": event.get("Unique-ID"),
        "Call-Direction": "inbound" if outbound else "outbound",
        "Channel-Call-State": "RINGING" if event.get("Channel-Call-State") == "RINGING" else "ACTIVE",
        "Caller-Caller-ID-Number": caller,
        "Caller-Destination-Number": called,
    }
    return Event(headers if outbound else headers | {"variable_originator": event.get("Unique-ID")})


_TIMES = tuple(f"Caller-Channel-{name}-Time" for name in ("Created", "Progress", "Answered", "Bridged"))
