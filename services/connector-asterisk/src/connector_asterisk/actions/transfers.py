"""Commands that bring a third party in.

A consultation is, by setting, a second call of the requester's telephone (`second_call`: works everywhere, gives two
calls as CSTA has them, joined by the action `Bridge`), or Asterisk's own attended transfer (`atxfer`: one channel,
needs feature codes and `tT` in the dialplan). Both actions are recorded from real servers of all three versions.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cti_connector.sight import Seen, Sight, ended, needs, sight_of
from cti_model.calls import Command, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from connector_asterisk.actions.calls import hangup, make_call, notify
from connector_asterisk.actions.plan import Ask, Plan, Step, far_sides
from connector_asterisk.channels import Channel, State
from connector_asterisk.translate.blond import hangs_up
from connector_asterisk.translate.features import passes_on
from connector_asterisk.translate.turn import Turn
from connector_asterisk.wire import Frame


def consult(ask: Ask) -> Plan:
    """Call somebody about this call, the other side waiting."""
    channel, _, _ = ask.own()
    if ask.options.consult_by == "second_call":
        return make_call(ask)
    request = ask.request
    before = set(ask.state.channels)
    headers = (
        ("Channel", channel.name),
        ("Exten", request.to),
        ("Context", ask.options.transfers(request.device)),
        ("Priority", "1"),
    )

    def look(_: Sequence[CallEvent]) -> Sight | None:
        # The action itself always succeeds: it only plays the feature code. What it makes is a Local channel.
        for each in ask.state.channels.values():
            if each.uid not in before and each.name.startswith(f"Local/{request.to}@") and each.name.endswith(";1"):
                channel.consults = each
                if each.dialled_by is None:  # without class `dtmf` nothing else says who had it made
                    each.dialled_by = channel
                    channel.dials.append(each)
                return sight_of(channel)
        return None

    return Plan((("Atxfer", headers),), needs((channel,), look))


def complete_transfer(ask: Ask) -> Plan:
    """Bring the two others together and leave."""
    by_feature = _by_feature(ask)
    if by_feature is not None:

        def ours(turn: Turn, _: Frame) -> None:
            hangs_up(turn, by_feature)

        return Plan((hangup(by_feature),), ended(by_feature), accepted=ours)
    first, second = _both(ask, Command.COMPLETE_TRANSFER)
    waiting, consulted = ask.far_side(first), ask.far_side(second)

    def unmark() -> None:
        consulted.handed_by = None

    def look(_: Sequence[CallEvent]) -> Sight | None:
        joined = waiting.box is consulted.box and waiting.bridge == consulted.bridge != ""
        return sight_of(waiting) if joined else None

    consulted.handed_by = second  # now: the events of the bridge come before the response
    return Plan((_bridge(waiting, consulted),), needs((waiting, consulted), look), refused=unmark)


def _bridge(one: Channel, other: Channel) -> tuple[str, tuple[tuple[str, str], ...]]:
    return "Bridge", (("Channel1", one.name), ("Channel2", other.name), ("Tone", "no"))


def cancel_transfer(ask: Ask) -> Plan:
    """Drop who was consulted and go back to who waits."""
    by_feature = _by_feature(ask)
    if by_feature is not None:
        consulted = _consulted(ask.state, by_feature)
        step: Step = ("CancelAtxfer", (("Channel", by_feature.name),))
        if not ask.dialect.cancel_transfer and consulted is not None:
            step = hangup(consulted)  # the transfer falls back to who waits when its target is gone
        return Plan((step,), _dropped(by_feature, consulted))
    first, second = _both(ask, Command.CANCEL_TRANSFER)
    steps = [hangup(second)]
    if ask.options.hold_by == "notify":
        steps.append(notify(ask, first, "talk"))
    return Plan(tuple(steps), ended(second))


def _dropped(channel: Channel, consulted: Channel | None) -> Seen:
    def look(_: Sequence[CallEvent]) -> Sight | None:
        if consulted is not None and consulted.gone_at is None:
            return None
        channel.consults = None
        return sight_of(channel)

    return look


def _by_feature(ask: Ask) -> Channel | None:
    """The requester's channel when it is in the middle of Asterisk's own attended transfer, whoever began it."""
    channel, connection, _ = ask.find(ask.request.connection_id)
    if _consulted(ask.state, channel) is None:
        if ask.options.consult_by != "atxfer":
            return None
        raise CommandRefused(ErrorCode.WRONG_STATE, "no transfer is under way")
    if connection.device.number != ask.request.device:
        raise CommandRefused(ErrorCode.FORBIDDEN, "this connection is another device's")
    return channel


def _consulted(state: State, channel: Channel) -> Channel | None:
    """The Local channel towards who is consulted; where we came too late to see it, that one's telephone."""
    if channel.consults is not None and channel.consults.gone_at is None:
        return channel.consults
    for each in channel.box.call.connections if channel.box is not None else ():
        if each.alive and each.consulted_by == channel.connection_id:
            return state.by_connection.get(each.connection_id)
    return None


def _both(ask: Ask, verb: Command) -> tuple[Channel, Channel]:
    """The requester's channels: that of the call that waits, and that of the consultation, whichever was named."""
    request = ask.request
    named, _, _ = ask.find(request.connection_id)
    others = [
        each
        for each in ask.state.channels.values()
        if each is not named
        and (each.technology, each.endpoint) == (named.technology, named.endpoint)
        and each.connection is not None
        and each.connection.alive
        and request.other_connection_id in ("", each.connection_id)
    ]
    if len(others) != 1:
        raise CommandRefused(ErrorCode.WRONG_STATE, "not one other call: name it in other_connection_id")
    pair = (others[0], named) if _consults(named) else (named, others[0])
    if not _consults(pair[1]):
        raise CommandRefused(ErrorCode.WRONG_STATE, "neither call is a consultation")
    ask.about(pair[1].connection_id).own(verb)
    return pair


def _consults(channel: Channel) -> bool:
    connection, box = channel.connection, channel.box
    return (
        connection is not None
        and box is not None
        and connection.direction is Direction.OUT
        and box.call.consultation_of is not None
    )


def blind_transfer(ask: Ask) -> Plan:
    """Send the other side to a number and leave."""
    channel, _, _ = ask.own()
    request = ask.request
    where = (("Context", ask.options.transfers(request.device)), ("Exten", request.to))
    if ask.dialect.blind_transfer:
        return Plan((("BlindTransfer", (("Channel", channel.name), *where)),), ended(channel))
    other = ask.far_side(channel)

    def tell(turn: Turn, _: Frame) -> None:
        passes_on(turn, channel, request.to)  # 11 has no event for it: a redirected channel just goes on elsewhere

    step = ("Redirect", (("Channel", other.name), *where, ("Priority", "1")))
    return Plan((step,), ended(channel), accepted=tell)


def conference(ask: Ask) -> Plan:
    """All three into one conference room."""
    first, second = _both(ask, Command.CONFERENCE)
    waiting, consulted = ask.far_side(first), ask.far_side(second)
    room = _room(ask)
    where = (("Context", ask.options.transfers(ask.request.device)), ("Exten", room), ("Priority", "1"))
    steps = (
        ("Redirect", (("Channel", waiting.name), ("ExtraChannel", first.name), *where)),
        ("Redirect", (("Channel", consulted.name), *where)),
    )

    def look(_: Sequence[CallEvent]) -> Sight | None:
        inside = {id(each) for each in (*far_sides(ask.state, first), first)}
        if not {id(waiting), id(consulted)} <= inside:
            return None
        return Sight(sight_of(first).call_id, first.connection_id, details={"room": room})

    seen = needs((first, waiting, consulted), look)
    return Plan(steps, seen if ask.dialect.bridges_told else None)


def _room(ask: Ask) -> str:
    """A conference number that nobody is in: the `X` of the setting become digits, from the call's id on."""
    pattern = ask.options.conference_extension
    places = pattern.count("X")
    taken = {channel.exten for channel in ask.state.channels.values()}
    start = UUID(ask.find(ask.request.connection_id)[2].call.call_id).int
    for step in range(10**places):
        digits = iter(str((start + step) % 10**places).zfill(places))
        room = "".join(next(digits) if each == "X" else each for each in pattern)
        if room not in taken:
            return room
    raise CommandRefused(ErrorCode.WRONG_STATE, "every conference room is taken")


TRANSFERS: Final = {
    Command.CONSULT: consult,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
    Command.BLIND_TRANSFER: blind_transfer,
    Command.CONFERENCE: conference,
}
