"""Transfers and redirections. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange import dialplan
from cti_simulators.asterisk.exchange.devices import refresh
from cti_simulators.asterisk.exchange.masquerades import masquerade
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Channel
from cti_simulators.asterisk.exchange.talks import enter, finish, leave, peer, peers, see, set_state, talk_ends


def hold(pbx: Pbx, channel: Channel) -> None:
    """A telephone puts on hold."""
    for again in range(pbx.facts.hold_reinvites):
        pbx.tell(pbx.voice.hold(channel))
        if not again or pbx.facts.masquerades:
            for other in peers(channel):
                other.held = True
                pbx.tell(pbx.voice.music(other))
        if channel.bridge is not None:
            pbx.tell(pbx.voice.relinked(channel.bridge))
    channel.holding = True
    _refresh_all(pbx, channel)


def retrieve(pbx: Pbx, channel: Channel) -> None:
    """It takes back."""
    _unhold(pbx, channel)
    if channel.bridge is not None:
        pbx.tell(pbx.voice.relinked(channel.bridge))
    _refresh_all(pbx, channel)


def attended(pbx: Pbx, first: Channel, second: Channel) -> None:
    """Join whom the telephone talks with on `first` and on `second`, and take both legs away."""
    transferee, target = peer(first), peer(second)
    old, kept = first.bridge, second.bridge
    if transferee is None or target is None or old is None or kept is None:
        return
    for each in (first, second, transferee, target):
        talk_ends(each, "transfer")
    if pbx.facts.masquerades:
        pbx.tell(pbx.voice.attended(first, second, transferee, target, (old, kept)))
        _attended_11(pbx, first, second, transferee, target)
        return
    _unhold(pbx, first)
    _unhold(pbx, second)
    leave(pbx, transferee)
    leave(pbx, second)
    enter(pbx, kept, transferee, swap=second)
    pbx.tell(pbx.voice.soft_hangup(second, 1))
    pbx.tell(pbx.voice.attended(first, second, transferee, target, (old, kept)))
    see(pbx, target, transferee)
    leave(pbx, first)
    finish(pbx, first)
    see(pbx, transferee, target)
    finish(pbx, second)


def _attended_11(pbx: Pbx, first: Channel, second: Channel, transferee: Channel, target: Channel) -> None:
    """The transferee's telephone goes on as `second`; nothing tells that it is linked with the target now."""
    for each in (transferee, target):
        if each.held:
            each.held = False
            pbx.tell(pbx.voice.silence(each))
    masquerade(pbx, transferee, second)
    second.linkedid, second.linked_birth = transferee.linkedid, transferee.linked_birth
    target.connected_number, target.connected_name = second.number, second.caller_name
    leave(pbx, transferee)
    leave(pbx, first)
    pbx.tell(pbx.voice.hangup_request(first, 16))
    for each in sorted((first, transferee), key=lambda each: each.runs_dialplan):
        finish(pbx, each)


def blind(pbx: Pbx, transferer: Channel, context: str, to: str, *, by_phone: bool = True) -> None:
    """Send whom the telephone talks with to another number, and take its leg away."""
    transferee, bridge = peer(transferer), transferer.bridge
    if transferee is None or bridge is None:
        return
    if pbx.facts.masquerades:
        if transferee.held:
            transferee.held = False
            pbx.tell(pbx.voice.silence(transferee))
    else:
        _unhold(pbx, transferer)
    pbx.tell(pbx.voice.blind(transferer, transferee, bridge, context, to, by_phone=by_phone))
    _send_on(pbx, transferee, context, to)


def redirect(pbx: Pbx, channel: Channel, context: str, exten: str, extra: Channel | None = None) -> None:
    """A manager sends a channel to a number, and `extra`, who may be whom it talks with, to the same."""
    if extra is not None and peer(channel) is extra:
        for each in (channel, extra):
            talk_ends(each, "transfer")
        leave(pbx, channel)
        leave(pbx, extra)
        for each in (channel, extra):
            go_on(pbx, each, context, exten)
        return
    _send_on(pbx, channel, context, exten)
    if extra is not None:
        _send_on(pbx, extra, context, exten)


def _send_on(pbx: Pbx, channel: Channel, context: str, exten: str) -> None:
    if channel.dials is not None:
        channel.dials.cancelled(0)
    if channel.leave is not None:
        left, channel.leave = channel.leave, None
        left()
    others = peers(channel)
    alone = channel.bridge is not None and channel.bridge.kind == "basic" and len(others) == 1
    for each in (channel, *others) if alone else ():
        talk_ends(each, "transfer")
    if not pbx.facts.masquerades:
        channel.context, channel.exten, channel.priority = context, exten, 1
    leave(pbx, channel)
    for each in others if alone else ():
        leave(pbx, each)
        finish(pbx, each)
    if channel.dialled:
        pbx.tell(pbx.voice.dial_over(channel, "ANSWER"))
        channel.dialled = False
    go_on(pbx, channel, context, exten)


def go_on(pbx: Pbx, channel: Channel, context: str, exten: str) -> None:
    """A channel that talks to nobody goes to a number. In 11 one without a dialplan becomes another channel."""
    if channel.state != UP and not channel.runs_dialplan:
        finish(pbx, channel)
        return
    if pbx.facts.masquerades and not channel.runs_dialplan:
        stand = pbx.stand_in("AsyncGoto", channel)
        pbx.tell(pbx.voice.new_channel(stand))
        masquerade(pbx, channel, stand)
        finish(pbx, channel)
        channel = stand
    channel.context, channel.exten, channel.priority = context, exten, 1
    dialplan.run(pbx, channel)


def bridge_two(pbx: Pbx, one: Channel, two: Channel) -> None:
    """A manager bridges two channels; whom they talked with is out of it."""
    left_alone = [each for channel in (one, two) for each in peers(channel) if each not in (one, two)]
    for each in (one, two, *left_alone):
        talk_ends(each, "transfer")
    pair = [_free(pbx, one), _free(pbx, two)]
    pair[0].runs_dialplan = pair[0].runs_dialplan or pbx.facts.masquerades
    bridge = pbx.bridge()
    for each in pair:
        enter(pbx, bridge, each)
    see(pbx, pair[1], pair[0])
    see(pbx, pair[0], pair[1])
    for each in left_alone:
        leave(pbx, each)
        finish(pbx, each)


def _free(pbx: Pbx, channel: Channel) -> Channel:
    """Take a channel out of its talk; in 11 its telephone goes on as another channel."""
    leave(pbx, channel)
    if not pbx.facts.masquerades:
        return channel
    stand = pbx.stand_in("Bridge", channel)
    pbx.tell(pbx.voice.new_channel(stand))
    set_state(pbx, stand, UP)
    masquerade(pbx, channel, stand)
    finish(pbx, channel)
    return stand


def _unhold(pbx: Pbx, channel: Channel) -> None:
    pbx.tell(pbx.voice.unhold(channel))
    channel.holding = False
    for other in peers(channel):
        if other.held:
            other.held = False
            pbx.tell(pbx.voice.silence(other))


def _refresh_all(pbx: Pbx, channel: Channel) -> None:
    for each in (channel, *peers(channel)):
        refresh(pbx, each.person)
