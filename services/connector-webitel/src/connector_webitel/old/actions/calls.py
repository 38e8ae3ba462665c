"""Commands about one call: make it, hold it, end it."""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import Seen, Sight, becomes, ended, sight_of
from cti_freeswitch.asking import release
from cti_model.calls import Command, ConnectionState, Direction
from cti_model.events import CallEvent

from connector_webitel.old.actions.plan import Ask, Plan
from connector_webitel.old.wire import Request


def number(to: str) -> str:
    """A number as the engine dials it: its own client lets only digits through; `*` and `#` are codes of a dialplan."""
    return to.removeprefix("+")


def make_call(ask: Ask) -> Plan:
    """The requester's telephone rings; when it is lifted, the number is dialled. The engine answers only then."""
    to = number(ask.request.to)
    return Plan((Request("call", {"extension": to, "user": ask.user, **ask.auto_answer}),), rings(ask, to))


def rings(ask: Ask, to: str) -> Seen:
    """Seen when the requester's telephone rings for it: with a leg that was not there before."""
    before = {each.uid for each in ask.new_legs(to)}

    def look(_: Sequence[CallEvent]) -> Sight | None:
        found = [each for each in ask.new_legs(to) if each.uid not in before]
        return sight_of(found[-1]) if found else None

    return look


def clear(ask: Ask, verb: Command = Command.CLEAR) -> Plan:
    """End the connection. For its own user's command it counts as its telephone's own doing."""
    channel, connection, _ = ask.own(verb)
    declines = connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN
    noted = release(ask, channel, connection)
    args = {"channel-uuid": channel.uid, **({"cause": "CALL_REJECTED"} if declines else {})}
    return Plan(
        (Request("hangup", args),),
        ended(channel),
        sent=noted.sent,
        refused=noted.refused,
        harmless=("No such channel",),
    )


def hold(ask: Ask) -> Plan:
    """Put its side on hold; FreeSWITCH does it, with any telephone."""
    channel, _, _ = ask.own()
    return Plan((Request("hold", {"channel-uuid": channel.uid}),), becomes(channel, ConnectionState.HELD))


def retrieve(ask: Ask) -> Plan:
    """Take its side off hold."""
    channel, _, _ = ask.own()
    return Plan((Request("unhold", {"channel-uuid": channel.uid}),), becomes(channel, ConnectionState.CONNECTED))


def send_digits(ask: Ask) -> Plan:
    """As if the telephone had sent them. Whether an event tells of each is not for sure: the answer counts."""
    channel, _, _ = ask.own()
    return Plan((Request("dtmf", {"channel-uuid": channel.uid, "digits": ask.request.digits}),))


CALLS: Final = {
    Command.MAKE_CALL: make_call,
    Command.CLEAR: clear,
    Command.HOLD: hold,
    Command.RETRIEVE: retrieve,
    Command.SEND_DIGITS: send_digits,
}
