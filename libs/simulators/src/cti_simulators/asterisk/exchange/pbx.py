"""The heart of the simulated exchange: its time, its channels and bridges, and what was said so far. Pure.

`Pbx` is changed by the functions of the modules beside this one, and by nobody else.
"""

import heapq
import itertools
import random
import uuid
from collections.abc import Callable

from cti_simulators.asterisk.exchange.blocks import Block
from cti_simulators.asterisk.exchange.plan import TRUNK, Plan, Telephone
from cti_simulators.asterisk.exchange.state import DOWN, Bridge, Channel, Conference, Member, Parked, Phone, Queue
from cti_simulators.asterisk.exchange.voice import voice


class Pbx:
    """One run of a server, from boot to its end.

    `dialect`: 11, 13 or 22. `now`: epoch seconds at boot, which every Uniqueid begins with. `rng` makes the ids of
    bridges and the chance in queues, so the same seed and the same deeds give the same events.
    """

    def __init__(self, plan: Plan, dialect: str, now: float, rng: random.Random) -> None:
        self.plan = plan
        self.voice = voice(dialect)
        self.facts = self.voice.facts
        self.now = self.booted = now
        self.reloaded = now
        self.rng = rng
        self.channels: dict[str, Channel] = {}
        self.names: dict[str, Channel] = {}
        self.bridges: dict[str, Bridge] = {}
        self.phones = {each.number: Phone(each) for each in plan.telephones}
        self.outside: dict[str, list[Channel]] = {}
        self.outside_busy: set[str] = set()
        self.outside_keys: dict[str, str] = {}
        self.queues: dict[str, Queue] = {}
        self.slots: dict[int, Parked] = {}
        self.rooms: dict[str, Conference] = {}
        self.lot: Bridge | None = None
        self.globals: dict[str, str] = {}
        self.processed = 0
        self._births = itertools.count()
        self._names_given = itertools.count()
        self._locals = itertools.count()
        self.optimisations = itertools.count(1)
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._said: list[Block] = []
        for each in plan.queues:
            members = [self.member(member.interface, member.name) for member in each.members]
            self.queues[each.name] = Queue(each, members)

    def member(self, interface: str, name: str, *, dynamic: bool = False) -> Member:
        """A member of a queue. `interface`: `101`, `PJSIP/101` or `Local/104@agents`."""
        spelled = interface if "/" in interface else f"{self.facts.technology}/{interface}"
        number = spelled.partition("/")[2].partition("@")[0]
        return Member(spelled, name, f"{self.facts.technology}/{number}", dynamic=dynamic, logged_in=int(self.now))

    # --- what is said

    def tell(self, blocks: list[Block]) -> None:
        """These events happen now."""
        self._said.extend(blocks)

    def said(self) -> list[Block]:
        """What was said since the last time this was asked."""
        said, self._said = self._said, []
        return said

    # --- time

    @property
    def next_timer(self) -> float | None:
        """When something will happen by itself."""
        return self._timers[0][0] if self._timers else None

    def later(self, delay_s: float, do: Callable[[], None]) -> Callable[[], None]:
        """Do something after a time; what is returned calls it off."""
        live = [True]
        heapq.heappush(self._timers, (self.now + delay_s, next(self._order), lambda: do() if live[0] else None))
        return lambda: live.__setitem__(0, False)

    def advance(self, to: float) -> None:
        """Let time pass; timers fire in order."""
        while self._timers and self._timers[0][0] <= to:
            at, _, do = heapq.heappop(self._timers)
            self.now = max(self.now, at)
            do()
        self.now = max(self.now, to)

    # --- channels

    def device(self, number: str) -> str:
        """The device of an extension, such as `PJSIP/101`."""
        return f"{self.facts.technology}/{number}"

    @property
    def trunk(self) -> str:
        """The device of the line to the public network."""
        return self.device(TRUNK)

    def channel(
        self,
        device: str,
        context: str,
        exten: str,
        state: int = DOWN,
        linked: Channel | None = None,
        uniqueid: str = "",
    ) -> Channel:
        """A new channel of a device, such as `PJSIP/101`. The caller tells of it."""
        return self._born(f"{device}-{next(self._names_given):08x}", context, exten, state, linked, device, uniqueid)

    def local_pair(
        self, exten: str, context: str, linked: Channel | None, ids: tuple[str, str] = ("", "")
    ) -> tuple[Channel, Channel]:
        """The two halves of a new Local channel."""
        name = f"Local/{exten}@{context}-{next(self._locals):08x}"
        one = self._born(f"{name};1", context, exten, DOWN, linked, "", ids[0])
        two = self._born(f"{name};2", context, exten, DOWN, linked or one, "", ids[1])
        one.other_half, two.other_half = two, one
        return one, two

    def stand_in(self, prefix: str, of: Channel) -> Channel:
        """Asterisk 11: an empty channel into which `of` will be masqueraded."""
        return self._born(f"{prefix}/{of.name}", of.context, of.exten, DOWN, of, "", "")

    def _born(
        self, name: str, context: str, exten: str, state: int, linked: Channel | None, device: str, uniqueid: str
    ) -> Channel:
        birth = next(self._births)
        uniqueid = uniqueid or f"{int(self.now)}.{birth}"
        channel = Channel(
            name=name,
            uniqueid=uniqueid,
            linkedid=linked.linkedid if linked is not None else uniqueid,
            birth=birth,
            born=self.now,
            linked_birth=linked.linked_birth if linked is not None else birth,
            state=state,
            context=context,
            exten=exten,
            device=device,
        )
        self.channels[uniqueid] = self.names[name] = channel
        self.processed += 1
        return channel

    def owner(self, channel: Channel, person: str) -> None:
        """Say whose telephone this leg is."""
        channel.person = person
        self.legs(person).append(channel)

    def legs(self, person: str) -> list[Channel]:
        """The legs of a person's telephone, in order of birth."""
        phone = self.phones.get(person)
        return phone.legs if phone is not None else self.outside.setdefault(person, [])

    def telephone(self, device: str) -> Telephone | None:
        """The telephone of a device."""
        phone = self.phones.get(device.partition("/")[2])
        return phone.plan if phone is not None and device == self.device(phone.plan.number) else None

    def forget(self, channel: Channel) -> None:
        """A channel is gone."""
        channel.gone = True
        self.channels.pop(channel.uniqueid, None)
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        if channel.person:
            legs = self.legs(channel.person)
            if channel in legs:
                legs.remove(channel)
            if not legs and channel.person in self.outside:
                del self.outside[channel.person]

    def rename(self, channel: Channel, name: str) -> None:
        """Asterisk 11: a channel goes by another name."""
        self.tell(self.voice.renamed(channel, name))
        if self.names.get(channel.name) is channel:
            del self.names[channel.name]
        channel.name = name
        self.names[name] = channel

    def bridge(
        self, kind: str = "basic", technology: str = "simple_bridge", creator: str = "", name: str = ""
    ) -> Bridge:
        """A new bridge, told."""
        bridge = Bridge(str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), kind, technology, creator, name)
        self.bridges[bridge.uniqueid] = bridge
        self.tell(self.voice.bridge_create(bridge))
        return bridge
