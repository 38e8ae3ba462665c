"""Commands about one call: make it, take it, hold it, end it."""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import Seen, Sight, becomes, ended, parked, sight_of, taken
from cti_model.calls import Command, ConnectionState, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from connector_asterisk.actions.options import Options
from connector_asterisk.actions.plan import Ask, Plan, Step
from connector_asterisk.channels import Channel
from connector_asterisk.translate.blond import hangs_up
from connector_asterisk.translate.turn import Turn
from connector_asterisk.wire import Frame

_NORMAL: Final = "16"
_REJECTED: Final = "21"


def make_call(ask: Ask) -> Plan:
    """The requester's telephone rings (or lifts itself); when it is lifted, the number is dialled from it."""
    request = ask.request
    context = ask.options.context(request.device)
    where = (("Context", context), ("Exten", request.to), ("Priority", "1"))
    return originate(ask, where, request.to)


def originate(ask: Ask, what: tuple[tuple[str, str], ...], number: str, seen: Seen | None = None) -> Plan:
    """Call the requester's telephone and, when it is lifted, do `what`. `number`: what its display shows.

    Always asynchronous: a synchronous Originate holds back every event of the connection until the telephone is
    lifted, so that the whole company's panels would stand still meanwhile.
    """
    request, options = ask.request, ask.options
    headers = [
        ("Channel", options.channel(request.device)),
        *what,
        ("CallerID", f'"{options.caller_name or number}" <{number}>'),
        ("Timeout", str(round(options.originate_timeout_s * 1000))),
        ("Async", "true"),
    ]
    if ask.dialect.own_channel_ids:
        headers.append(("ChannelId", channel_id(request.command_id)))
    headers.extend(("Variable", each) for each in _variables(options, request.device))
    return Plan((("Originate", tuple(headers)),), seen or _rings(ask, number), originates=seen is None)


def channel_id(command_id: str) -> str:
    """The Uniqueid of a channel that a command makes: from then on every event of it can be tied to the command."""
    return f"cti-{command_id}"


def _variables(options: Options, device: str) -> list[str]:
    variables = [f"{name}={value}" for name, value in options.variables.items()]
    if options.auto_answer_header:
        if options.channel(device).startswith("PJSIP/"):
            name, _, value = options.auto_answer_header.partition(":")
            variables.append(f"PJSIP_HEADER(add,{name.strip()})={value.strip()}")
        else:
            variables.append(f"SIPADDHEADER={options.auto_answer_header}")
    return variables


def _rings(ask: Ask, number: str) -> Seen:
    """Seen when the telephone rings. Where we could not name its channel (11): the one that rings for this number."""
    state, request = ask.state, ask.request
    before = set(state.channels)

    def ours(channel: Channel) -> bool:
        if ask.dialect.own_channel_ids:
            return channel.uid == channel_id(request.command_id)
        return (
            channel.uid not in before
            and channel.prompted
            and channel.endpoint == request.device
            and channel.number == number
        )

    def look(_: Sequence[CallEvent]) -> Sight | None:
        return next((sight_of(each) for each in state.channels.values() if each.connection_id and ours(each)), None)

    return look


def answer(ask: Ask) -> Plan:
    """Ask the telephone to lift itself (`Event: talk`)."""
    channel, _, _ = ask.own()
    return Plan((notify(ask, channel, "talk"),), becomes(channel, ConnectionState.CONNECTED))


def hold(ask: Ask) -> Plan:
    """Ask the telephone to put its side on hold."""
    channel, _, _ = ask.own()
    return Plan((notify(ask, channel, "hold"),), becomes(channel, ConnectionState.HELD))


def retrieve(ask: Ask) -> Plan:
    """Ask the telephone to take its side off hold."""
    channel, _, _ = ask.own()
    return Plan((notify(ask, channel, "talk"),), becomes(channel, ConnectionState.CONNECTED))


def notify(ask: Ask, channel: Channel, event: str) -> Step:
    """A SIP NOTIFY to the telephone: within its dialog where Asterisk can, else to the telephone as such."""
    if channel.technology != "PJSIP":
        return "SIPnotify", (("Channel", f"{channel.technology}/{channel.endpoint}"), ("Variable", f"Event={event}"))
    to = ("Channel", channel.name) if ask.dialect.notify_in_dialog else ("Endpoint", channel.endpoint)
    return "PJSIPNotify", (to, ("Variable", f"Event={event}"))


def clear(ask: Ask) -> Plan:
    """Hang up. A telephone that only rings rejects its call; the others of the call go on.

    What a supervisor ends at another's telephone is not told as that one's deed, nor as a rejection.
    """
    channel, connection, _ = ask.own()
    own = connection.device.number == ask.request.device
    rings = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN

    def ours(turn: Turn, _: Frame) -> None:
        if own:
            hangs_up(turn, channel)  # its user ended it, although the telephone did not say so
        channel.cut = not own

    return Plan((hangup(channel, _REJECTED if rings and own else _NORMAL),), ended(channel), accepted=ours)


def hangup(channel: Channel, cause: str = _NORMAL) -> Step:
    """End a channel."""
    return "Hangup", (("Channel", channel.name), ("Cause", cause))


def send_digits(ask: Ask) -> Plan:
    """Play digits to the other side, as if the telephone had sent them."""
    channel, _, _ = ask.own()
    name = ask.far_side(channel).name
    return Plan(tuple(("PlayDTMF", (("Channel", name), ("Digit", digit))) for digit in ask.request.digits))


def mute(ask: Ask) -> Plan:
    """Let nothing through that comes from the requester's microphone."""
    return _muted(ask, "on")


def unmute(ask: Ask) -> Plan:
    """Let it through again."""
    return _muted(ask, "off")


def _muted(ask: Ask, state: str) -> Plan:
    channel, _, _ = ask.own()
    return Plan((("MuteAudio", (("Channel", channel.name), ("Direction", "in"), ("State", state))),))


def park(ask: Ask) -> Plan:
    """Put the other side into a parking slot; it comes back to the requester when its time there is over."""
    channel, _, _ = ask.own()
    other = ask.far_side(channel)
    back = "TimeoutChannel" if ask.dialect.major >= 12 else "Channel2"
    headers = [("Channel", other.name), (back, channel.name)]
    if ask.options.parking_lot:
        headers.append(("Parkinglot", ask.options.parking_lot))
    return Plan((("Park", tuple(headers)),), parked(other))


def pickup(ask: Ask) -> Plan:
    """Take, at the requester's telephone, the call that another one rings for."""
    request, options = ask.request, ask.options
    target = ask.ringing()

    if options.pickup_extension:
        exten = options.pickup_extension.replace("{extension}", request.to)
        context = options.context(request.device)
        return originate(ask, (("Context", context), ("Exten", exten), ("Priority", "1")), request.to, taken(target))
    return originate(ask, (("Application", "PickupChan"), ("Data", safe_name(target))), request.to, taken(target))


def safe_name(channel: Channel) -> str:
    """A channel's name as an argument of an application, whose commas and ampersands would begin another one."""
    if any(bad in channel.name for bad in ",&|()$"):
        raise CommandRefused(ErrorCode.NOT_SUPPORTED, "this channel's name cannot be an argument")
    return channel.name


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
