"""A link's bridge, and its end: what its lines are told, and the row of the exchange's journal."""

from cti_simulators.oktell import conferences, queues
from cti_simulators.oktell.pbx import Pbx, number_of
from cti_simulators.oktell.state import ZERO, Flash, Line, Link, Phase, Room


def commutate(pbx: Pbx, link: Link) -> None:
    """A new bridge between the ends."""
    link.phase, link.since, link.commutation = Phase.TALK, pbx.now, pbx.new_id()


def comm_started(pbx: Pbx, line: Line, link: Link) -> None:
    """Tell a line that it is bridged."""
    other = link.other(line)
    pbx.tell(
        line,
        "phoneevent_commstarted",
        chainid=link.chain,
        commutationid=link.commutation,
        callerid=number_of(other, link.target),
        isextline=isinstance(other, Line) and other.user is None,
        isconference=isinstance(other, Room),
        **({"confid": other.id} if isinstance(other, Room) else {}),
    )


def comm_stopped(pbx: Pbx, line: Line, link: Link) -> None:
    """Tell a line that its bridge is gone."""
    pbx.tell(line, "phoneevent_commstopped", chainid=link.chain, commutationid=link.commutation)


def finish(pbx: Pbx, link: Link, by: Line | None = None) -> None:
    """A link ends for all who are in it; `by` who ended it, who is told first."""
    if link.phase is Phase.OVER:
        return
    lines = sorted(link.lines, key=lambda each: each is not by)
    phase, link.phase = link.phase, Phase.OVER
    rang = [each for each in lines if _rang(each, link, phase)]
    held = [each for each in lines if link.held_by(each)]
    for each in lines:
        if each in held:
            each.flashed = None
        else:
            each.current = None
    note(pbx, link, phase)
    for each in lines:
        if each in held:
            pbx.tell(each, "flashstatechanged", flashtypeid=int(Flash.ABORT if each is by else Flash.LOST))
        elif each in rang:
            pbx.tell(each, "phoneevent_ringstopped", chainid=link.chain)
        elif phase is Phase.TALK and link.commutation != ZERO:
            comm_stopped(pbx, each, link)
            if held:
                pbx.tell(each, "flashstatechanged", flashtypeid=int(Flash.ABORTED))
        if link.autocall and phase is not Phase.TALK and each is link.caller:
            pbx.tell(each, "phoneevent_acmcallstopped", chainid=link.chain)
        pbx.changed(each)
        pbx.settle(each)
    queues.left(pbx, link)
    conferences.left(pbx, link)


def retire(pbx: Pbx, link: Link) -> None:
    """A link that another has taken the place of: its talk is over, its ends go on."""
    note(pbx, link, link.phase)
    link.phase = Phase.OVER
    conferences.left(pbx, link)


def _rang(line: Line, link: Link, phase: Phase) -> bool:
    back = phase in (Phase.BACK, Phase.CALLBACK) and link.caller is line
    return back or (phase in (Phase.RING, Phase.FIRST) and link.called is line)


def note(pbx: Pbx, link: Link, phase: Phase) -> None:
    """A talk that ends is a row of the exchange's journal, with a recording."""
    if phase is Phase.TALK and link.commutation != ZERO:
        pbx.journal.append(
            {
                "idchain": link.chain,
                "idconn": link.commutation,
                "anumber": number_of(link.caller, ""),
                "bnumber": number_of(link.called, link.target),
                "datetimestart": link.since,
                "timelensec": int(pbx.now - link.since),
                "recordlink": f"/records/{link.commutation}.wav",
            }
        )
