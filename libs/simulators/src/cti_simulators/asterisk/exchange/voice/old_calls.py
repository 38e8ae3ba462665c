"""What Asterisk 11 says of calls, in its own words. Pure. What a method means stands at the one that it overrides."""

# ruff: noqa: D102

from cti_simulators.asterisk.exchange.blocks import UNKNOWN, Block, Header, event
from cti_simulators.asterisk.exchange.state import STATE_NAMES, UP, Bridge, Channel, Parked
from cti_simulators.asterisk.exchange.voice import headers
from cti_simulators.asterisk.exchange.voice.facts import CAUSES
from cti_simulators.asterisk.exchange.voice.modern import Voice


class OldCallVoice(Voice):
    """Channels, dialling, bridges, hold, transfers."""

    def new_channel(self, channel: Channel) -> list[Block]:
        exten = "" if channel.exten == "s" else channel.exten
        more = [
            *_state(channel),
            ("CallerIDNum", channel.number),
            ("CallerIDName", channel.caller_name),
            ("AccountCode", ""),
            ("Exten", exten),
            ("Context", channel.context),
            ("Uniqueid", channel.uniqueid),
        ]
        return [event("Newchannel", "call", more)]

    def new_state(self, channel: Channel) -> list[Block]:
        more = [*_state(channel), *parties(channel, ""), ("Uniqueid", channel.uniqueid)]
        return [event("Newstate", "call", more)]

    def new_caller_id(self, channel: Channel) -> list[Block]:
        who = [("Channel", channel.name), ("CallerIDNum", channel.number), ("CallerIDName", channel.caller_name)]
        return [event("NewCallerid", "call", who, [("Uniqueid", channel.uniqueid)], headers.presentation())]

    def connected_line(self, channel: Channel) -> list[Block]:
        return []

    def new_exten(self, channel: Channel) -> list[Block]:
        more = [
            ("Channel", channel.name),
            ("Context", channel.context),
            ("Extension", channel.exten),
            ("Priority", str(channel.priority)),
            ("Application", channel.app),
            ("AppData", channel.app_data),
            ("Uniqueid", channel.uniqueid),
        ]
        outgoing = channel.app in ("AppDial", "AppQueue")
        return [] if outgoing else [event("Newexten", "dialplan", more)]

    def variable(self, channel: Channel, name: str, value: str) -> list[Block]:
        more = [("Channel", channel.name), ("Variable", name), ("Value", value), ("Uniqueid", channel.uniqueid)]
        return [event("VarSet", "dialplan", more)]

    def hangup_request(self, channel: Channel, cause: int | None) -> list[Block]:
        return [event("HangupRequest", "call", named(channel))]

    def soft_hangup(self, channel: Channel, cause: int = 16) -> list[Block]:
        return [event("SoftHangupRequest", "call", named(channel), [("Cause", str(cause))])]

    def hangup(self, channel: Channel, cause: int) -> list[Block]:
        why = [("AccountCode", ""), ("Cause", str(cause)), ("Cause-txt", CAUSES[cause])]
        return [event("Hangup", "call", named(channel), parties(channel, UNKNOWN), why)]

    def dial_begin(self, caller: Channel | None, leg: Channel, dialled: str, *, queue: bool = False) -> list[Block]:
        if caller is None or queue:
            return []
        more = [
            ("SubEvent", "Begin"),
            ("Channel", caller.name),
            ("Destination", leg.name),
            *parties(caller, UNKNOWN),
            ("UniqueID", caller.uniqueid),
            ("DestUniqueID", leg.uniqueid),
            ("Dialstring", dialled),
        ]
        return [event("Dial", "call", more)]

    def dial_end(self, caller: Channel | None, leg: Channel, status: str, *, queue: bool = False) -> list[Block]:
        return []

    def dial_over(self, caller: Channel, status: str) -> list[Block]:
        more = [("SubEvent", "End"), ("Channel", caller.name), ("UniqueID", caller.uniqueid), ("DialStatus", status)]
        return [event("Dial", "call", more)]

    def bridge_create(self, bridge: Bridge) -> list[Block]:
        return []

    def bridge_enter(self, bridge: Bridge, channel: Channel, swap: Channel | None) -> list[Block]:
        talk = bridge.kind == "basic" and len(bridge.channels) == 2 and swap is None
        return _link("Link", *bridge.channels) if talk else []

    def bridge_leave(self, bridge: Bridge, channel: Channel) -> list[Block]:
        return _link("Unlink", *bridge.channels, channel) if bridge.kind == "basic" and bridge.channels else []

    def bridge_destroy(self, bridge: Bridge) -> list[Block]:
        return []

    def relinked(self, bridge: Bridge) -> list[Block]:
        if bridge.kind != "basic" or len(bridge.channels) != 2:
            return []
        return _link("Unlink", *bridge.channels) + _link("Link", *bridge.channels)

    def hold(self, channel: Channel) -> list[Block]:
        return [event("Hold", "call", [("Status", "On")], named(channel))]

    def asked_to_wait(self, channel: Channel) -> list[Block]:
        return []

    def merged(self, kept: Bridge, gone: Bridge) -> list[Block]:
        return []

    def unhold(self, channel: Channel) -> list[Block]:
        return [event("Hold", "call", [("Status", "Off")], named(channel))] if channel.holding else []

    def music(self, channel: Channel) -> list[Block]:
        more = [("State", "Start"), ("Channel", channel.name), ("UniqueID", channel.uniqueid), ("Class", "default")]
        return [event("MusicOnHold", "call", more)]

    def silence(self, channel: Channel) -> list[Block]:
        more = [("State", "Stop"), ("Channel", channel.name), ("UniqueID", channel.uniqueid)]
        return [event("MusicOnHold", "call", more)]

    def digit(self, channel: Channel, digit: str, *, pressed_s: float, sent: bool = False) -> list[Block]:
        what = [*named(channel), ("Digit", digit), ("Direction", "Sent" if sent else "Received")]
        begin = event("DTMF", "dtmf", what, [("Begin", "Yes"), ("End", "No")])
        end = event("DTMF", "dtmf", what, [("Begin", "No"), ("End", "Yes")])
        return [begin, end] if pressed_s else [end]

    def attended(
        self,
        first: Channel,
        second: Channel,
        transferee: Channel,
        target: Channel | None,
        bridges: tuple[Bridge, Bridge],
    ) -> list[Block]:
        return [event("Transfer", "call", _refer("Attended", first), _target(second))]

    def attended_while_ringing(
        self, first: Channel, second: Channel, transferee: Channel, bridge: Bridge
    ) -> list[Block]:
        return [event("Transfer", "call", _refer("Attended", first), _target(second))]

    def blind(
        self, transferer: Channel, transferee: Channel, bridge: Bridge, context: str, to: str, *, by_phone: bool
    ) -> list[Block]:
        where = [("TransferExten", to), ("TransferContext", context)]
        told = event("Transfer", "call", _refer("Blind", transferer), _target(transferee), where)
        return [told] if by_phone else []

    def masquerade(self, clone: Channel, original: Channel) -> list[Block]:
        more = [
            ("Clone", clone.name),
            ("CloneState", STATE_NAMES[clone.state]),
            ("Original", original.name),
            ("OriginalState", STATE_NAMES[original.state]),
        ]
        return [event("Masquerade", "call", more)]

    def renamed(self, channel: Channel, name: str) -> list[Block]:
        more = [("Channel", channel.name), ("Newname", name), ("Uniqueid", channel.uniqueid)]
        return [event("Rename", "call", more)]

    def picked_up(self, picker: Channel, target: Channel) -> list[Block]:
        return [event("Pickup", "call", [("Channel", picker.name), ("TargetChannel", target.name)])]

    def parked(self, parked: Parked, stay_s: float, waited_s: float = 0.0) -> list[Block]:
        left_s = stay_s - waited_s
        return [_parking("ParkedCall", parked, [("From", parked.parker), ("Timeout", f"{left_s:.0f}")])]

    def unparked(self, parked: Parked, retriever: Channel, stay_s: float, now: float) -> list[Block]:
        return [_parking("UnParkedCall", parked, [("From", retriever.name)])]

    def park_timeout(self, parked: Parked, stay_s: float) -> list[Block]:
        return [_parking("ParkedCallTimeOut", parked, [])]

    def mixmonitor(self, channel: Channel, *, on: bool) -> list[Block]:
        return []

    def local_bridge(self, one: Channel, two: Channel, *, optimise: bool) -> list[Block]:
        more = [
            *(("Channel1", one.name), ("Channel2", two.name)),
            *(("Uniqueid1", one.uniqueid), ("Uniqueid2", two.uniqueid)),
            *(("Context", two.context), ("Exten", two.exten)),
            ("LocalOptimization", "Yes" if optimise else "No"),
        ]
        return [event("LocalBridge", "call", more)]

    def optimisation(self, one: Channel, two: Channel, source: Channel, ident: int, *, begins: bool) -> list[Block]:
        return []


def named(channel: Channel) -> list[Header]:
    """A channel's name and id."""
    return [("Channel", channel.name), ("Uniqueid", channel.uniqueid)]


def _state(channel: Channel) -> list[Header]:
    state = [("ChannelState", str(channel.state)), ("ChannelStateDesc", STATE_NAMES[channel.state])]
    return [("Channel", channel.name), *state]


def parties(channel: Channel, unknown: str) -> list[Header]:
    """Who is at a channel, and with whom. `unknown`: what stands for nobody."""
    return [
        ("CallerIDNum", channel.number or unknown),
        ("CallerIDName", channel.caller_name or unknown),
        ("ConnectedLineNum", channel.connected_number or unknown),
        ("ConnectedLineName", channel.connected_name or unknown),
    ]


def _link(state: str, *pair: Channel) -> list[Block]:
    first, second = sorted(pair, key=lambda each: (not each.runs_dialplan, each.birth))
    more = [
        ("Bridgestate", state),
        ("Bridgetype", "core"),
        *(("Channel1", first.name), ("Channel2", second.name)),
        *(("Uniqueid1", first.uniqueid), ("Uniqueid2", second.uniqueid)),
        *(("CallerID1", first.number), ("CallerID2", second.number)),
    ]
    return [event("Bridge", "call", more)] if first.state == second.state == UP else []


def _refer(kind: str, transferer: Channel) -> list[Header]:
    method = [("TransferMethod", "SIP"), ("TransferType", kind)]
    return [*method, *named(transferer), ("SIP-Callid", f"{transferer.birth:032x}@127.0.0.1:5060")]


def _target(channel: Channel) -> list[Header]:
    return [("TargetChannel", channel.name), ("TargetUniqueid", channel.uniqueid)]


def _parking(name: str, parked: Parked, more: list[Header]) -> Block:
    channel = parked.channel
    where = [("Exten", str(parked.slot)), ("Channel", channel.name), ("Parkinglot", "default")]
    return event(name, "call", where, more, parties(channel, UNKNOWN), [("Uniqueid", channel.uniqueid)])
