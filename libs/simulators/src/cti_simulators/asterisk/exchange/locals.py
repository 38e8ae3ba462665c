"""Local channels: a pair that leads from a dialled leg back into the dialplan. Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange import masquerades
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import DOWN, RING, RINGING, UP, Attempt, Channel
from cti_simulators.asterisk.exchange.talks import enter, finish, leave, peer, set_state

_OPTIMISES_AFTER_S = 0.005


def dial(pbx: Pbx, attempt: Attempt, target: str, ids: tuple[str, str]) -> Channel:
    """Dial `Local/exten@context` or `.../n`: the first half is the leg, the second runs the dialplan."""
    from cti_simulators.asterisk.exchange import dialplan  # here: the dialplan itself dials Local channels

    where, _, options = target.removeprefix("Local/").partition("/")
    exten, _, context = where.partition("@")
    caller = attempt.caller
    one, two = pbx.local_pair(exten, context, caller, ids)
    two.state, two.runs_dialplan = RING, True
    one.optimise = options != "n"
    pbx.tell(pbx.voice.new_channel(one))
    pbx.tell(pbx.voice.new_channel(two))
    if caller is not None:
        one.number = caller.exten
        two.number, two.caller_name = caller.number, caller.caller_name
        two.connected_number = caller.exten
        pbx.tell(pbx.voice.new_caller_id(one))
        if not pbx.facts.masquerades:
            pbx.tell(pbx.voice.new_caller_id(two))
            pbx.tell(pbx.voice.connected_line(two))
    pbx.tell(pbx.voice.local_bridge(one, two, optimise=one.optimise))
    pbx.later(0.001, lambda: None if two.gone else dialplan.run(pbx, two))
    return one


def rings(pbx: Pbx, one: Channel, leg: Channel) -> None:
    """What the second half dials rings: so does the first half."""
    if one.state != DOWN or one.attempt is None:
        return
    one.number, one.caller_name = leg.number, leg.caller_name
    set_state(pbx, one, RINGING)
    if not pbx.facts.masquerades:
        pbx.tell(pbx.voice.new_caller_id(one))
    one.attempt.ringing(one)


def comes_up(pbx: Pbx, one: Channel) -> None:
    """What the second half dials has answered: so has the first half, and soon neither may be needed."""
    attempt = one.attempt
    if attempt is None:
        return
    set_state(pbx, one, UP)
    attempt.answered(one)
    if one.optimise:
        pbx.later(_OPTIMISES_AFTER_S, lambda: optimise(pbx, one))


def optimise(pbx: Pbx, one: Channel) -> None:
    """Take both halves out of the talk, when both stand in a talk of two."""
    two = one.other_half
    if one.gone or two is None or two.gone:
        return
    source, destination = peer(two), one.bridge
    if source is None or destination is None or peer(one) is None or source.other_half is not None:
        return
    one.other_half = two.other_half = None
    if pbx.facts.masquerades:
        _optimise_11(pbx, one, two, source)
        return
    ident = next(pbx.optimisations)
    pbx.tell(pbx.voice.optimisation(one, two, source, ident, begins=True))
    leave(pbx, source)
    leave(pbx, one)
    enter(pbx, destination, source, swap=one)
    pbx.tell(pbx.voice.optimisation(one, two, source, ident, begins=False))
    source.on_talk_end = one.on_talk_end or source.on_talk_end
    leave(pbx, two)
    pbx.tell(pbx.voice.hangup_request(two, 16))
    finish(pbx, one)
    finish(pbx, two)


def _optimise_11(pbx: Pbx, one: Channel, two: Channel, source: Channel) -> None:
    masquerades.masquerade(pbx, source, one)
    leave(pbx, source)
    leave(pbx, two)
    pbx.tell(pbx.voice.hangup_request(two, 16))
    finish(pbx, source)
    finish(pbx, two)
