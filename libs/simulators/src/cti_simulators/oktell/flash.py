"""The flash buffer: hold, return, toggle, and the transfers that come of it. False: it cannot be done now."""

from functools import partial

from cti_simulators.oktell import calls, links
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.state import Flash, Line, Link, Phase


def hold(pbx: Pbx, line: Line) -> bool:
    """Put who is talked to into the buffer."""
    link = line.current
    if link is None or not line.talks or line.flashed is not None or not isinstance(link.other(line), Line):
        return False
    line.current, line.flashed = None, link
    links.comm_stopped(pbx, line, link)
    _tell(pbx, line, Flash.PUT)
    pbx.changed(line)
    calls.flashed(pbx, line, link, Flash.FLASHED)
    return True


def retrieve(pbx: Pbx, line: Line) -> bool:
    """Return to who is in the buffer."""
    link = line.flashed
    if link is None or line.current is not None:
        return False
    line.current, line.flashed = link, None
    link.commutation = pbx.new_id()
    _tell(pbx, line, Flash.RETURN)
    pbx.changed(line)
    links.comm_started(pbx, line, link)
    calls.flashed(pbx, line, link, Flash.RESTORED)
    return True


def toggle(pbx: Pbx, line: Line) -> bool:
    """Change who is talked to and who is in the buffer."""
    talk, held = line.current, line.flashed
    if talk is None or held is None or not line.talks:
        return False
    line.current, line.flashed = held, talk
    held.commutation = pbx.new_id()
    links.comm_stopped(pbx, line, talk)
    _tell(pbx, line, Flash.BETWEEN)
    pbx.changed(line)
    links.comm_started(pbx, line, held)
    calls.flashed(pbx, line, talk, Flash.FLASHED)
    calls.flashed(pbx, line, held, Flash.RESTORED)
    return True


def switch(pbx: Pbx, line: Line) -> bool:
    """`pbxmakeflash` switch: hold, return or toggle; from a call that is not answered yet, drop that and return."""
    if line.current is not None and line.flashed is not None and not line.talks:
        return abort(pbx, line)
    return hold(pbx, line) or retrieve(pbx, line) or toggle(pbx, line)


def abort(pbx: Pbx, line: Line) -> bool:
    """`pbxmakeflash` abort: drop who is talked to, return to who is in the buffer."""
    if line.flashed is None:
        return False
    if line.current is not None:
        links.finish(pbx, line.current, line)
    return retrieve(pbx, line)


def hang_up(pbx: Pbx, line: Line) -> bool:
    """The telephone's own key: end the call that is on the line, else who is in the buffer gets busy."""
    link = line.current or line.flashed
    if link is None:
        return False
    links.finish(pbx, link, line)
    return True


def abort_call(pbx: Pbx, line: Line) -> bool:
    """`pbxabortcall`: end the call; with a held party drop out, and the two are joined."""
    return join(pbx, line) or hang_up(pbx, line)


def join(pbx: Pbx, line: Line) -> bool:
    """Drop out of a consultation, who may still ring at the consulted one; the held party's chain goes on."""
    held, second = line.flashed, line.current
    if held is None or second is None or second.phase not in (Phase.TALK, Phase.RING):
        return False
    left, right = held.other(line), second.other(line)
    if not isinstance(left, Line) or not isinstance(right, Line):
        return False
    phase = second.phase
    line.current = line.flashed = None
    joined = pbx.link(left, right.number, phase, held.chain)
    joined.called = right
    for end, former in ((left, held), (right, second)):
        _replace(end, former, joined)
        links.retire(pbx, former)
    if phase is Phase.TALK:
        links.comm_stopped(pbx, line, second)
        joined.commutation = pbx.new_id()
    _tell(pbx, line, Flash.SWITCH)
    pbx.changed(line)
    pbx.settle(line)
    _joined(pbx, joined, left, right, second)
    return True


def _joined(pbx: Pbx, joined: Link, left: Line, right: Line, second: Link) -> None:
    if joined.phase is Phase.RING:
        pbx.changed(left)
        pbx.changed(right)
        pbx.later(pbx.plan.extension_ring_s, partial(_unanswered, pbx, joined))
        return
    pbx.changed(left)
    links.comm_started(pbx, left, joined)
    links.comm_stopped(pbx, right, second)
    pbx.changed(right)
    links.comm_started(pbx, right, joined)


def _unanswered(pbx: Pbx, link: Link) -> None:
    if link.phase is Phase.RING:
        links.finish(pbx, link)


def blind(pbx: Pbx, line: Line, number: str) -> bool:
    """`pbxmaketransfer`: who is talked to is sent to a number; the line is out of it."""
    talk = line.current
    if talk is None or not line.talks or not number:
        return False
    other = talk.other(line)
    if not isinstance(other, Line):
        return False
    line.current = None
    sent = pbx.link(other, number, Phase.DIAL, talk.chain)
    _replace(other, talk, sent)
    links.retire(pbx, talk)
    links.comm_stopped(pbx, line, talk)
    pbx.changed(line)
    pbx.settle(line)
    links.comm_stopped(pbx, other, talk)
    pbx.changed(other)
    calls.route(pbx, sent)
    return True


def _replace(line: Line, former: Link, link: Link) -> None:
    if line.flashed is former:
        line.flashed = link
    else:
        line.current = link


def _tell(pbx: Pbx, line: Line, what: Flash) -> None:
    pbx.tell(line, "flashstatechanged", flashtypeid=int(what))
