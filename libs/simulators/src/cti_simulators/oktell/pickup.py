"""Pickup: what rings at one telephone goes on at another. By the telephone's own key, or by a code that is dialled."""

from cti_simulators.oktell import calls, links
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.state import Line, Link, Phase


def number_in(pbx: Pbx, dialled: str) -> str:
    """Whose ring a dialled number means to pick up; empty: it is no pickup."""
    code = pbx.plan.pickup_code
    return dialled.removeprefix(code) if code and dialled.startswith(code) else ""


def take(pbx: Pbx, line: Line, number: str) -> bool:
    """A line with nothing on it takes what rings at a number, or anywhere if that is empty. False: nothing does."""
    ringing = [each for each in pbx.lines.values() if each.rings and number in ("", each.number)]
    link = next((each.current for each in ringing if each.current and each.current.called is each), None)
    if link is None or not isinstance(link.called, Line) or link.phase is not Phase.RING:
        return False
    rang = link.called
    rang.current = None
    link.called = line
    calls.seize(pbx, line, link)
    pbx.tell(rang, "phoneevent_ringstopped", chainid=link.chain)
    pbx.changed(rang)
    pbx.settle(rang)
    return calls.answer(pbx, line)


def by_code(pbx: Pbx, link: Link, number: str) -> None:
    """A call to the code: its caller's line goes over to the call that rings; a tone if none does."""
    line = link.caller
    if link.phase is not Phase.DIAL or not isinstance(line, Line):
        return
    line.current = None
    if take(pbx, line, number):
        link.phase = Phase.OVER
        if link.autocall:
            pbx.tell(line, "phoneevent_acmcallstopped", chainid=link.chain)
    else:
        line.current = link
        pbx.later(pbx.plan.tone_s, lambda: links.finish(pbx, link))
