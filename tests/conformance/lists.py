"""What Asterisk's lists would tell at any moment of a recording, computed from all of its events.

Not from what our translator makes of them: a recording has everything (`read = all`, dialplan too), so that state,
application, bridge and age of each channel stand in the events themselves. `test_lists.py` holds this to what the
recorded Asterisks did list, in the recordings and beside them.
"""

from datetime import datetime

from connector_asterisk.items import ParkedChannel, SnapshotChannel, Waiting
from connector_asterisk.naming import known
from connector_asterisk.snapshot import LISTED, Snapshot
from connector_asterisk.wire import Frame
from cti_model.calls import Party
from msgspec.structs import replace

_PREFIXES = ("", "Dest", "Parkee", "Transferer", "OrigTransferer", "SecondTransferer", "Transferee", "TransferTarget")
_CALLED_BY = {"Dial": "AppDial", "Queue": "AppQueue"}
_STANDS_FOR = {"Parked": "Parked Call", "Bridge": "ManagerBridge"}  # 11 makes such a channel to take another's place
_OTHERWISE = (
    "Rename",
    "Hangup",
    "Dial",
    "VarSet",
    "ParkedCall",
    "UnParkedCall",
)  # headers of the same names mean others


class Lists:
    """The channels, queues and parking slots of one Asterisk, kept up by `see`."""

    def __init__(self) -> None:
        self._ties = False  # 13 and 22 tell Linkedids, 11 only in a few events and in no list
        self._channels: dict[str, SnapshotChannel] = {}
        self._began: dict[str, datetime] = {}
        self._bridges: dict[str, str] = {}
        self._waiting: dict[str, tuple[str, datetime]] = {}
        self._parked: dict[str, tuple[ParkedChannel, datetime]] = {}

    def snapshot(self, at: datetime) -> Snapshot:
        """The lists as they would be told now."""
        channels = [each for each in self._channels.values() if not each.name.endswith(("<ZOMBIE>", "<MASQ>"))]
        order: dict[str, int] = {}
        waiting = []
        for uid, (queue, since) in self._waiting.items():
            order[queue] = order.get(queue, 0) + 1
            waiting.append(Waiting(uid=uid, queue=queue, position=order[queue], wait=_whole(at, since)))
        return Snapshot(
            channels=tuple(
                replace(each, bridge_id=self._bridges.get(each.uid, ""), duration=_whole(at, self._began[each.uid]))
                for each in channels
            ),
            waiting=tuple(waiting),
            parked=tuple(
                replace(each, wait=_whole(at, since) if each.uid else None) for each, since in self._parked.values()
            ),
        )

    def see(self, frame: Frame, at: datetime) -> None:
        """Take one more frame, of any kind."""
        if frame.is_response or (frame.name in LISTED and frame.get("ActionID")):
            return
        name, uid = frame.name, frame.get("Uniqueid")
        if name == "Newchannel":
            self._began[uid] = at
            self._channels[uid] = SnapshotChannel(uid=uid, name=frame.get("Channel"))
            self._ties = self._ties or bool(frame.get("Linkedid"))
        elif name == "Rename":
            self._edit(uid, name=frame.get("Newname"))
        elif name == "Masquerade":
            self._masquerade(frame)
        for prefix in _PREFIXES:
            self._says(frame, prefix)
        if name == "Newexten":
            self._edit(uid, application=frame.get("Application"), data=frame.get("AppData"))
            self._edit(uid, exten=frame.get("Extension"))
        if name == "NewCallerid" and not self._ties and uid in self._channels and not self._channels[uid].state:
            self._edit(uid, application="AppDial2", data="(Outgoing Line)")  # 11 tells of no Originate but by this
        self._dials(frame, at)
        if name == "OriginateResponse" and frame.get("Application"):
            self._edit(uid, application=frame.get("Application"), data=frame.get("Data"))
        self._talks(frame)
        self._waits(frame, at)
        if name == "Hangup":
            for each in (self._channels, self._bridges, self._waiting, self._parked):
                each.pop(uid, None)

    def _edit(self, uid: str, **changes: object) -> None:
        if uid in self._channels:
            self._channels[uid] = replace(self._channels[uid], **changes)

    def _says(self, frame: Frame, prefix: str) -> None:
        """What the headers about a channel say of it: 13 and 22 send all of it with each event."""
        uid = frame.get(f"{prefix}Uniqueid")
        channel = self._channels.get(uid)
        if channel is None or frame.name in _OTHERWISE:
            return
        state = frame.get(f"{prefix}ChannelState")
        linkedid = frame.get(f"{prefix}Linkedid")
        self._channels[uid] = replace(
            channel,
            state=int(state) if state else channel.state,
            linkedid=(linkedid if self._ties else "") or channel.linkedid,
            caller=_party(frame, f"{prefix}CallerID", channel.caller),
            connected=_party(frame, f"{prefix}ConnectedLine", channel.connected),
            exten=frame.get(f"{prefix}Exten", channel.exten),
        )

    def _masquerade(self, frame: Frame) -> None:
        """11: the telephone of `Clone`, with its age, goes on in the place of `Original`, with that one's dialplan."""
        by_name = {each.name: uid for uid, each in self._channels.items()}
        clone, original = by_name.get(frame.get("Clone")), by_name.get(frame.get("Original"))
        if clone is not None and original is not None:
            mine = self._channels[clone]
            runs = _STANDS_FOR.get(frame.get("Original").partition("/")[0])
            self._edit(original, state=mine.state, caller=mine.caller)
            if runs is not None:
                self._edit(original, application=runs, exten=mine.exten)
            if runs != "Parked Call":
                self._began[clone], self._began[original] = self._began[original], self._began[clone]

    def _dials(self, frame: Frame, at: datetime) -> None:
        """Who was dialled runs no dialplan: Asterisk names what dialled it."""
        if frame.name == "DialBegin" or (frame.name == "Dial" and frame.get("SubEvent") == "Begin"):
            called = self._channels.get(frame.get("DestUniqueid"))
            source = self._channels.get(frame.get("Uniqueid"))
        elif frame.name == "Dial":  # 11 counts the age of who goes on in the dialplan anew
            self._began[frame.get("UniqueID")] = at
            return
        elif frame.name == "AgentCalled":  # all that 11 says of it
            called = next(
                (each for each in self._channels.values() if each.name == frame.get("DestinationChannel")), None
            )
            source = self._channels.get(frame.get("Uniqueid"))
        else:
            return
        if called is not None:
            by = "AppDial2" if source is None else _CALLED_BY.get(source.application, "")
            self._edit(called.uid, application=by, data="(Outgoing Line)" if by else "")

    def _talks(self, frame: Frame) -> None:
        uid = frame.get("Uniqueid")
        if frame.name == "BridgeEnter":
            self._bridges[uid] = frame.get("BridgeUniqueid")
        elif frame.name == "BridgeLeave" and self._bridges.get(uid) == frame.get("BridgeUniqueid"):
            del self._bridges[uid]
        elif frame.name == "Bridge":
            pair = frame.get("Uniqueid1"), frame.get("Uniqueid2")
            together = "+".join(sorted(pair))
            for each in pair:
                if frame.get("Bridgestate") == "Link":
                    self._bridges[each] = together
                elif self._bridges.get(each) == together:
                    del self._bridges[each]

    def _waits(self, frame: Frame, at: datetime) -> None:
        uid = frame.get("ParkeeUniqueid") or frame.get("Uniqueid")
        if frame.name in ("QueueCallerJoin", "Join"):
            self._waiting[uid] = frame.get("Queue"), at
        elif frame.name in ("QueueCallerLeave", "Leave"):
            self._waiting.pop(uid, None)
        elif frame.name == "ParkedCall":
            old = not frame.get("ParkeeUniqueid")
            parked = ParkedChannel(
                uid="" if old else uid,
                name=frame.get("ParkeeChannel") or frame.get("Channel"),
                slot=frame.get("ParkingSpace") or frame.get("Exten"),
                by=frame.get("ParkerDialString") or frame.get("From"),
            )
            self._parked[uid] = parked, at
        elif frame.name in ("UnParkedCall", "ParkedCallTimeOut", "ParkedCallGiveUp"):
            self._parked.pop(uid, None)


def _party(frame: Frame, kind: str, before: Party) -> Party:
    number, name = frame.get(f"{kind}Num", before.number), frame.get(f"{kind}Name", before.name)
    return Party(number=known(number), name=known(name))


def _whole(at: datetime, since: datetime) -> int:
    return max(0, int((at - since).total_seconds()))
