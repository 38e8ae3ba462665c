"""Commands about one call: make it, hold it, end it."""

from collections.abc import Sequence
from typing import Final

from cti_connector.sight import InVain, Sight, becomes, ended, sight_of
from cti_model.calls import Command, Connection, ConnectionState, Direction
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent

from connector_webitel.new.actions.plan import Ask, Plan, Step
from connector_webitel.new.state import Leg, State
from connector_webitel.new.wire import Fields, text


class Begun:
    """A leg that the engine says it made: it is told under its id, perhaps before the answer."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.uid = ""

    def replied(self, data: Fields) -> None:
        """Hear an answer; the first id counts."""
        self.uid = self.uid or text(data, "id")

    def seen(self, _: Sequence[CallEvent]) -> Sight | None:
        """The telephone rings for it; in vain when it does no more."""
        leg = self._leg()
        return sight_of(leg) if leg is not None and leg.device else None

    def up(self) -> bool:
        """Whether the telephone was lifted; in vain when it rings no more."""
        leg = self._leg()
        return leg is not None and leg.lifted

    def _leg(self) -> Leg | None:
        if self.uid in self._state.over:
            raise InVain("the telephone declined, or was not lifted")
        return self._state.legs.get(self.uid)


def target(leg: Leg) -> Fields:
    """How the engine is told which leg is meant: with the FreeSWITCH that it is on."""
    if not leg.app_id:
        raise CommandRefused(ErrorCode.WRONG_STATE, "the engine has not told yet on which of its nodes the call is")
    return {"id": leg.uid, "app_id": leg.app_id}


def about(leg: Leg, action: str, **more: object) -> Step:
    """A step about a leg."""
    data = {**target(leg), **more}
    return Step(action, lambda: data)


def make_call(ask: Ask) -> Plan:
    """The operator's telephone rings, or lifts itself, and then the number is called."""
    begun, to = Begun(ask.state), ask.request.to
    step = Step("call_invite", lambda: {"destination": to, "params": {}})
    return Plan((step,), begun.seen, begun.replied)


def clear(ask: Ask, verb: Command = Command.CLEAR) -> Plan:
    """End the connection. For its own user's command it counts as its telephone's own doing."""
    leg, connection = ask.own(verb)
    cause, before = _cause(connection), leg.asked
    step = about(leg, "call_hangup", **({"cause": cause} if cause else {}))
    leg.asked = before or leg.device == ask.request.device

    def not_ours() -> None:
        leg.asked = before

    return Plan((step,), ended(leg), refused=not_ours)


def _cause(connection: Connection) -> str:
    """As Webitel's own client says it."""
    if connection.answered_at is not None:
        return ""
    return "USER_BUSY" if connection.direction is Direction.IN else "ORIGINATOR_CANCEL"


def hold(ask: Ask) -> Plan:
    """Put the other side on hold."""
    leg, _ = ask.own()
    return Plan((about(leg, "call_hold"),), becomes(leg, ConnectionState.HELD))


def retrieve(ask: Ask) -> Plan:
    """Take the other side off hold."""
    leg, _ = ask.own()
    return Plan((about(leg, "call_unhold"),), becomes(leg, ConnectionState.CONNECTED))


def send_digits(ask: Ask) -> Plan:
    """The engine takes one digit at a time, and drops all others of a command."""
    leg, _ = ask.own()
    return Plan(tuple(about(leg, "call_dtmf", dtmf=each) for each in ask.request.digits))


def mute(ask: Ask) -> Plan:
    """No event tells of it: the engine's word counts."""
    leg, _ = ask.own()
    return Plan((about(leg, "call_mute", mute=ask.request.verb is Command.MUTE),))


_MODES: Final = {Command.LISTEN: "", Command.WHISPER: "prompt", Command.BARGE: "conference"}


def spy(ask: Ask) -> Plan:
    """The supervisor's telephone lifts itself and hears the operator; then it is let in, in the way of the verb."""
    leg, connection = ask.find()
    if not connection.talking:
        raise CommandRefused(ErrorCode.WRONG_STATE, f"nothing to hear while it is {connection.state}")
    begun, mode = Begun(ask.state), _MODES[ask.request.verb]
    data = {"id": leg.uid, "control": True, "listenA": True, "listenB": True}
    begin = Step("call_eavesdrop", lambda: data)
    if not mode:
        return Plan((begin,), begun.seen, begun.replied)
    let_in = Step("call_eavesdrop_state", lambda: {"id": begun.uid, "state": mode}, begun.up)
    return Plan((begin, let_in), replied=begun.replied)  # how it is heard no event tells: the engine's word counts


CALLS: Final = {
    Command.MAKE_CALL: make_call,
    Command.CLEAR: clear,
    Command.HOLD: hold,
    Command.RETRIEVE: retrieve,
    Command.SEND_DIGITS: send_digits,
    Command.MUTE: mute,
    Command.UNMUTE: mute,
    **dict.fromkeys(_MODES, spy),
}
