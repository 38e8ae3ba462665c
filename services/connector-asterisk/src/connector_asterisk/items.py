"""The items of Asterisk's lists, in the spelling of any version, as values. Pure."""

from cti_model.calls import Party
from msgspec import Struct

from connector_asterisk.naming import known, whole
from connector_asterisk.wire import Frame


class SnapshotChannel(Struct, frozen=True, kw_only=True):
    """A channel as it stood in the list. `state`: Asterisk's number of it (4 dials, 5 rings, 6 up).

    `duration`: whole seconds since it appeared, None where the list does not tell. `bridge_id`: those with the same
    one talk with each other; for Asterisk 11, which names only the other channel, made of both Uniqueids.
    """

    uid: str
    name: str
    linkedid: str = ""
    state: int = 0
    caller: Party = Party()
    connected: Party = Party()
    exten: str = ""
    application: str = ""
    data: str = ""
    bridge_id: str = ""
    duration: int | None = None


class Waiting(Struct, frozen=True, kw_only=True):
    """A caller in a queue. `wait`: whole seconds so far."""

    uid: str
    queue: str
    position: int = 0
    wait: int = 0


class ParkedChannel(Struct, frozen=True, kw_only=True):
    """A parked call. Asterisk 11 tells no `uid`, only the channel's name, and no `wait` (whole seconds so far)."""

    uid: str
    name: str
    slot: str
    by: str = ""
    wait: int | None = None


def channel_of_item(item: Frame) -> SnapshotChannel:
    """An item of `CoreShowChannels` or `Status`, in the spelling of any version."""
    uid = item.get("Uniqueid")
    other = item.get("BridgedUniqueID")
    state = whole(item.get("ChannelState"))
    return SnapshotChannel(
        uid=uid,
        name=item.get("Channel"),
        linkedid=item.get("Linkedid"),
        state=_STATES.get(item.get("State"), 0) if state is None else state,
        caller=Party(number=known(item.get("CallerIDNum")), name=known(item.get("CallerIDName"))),
        connected=Party(number=known(item.get("ConnectedLineNum")), name=known(item.get("ConnectedLineName"))),
        exten=known(item.get("Exten") or item.get("Extension")),
        application=item.get("Application") or _application(item),
        data=item.get("ApplicationData") or item.get("Data"),
        bridge_id=item.get("BridgeId") or ("+".join(sorted((uid, other))) if other else ""),
        duration=_seconds(item.get("Duration") or item.get("Seconds")),
    )


# Asterisk 11 names the state of a dialled channel in `Status` only in words.
_STATES = {"Ring": 4, "Ringing": 5, "Up": 6}


def _application(item: Frame) -> str:
    """Asterisk 11 tells no application in `Status`, but `State` in place of `ChannelState` where no dialplan runs."""
    return "AppDial" if item.name == "Status" and not item.get("ChannelState") else ""


def _seconds(value: str) -> int | None:
    """`1:02:03` (hours may exceed 24) or plain seconds."""
    seconds = 0
    for part in value.split(":"):
        number = whole(part)
        if number is None:
            return None
        seconds = seconds * 60 + number
    return whole(str(seconds))


def waiting_of_item(item: Frame) -> Waiting:
    """An item of `QueueStatus` about a caller."""
    return Waiting(
        uid=item.get("Uniqueid"),
        queue=item.get("Queue"),
        position=_seconds(item.get("Position")) or 0,
        wait=_seconds(item.get("Wait")) or 0,
    )


def parked_of_item(item: Frame) -> ParkedChannel:
    """An item of `ParkedCalls`."""
    return ParkedChannel(
        uid=item.get("ParkeeUniqueid") or item.get("Uniqueid"),
        name=item.get("ParkeeChannel") or item.get("Channel"),
        slot=item.get("ParkingSpace") or item.get("Exten"),
        by=item.get("ParkerDialString") or item.get("From"),
        wait=_seconds(item.get("ParkingDuration")),
    )
