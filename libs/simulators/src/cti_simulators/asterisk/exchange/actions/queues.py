"""Actions about queues, and the lists of them."""

from cti_simulators.asterisk.exchange import queue_members
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block, Header
from cti_simulators.asterisk.exchange.state import Member, Queue


def add(request: Request) -> list[Block]:
    """A member comes."""
    if not request.get("queue"):
        return request.error("'Queue' not specified.")
    if not request.get("interface"):
        return request.error("'Interface' not specified.")
    penalty = int(request.get("penalty")) if request.get("penalty").isdecimal() else 0
    error = queue_members.add(
        request.pbx,
        request.get("queue"),
        request.get("interface"),
        request.get("membername"),
        penalty,
        request.get("stateinterface"),
    )
    return request.error(error) if error else request.success("Added interface to queue")


def remove(request: Request) -> list[Block]:
    """A member goes."""
    if not request.get("queue") or not request.get("interface"):
        return request.error("Need 'Queue' and 'Interface' parameters.")
    error = queue_members.remove(request.pbx, request.get("queue"), request.get("interface"))
    return request.error(error) if error else request.success("Removed interface from queue")


def pause(request: Request) -> list[Block]:
    """A member rests, or works again."""
    queue, interface, paused = request.get("queue"), request.get("interface"), request.get("paused")
    if not interface or not paused:
        return request.error("Need 'Interface' and 'Paused' parameters.")
    on = paused.lower() in ("true", "yes", "1", "on", "y", "t")
    if on:
        error = queue_members.pause(request.pbx, queue, interface, request.get("reason"))
    else:
        error = queue_members.unpause(request.pbx, queue, interface)
    return request.error(error) if error else request.success(f"Interface {'' if on else 'un'}paused successfully")


def penalty(request: Request) -> list[Block]:
    """A member's penalty."""
    interface, wanted = request.get("interface"), request.get("penalty")
    if not interface or not wanted.isdecimal():
        return request.error("Need 'Interface' and 'Penalty' parameters.")
    error = queue_members.set_penalty(request.pbx, request.get("queue"), interface, int(wanted))
    return request.error(error) if error else request.success("Interface penalty set successfully")


def status(request: Request) -> list[Block]:
    """All queues, or one, with members and callers."""
    items: list[Block] = []
    for queue in _wanted(request):
        items.append((("Event", "QueueParams"), *_params(request, queue), *request.tag))
        items += [(("Event", "QueueMember"), *_member(request, queue, each), *request.tag) for each in queue.members]
        items += [(("Event", "QueueEntry"), *entry, *request.tag) for entry in _entries(request, queue)]
    return request.listing("Queue status will follow", items, "QueueStatusComplete")


def summary(request: Request) -> list[Block]:
    """Counts of all queues, or one."""
    items: list[Block] = []
    for queue in _wanted(request):
        free = [each for each in queue.members if each.shown == 1 and not each.paused]
        longest = max((request.pbx.now - each.since for each in queue.waiting), default=0)
        more = [
            ("Queue", queue.plan.name),
            ("LoggedIn", str(sum(each.shown != 5 for each in queue.members))),
            ("Available", str(len(free))),
            ("Callers", str(len(queue.waiting))),
            ("HoldTime", str(queue.hold_time)),
            ("TalkTime", str(queue.talk_time)),
            ("LongestHoldTime", f"{longest:.0f}"),
        ]
        items.append((("Event", "QueueSummary"), *more, *request.tag))
    return request.listing("Queue summary will follow", items, "QueueSummaryComplete")


def _wanted(request: Request) -> list[Queue]:
    name = request.get("queue")
    return [each for each in request.pbx.queues.values() if not name or each.plan.name == name]


def _params(request: Request, queue: Queue) -> list[Header]:
    newest = request.pbx.facts.rings_first
    return [
        ("Queue", queue.plan.name),
        ("Max", "0"),
        ("Strategy", queue.plan.strategy),
        ("Calls", str(len(queue.waiting))),
        ("Holdtime", str(queue.hold_time)),
        ("TalkTime", str(queue.talk_time)),
        ("Completed", str(queue.completed)),
        ("Abandoned", str(queue.abandoned)),
        ("ServiceLevel", "0"),
        ("ServicelevelPerf", "0.0"),
        *([("ServicelevelPerf2", "0.0")] if newest else []),
        ("Weight", "0"),
    ]


def _member(request: Request, queue: Queue, member: Member) -> list[Header]:
    facts = request.pbx.facts
    newest, old = facts.rings_first, facts.masquerades
    return [
        ("Queue", queue.plan.name),
        ("Name", member.name),
        ("Location", member.interface),
        ("StateInterface", member.device),
        ("Membership", "dynamic" if member.dynamic else "static"),
        ("Penalty", str(member.penalty)),
        ("CallsTaken", str(member.taken)),
        ("LastCall", str(member.last_call)),
        *([("LastPause", str(member.last_pause)), ("LoginTime", str(member.logged_in))] if newest else []),
        ("IsInCall" if old else "InCall", str(int(member.in_call))),
        ("Status", str(member.shown)),
        ("Paused", str(int(member.paused))),
        *([] if old else [("PausedReason", member.reason)]),
        *([("Wrapuptime", "0")] if newest else []),
    ]


def _entries(request: Request, queue: Queue) -> list[list[Header]]:
    old = request.pbx.facts.masquerades
    return [
        [
            ("Queue", queue.plan.name),
            ("Position", str(each.position)),
            ("Channel", each.channel.name),
            ("Uniqueid", each.channel.uniqueid),
            ("CallerIDNum", each.channel.number or "unknown"),
            ("CallerIDName", each.channel.caller_name or "unknown"),
            ("ConnectedLineNum", each.channel.connected_number or "unknown"),
            ("ConnectedLineName", each.channel.connected_name or "unknown"),
            ("Wait", f"{request.pbx.now - each.since:.0f}"),
            *([] if old else [("Priority", "0")]),
        ]
        for each in queue.waiting
    ]
