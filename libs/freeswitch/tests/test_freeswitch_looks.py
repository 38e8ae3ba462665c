"""The work of an event is that of the call that it is about, however many calls live: counted in looks, not in time."""

from datetime import UTC, datetime

import cti_freeswitch.translate as translation
import pytest
from cti_freeswitch.agents import Agents, translate_agents, use_telephones
from cti_freeswitch.event import Event
from cti_freeswitch.state import State
from cti_freeswitch.translate import translate
from cti_model.agents import AgentState

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


class Looked(dict):
    """Counts how many of its values were gone through."""

    looks = 0

    def __iter__(self):
        for each in super().__iter__():
            self.looks += 1
            yield each

    def values(self):
        return [self[each] for each in self]

    def items(self):
        return [(each, self[each]) for each in self]


def leg(uid: str, user: str, to: str, by: str = "") -> dict[str, str]:
    headers = {"Unique-ID": uid, "Channel-Name": f"sofia/internal/{user}@d", "Channel-Presence-ID": f"{user}@d"}
    headers |= {"Call-Direction": "outbound" if by else "inbound", "Caller-Destination-Number": to}
    return headers | ({"variable_originator": by} if by else {})


def status(user: str) -> Event:
    headers = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Action": "agent-status-change"}
    return Event(headers | {"CC-Agent": f"{user}@d", "CC-Agent-Status": "Available"})


class Site:
    """A FreeSWITCH with so many calls, each between two users; all are agents."""

    def __init__(self, calls: int) -> None:
        self.state, self.agents, self.told = State("t", "p"), Agents("t", "p"), []
        self.kinds: set[str] = set()
        self.state.channels, self.state.boxes = Looked(), Looked()
        for number in range(calls):
            one, other = str(10_000 + number), str(50_000 + number)
            for user in (one, other):
                self.agents.tiers[user] = ("support",)
                translate_agents(self.agents, status(user), BEGIN)
            self.talk(f"a{number}", one, f"b{number}", other)
        self.state.channels.looks = self.state.boxes.looks = 0

    def hear(self, name: str, about: dict[str, str], **more: str) -> None:
        headers = {"Event-Name": name, **about, **{key.replace("__", "-"): value for key, value in more.items()}}
        told = translate(self.state, Event(headers), BEGIN)
        self.kinds |= {each.kind for each in told}
        self.told += use_telephones(self.agents, told)

    def talk(self, uid: str, user: str, other_uid: str, other: str) -> None:
        caller, called = leg(uid, user, other), leg(other_uid, other, other, uid)
        for name, about in (("CREATE", caller), ("CREATE", called), ("PROGRESS", called), ("ANSWER", called)):
            self.hear(f"CHANNEL_{name}", about)
        self.hear("CHANNEL_ANSWER", caller)
        self.hear("CHANNEL_BRIDGE", caller, Bridge__A__Unique__ID=uid, Bridge__B__Unique__ID=other_uid)

    @property
    def looks(self) -> int:
        return self.state.channels.looks + self.state.boxes.looks


def consulted_and_passed_on(site: Site) -> None:
    """Of one call among them: its caller consults, passes the call on, and all hang up."""
    site.hear("CHANNEL_HOLD", leg("a0", "10000", "50000"))
    site.talk("c", "10000", "d", "49999")
    pair = {"Bridge__A__Unique__ID": "b0", "Bridge__B__Unique__ID": "d"}
    site.hear("CHANNEL_BRIDGE", leg("b0", "50000", "50000", "a0"), **pair)
    for uid, user in (("a0", "10000"), ("c", "10000"), ("b0", "50000"), ("d", "49999")):
        for name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
            site.hear(name, {"Unique-ID": uid}, Hangup__Cause="NORMAL_CLEARING", Channel__Presence__ID=f"{user}@d")


@pytest.mark.parametrize("calls", [3, 1000])
def test_agents_and_transfers_look_at_nothing_but_their_own_calls(calls):
    site = Site(calls)
    consulted_and_passed_on(site)
    assert "transferred" in site.kinds
    assert site.looks == 0
    told = {each.agent.device: each.current for each in site.told}
    assert (told["10000"], told["50000"]) == (AgentState.READY, AgentState.READY)


def test_an_agents_telephone_is_busy_as_long_as_any_of_its_calls_lasts():
    site = Site(1)
    site.talk("c", "10000", "d", "49999")
    for uid, user in (("c", "10000"), ("d", "49999")):
        site.hear("CHANNEL_HANGUP_COMPLETE", {"Unique-ID": uid, "Channel-Presence-ID": f"{user}@d"})
    states = [each.current for each in site.told if each.agent.device == "10000"]
    assert states[-1] is AgentState.BUSY


@pytest.mark.parametrize("calls", [10, 500])
def test_when_all_calls_end_at_once_each_end_is_looked_at_a_few_times(calls, monkeypatch):
    site, of_one, looks = Site(calls), translation._concerned, 0

    def counted(channel):
        nonlocal looks
        looks += 1
        return of_one(channel)

    monkeypatch.setattr(translation, "_concerned", counted)
    ends = [f"{side}{number}" for side in "ab" for number in range(calls)]
    for name in ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
        for uid in ends:
            site.hear(name, {"Unique-ID": uid}, Hangup__Cause="NORMAL_CLEARING")
    assert site.state.boxes == {}
    assert looks <= 3 * len(ends)
