"""`callcenter_config` on a simulated FreeSWITCH: mod_callcenter's tables as text, and their changes. Pure.

The tables' columns are recorded (1.10.12), the answers to changes are from the module's source.
"""

from collections.abc import Iterable

from cti_simulators.freeswitch.callcenter import CallCenter

_STATUSES = ("Available", "Available (On Demand)", "On Break", "Logged Out")


def callcenter_config(centre: CallCenter, rest: str) -> str:
    """The answer to `callcenter_config …`."""
    words = rest.replace("'", "").split()
    match words:
        case ["agent", "list"]:
            return _table("name|contact|status|state|wrap_up_time|last_bridge_end", _agents(centre))
        case ["tier", "list"]:
            rows = (f"{centre.at(queue)}|{centre.at(user)}|Ready|1|1" for queue, user in _tiers(centre))
            return _table("queue|agent|state|level|position", rows)
        case ["queue", "list", "members", queue]:
            return _table("queue|session_uuid|cid_number|joined_epoch|state", _members(centre, queue))
        case ["agent", "set", "status", agent, *status]:
            return _status(centre, agent, " ".join(status))
        case ["tier", "add", queue, agent, *_]:
            return _joins(centre, queue, agent)
        case ["tier", "del", queue, agent, *_]:
            return _leaves(centre, queue, agent)
    return "-ERR Invalid!\n"


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join((head, *rows, "+OK")) + "\n"


def _agents(centre: CallCenter) -> Iterable[str]:
    for seat in centre.agents.values():
        name = centre.at(seat.user)
        contact = f"[leg_timeout=10]user/{name}|[leg_timeout=10]loopback/{seat.user}"
        yield f"{name}|{contact}|{seat.status}|{seat.state}|{seat.wrap_up_s:.0f}|{seat.idle_since:.0f}"


def _tiers(centre: CallCenter) -> Iterable[tuple[str, str]]:
    return ((queue, user) for queue, users in centre.tiers.items() for user in users)


def _members(centre: CallCenter, queue: str) -> Iterable[str]:
    for visit in centre.visits:
        if centre.at(visit.queue.name) == queue:
            caller, state = visit.caller, "Waiting" if visit.served is None else "Answered"
            joined = caller.variables["cc_queue_joined_epoch"]
            yield f"{queue}|{caller.uid}|{caller.number}|{joined}|{state}"


def _status(centre: CallCenter, agent: str, status: str) -> str:
    seat = centre.agents.get(agent.partition("@")[0])
    if seat is None:
        return "-ERR Agent not found!\n"
    if status not in _STATUSES:
        return "-ERR Invalid Agent Status!\n"
    centre.set_status(seat, status)
    return "+OK\n"


def _joins(centre: CallCenter, queue: str, agent: str) -> str:
    users, user = centre.tiers.get(queue.partition("@")[0]), agent.partition("@")[0]
    if users is None:
        return "-ERR Queue not found!\n"
    if user not in centre.agents:
        return "-ERR Agent not found!\n"
    if user in users:
        return "-ERR Tier already exist!\n"
    users.append(user)
    return "+OK\n"


def _leaves(centre: CallCenter, queue: str, agent: str) -> str:
    """Whether there was such a tier is not looked at."""
    users, user = centre.tiers.get(queue.partition("@")[0], []), agent.partition("@")[0]
    if user in users:
        users.remove(user)
    return "+OK\n"
