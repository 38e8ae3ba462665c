"""Who works in which queue. Each returns Asterisk's words for what is wrong, or nothing. Pure but for the `Pbx`."""

from cti_simulators.asterisk.exchange.devices import MEMBER_STATUS, state_of
from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import Member, Queue

NO_SUCH_QUEUE = "No such queue"


def add(pbx: Pbx, queue: str, interface: str, name: str = "", penalty: int = 0, device: str = "") -> str:
    """A dynamic member comes."""
    found = pbx.queues.get(queue)
    if found is None:
        return f"Unable to add interface to queue: {NO_SUCH_QUEUE}"
    if _member(found, interface) is not None:
        return "Unable to add interface: Already there"
    number = interface.partition("/")[2].partition("@")[0]
    member = pbx.member(interface, name or interface, dynamic=True)
    member.penalty, member.device = penalty, device or member.device
    phone = pbx.phones.get(number)
    member.shown = MEMBER_STATUS[state_of(pbx, phone)] if phone is not None else 4
    found.members.insert(0, member)
    pbx.tell(pbx.voice.member("QueueMemberAdded", found, member))
    return ""


def remove(pbx: Pbx, queue: str, interface: str) -> str:
    """A dynamic member goes."""
    found = pbx.queues.get(queue)
    if found is None:
        return f"Unable to remove interface from queue: {NO_SUCH_QUEUE}"
    member = _member(found, interface)
    if member is None:
        return "Unable to remove interface: Not there"
    if not member.dynamic:
        return "Member not dynamic"
    found.members.remove(member)
    found.next_member = 0
    pbx.tell(pbx.voice.member("QueueMemberRemoved", found, member))
    return ""


def pause(pbx: Pbx, queue: str, interface: str, reason: str = "") -> str:
    """A member rests; in all queues when `queue` is empty."""
    return _set_paused(pbx, queue, interface, reason, on=True)


def unpause(pbx: Pbx, queue: str, interface: str) -> str:
    """And works again."""
    return _set_paused(pbx, queue, interface, "", on=False)


def set_penalty(pbx: Pbx, queue: str, interface: str, penalty: int) -> str:
    """Members of a higher penalty are rung later (here: it is only told)."""
    found = [(each, member) for each, member in _members(pbx, queue, interface)]
    for each, member in found:
        member.penalty = penalty
        pbx.tell(pbx.voice.member("QueueMemberPenalty", each, member))
    return "" if found else "Invalid interface, queuename or penalty"


def _set_paused(pbx: Pbx, queue: str, interface: str, reason: str, *, on: bool) -> str:
    found = _members(pbx, queue, interface)
    for each, member in found:
        member.paused, member.reason = on, reason if on else ""
        if on:
            member.last_pause = int(pbx.now)
        pbx.tell(pbx.voice.member("QueueMemberPause", each, member))
    return "" if found else "Interface not found"


def _members(pbx: Pbx, queue: str, interface: str) -> list[tuple[Queue, Member]]:
    queues = [each for each in pbx.queues.values() if not queue or each.plan.name == queue]
    return [(each, member) for each in queues if (member := _member(each, interface)) is not None]


def _member(queue: Queue, interface: str) -> Member | None:
    return next((each for each in queue.members if each.interface == interface), None)
