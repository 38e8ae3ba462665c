"""What Asterisk 13 and 22 say of channels, dialling, bridges, hold and transfers. Pure: state in, blocks out.

`OldVoice` says the same as Asterisk 11 does; what a version does not say is an empty list.
"""

from cti_simulators.asterisk.exchange.blocks import Block, Header, event
from cti_simulators.asterisk.exchange.state import Bridge, Channel, Parked
from cti_simulators.asterisk.exchange.voice import headers
from cti_simulators.asterisk.exchange.voice.facts import CAUSES, Facts


class CallVoice:
    """Events of class `call` and `dialplan`."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def _of_channel(self, name: str, channel: Channel, *more: Header, privilege: str = "call") -> list[Block]:
        return [event(name, privilege, headers.channel(channel), more)]

    def _dial(self, name: str, caller: Channel | None, leg: Channel, *more: Header) -> list[Block]:
        source = headers.channel(caller) if caller is not None else []
        return [event(name, "call", source, headers.channel(leg, "Dest"), more)]

    def _cause(self, channel: Channel) -> list[Header]:
        told = self.facts.tells_tech_cause and channel.tech_cause
        return [("TechCause", channel.tech_cause)] if told else []

    def new_channel(self, channel: Channel) -> list[Block]:
        """A channel is born."""
        return self._of_channel("Newchannel", channel)

    def new_state(self, channel: Channel) -> list[Block]:
        """It rings, is answered."""
        return self._of_channel("Newstate", channel)

    def new_caller_id(self, channel: Channel) -> list[Block]:
        """Its own number changed."""
        return self._of_channel("NewCallerid", channel, *headers.presentation())

    def connected_line(self, channel: Channel) -> list[Block]:
        """The number of the other party, as this one sees it, changed."""
        return self._of_channel("NewConnectedLine", channel)

    def new_exten(self, channel: Channel) -> list[Block]:
        """The dialplan begins an application."""
        more = (("Extension", channel.exten), ("Application", channel.app), ("AppData", channel.app_data))
        return self._of_channel("Newexten", channel, *more, privilege=self.facts.newexten_class)

    def variable(self, channel: Channel, name: str, value: str) -> list[Block]:
        """A variable was set."""
        return self._of_channel("VarSet", channel, ("Variable", name), ("Value", value), privilege="dialplan")

    def hangup_request(self, channel: Channel, cause: int | None) -> list[Block]:
        """Its telephone hung up."""
        told = cause is not None and (self.facts.tells_tech_cause or not channel.device)
        more = [("Cause", str(cause)), *self._cause(channel)] if told else []
        return self._of_channel("HangupRequest", channel, *more)

    def soft_hangup(self, channel: Channel, cause: int = 16) -> list[Block]:
        """Asterisk takes it down."""
        return self._of_channel("SoftHangupRequest", channel, ("Cause", str(cause)), *self._cause(channel))

    def hangup(self, channel: Channel, cause: int) -> list[Block]:
        """It is gone."""
        more = (("Cause", str(cause)), ("Cause-txt", CAUSES[cause]), *self._cause(channel))
        return self._of_channel("Hangup", channel, *more)

    def dial_begin(self, caller: Channel | None, leg: Channel, dialled: str, *, queue: bool = False) -> list[Block]:
        """A leg is dialled."""
        return self._dial("DialBegin", caller, leg, ("DialString", dialled))

    def dial_ringing(self, caller: Channel | None, leg: Channel) -> list[Block]:
        """It rings there."""
        if not self.facts.rings_first:
            return []
        return self._dial("DialState", caller, leg, ("DialStatus", "RINGING"))

    def dial_end(self, caller: Channel | None, leg: Channel, status: str, *, queue: bool = False) -> list[Block]:
        """Dialling that leg is over."""
        return self._dial("DialEnd", caller, leg, ("DialStatus", status))

    def dial_over(self, caller: Channel, status: str) -> list[Block]:
        """The Dial application of a channel has ended: only Asterisk 11 says so."""
        return []

    def bridge_create(self, bridge: Bridge) -> list[Block]:
        """A bridge, still empty."""
        return [event("BridgeCreate", "call", headers.bridge(bridge, count=0))]

    def bridge_enter(self, bridge: Bridge, channel: Channel, swap: Channel | None) -> list[Block]:
        """A channel is in it now, perhaps in another's place."""
        swapped: list[Header] = [("SwapUniqueid", swap.uniqueid)] if swap is not None else []
        return [event("BridgeEnter", "call", headers.bridge(bridge), headers.channel(channel), swapped)]

    def bridge_leave(self, bridge: Bridge, channel: Channel) -> list[Block]:
        """A channel has left it."""
        return [event("BridgeLeave", "call", headers.bridge(bridge), headers.channel(channel))]

    def bridge_destroy(self, bridge: Bridge) -> list[Block]:
        """It is gone."""
        return [event("BridgeDestroy", "call", headers.bridge(bridge))]

    def relinked(self, bridge: Bridge) -> list[Block]:
        """The media of a talk changed: only Asterisk 11 makes much ado of it."""
        return []

    def hold(self, channel: Channel) -> list[Block]:
        """Its telephone put on hold."""
        more = [("MusicClass", "default")] if self.facts.rings_first else []
        return self._of_channel("Hold", channel, *more)

    def asked_to_wait(self, channel: Channel) -> list[Block]:
        """Asterisk itself puts the other party on hold, for a transfer by feature code."""
        return self._of_channel("Hold", channel)

    def merged(self, kept: Bridge, gone: Bridge) -> list[Block]:
        """Who is in one bridge comes into another."""
        return [event("BridgeMerge", "call", headers.bridge(kept, "To"), headers.bridge(gone, "From"))]

    def unhold(self, channel: Channel) -> list[Block]:
        """Its telephone took back."""
        return self._of_channel("Unhold", channel)

    def music(self, channel: Channel) -> list[Block]:
        """It hears music."""
        return self._of_channel("MusicOnHoldStart", channel, ("Class", "default"))

    def silence(self, channel: Channel) -> list[Block]:
        """No longer."""
        return self._of_channel("MusicOnHoldStop", channel)

    def digit(self, channel: Channel, digit: str, *, pressed_s: float, sent: bool = False) -> list[Block]:
        """A key was pressed there, or is `sent` there. One that was pressed for no time has no beginning."""
        way = ("Direction", "Sent" if sent else "Received")
        begin = self._of_channel("DTMFBegin", channel, ("Digit", digit), way, privilege="dtmf")
        more = (("Digit", digit), ("DurationMs", f"{pressed_s * 1000:.0f}"), way)
        end = self._of_channel("DTMFEnd", channel, *more, privilege="dtmf")
        return begin + end if pressed_s else end

    def attended(
        self,
        first: Channel,
        second: Channel,
        transferee: Channel,
        target: Channel | None,
        bridges: tuple[Bridge, Bridge],
    ) -> list[Block]:
        """An attended transfer was done. `bridges`: of the first and the second talk of who transferred."""
        reached = headers.channel(target, "TransferTarget") if target is not None else []
        into = bridges[1] if target is not None else bridges[0]
        return [
            event(
                "AttendedTransfer",
                "call",
                [("Result", "Success")],
                headers.channel(first, "OrigTransferer"),
                headers.bridge(bridges[0], "Orig", 2),
                headers.channel(second, "SecondTransferer"),
                headers.bridge(bridges[1], "Second", 2),
                headers.channel(transferee, "Transferee"),
                reached,
                [("IsExternal", "No"), ("DestType", "Bridge"), ("DestBridgeUniqueid", into.uniqueid)],
            )
        ]

    def attended_while_ringing(
        self, first: Channel, second: Channel, transferee: Channel, bridge: Bridge
    ) -> list[Block]:
        """The same by a telephone whose second call still rings: whom it talks with goes on in what that one runs."""
        return [
            event(
                "AttendedTransfer",
                "call",
                [("Result", "Success")],
                headers.channel(first, "OrigTransferer"),
                headers.bridge(bridge, "Orig", 2),
                headers.channel(second, "SecondTransferer"),
                headers.channel(transferee, "Transferee"),
                [("IsExternal", "No"), ("DestType", "App"), ("DestApp", second.app)],
            )
        ]

    def blind(
        self, transferer: Channel, transferee: Channel, bridge: Bridge, context: str, to: str, *, by_phone: bool
    ) -> list[Block]:
        """A blind transfer was asked for, by the telephone itself or by a feature code."""
        return [
            event(
                "BlindTransfer",
                "call",
                [("Result", "Success")],
                headers.channel(transferer, "Transferer"),
                headers.channel(transferee, "Transferee"),
                headers.bridge(bridge),
                [("IsExternal", "Yes" if by_phone else "No"), ("Context", context), ("Extension", to)],
            )
        ]

    def masquerade(self, clone: Channel, original: Channel) -> list[Block]:
        """Asterisk 11: `clone`'s telephone is about to take `original`'s place."""
        return []

    def renamed(self, channel: Channel, name: str) -> list[Block]:
        """Asterisk 11: a channel is about to be called so."""
        return []

    def picked_up(self, picker: Channel, target: Channel) -> list[Block]:
        """`picker` takes the call that rings at `target`."""
        return [event("Pickup", "call", headers.channel(picker), headers.channel(target, "Target"))]

    def parked(self, parked: Parked, stay_s: float, waited_s: float = 0.0) -> list[Block]:
        """Somebody is in a parking slot, and was so long already."""
        slot = _slot(parked, stay_s, waited_s)
        return [event("ParkedCall", "call", headers.channel(parked.channel, "Parkee"), slot)]

    def unparked(self, parked: Parked, retriever: Channel, stay_s: float, now: float) -> list[Block]:
        """And is fetched."""
        who = headers.channel(parked.channel, "Parkee")
        slot = _slot(parked, stay_s, now - parked.since)
        return [event("UnParkedCall", "call", who, headers.channel(retriever, "Retriever"), slot)]

    def park_timeout(self, parked: Parked, stay_s: float) -> list[Block]:
        """Or was not."""
        who = headers.channel(parked.channel, "Parkee")
        return [event("ParkedCallTimeOut", "call", who, _slot(parked, stay_s, stay_s))]

    def mixmonitor(self, channel: Channel, *, on: bool) -> list[Block]:
        """Recording begins or ends: 22 says so."""
        name = "MixMonitorStart" if on else "MixMonitorStop"
        return self._of_channel(name, channel) if self.facts.rings_first else []

    def local_bridge(self, one: Channel, two: Channel, *, optimise: bool) -> list[Block]:
        """The two halves of a Local channel."""
        where = [("Context", two.context), ("Exten", two.exten), ("LocalOptimization", "Yes" if optimise else "No")]
        halves = (headers.channel(one, "LocalOne"), headers.channel(two, "LocalTwo"))
        return [event("LocalBridge", "call", *halves, where)]

    def optimisation(self, one: Channel, two: Channel, source: Channel, ident: int, *, begins: bool) -> list[Block]:
        """A Local channel is about to be taken out of a talk, or has been."""
        halves = (headers.channel(one, "LocalOne"), headers.channel(two, "LocalTwo"))
        if begins:
            dest = [("DestUniqueId", two.uniqueid), ("Id", str(ident))]
            return [event("LocalOptimizationBegin", "call", *halves, headers.channel(source, "Source"), dest)]
        return [event("LocalOptimizationEnd", "call", *halves, [("Success", "No"), ("Id", str(ident))])]


def _slot(parked: Parked, stay_s: float, waited_s: float) -> list[Header]:
    return [
        ("ParkerDialString", parked.parker),
        ("Parkinglot", "default"),
        ("ParkingSpace", str(parked.slot)),
        ("ParkingTimeout", f"{max(0.0, stay_s - waited_s):.0f}"),
        ("ParkingDuration", f"{waited_s:.0f}"),
    ]
