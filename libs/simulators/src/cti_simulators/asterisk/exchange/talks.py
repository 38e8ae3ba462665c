"""Channels come up, talk, and go. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.devices import refresh
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Bridge, Cdr, Channel


def set_state(pbx: Pbx, channel: Channel, state: int) -> None:
    """A channel rings, or comes up."""
    if channel.state == state:
        return
    channel.state = state
    if state == UP:
        channel.answered = pbx.now
    pbx.tell(pbx.voice.new_state(channel))
    refresh(pbx, channel.person)


def run_app(pbx: Pbx, channel: Channel, app: str, data: str = "", *, priority: int = 0) -> None:
    """The dialplan begins an application on this channel."""
    channel.app, channel.app_data = app, data
    channel.priority = priority or channel.priority
    pbx.tell(pbx.voice.new_exten(channel))


def set_variable(pbx: Pbx, channel: Channel, name: str, value: str) -> None:
    """Set a channel's variable."""
    channel.variables[name.lstrip("_")] = value
    pbx.tell(pbx.voice.variable(channel, name, value))


def see(pbx: Pbx, channel: Channel, other: Channel) -> None:
    """`channel` learns who the other party is."""
    if (channel.connected_number, channel.connected_name) == (other.number, other.caller_name):
        return
    channel.connected_number, channel.connected_name = other.number, other.caller_name
    pbx.tell(pbx.voice.connected_line(channel))
    half = channel.other_half
    if half is not None and half.bridge is not None:  # what a Local's half learns, its other half hands on
        half.number, half.caller_name = other.number, other.caller_name
        for peer in peers(half):
            see(pbx, peer, half)


def peers(channel: Channel) -> list[Channel]:
    """Who else is in the same talk; those in a conference have none."""
    if channel.bridge is None or channel.bridge.kind != "basic":
        return []
    return [each for each in channel.bridge.channels if each is not channel]


def peer(channel: Channel) -> Channel | None:
    """The other one in a talk of two."""
    others = peers(channel)
    return others[0] if len(others) == 1 else None


def connect(pbx: Pbx, called: Channel, caller: Channel) -> Bridge:
    """Two channels begin to talk."""
    bridge = pbx.bridge()
    enter(pbx, bridge, called)
    enter(pbx, bridge, caller)
    for one, other in ((called, caller), (caller, called)):
        pbx.tell(pbx.voice.variable(one, "BRIDGEPEER", other.name))
    return bridge


def enter(pbx: Pbx, bridge: Bridge, channel: Channel, swap: Channel | None = None) -> None:
    """A channel comes into a bridge, perhaps in another's place; the oldest Linkedid becomes that of all."""
    bridge.channels.append(channel)
    channel.bridge = bridge
    if bridge.kind == "basic":
        oldest = min(bridge.channels, key=lambda each: each.linked_birth)
        for each in bridge.channels:
            each.linkedid, each.linked_birth = oldest.linkedid, oldest.linked_birth
    pbx.tell(pbx.voice.bridge_enter(bridge, channel, swap))


def leave(pbx: Pbx, channel: Channel, *, music_goes_on: bool = False) -> Bridge | None:
    """A channel leaves its bridge; an empty one is destroyed. Returns the bridge that others are still in."""
    bridge = channel.bridge
    if bridge is None:
        return None
    for each in (channel, *peers(channel)) if bridge.kind == "basic" else (channel,):
        if each.held and not music_goes_on:
            each.held = False
            pbx.tell(pbx.voice.silence(each))
    bridge.channels.remove(channel)
    channel.bridge = None
    pbx.tell(pbx.voice.bridge_leave(bridge, channel))
    if bridge.channels or bridge.kind != "basic":
        return bridge
    del pbx.bridges[bridge.uniqueid]
    pbx.tell(pbx.voice.bridge_destroy(bridge))
    return None


def part(pbx: Pbx, channel: Channel, why: str = "") -> None:
    """A channel leaves its talk, and a talk of two is over for the other one as well. `why`: told to a queue."""
    if channel.bridge is None or channel.bridge.kind != "basic":
        leave(pbx, channel)
        return
    others = peers(channel)
    for each in (channel, *others):
        talk_ends(each, why or ("caller" if each is channel else "agent"))
    rest = leave(pbx, channel)
    if rest is None or len(rest.channels) > 1:
        return
    for each in others:
        leave(pbx, each)
        finish(pbx, each)


def talk_ends(channel: Channel, why: str) -> None:
    """Tell a queue, if one arranged this talk, that it is over."""
    if channel.on_talk_end is not None:
        told, channel.on_talk_end = channel.on_talk_end, None
        told(why)


def hang_up(pbx: Pbx, channel: Channel, cause: int = 16) -> None:
    """A channel goes away, whatever it was doing. Its telephone's own wish is told before, by `asks`."""
    if channel.gone:
        return
    if channel.attempt is not None:
        channel.attempt.refused(channel, cause)
        return
    if channel.transfers is not None:
        channel.transfers.transferer_hangs_up()
        return
    if channel.dials is not None:
        channel.dials.cancelled(26 if cause == 26 else 0)
    if channel.leave is not None:
        left, channel.leave = channel.leave, None
        left()
    bridge = channel.bridge
    if bridge is not None and bridge.kind == "basic" and not channel.runs_dialplan:
        _leave_first(pbx, channel, cause)
        return
    part(pbx, channel)
    finish(pbx, channel, cause)


def _leave_first(pbx: Pbx, channel: Channel, cause: int) -> None:
    """A called one that hangs up is gone before the caller's dialplan goes on."""
    others = peers(channel)
    for each in (channel, *others):
        talk_ends(each, "agent")
    rest = leave(pbx, channel)
    finish(pbx, channel, cause)
    if rest is None or len(rest.channels) > 1:
        return
    for each in others:
        leave(pbx, each)
        finish(pbx, each)


def finish(pbx: Pbx, channel: Channel, cause: int = 16) -> None:
    """The last words of a channel that talks to nobody any more."""
    if channel.gone:
        return
    if channel.runs_dialplan:
        if channel.dialled:
            pbx.tell(pbx.voice.dial_over(channel, "ANSWER"))
            channel.dialled = False
        pbx.tell(pbx.voice.soft_hangup(channel))
        record(pbx, channel)
        channel.exten = "h"
        if not pbx.facts.masquerades:
            run_app(pbx, channel, "NoOp", "hangup handler 16", priority=1)
            channel.priority = 2
    pbx.tell(pbx.voice.hangup(channel, cause))
    pbx.forget(channel)
    refresh(pbx, channel.person)
    half = channel.other_half
    if half is not None and not half.gone:
        half.other_half = None
        if half.runs_dialplan or (half.bridge is not None and not pbx.facts.masquerades):
            pbx.tell(pbx.voice.hangup_request(half, cause))
        hang_up(pbx, half, cause)


def record(pbx: Pbx, channel: Channel) -> None:
    """Tell the call detail record of a caller."""
    if channel.cdr is not None:
        pbx.tell(pbx.voice.cdr(channel, channel.cdr, pbx.now))
        channel.cdr = None


def open_record(channel: Channel, called: Channel) -> None:
    """Begin a call detail record."""
    channel.cdr = Cdr(channel.exten, called.name)


def asks(pbx: Pbx, channel: Channel) -> None:
    """Its telephone hangs up: told first, then done."""
    if channel.dials is not None and channel.leave is None:
        final = pbx.facts.causes_given_up[1]
        channel.tech_cause = "487"
        pbx.tell(pbx.voice.hangup_request(channel, final))
    else:
        known = channel.cause_known and channel.leave is None
        pbx.tell(pbx.voice.hangup_request(channel, 16 if known else None))
        final = _final_cause(pbx, channel)
    hang_up(pbx, channel, final)


def _final_cause(pbx: Pbx, channel: Channel) -> int:
    """Why a channel ends whose telephone hung up, by what it was doing."""
    if channel.app == "Queue" and channel.leave is not None:
        return 0
    return pbx.facts.cause_cut if channel.app in ("ConfBridge", "ParkedCall", "") else 16
