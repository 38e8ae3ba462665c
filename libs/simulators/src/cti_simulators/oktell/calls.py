"""Calls in a simulated Oktell: dial, autocall, ring, answer, end. The order of what is told is that of the scenarios
that oktell.js was seen to follow; within one burst it is inferred."""

from functools import partial

from cti_simulators.oktell import conferences, links, pickup, queues
from cti_simulators.oktell.pbx import Pbx, number_of
from cti_simulators.oktell.state import ZERO, Flash, Line, Link, Menu, Phase, Place, Queue, Room, UserState

_MOST_REDIRECTS = 5


def seize(pbx: Pbx, line: Line, link: Link) -> None:
    """A line begins to be in a link; its user is busy now."""
    line.current = link
    pbx.settle(line)


def dial(pbx: Pbx, line: Line, number: str) -> None:
    """Somebody lifts the handset and dials; the line has nothing but perhaps a held party."""
    link = pbx.link(line, number, Phase.DIAL)
    seize(pbx, line, link)
    pbx.changed(line)
    route(pbx, link)


def autocall(pbx: Pbx, line: Line, number: str, *, abonent_first: bool = False, intercom: bool = False) -> bool:
    """`pbxautocallstart`: ring the line's own telephone, then call; in talk put that on hold and call at once.

    False when it cannot be done now.
    """
    talk = line.current
    if talk is not None and (talk.phase is not Phase.TALK or line.flashed is not None or not number):
        return False
    if not number:
        return False
    lifted = line.taken
    first = Phase.FIRST if abonent_first else Phase.BACK
    link = pbx.link(line, number, Phase.DIAL if lifted else first)
    link.autocall, link.intercom = True, intercom
    if talk is not None:
        line.flashed = talk
    line.current = link
    if talk is not None:
        links.comm_stopped(pbx, line, talk)
        pbx.tell(line, "flashstatechanged", flashtypeid=int(Flash.PUT))
        flashed(pbx, line, talk, Flash.FLASHED)
    pbx.settle(line)
    pbx.tell(line, "phoneevent_acmcallstarted", chainid=link.chain, number=number)
    pbx.changed(line)
    if link.phase is Phase.BACK:
        ring_started(pbx, line, link)
        pbx.later(pbx.plan.back_ring_s, partial(_give_up, pbx, link, Phase.BACK))
    else:
        route(pbx, link)
    return True


def flashed(pbx: Pbx, line: Line, link: Link, what: Flash) -> None:
    """Who is opposite of `line` is told of what happened to it; no `commstopped`: the client would end the call."""
    other = link.other(line)
    if isinstance(other, Line):
        pbx.tell(other, "flashstatechanged", flashtypeid=int(what))
        pbx.changed(other)


def route(pbx: Pbx, link: Link) -> None:
    """Go where the number leads."""
    rings_at = pickup.number_in(pbx, link.target)
    if rings_at:
        pbx.later(pbx.plan.ring_after_s, partial(pickup.by_code, pbx, link, rings_at))
        return
    end = pbx.find(link.target)
    for _ in range(_MOST_REDIRECTS):
        user = end.user if isinstance(end, Line) else None
        if user is None or not user.redirects or not user.redirect_to:
            break
        end = pbx.find(user.redirect_to)
    if isinstance(end, Line):
        pbx.later(pbx.plan.ring_after_s, partial(_arrive, pbx, link, end))
    elif isinstance(end, Place) and isinstance(link.caller, Line):
        pbx.later(pbx.plan.ring_after_s, partial(_enter, pbx, link, end))
    else:
        _fail(pbx, link)


def _fail(pbx: Pbx, link: Link) -> None:
    """A tone, then the end."""
    pbx.later(pbx.plan.tone_s, partial(links.finish, pbx, link))


def _enter(pbx: Pbx, link: Link, place: Place) -> None:
    if link.phase is Phase.OVER or not isinstance(link.caller, Line):
        return
    line = link.caller
    link.called, link.phase, link.since = place, Phase.TALK, pbx.now
    if link.autocall:
        pbx.tell(line, "phoneevent_acmcallstopped", chainid=link.chain)
    pbx.changed(line)
    if isinstance(place, Menu):
        pbx.tell(line, "phoneevent_ivrstarted", chainid=link.chain, isroutingivr=False)
    elif isinstance(place, Queue):
        queues.enter(pbx, place, link)


def _arrive(pbx: Pbx, link: Link, line: Line) -> None:
    """The call is at a telephone."""
    if link.phase not in (Phase.DIAL, Phase.FIRST):
        return
    if not free(line):
        _fail(pbx, link)
        return
    link.called = line
    if link.phase is Phase.DIAL:
        link.phase = Phase.RING
    ring(pbx, link, line)
    if link.intercom:
        answer(pbx, line)
        return
    plan = pbx.plan
    if line.user is None and plan.outside_answers_after_s:
        pbx.later(plan.outside_answers_after_s, partial(_answers_itself, pbx, line, link))
    inside = plan.did_ring_s if link.target in plan.dids else plan.extension_ring_s
    pbx.later(inside if line.user else plan.outside_ring_s, partial(_give_up, pbx, link, link.phase))


def free(line: Line) -> bool:
    """Whether a call may ring there."""
    user = line.user
    return not line.taken and not line.busy and (user is None or user.state not in (UserState.OFF, UserState.NO_PHONE))


def ring(pbx: Pbx, link: Link, line: Line) -> None:
    """A telephone begins to ring."""
    seize(pbx, line, link)
    pbx.changed(line)
    ring_started(pbx, line, link)


def ring_started(pbx: Pbx, line: Line, link: Link) -> None:
    """With the fields of the one real frame that is known, an autocall's back-ring: its caller is in the text alone."""
    other = link.other(line)
    back = link.caller is line
    if back and pbx.plan.lifts_after_s:
        pbx.later(pbx.plan.lifts_after_s, partial(_answers_itself, pbx, line, link))
    number = number_of(other, link.target)
    pbx.tell(
        line,
        "phoneevent_ringstarted",
        chainid=link.chain,
        connectionindex=1,
        callerid="" if back else number,
        callername="" if back or other is None else other.name,
        callerinfo=f"Автодозвон. Обратный вызов.\nАбонент: {number}" if back else "",
        callercomment="",
        callerdescription="",
        callerdirection="oktell_pbx" if back or isinstance(other, Room) else "",
        callerlineid=ZERO,
        callerlinenum="00000",
        canfax=False,
        canvideo=False,
        isconference=isinstance(other, Room),
        isextline=not back and isinstance(other, Line) and other.user is None,
        istask=False,
    )


def _answers_itself(pbx: Pbx, line: Line, link: Link) -> None:
    if line.current is link:
        answer(pbx, line)


def _give_up(pbx: Pbx, link: Link, phase: Phase) -> None:
    if link.phase is phase:
        links.finish(pbx, link)


def answer(pbx: Pbx, line: Line) -> bool:
    """The handset is lifted. False when it does not ring."""
    link = line.current
    if link is None or not line.rings:
        return False
    if link.phase is Phase.BACK:
        _lifted_back(pbx, line, link)
    elif link.phase is Phase.FIRST:
        link.phase = Phase.CALLBACK
        pbx.tell(line, "phoneevent_ringstopped", chainid=link.chain)
        pbx.changed(line)
        if isinstance(link.caller, Line):
            pbx.changed(link.caller)
            ring_started(pbx, link.caller, link)
        pbx.later(pbx.plan.back_ring_s, partial(_give_up, pbx, link, Phase.CALLBACK))
    else:
        _talk(pbx, line, link)
    return True


def _lifted_back(pbx: Pbx, line: Line, link: Link) -> None:
    link.phase = Phase.DIAL
    pbx.tell(line, "phoneevent_ringstopped", chainid=link.chain)
    if isinstance(link.called, Room):
        conferences.join(pbx, link.called, line, link)
        return
    pbx.changed(line)
    route(pbx, link)


def _talk(pbx: Pbx, line: Line, link: Link) -> None:
    """Who rang is through to the other end."""
    if link.queue is not None:
        queues.taken(pbx, link.queue, link)
    other = link.other(line)
    if isinstance(other, Room):
        pbx.tell(line, "phoneevent_ringstopped", chainid=link.chain)
        conferences.join(pbx, other, line, link)
        return
    links.commutate(pbx, link)
    pbx.tell(line, "phoneevent_ringstopped", chainid=link.chain)
    links.comm_started(pbx, line, link)
    pbx.changed(line)
    if isinstance(other, Line):
        if link.autocall and other is link.caller:
            pbx.tell(other, "phoneevent_acmcallstopped", chainid=link.chain)
        pbx.changed(other)
        links.comm_started(pbx, other, link)
