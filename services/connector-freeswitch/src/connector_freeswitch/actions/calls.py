"""Commands about one call: make it, take it, hold it, end it."""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import Seen, Sight, becomes, ended, parked, sight_of, taken
from cti_freeswitch.asking import release
from cti_model.calls import Command, ConnectionState, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from connector_freeswitch.actions.plan import Ask, Plan


def make_call(ask: Ask) -> Plan:
    """The requester's telephone rings (or lifts itself); when it is lifted, the number is dialled from it."""
    to = ask.request.to
    return Plan((originate(ask, f"{to} XML {ask.options.originate_context}", to),), rings(ask))


def originate(ask: Ask, what: str, number: str, more: tuple[str, ...] = ()) -> str:
    """Call the requester's telephone and, when it is lifted, do `what`. `number`: what its display shows."""
    options = ask.options
    variables = [
        f"origination_uuid={ask.new_channel}",
        f"origination_caller_id_number={number}",
        f"origination_caller_id_name={number}",
        f"trunkline_to={number}",
        "ignore_early_media=true",
        f"originate_timeout={round(options.originate_timeout_s)}",
        *(f"{name}={value}" for name, value in options.variables.items()),
        *((options.auto_answer_variable,) if options.auto_answer_variable else ()),
        *more,
    ]
    return f"originate {{{','.join(variables)}}}user/{options.user(ask.request.device)} {what}"


def rings(ask: Ask) -> Seen:
    """Seen when the telephone rings."""
    state, uid = ask.state, ask.new_channel

    def look(_: Sequence[CallEvent]) -> Sight | None:
        channel = state.find(uid)
        return sight_of(channel) if channel is not None and channel.connection_id else None

    return look


def answer(ask: Ask) -> Plan:
    """Ask the telephone to lift itself (SIP NOTIFY `Event: talk`)."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_phone_event {channel.uid} talk",), becomes(channel, ConnectionState.CONNECTED))


def clear(ask: Ask, verb: Command = Command.CLEAR) -> Plan:
    """End the connection. For its own user's command it counts as its telephone's own doing."""
    channel, connection, _ = ask.own(verb)
    rings = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN
    noted = release(ask, channel, connection)
    cause = "CALL_REJECTED" if rings else "NORMAL_CLEARING"
    return Plan(
        (f"uuid_kill {channel.uid} {cause}",),
        ended(channel),
        sent=noted.sent,
        refused=noted.refused,
        harmless=("No such channel",),
    )


def hold(ask: Ask) -> Plan:
    """Put its side on hold; FreeSWITCH does it, with any telephone."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_hold {channel.uid}",), becomes(channel, ConnectionState.HELD))


def retrieve(ask: Ask) -> Plan:
    """Take its side off hold."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_hold off {channel.uid}",), becomes(channel, ConnectionState.CONNECTED))


def send_digits(ask: Ask) -> Plan:
    """As if the telephone had sent them. No event tells of digits that were sent so: FreeSWITCH's word counts."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_recv_dtmf {channel.uid} {ask.request.digits}",))


def mute(ask: Ask) -> Plan:
    """The other side hears its user no more. No event tells it: FreeSWITCH's word counts."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_audio {channel.uid} start read mute -1",))


def unmute(ask: Ask) -> Plan:
    """The other side hears its user again."""
    channel, _, _ = ask.own()
    return Plan((f"uuid_audio {channel.uid} stop",))


def park(ask: Ask) -> Plan:
    """The other side waits in a slot of the lot, whose number is dialled to take it back."""
    channel, _, _ = ask.own()
    far = ask.far_side(channel)
    step = f"uuid_transfer {far.uid} {ask.options.park_number} XML {ask.options.originate_context}"
    return Plan((step,), parked(far))


def pickup(ask: Ask) -> Plan:
    """Take, at the requester's telephone, the call that another one rings for: `intercept` of who waits."""
    target = ask.ringing()
    if target.originator is None:
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "nobody waits behind it")

    return Plan((originate(ask, f"&intercept({target.originator.uid})", ask.request.to),), taken(target))


CALLS: Final = {
    Command.MAKE_CALL: make_call,
    Command.ANSWER: answer,
    Command.CLEAR: clear,
    Command.HOLD: hold,
    Command.RETRIEVE: retrieve,
    Command.SEND_DIGITS: send_digits,
    Command.MUTE: mute,
    Command.UNMUTE: unmute,
    Command.PARK: park,
    Command.PICKUP: pickup,
}
