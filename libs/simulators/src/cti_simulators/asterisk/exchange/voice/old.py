"""What Asterisk 11 says of queues and the rest. Pure. What a method means stands at the one that it overrides."""

# ruff: noqa: D102

from cti_simulators.asterisk.exchange.blocks import Block, Header, event
from cti_simulators.asterisk.exchange.state import Channel, Conference, Member, Queue
from cti_simulators.asterisk.exchange.voice.old_calls import OldCallVoice, named, parties


class OldVoice(OldCallVoice):
    """Asterisk 11 and its relatives."""

    def queue_join(self, channel: Channel, queue: Queue, position: int) -> list[Block]:
        place = [("Queue", queue.plan.name), ("Position", str(position)), ("Count", str(len(queue.waiting)))]
        who = [("Channel", channel.name), *parties(channel, "unknown")]
        return [event("Join", "call", who, place, [("Uniqueid", channel.uniqueid)])]

    def queue_leave(self, channel: Channel, queue: Queue, position: int) -> list[Block]:
        place = [("Queue", queue.plan.name), ("Count", str(len(queue.waiting))), ("Position", str(position))]
        return [event("Leave", "call", [("Channel", channel.name)], place, [("Uniqueid", channel.uniqueid)])]

    def queue_abandon(self, channel: Channel, queue: Queue, position: int, since_s: float) -> list[Block]:
        where = [("Queue", queue.plan.name), ("Uniqueid", channel.uniqueid), ("Position", str(position))]
        more = [("OriginalPosition", str(position)), ("HoldTime", f"{since_s:.0f}")]
        return [event("QueueCallerAbandon", "agent", where, more)]

    def agent_called(self, caller: Channel, leg: Channel, queue: Queue, member: Member) -> list[Block]:
        more = [
            ("Queue", queue.plan.name),
            ("AgentCalled", member.interface),
            ("AgentName", member.name),
            ("ChannelCalling", caller.name),
            ("DestinationChannel", leg.name),
            *parties(caller, "unknown"),
            ("Context", caller.context),
            ("Extension", caller.exten),
            ("Priority", str(caller.priority)),
            ("Uniqueid", caller.uniqueid),
        ]
        return [event("AgentCalled", "agent", more)]

    def agent_connect(
        self, caller: Channel, leg: Channel, queue: Queue, member: Member, held_s: float, rang_s: float
    ) -> list[Block]:
        more = [("HoldTime", f"{held_s:.0f}"), ("BridgedChannel", leg.uniqueid), ("RingTime", f"{rang_s:.0f}")]
        return [event("AgentConnect", "agent", _agent(caller, leg, queue, member), more)]

    def agent_complete(
        self, caller: Channel, leg: Channel, queue: Queue, member: Member, held_s: float, talked_s: float, why: str
    ) -> list[Block]:
        more = [("HoldTime", f"{held_s:.0f}"), ("TalkTime", f"{talked_s:.0f}"), ("Reason", why)]
        return [event("AgentComplete", "agent", _agent(caller, leg, queue, member), more)]

    def ring_no_answer(self, caller: Channel, leg: Channel, queue: Queue, member: Member, rang_s: float) -> list[Block]:
        who = _agent(caller, caller, queue, member)
        return [event("AgentRingNoAnswer", "agent", who, [("RingTime", f"{rang_s * 1000:.0f}")])]

    def member(self, name: str, queue: Queue, member: Member) -> list[Block]:
        where = [("Queue", queue.plan.name), ("Location", member.interface)]
        if name == "QueueMemberPenalty":
            return [event(name, "agent", where, [("Penalty", str(member.penalty))])]
        where.append(("MemberName", member.name))
        if name == "QueueMemberRemoved":
            return [event(name, "agent", where)]
        if name == "QueueMemberPause":
            reason = [("Reason", member.reason)] if member.reason else []
            return [event("QueueMemberPaused", "agent", where, [("Paused", str(int(member.paused)))], reason)]
        more = [
            ("StateInterface", member.device),
            ("Membership", "dynamic" if member.dynamic else "static"),
            ("Penalty", str(member.penalty)),
            ("CallsTaken", str(member.taken)),
            ("LastCall", str(member.last_call)),
            *([("InCall", str(int(member.in_call)))] if name == "QueueMemberStatus" else []),
            ("Status", str(member.shown)),
            ("Paused", str(int(member.paused))),
        ]
        return [event(name, "agent", where, more)]

    def device(self, device: str, state: str) -> list[Block]:
        return []

    def hint_headers(self, exten: str, device: str, status: int) -> list[Header]:
        return [("Exten", exten), ("Context", "internal"), ("Hint", device), ("Status", str(status))]

    def conference(self, name: str, room: Conference) -> list[Block]:
        return [event(name, "call", [("Conference", room.number)])]

    def conference_of(self, name: str, room: Conference, channel: Channel) -> list[Block]:
        if name in ("ConfbridgeMute", "ConfbridgeUnmute"):
            return []
        who = [("CallerIDnum", channel.number), ("CallerIDname", channel.caller_name)]
        return [event(name, "call", named(channel), [("Conference", room.number)], who)]

    def originated(self, more: list[Header], *, success: bool, uniqueid: str) -> list[Block]:
        filled = [(key, uniqueid or "<null>") if key == "Uniqueid" else (key, value) for key, value in more]
        return [event("OriginateResponse", "call", filled)]

    def user_event(self, name: str, action_id: str, more: list[Header]) -> list[Block]:
        tag = [("ActionID", action_id)] if action_id else []
        return [event("UserEvent", "user", [("UserEvent", name), ("Action", "UserEvent")], tag, more)]

    def reloaded(self, module: str, peers: int) -> list[Block]:
        if module not in ("All", "chan_sip.so"):
            return []
        what = [("ChannelType", "SIP"), ("ReloadReason", "RELOAD (Channel module reload)")]
        return [event("ChannelReload", "system", what, [("Registry_Count", "0"), ("Peer_Count", str(peers))])]

    def bridge_action(self, one: Channel, two: Channel) -> list[Block]:
        more = [("Response", "Success"), ("Channel1", one.name), ("Channel2", two.name)]
        return [event("BridgeAction", "call", more)]


def _agent(caller: Channel, shown: Channel, queue: Queue, member: Member) -> list[Header]:
    """`shown`: whose name stands in `Channel`; `Uniqueid` is always the caller's."""
    who = [("Queue", queue.plan.name), ("Uniqueid", caller.uniqueid), ("Channel", shown.name)]
    return [*who, ("Member", member.interface), ("MemberName", member.name)]
