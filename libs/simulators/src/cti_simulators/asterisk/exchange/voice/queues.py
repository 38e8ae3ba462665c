"""What Asterisk 13 and 22 say of queues, conferences, devices, and the records they leave. Pure."""

from datetime import UTC, datetime

from cti_simulators.asterisk.exchange.blocks import Block, Header, event
from cti_simulators.asterisk.exchange.state import Cdr, Channel, Conference, Member, Queue
from cti_simulators.asterisk.exchange.voice import headers
from cti_simulators.asterisk.exchange.voice.facts import Facts

HINTS = {0: "Idle", 1: "InUse", 2: "Busy", 4: "Unavailable", 8: "Ringing", 9: "InUse&Ringing", 16: "Hold"}


class QueueVoice:
    """Events of class `agent`, and the rest of class `call`."""

    facts: Facts

    def queue_join(self, channel: Channel, queue: Queue, position: int) -> list[Block]:
        """A caller waits."""
        more = _place(queue, position)
        return [event("QueueCallerJoin", "agent", headers.channel(channel), more)]

    def queue_leave(self, channel: Channel, queue: Queue, position: int) -> list[Block]:
        """No longer."""
        return [event("QueueCallerLeave", "agent", headers.channel(channel), _place(queue, position))]

    def queue_abandon(self, channel: Channel, queue: Queue, position: int, since_s: float) -> list[Block]:
        """A caller gave up, or was thrown out."""
        more = [
            ("Queue", queue.plan.name),
            ("Position", str(position)),
            ("OriginalPosition", str(position)),
            ("HoldTime", f"{since_s:.0f}"),
        ]
        return [event("QueueCallerAbandon", "agent", headers.channel(channel), more)]

    def agent_called(self, caller: Channel, leg: Channel, queue: Queue, member: Member) -> list[Block]:
        """A member is rung."""
        return self._agent("AgentCalled", caller, leg, queue, member)

    def agent_connect(
        self, caller: Channel, leg: Channel, queue: Queue, member: Member, held_s: float, rang_s: float
    ) -> list[Block]:
        """A member takes the caller."""
        more = (("HoldTime", f"{held_s:.0f}"), ("RingTime", f"{rang_s:.0f}"))
        return self._agent("AgentConnect", caller, leg, queue, member, *more)

    def agent_complete(
        self, caller: Channel, leg: Channel, queue: Queue, member: Member, held_s: float, talked_s: float, why: str
    ) -> list[Block]:
        """The talk is over. `why`: caller, agent or transfer."""
        more = (("HoldTime", f"{held_s:.0f}"), ("TalkTime", f"{talked_s:.0f}"), ("Reason", why))
        return self._agent("AgentComplete", caller, leg, queue, member, *more)

    def ring_no_answer(self, caller: Channel, leg: Channel, queue: Queue, member: Member, rang_s: float) -> list[Block]:
        """A member did not answer."""
        return self._agent("AgentRingNoAnswer", caller, leg, queue, member, ("RingTime", f"{rang_s * 1000:.0f}"))

    def _agent(
        self, name: str, caller: Channel, leg: Channel, queue: Queue, member: Member, *more: Header
    ) -> list[Block]:
        who = [("Queue", queue.plan.name), ("Interface", member.interface), ("MemberName", member.name)]
        return [event(name, "agent", headers.channel(caller), headers.channel(leg, "Dest"), who, more)]

    def member(self, name: str, queue: Queue, member: Member) -> list[Block]:
        """`QueueMemberStatus`, `-Added`, `-Removed`, `-Pause`, `-Penalty`."""
        new = self.facts.rings_first
        more = [
            ("Queue", queue.plan.name),
            ("MemberName", member.name),
            ("Interface", member.interface),
            ("StateInterface", member.device),
            ("Membership", "dynamic" if member.dynamic else "static"),
            ("Penalty", str(member.penalty)),
            ("CallsTaken", str(member.taken)),
            ("LastCall", str(member.last_call)),
            *([("LastPause", str(member.last_pause)), ("LoginTime", str(member.logged_in))] if new else []),
            ("InCall", str(int(member.in_call))),
            ("Status", str(member.shown)),
            ("Paused", str(int(member.paused))),
            ("PausedReason", member.reason),
            ("Ringinuse", "0"),
            *([("Wrapuptime", "0")] if new else []),
            *([("Reason", member.reason)] if member.reason and name == "QueueMemberPause" and not new else []),
        ]
        return [event(name, "agent", more)]

    def device(self, device: str, state: str) -> list[Block]:
        """The state of a device."""
        return [event("DeviceStateChange", "call", [("Device", device), ("State", state)])]

    def hint(self, exten: str, device: str, status: int) -> list[Block]:
        """The state of an extension."""
        return [event("ExtensionStatus", "call", self.hint_headers(exten, device, status))]

    def hint_headers(self, exten: str, device: str, status: int) -> list[Header]:
        """The same for lists and answers."""
        where = [("Exten", exten), ("Context", "internal"), ("Hint", device), ("Status", str(status))]
        return [*where, ("StatusText", HINTS[status])]

    def conference(self, name: str, room: Conference) -> list[Block]:
        """`ConfbridgeStart`, `ConfbridgeEnd`."""
        return [event(name, "call", [("Conference", room.number)], headers.bridge(room.bridge))]

    def conference_of(self, name: str, room: Conference, channel: Channel) -> list[Block]:
        """`ConfbridgeJoin`, `-Leave`, `-Mute`, `-Unmute`."""
        where = ([("Conference", room.number)], headers.bridge(room.bridge), headers.channel(channel))
        more = [("Admin", "No"), *([("Muted", "No")] if name == "ConfbridgeJoin" else [])]
        return [event(name, "call", *where, more)]

    def cdr(self, channel: Channel, cdr: Cdr, now: float) -> list[Block]:
        """A call detail record; local time is UTC."""
        caller = f'"{channel.caller_name}" <{channel.number}>' if channel.caller_name else channel.number
        talked = now - cdr.answered if cdr.answered is not None else 0
        more = [
            ("AccountCode", ""),
            ("Source", channel.number),
            ("Destination", cdr.destination),
            ("DestinationContext", channel.context),
            ("CallerID", caller),
            ("Channel", channel.name),
            ("DestinationChannel", cdr.peer),
            ("LastApplication", channel.app),
            ("LastData", channel.app_data),
            ("StartTime", _clock(channel.born)),
            ("AnswerTime", _clock(cdr.answered) if cdr.answered is not None else ""),
            ("EndTime", _clock(now)),
            ("Duration", f"{int(now - channel.born)}"),
            ("BillableSeconds", f"{int(talked)}"),
            ("Disposition", cdr.disposition),
            ("AMAFlags", "DOCUMENTATION"),
            ("UniqueID", channel.uniqueid),
            ("UserField", ""),
            ("Linkedid", channel.linkedid),
        ]
        return [event("Cdr", "cdr", more)]

    def originated(self, more: list[Header], *, success: bool, uniqueid: str) -> list[Block]:
        """The answer to an asynchronous Originate. `more`: what stands around the result, in order."""
        filled = [(key, uniqueid or "<unknown>") if key == "Uniqueid" else (key, value) for key, value in more]
        return [event("OriginateResponse", "call", filled)]

    def user_event(self, name: str, action_id: str, more: list[Header]) -> list[Block]:
        """An event that a manager asked for."""
        tag = [("ActionID", action_id)] if action_id else []
        return [event("UserEvent", "user", [("UserEvent", name)], tag, more)]

    def reloaded(self, module: str, peers: int) -> list[Block]:
        """The settings were read anew. `peers`: how many telephones there are."""
        return [event("Reload", "system", [("Module", module), ("Status", "0")])]

    def shutdown(self) -> list[Block]:
        """The last word of a server that begins anew."""
        return [event("Shutdown", "system", [("Shutdown", "Cleanly"), ("Restart", "True")])]

    def bridge_action(self, one: Channel, two: Channel) -> list[Block]:
        """Two channels were bridged by a manager: only Asterisk 11 says so."""
        return []


def _place(queue: Queue, position: int) -> list[Header]:
    return [("Queue", queue.plan.name), ("Position", str(position)), ("Count", str(len(queue.waiting)))]


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
