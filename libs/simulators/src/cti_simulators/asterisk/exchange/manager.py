"""One manager session on the simulated exchange. No I/O."""

import random
from collections.abc import Mapping
from typing import Protocol

from cti_simulators.asterisk.exchange.actions import ACTIONS
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block, event, header, wire
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.live import Headers
from cti_simulators.asterisk.session import Session, response


class House(Protocol):
    """The server that a session belongs to."""

    managers: Mapping[str, Manager]
    rng: random.Random
    banner: str
    timestamps: bool
    numbered: bool

    @property
    def exchange(self) -> AsteriskExchange:
        """The exchange that runs now."""
        ...

    def clock(self) -> float:
        """Epoch seconds."""
        ...

    def count(self) -> int:
        """The number of the next event."""
        ...

    def restart(self) -> None:
        """Begin anew, as `core restart now` does."""
        ...


class ManagerSession(Session):
    """Feed what the client sent; `hear` what happened. Both return what to send, in order.

    While an action that takes time has no answer, nothing else is answered or heard; then its answer comes first.
    """

    def __init__(self, house: House) -> None:
        super().__init__(house.exchange.pbx.facts.ami, house.clock, house.rng)
        self._house = house
        self._blocked = False
        self._waiting: list[tuple[Block, int]] = []
        self._late = b""

    def greeting(self) -> bytes:
        """The banner."""
        return f"{self._house.banner or f'Asterisk Call Manager/{self._version}'}\r\n".encode()

    def hear(self, events: list[tuple[Block, int]]) -> bytes:
        """What of these events (with their numbers) goes to this client. One who waits for an answer hears later."""
        if self._blocked:
            self._waiting += events
            return b""
        late, self._late = self._late, b""
        waiting, self._waiting = self._waiting, []
        return late + b"".join(self._spelled(*each) for each in [*waiting, *events] if self._wants(each[0]))

    def resume(self) -> bytes:
        """The answers to what the client sent while an action of its was not answered yet."""
        return b"" if self._blocked else self.feed(b"")

    def _wants(self, block: Block) -> bool:
        privilege = header(block, "Privilege").encode()
        classes = frozenset(privilege.decode().split(","))
        manager = self._house.managers.get(self.user)
        if not self.let_in or manager is None or self.masked(privilege):
            return False
        return "all" in manager.read or not manager.read.isdisjoint(classes - {"all"})

    def _spelled(self, block: Block, number: int) -> bytes:
        extra = [("Timestamp", f"{self._house.exchange.now:.6f}")] if self._house.timestamps else []
        if self._house.numbered:
            extra += [("SequenceNumber", str(number)), ("File", "manager.c"), ("Line", "1"), ("Func", "simulated")]
        return wire((*block[:2], *extra, *block[2:]) if extra else block)

    # --- Session

    def _secret(self, user: str) -> str | None:
        manager = self._house.managers.get(user)
        return manager.secret if manager is not None else None

    def _welcome(self) -> bytes:
        pbx = self._house.exchange.pbx
        up = f"{int(self._clock() - pbx.booted)}"
        since = [("Uptime", up), ("LastReload", up)] if pbx.facts.tells_uptime else []
        booted = event("FullyBooted", "system", since, [("Status", "Fully Booted")])
        return self._spelled(booted, self._house.count()) if self._wants(booted) else b""

    def _ready(self) -> bool:
        return not self._blocked

    def _other(self, name: bytes, block: bytes, action: Headers) -> bytes:
        known = ACTIONS.get(name.decode("utf-8", "replace").lower())
        if known is None or self._version not in known.versions:
            return super()._other(name, block, action)
        manager = self._house.managers[self.user]
        if known.classes and "all" not in manager.write and manager.write.isdisjoint(known.classes):
            return response(action, "Error", Message="Permission denied")
        self._house.exchange.advance(self._clock())
        request = Request(_headers(block), self._house.exchange, self._answer_late, self._house.restart)
        answer = known.do(request)
        if answer is None:
            self._blocked = not self._late
            late, self._late = self._late, b""
            return late
        return b"".join(map(wire, answer))

    def _answer_late(self, answer: list[Block]) -> None:
        self._late += b"".join(map(wire, answer))
        self._blocked = False


def _headers(block: bytes) -> tuple[tuple[str, str], ...]:
    lines = (line.partition(":") for line in block.decode("utf-8", "replace").split("\r\n"))
    return tuple((key.strip().lower(), value.strip()) for key, colon, value in lines if colon)
