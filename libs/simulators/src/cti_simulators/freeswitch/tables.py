"""`callcenter_config` on a simulated FreeSWITCH: mod_callcenter's tables as text, and their changes. Pure.

The tables' columns are recorded (1.10.12), the answers to changes are as the module is documented.
"""

from collections.abc import Iterable

from cti_simulators.freeswitch.callcenter import CallCenter

_STATUSES = ("Available", "Available (On Demand)", "On Break", "Logged Out")


def callcenter_config(centre: CallCenter, rest: str) -> str:
    """The answer to `callcenter_config …`."""
    words = rest.replace("'", "").split()
    match words:
        case ["agent", "list"]:
            return _table("name|status|state|wrap_up_time|last_bridge_end", _agents(centre))
        case ["tier", "list"]:
            rows = (f"{centre.at(queue)}|{centre.at(user)}|Ready|1|1" for queue, user in _tiers(centre))
            return _table("queue|agent|state|level|position", rows)
        case ["queue", "list", "members", queue]:
            return _table("queue|session_uuid|cid_number|joined_epoch|state", _members(centre, queue))
        case ["agent", "set", "status", agent, *status]:
            return _status(centre, agent, " ".join(status))
        case ["tier", "add", queue, agent, *_]:
            return _tier(centre, queue, agent, True)
        case ["tier", "del", queue, agent]:
            return _tier(centre, queue, agent, False)
    return "-ERR Invalid!\n"


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join((head, *rows, "+OK")) + "\n"


def _agents(centre: CallCenter) -> Iterable[str]:
    for seat in centre.agents.values():
        yield f"{centre.at(seat.user)}|{seat.status}|{seat.state}|{seat.wrap_up_s:.0f}|{seat.idle_since:.0f}"


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


def _tier(centre: CallCenter, queue: str, agent: str, wanted: bool) -> str:
    users, user = centre.tiers.get(queue.partition("@")[0]), agent.partition("@")[0]
    if users is None:
        return "-ERR Queue not found!\n"
    if user not in centre.agents:
        return "-ERR Agent not found!\n"
    if (user in users) is wanted:
        return "-ERR Tier already exist!\n" if wanted else "-ERR Tier not found!\n"
    if wanted:
        users.append(user)
    else:
        users.remove(user)
    return "+OK\n"
