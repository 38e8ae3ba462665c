"""The work on one event: what was told so far, and the words for it."""

from datetime import datetime, timedelta
from itertools import count

from cti_model.calls import Cause, ConnectionState, Device, DeviceKind, Direction, Party
from cti_model.events import (
    CallEvent,
    CallFact,
    Cleared,
    ConnectionCleared,
    Delivered,
    Established,
    Origin,
)
from cti_model.events import (
    Leg as Introduction,
)
from cti_model.fold import born, tell
from cti_model.ids import connection_id

from connector_webitel.new.state import CallBox, Leg, State, call_of

LINGER = timedelta(seconds=2)
"""A call whose last operator left waits this long for the next: a blind transfer says nothing of where it went."""


class Turn:
    """`at`: Webitel's instant. `now`: ours. `within`: see `cti_model.fold.tell`, set where `at` is an estimate."""

    def __init__(self, state: State, at: datetime, now: datetime, origin: Origin) -> None:
        self.state = state
        self.at = at
        self.now = now
        self.origin = origin
        self.within: tuple[datetime | None, datetime | None] = (None, None)
        self.told: list[CallEvent] = []

    def following(self, at: datetime) -> "Turn":
        """The same work, about another instant of Webitel's; what it tells goes behind."""
        turn = Turn(self.state, at, self.now, self.origin)
        turn.told = self.told
        return turn

    def say(self, box: CallBox, fact: CallFact, native: str = "", at: datetime | None = None) -> None:
        """Tell a fact about a call."""
        event = tell(box.call, fact, at or self.at, self.now, self.origin, (native,) if native else (), self.within)
        box.call = event.call
        self.told.append(event)

    def box_of(self, root: str) -> CallBox:
        """The living call that began with this leg, or a new one; where others did that are over, under another id."""
        state = self.state
        if root not in state.boxes:
            lives = (call_of(state, root, life) for life in count())
            ours = next(each for each in lives if each not in state.ended)
            state.boxes[root] = CallBox(born(ours, state.tenant, state.pbx, self.at, root, state.features))
        state.left.pop(root, None)
        return state.boxes[root]

    def enter(self, leg: Leg, box: CallBox) -> None:
        """The leg is a part of that call."""
        leg.box = box
        leg.connection_id = connection_id(self.state.tenant, self.state.pbx, "", leg.uid)

    def far(self, leg: Leg, uid: str) -> Leg | None:
        """The other side of a leg, made a part of its call where nobody's link tells of it; None: it is not known."""
        if not uid or leg.box is None or uid in self.state.over:
            return self.state.legs.get(uid)
        other = self.state.legs.get(uid)
        if other is None:
            other = Leg(uid, party=leg.remote, remote=leg.party, outward=not leg.outward, remote_kind="user")
            self.state.legs[uid] = other
        if other.box is None:
            self.enter(other, leg.box)
            fact = Delivered(leg=self.introduced(other, leg.remote_kind))
            self.say(leg.box, fact, uid)
        return other

    def introduced(self, leg: Leg, kind: str = "user") -> Introduction:
        """What is known of a leg. `kind`: Webitel's type of an endpoint; all but `user` come over a gateway."""
        inside = bool(leg.device) or kind == "user"
        device = Device(leg.device or leg.party.number, DeviceKind.EXTENSION if inside else DeviceKind.TRUNK, leg.uid)
        return Introduction(
            connection_id=leg.connection_id,
            device=device,
            direction=Direction.OUT if leg.outward else Direction.IN,
            party=leg.party,
            remote=leg.remote,
            internal=inside and leg.remote_kind == "user",
            queue=leg.queue,
            redirecting_id=leg.passed_by,
            native_id=leg.uid,
        )

    def talk(self, leg: Leg, other: Leg | None) -> None:
        """Both sides talk from now on."""
        if leg.box is None:
            return
        both = tuple(each.connection_id for each in (leg, other) if each is not None)
        for each in (other, leg):
            known = each.connection if each is not None and each.box is leg.box else None
            if each is not None and known is not None and known.alive and not _talks_to(each, leg, other):
                kind = "user" if known.device.kind is DeviceKind.EXTENSION else ""
                self.say(leg.box, Established(leg=self.introduced(each, kind), connected=both), each.uid)
        if other is not None:
            leg.peer, other.peer = other.connection_id, leg.connection_id

    def end(self, leg: Leg, cause: Cause, by: str, at: datetime | None = None) -> None:
        """A leg is over; with the last operator's leg the call waits for another, and ends."""
        box = leg.box
        if box is not None and leg.connection_id:
            self.say(box, ConnectionCleared(connection_id=leg.connection_id, cause=cause, released_by=by), leg.uid, at)
        self.state.forget(leg.uid)
        if box is not None:
            self.rest(box, at)

    def rest(self, box: CallBox, at: datetime | None = None) -> None:
        """Without any operator a call waits for the next one, and ends."""
        root = next((key for key, each in self.state.boxes.items() if each is box), "")
        self._claim(box)
        if not self.state.own(box) and root not in self.state.left:
            self.state.left[root] = (box, at or self.at, self.now + LINGER)

    def _claim(self, box: CallBox) -> None:
        """The telephone of an operator whose link is away is theirs: it is over when that link says so."""
        for leg in self.state.legs.values():
            known = leg.connection if leg.box is box and not leg.device else None
            inside = known is not None and known.alive and known.device.kind is DeviceKind.EXTENSION
            if known is not None and inside and self.state.seats.away(known.device.number):
                leg.device, leg.claimed = known.device.number, True

    def disown(self) -> None:
        """Telephones of which nobody will tell are not those of operators who are signed in."""
        gone = self.state.seats.strangers(self.now)
        for leg in [each for each in self.state.legs.values() if gone and each.device in gone]:
            self.release(leg)

    def release(self, leg: Leg) -> None:
        """A leg is that of nobody who is signed in; a claimed one's call was over when the others left."""
        claimed, leg.device, leg.claimed = leg.claimed, "", False
        if leg.box is not None:
            ended = [each.ended_at for each in leg.box.call.connections if claimed and each.ended_at is not None]
            self.rest(leg.box, max(ended, default=self.at))

    def conclude(self) -> None:
        """End the calls that waited long enough; as of when their last operator left."""
        for root, (box, at, due) in list(self.state.left.items()):
            if self.state.ends_at(box, due) <= self.now:
                for each in [each for each in self.state.legs.values() if each.box is box]:
                    self.state.forget(each.uid, unheard=True)
                self.say(box, Cleared(), at=at)
                self.state.end(box.call)
                del self.state.left[root], self.state.boxes[root]
                if root not in self.state.legs and root not in self.state.over:  # else it lives on in another call
                    self.state.forget(root, unheard=True)


def _talks_to(each: Leg, leg: Leg, other: Leg | None) -> bool:
    partner = other if each is leg else leg
    known = each.connection
    talking = known is not None and known.state in (ConnectionState.CONNECTED, ConnectionState.HELD)
    return talking and (partner is None or each.peer == partner.connection_id)


def kind_of(state: State, number: str) -> str:
    """Webitel's type of an endpoint of which it tells none: a user where the number is like a telephone's."""
    return "user" if state.inside.fullmatch(number) else ""


def party(number: str, name: str) -> Party:
    """Who is there; a name that only repeats the number is none."""
    return Party(number=number, name="" if name == number else name)
