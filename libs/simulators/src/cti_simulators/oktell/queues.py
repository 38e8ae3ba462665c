"""Call-centre queues: who waits is offered to every free member until one answers."""

from functools import partial

from cti_simulators.oktell import calls, links
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.state import Line, Link, Phase, Queue, UserState


def enter(pbx: Pbx, queue: Queue, link: Link) -> None:
    """Somebody begins to wait."""
    queue.waiting.append(link)
    queue.offers[link] = []
    if queue.plan is not None:
        pbx.later(queue.plan.give_up_s, partial(_give_up, pbx, queue, link))
    offer(pbx, queue)


def offer(pbx: Pbx, queue: Queue) -> None:
    """Let the telephones of free members ring for who waits longest."""
    for link in queue.waiting:
        if queue.offers[link] or not isinstance(link.caller, Line):
            continue
        for line in _free(pbx, queue):
            offered = pbx.link(link.caller, queue.number, Phase.RING, link.chain)
            offered.called, offered.queue = line, queue
            queue.offers[link].append(offered)
            calls.ring(pbx, offered, line)
            if queue.plan is not None:
                pbx.later(queue.plan.ring_s, partial(_withdraw, pbx, offered))


def members_changed(pbx: Pbx) -> None:
    """Somebody may be free now."""
    for queue in pbx.queues.values():
        offer(pbx, queue)


def taken(pbx: Pbx, queue: Queue, answered: Link) -> None:
    """A member answers: the caller leaves the queue, the others' telephones stop."""
    link = next(each for each, offers in queue.offers.items() if answered in offers)
    queue.waiting.remove(link)
    others = [each for each in queue.offers.pop(link) if each is not answered]
    link.phase = Phase.OVER
    caller = answered.caller
    if isinstance(caller, Line):
        if caller.flashed is link:
            caller.flashed = answered
        else:
            caller.current = answered
    for each in others:
        links.finish(pbx, each)


def left(pbx: Pbx, link: Link) -> None:
    """A link has ended: one that waited leaves its queue, and whose telephones rang for it stop.

    When all who were offered a call have declined or not answered, they are offered it again after a pause.
    """
    for queue in pbx.queues.values():
        if link in queue.waiting:
            queue.waiting.remove(link)
            for each in queue.offers.pop(link):
                links.finish(pbx, each)
        for waiting, offers in queue.offers.items():
            if link in offers and queue.plan is not None and all(each.phase is Phase.OVER for each in offers):
                pbx.later(queue.plan.retry_s, partial(_again, pbx, queue, waiting, offers))
    pbx.later(0.0, partial(members_changed, pbx))


def _free(pbx: Pbx, queue: Queue) -> list[Line]:
    lines = [pbx.lines[number] for number in queue.members if number in pbx.lines]
    return [
        each
        for each in lines
        if each.user is not None
        and each.user.on_call_centre
        and each.user.state == UserState.READY
        and calls.free(each)
    ]


def _withdraw(pbx: Pbx, offered: Link) -> None:
    if offered.phase is Phase.RING:
        links.finish(pbx, offered)


def _again(pbx: Pbx, queue: Queue, link: Link, offers: list[Link]) -> None:
    if queue.offers.get(link) is offers:
        queue.offers[link] = []
        offer(pbx, queue)


def _give_up(pbx: Pbx, queue: Queue, link: Link) -> None:
    if link in queue.waiting:
        links.finish(pbx, link)
