"""What people do at the telephones of the simulated Asterisk: a table from verb to deed. Pure but for the `Pbx`."""

from collections.abc import Callable

from cti_simulators.asterisk.exchange import blond, dialplan, keys, queue_members, transfers
from cti_simulators.asterisk.exchange.dialling import answer
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import RINGING, UP, Channel
from cti_simulators.asterisk.exchange.talks import asks, peer
from cti_simulators.scenario.exchange import Impossible
from cti_simulators.scenario.steps import Actor, Step, Verb

_BUSY, _DECLINED = 17, 21


def legs_of(pbx: Pbx, actor: Actor) -> list[Channel]:
    """The legs of a person's telephone, in order of birth."""
    phone = pbx.phones.get(actor.key)
    return phone.legs if phone is not None else pbx.outside.get(actor.key, [])


def rings(pbx: Pbx, actor: Actor) -> bool:
    """Whether this person's telephone rings."""
    return any(leg.state == RINGING for leg in legs_of(pbx, actor))


# --- whose leg is meant: the youngest of those that fit


def _one(pbx: Pbx, actor: Actor, what: str, wanted: Callable[[Channel], bool]) -> Channel:
    found = [leg for leg in legs_of(pbx, actor) if wanted(leg)]
    if not found:
        raise Impossible(f"{actor.key} has no call that {what}")
    return found[-1]


def _ringing(pbx: Pbx, actor: Actor) -> Channel:
    return _one(pbx, actor, "rings", lambda leg: leg.state == RINGING)


def _talking(pbx: Pbx, actor: Actor) -> Channel:
    return _one(pbx, actor, "talks", lambda leg: leg.bridge is not None and not leg.holding)


def _holding(pbx: Pbx, actor: Actor) -> Channel:
    return _one(pbx, actor, "is held by it", lambda leg: leg.holding)


def _active(pbx: Pbx, actor: Actor) -> Channel:
    """What this person would hang up: the talk, else what is dialled, else what is held."""
    legs = [leg for leg in legs_of(pbx, actor) if leg.state != RINGING]
    if not legs:
        raise Impossible(f"{actor.key} has no call to hang up")
    return ([leg for leg in legs if not leg.holding] or legs)[-1]


# --- deeds


def _calls(pbx: Pbx, step: Step) -> None:
    if step.other:
        pbx.outside_keys[step.target] = step.other
    _dials(pbx, step, step.target)


def _dials(pbx: Pbx, step: Step, exten: str) -> None:
    """A number that leads nowhere is refused before a channel is born: nothing is told."""
    actor = step.actor
    context = dialplan.FROM_TRUNK if actor.outside else dialplan.INTERNAL
    if not dialplan.exists(pbx, context, exten):
        return
    if actor.outside:
        dialplan.start(pbx, pbx.trunk, actor.key, exten, actor.number or "anonymous", actor.name)
        return
    plan = pbx.phones[actor.key].plan
    dialplan.start(pbx, pbx.device(plan.number), actor.key, exten, plan.number, plan.name)


def _refuses(pbx: Pbx, actor: Actor, cause: int) -> None:
    leg = _ringing(pbx, actor)
    if leg.attempt is not None:
        leg.attempt.refused(leg, cause)


def _busy(pbx: Pbx, step: Step) -> None:
    if rings(pbx, step.actor):
        _refuses(pbx, step.actor, _BUSY)
    elif step.actor.key in pbx.phones:
        pbx.phones[step.actor.key].busy = True
    else:
        pbx.outside_busy.add(step.actor.key)


def _free(pbx: Pbx, step: Step) -> None:
    if step.actor.key in pbx.phones:
        pbx.phones[step.actor.key].busy = False
    pbx.outside_busy.discard(step.actor.key)


def _consults(pbx: Pbx, step: Step) -> None:
    if not any(leg.holding for leg in legs_of(pbx, step.actor)):
        transfers.hold(pbx, _talking(pbx, step.actor))
    _calls(pbx, step)


def _consultation(pbx: Pbx, actor: Actor) -> tuple[Channel, Channel]:
    """The talk that was put on hold first, and the call about it."""
    first = next((leg for leg in legs_of(pbx, actor) if leg.holding), None)
    if first is None:
        raise Impossible(f"{actor.key} has nobody on hold")
    return first, _one(pbx, actor, "consults", lambda leg: leg is not first)


def _completes(pbx: Pbx, step: Step) -> None:
    first, second = _consultation(pbx, step.actor)
    if blond.possible(first, second):
        blond.transfer(pbx, first, second)
        return
    if peer(first) is None or peer(second) is None:
        raise Impossible("there are not two parties to join")
    transfers.attended(pbx, first, second)


def _cancels(pbx: Pbx, step: Step) -> None:
    first, second = _consultation(pbx, step.actor)
    asks(pbx, second)
    transfers.retrieve(pbx, first)


def _transfers(pbx: Pbx, step: Step) -> None:
    leg = _one(pbx, step.actor, "could be transferred", lambda leg: peer(leg) is not None)
    if not dialplan.exists(pbx, dialplan.INTERNAL, step.target):
        raise Impossible(f"there is no number {step.target}")
    transfers.blind(pbx, leg, dialplan.INTERNAL, step.target)


def _parks(pbx: Pbx, step: Step) -> None:
    leg = _talking(pbx, step.actor)
    if peer(leg) is None:
        raise Impossible("there is nobody to park")
    keys.press(pbx, leg, keys.PARK)


def _sends(pbx: Pbx, step: Step) -> None:
    keys.press(pbx, _one(pbx, step.actor, "is up", lambda leg: leg.state == UP), step.target)


def _member(change: Callable[[Pbx, str, str], str]) -> Callable[[Pbx, Step], None]:
    def do(pbx: Pbx, step: Step) -> None:
        error = change(pbx, step.target, pbx.device(step.actor.key))
        if error:
            raise Impossible(error)

    return do


DEEDS: dict[Verb, Callable[[Pbx, Step], None]] = {
    Verb.CALL: _calls,
    Verb.ANSWER: lambda pbx, step: answer(pbx, _ringing(pbx, step.actor)),
    Verb.DECLINE: lambda pbx, step: _refuses(pbx, step.actor, _DECLINED),
    Verb.BUSY: _busy,
    Verb.FREE: _free,
    Verb.HANG_UP: lambda pbx, step: asks(pbx, _active(pbx, step.actor)),
    Verb.HOLD: lambda pbx, step: transfers.hold(pbx, _talking(pbx, step.actor)),
    Verb.RETRIEVE: lambda pbx, step: transfers.retrieve(pbx, _holding(pbx, step.actor)),
    Verb.CONSULT: _consults,
    Verb.COMPLETE: _completes,
    Verb.CANCEL: _cancels,
    Verb.TRANSFER: _transfers,
    Verb.PARK: _parks,
    Verb.UNPARK: lambda pbx, step: _dials(pbx, step, step.target),
    Verb.PICK_UP: lambda pbx, step: _dials(pbx, step, f"*8{step.target}"),
    Verb.SEND: _sends,
    Verb.JOIN: _member(lambda pbx, queue, interface: queue_members.add(pbx, queue, interface)),
    Verb.LEAVE: _member(queue_members.remove),
    Verb.PAUSE: _member(lambda pbx, queue, interface: queue_members.pause(pbx, queue, interface)),
    Verb.UNPAUSE: _member(queue_members.unpause),
}
