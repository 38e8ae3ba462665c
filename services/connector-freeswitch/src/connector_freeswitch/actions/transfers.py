"""Commands that bring a third party in. A consultation is a second call of the requester's telephone.

`uuid_hold`, the second `originate`, `uuid_bridge` of the two others, and `uuid_transfer` of the other leg are recorded
(1.10.12), in this order and with this effect; the conference is documented only.
"""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import Seen, Sight
from cti_freeswitch.channels import CallBox, Channel
from cti_model.calls import Command, Connection, ConnectionState, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent, Conferenced, Transferred

from connector_freeswitch.actions.calls import clear, make_call
from connector_freeswitch.actions.plan import Ask, Plan, sight_of


def blind_transfer(ask: Ask) -> Plan:
    """Pass the other side on to a number."""
    channel, _, _ = ask.own()
    far = ask.far_side(channel)
    step = f"uuid_transfer {far.uid} {ask.request.to} XML {ask.options.originate_context}"
    return Plan((step,), _transferred(channel))


def _transferred(channel: Channel) -> Seen:
    mine = channel.connection_id

    def look(events: Sequence[CallEvent]) -> Sight | None:
        for event in events:
            if isinstance(event.fact, Transferred) and event.fact.by == mine:
                return Sight(call_id=event.call.call_id, connection_id=mine)
        return None

    return look


def consult(ask: Ask) -> Plan:
    """Call somebody about this call, the other side waiting on hold."""
    channel, connection, _ = ask.own()
    call = make_call(ask)
    held = connection.state is ConnectionState.HELD
    return Plan((*(() if held else (f"uuid_hold {channel.uid}",)), *call.steps), call.seen)


def complete_transfer(ask: Ask) -> Plan:
    """Bring the two others together: both legs of the requester's telephone end."""
    mine, consultation = _both(ask)
    first, second = ask.far_side(mine), ask.far_side(consultation)
    return Plan((f"uuid_bridge {first.uid} {second.uid}",), _transferred(mine))


def cancel_transfer(ask: Ask) -> Plan:
    """End the consultation. The other side stays on hold until it is retrieved."""
    channel, _, _ = _consultation(ask)
    return clear(ask.about(channel.connection_id), Command.CANCEL_TRANSFER)


def conference(ask: Ask) -> Plan:
    """All three in one room."""
    mine, consultation = _both(ask)
    members = (ask.far_side(mine), ask.far_side(consultation), consultation)
    room = f"conference:{ask.new_channel}@{ask.options.conference_profile}"

    def look(events: Sequence[CallEvent]) -> Sight | None:
        met = any(isinstance(event.fact, Conferenced) for event in events)
        return sight_of(consultation) if met and all(each.room for each in members) else None

    steps = (f"uuid_setvar {consultation.uid} hangup_after_bridge false",)
    return Plan((*steps, *(f"uuid_transfer {each.uid} {room} inline" for each in members)), look)


def _both(ask: Ask) -> tuple[Channel, Channel]:
    """The requester's leg in the first call, and that of the consultation."""
    consultation, _, box = _consultation(ask)
    for channel in ask.state.channels.values():
        connection = channel.connection
        ours = connection is not None and connection.alive and connection.device.number == ask.request.device
        if ours and channel.box is not None and channel.box.call.call_id == box.call.consultation_of:
            return channel, consultation
    raise CommandRefused(ErrorCode.WRONG_STATE, "the call that it is about is over")


def _consultation(ask: Ask) -> tuple[Channel, Connection, CallBox]:
    """The consultation of the request: named as either connection, or the only one of the telephone."""
    request = ask.request
    for named in (request.other_connection_id, request.connection_id):
        if named:
            _, _, box = ask.find(named)
            if box.call.consultation_of:
                return ask.about(named).own()
    for channel in ask.state.channels.values():
        known, home = channel.connection, channel.box
        if known is None or home is None or not known.alive or known.device.number != request.device:
            continue
        if home.call.consultation_of and known.direction is Direction.OUT:
            return ask.about(channel.connection_id).own()
    raise CommandRefused(ErrorCode.WRONG_STATE, "no consultation")


TRANSFERS: Final = {
    Command.BLIND_TRANSFER: blind_transfer,
    Command.CONSULT: consult,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
    Command.CONFERENCE: conference,
}
