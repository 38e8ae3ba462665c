"""Commands of an agent in the queues, and questions about what is known now."""

from typing import Final

from cti_connector.sight import Sight
from cti_model.calls import Command
from cti_model.commands import Membership

from connector_asterisk.actions.plan import Ask, Plan
from connector_asterisk.naming import whole
from connector_asterisk.wire import Frame

AVAILABLE: Final = "available"
"""The agent state that means taking calls; every other word is a reason not to."""


def queue_login(ask: Ask) -> Plan:
    """Make the telephone a member of a queue."""
    request, options = ask.request, ask.options
    headers = (
        ("Queue", request.queue),
        ("Interface", options.interface(request.device)),
        ("Penalty", "0"),
        ("MemberName", request.device),
        ("StateInterface", options.channel(request.device)),
    )
    return Plan((("QueueAdd", headers),), harmless=("Already there",))


def queue_logout(ask: Ask) -> Plan:
    """End the membership. One that stands in the configuration cannot be ended: Asterisk refuses."""
    request = ask.request
    headers = (("Queue", request.queue), ("Interface", ask.options.interface(request.device)))
    return Plan((("QueueRemove", headers),), harmless=("Not there",))


def queue_pause(ask: Ask) -> Plan:
    """Send the telephone no calls, in one queue or (without one) in all."""
    return _paused(ask, True, ask.request.reason)


def queue_unpause(ask: Ask) -> Plan:
    """Send it calls again."""
    return _paused(ask, False, "")


def set_agent_state(ask: Ask) -> Plan:
    """Asterisk knows one thing of an agent in all queues: paused or not, and why."""
    request = ask.request
    available = request.agent_state == AVAILABLE
    return _paused(ask, not available, "" if available else request.reason or request.agent_state)


def _paused(ask: Ask, paused: bool, reason: str) -> Plan:
    request = ask.request
    headers = [("Interface", ask.options.interface(request.device)), ("Paused", "true" if paused else "false")]
    if request.queue:
        headers.insert(0, ("Queue", request.queue))
    if reason:
        headers.append(("Reason", reason))
    return Plan((("QueuePause", tuple(headers)),))


def query_agent(ask: Ask) -> Plan:
    """In which queues the telephone is a member now."""
    interface = ask.options.interface(ask.request.device)

    def collect(items: list[Frame]) -> Sight:
        mine = (each for each in items if each.name == "QueueMember" and each.get("Location") == interface)
        return Sight(memberships=tuple(_membership(each) for each in mine))

    return Plan((("QueueStatus", (("Member", interface),)),), collect=collect)


def _membership(member: Frame) -> Membership:
    return Membership(
        queue=member.get("Queue"),
        name=member.get("Name"),
        paused=member.get("Paused") == "1",
        reason=member.get("PausedReason"),
        dynamic=member.get("Membership") == "dynamic",
        in_call=member.get("InCall", member.get("IsInCall")) == "1",
        calls_taken=whole(member.get("CallsTaken")) or 0,
    )


def snapshot(ask: Ask) -> Plan:
    """The calls that the telephone has now, as they were told so far. Nothing is sent."""
    mine = ask.calls_among(ask.state.boxes.values())
    return Plan(seen=lambda _: Sight(calls=mine))


QUEUES: Final = {
    Command.QUEUE_LOGIN: queue_login,
    Command.QUEUE_LOGOUT: queue_logout,
    Command.QUEUE_PAUSE: queue_pause,
    Command.QUEUE_UNPAUSE: queue_unpause,
    Command.SET_AGENT_STATE: set_agent_state,
    Command.QUERY_AGENT: query_agent,
    Command.SNAPSHOT: snapshot,
}
