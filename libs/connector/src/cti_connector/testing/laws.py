"""What every session of every PBX kind must hold, whatever its protocol; run against a simulated PBX, without I/O."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from cti_model.events import CallEvent, Origin

from cti_connector.session import LinkLost, Session, Turn
from cti_connector.testing.site import lawful

_MOST_TURNS: Final = 1000
_TICK: Final = timedelta(milliseconds=20)
_GARBAGE: Final = (b"\x00\xff\xfe garbage\n", b"{}\r\n\r\n", b'["x"]\n', b"<a/>\n\n")


class Peer(Protocol):
    """A simulated PBX as one connection to it sees it."""

    def receive(self, data: bytes) -> bytes:
        """What it answers to bytes of ours; empty while it waits for more. No bytes: what it says first."""
        ...

    def does(self, what: str) -> bytes:
        """Let somebody do something, in the peer's own words; what it then says by itself."""
        ...


class Talk:
    """A session and its peer, without a wire. `events`: all that was told. `size`: how many bytes come at once."""

    def __init__(self, session: Session, peer: Peer, at: datetime, size: int = 1 << 20) -> None:
        self.session = session
        self.peer = peer
        self.at = at
        self.turns: list[Turn] = []
        self.events: list[CallEvent] = []
        self._size = size
        self._heard(peer.receive(session.greet()))  # nothing, where the PBX speaks first

    def does(self, what: str) -> None:
        """Somebody does something."""
        self._heard(self.peer.does(what))
        self._settled()

    def asks(self, data: bytes) -> None:
        """The host sends a question that the session wrote."""
        self._sent(data)
        self._settled()

    def _sent(self, data: bytes) -> None:
        if data:
            self._heard(self.peer.receive(data))

    def _heard(self, data: bytes) -> None:
        for begin in range(0, len(data), self._size):
            self._take(self.session.receive(data[begin : begin + self._size], self.at))

    def _settled(self) -> None:
        """Time passes until the session waits for nothing, as the host lets it. Some wake every minute, for ever."""
        until = self.at + timedelta(minutes=1)
        for _ in range(_MOST_TURNS):
            wakes_at = self.session.wakes_at
            if not self.session.unsettled and (wakes_at is None or wakes_at > until):
                return
            self.at = max(self.at + _TICK, wakes_at or self.at)
            self._take(self.session.quiet(self.at))
        raise AssertionError("the session wakes for ever")

    def _take(self, turn: Turn) -> None:
        self.turns.append(turn)
        self.events += turn.events
        self._sent(turn.send)


def holds(
    open_session: Callable[[], Session], open_peer: Callable[[], Peer], acts: Sequence[str], at: datetime
) -> None:
    """Check a session; raises `AssertionError`. `open_session`: one whose picture knows nothing yet.

    `acts` begin calls and end them all. Held: it is let in; pings and comparisons are answered under their numbers; a
    comparison of what is known finds nothing; events are those of whole and of cut bytes alike, lawful, and leave no
    call; garbage ends the link, or nothing, but never in any other way.
    """
    whole = _played(open_session(), open_peer(), acts, at, size=1 << 20)
    cut = _played(open_session(), open_peer(), acts, at, size=1)
    told = [(each.event_id, each.kind) for each in whole.events]
    assert told, "the acts began no call"
    assert told == [(each.event_id, each.kind) for each in cut.events], "bytes that are cut tell another story"
    lawful(whole.events)
    calls = {each.call.call_id: each.call for each in whole.events}
    assert not [each.native_ids for each in calls.values() if each.alive], "calls that nobody ended"
    assert not [each.kind for each in whole.events if each.origin is Origin.RECONCILED], "a comparison found something"
    for each in _GARBAGE:
        _is_told(open_session(), open_peer(), each, at)


def _played(session: Session, peer: Peer, acts: Sequence[str], at: datetime, size: int) -> Talk:
    assert not session.ready, "it is ready before the PBX said anything"
    talk = Talk(session, peer, at, size)
    assert session.ready, "the PBX let it in, and it does not say so"
    for number, act in enumerate(("", *acts), 1):
        if act:
            talk.does(act)
        talk.asks(session.ping(number))
        assert session.answered_ping == number, "a ping's answer is known by its number"
        before = len(talk.turns)
        talk.asks(session.ask_snapshot(number))
        found = [each.reconciled.number for each in talk.turns[before:] if each.reconciled is not None]
        assert found == [number], "a comparison is told once, under its number"
    return talk


def _is_told(session: Session, peer: Peer, garbage: bytes, at: datetime) -> None:
    talk = Talk(session, peer, at)
    try:
        turn = session.receive(garbage, at)
    except LinkLost:
        return
    assert not turn.events, "garbage told of calls"
    for number in (1, 2):  # the frame that garbage stands in may be lost with it
        talk.asks(session.ping(number))
    assert session.answered_ping == 2, "garbage ended more than itself"
