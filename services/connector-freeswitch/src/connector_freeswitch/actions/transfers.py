"""Commands that bring a third party in. A consultation is a second call of the requester's telephone.

`uuid_hold`, the second `originate`, `uuid_bridge` of the two others, and `uuid_transfer` of the other leg are recorded
(1.10.12), in this order and with this effect; the conference is documented only.
"""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import Sight, needs, sight_of
from cti_freeswitch.asking import transferred
from cti_model.calls import Command, ConnectionState
from cti_model.events import CallEvent, Conferenced

from connector_freeswitch.actions.calls import clear, make_call, rings
from connector_freeswitch.actions.plan import Ask, Plan


def blind_transfer(ask: Ask) -> Plan:
    """Pass the other side on to a number."""
    channel, _, _ = ask.own()
    far = ask.far_side(channel)
    step = f"uuid_transfer {far.uid} {ask.request.to} XML {ask.options.originate_context}"
    return Plan((step,), needs((far,), transferred(channel)))


def consult(ask: Ask) -> Plan:
    """Call somebody about this call, the other side waiting on hold."""
    channel, connection, _ = ask.own()
    call = make_call(ask)
    held = connection.state is ConnectionState.HELD
    return Plan((*(() if held else (f"uuid_hold {channel.uid}",)), *call.steps), needs((channel,), rings(ask)))


def complete_transfer(ask: Ask) -> Plan:
    """Bring the two others together: both legs of the requester's telephone end."""
    mine, consultation = ask.both()
    first, second = ask.far_side(mine), ask.far_side(consultation)
    return Plan((f"uuid_bridge {first.uid} {second.uid}",), needs((first, second), transferred(mine)))


def cancel_transfer(ask: Ask) -> Plan:
    """End the consultation. The other side stays on hold until it is retrieved."""
    channel, _, _ = ask.consultation()
    return clear(ask.about(channel.connection_id), Command.CANCEL_TRANSFER)


def conference(ask: Ask) -> Plan:
    """All three in one room."""
    mine, consultation = ask.both()
    members = (ask.far_side(mine), ask.far_side(consultation), consultation)
    room = f"conference:{ask.new_channel}@{ask.options.conference_profile}"

    def look(events: Sequence[CallEvent]) -> Sight | None:
        met = any(isinstance(event.fact, Conferenced) for event in events)
        return sight_of(consultation) if met and all(each.room for each in members) else None

    steps = (f"uuid_setvar {consultation.uid} hangup_after_bridge false",)
    return Plan((*steps, *(f"uuid_transfer {each.uid} {room} inline" for each in members)), needs(members, look))


TRANSFERS: Final = {
    Command.BLIND_TRANSFER: blind_transfer,
    Command.CONSULT: consult,
    Command.COMPLETE_TRANSFER: complete_transfer,
    Command.CANCEL_TRANSFER: cancel_transfer,
    Command.CONFERENCE: conference,
}
