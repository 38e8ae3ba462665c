"""Asterisk channels as legs, how they hang together, and the call that each is in.

A channel is a leg. Local channels (and other pseudo-technologies) are no parties: they only tell which legs belong
together.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from cti_model.calls import Call, Connection

TOGETHER = timedelta(seconds=2)
"""Channels that end within this end for the same reason; one that ended longer ago did not end another."""


class AmiEvent(Protocol):
    """What the translator needs of a frame. Header names are case-insensitive; an absent header is `default`."""

    @property
    def name(self) -> str:
        """The event's name."""
        ...

    def get(self, header: str, default: str = "") -> str:
        """The value of a header."""
        ...


@dataclass(eq=False, slots=True)
class CallBox:
    """A call that is not over, and why the next device of it rings (`redirecting`: the number that passed it on)."""

    call: Call
    redirecting: str = ""
    linkedids: set[str] = field(default_factory=set)


@dataclass(eq=False, slots=True)
class Channel:
    """One channel. `endpoint`: `101` of `PJSIP/101-0000002a`. `number` and `name` are Asterisk's caller id of it."""

    uid: str
    name: str
    technology: str = ""
    endpoint: str = ""
    pseudo: bool = False
    exten: str = ""
    number: str = ""
    caller_name: str = ""
    connected_number: str = ""
    connected_name: str = ""
    linkedid: str = ""
    born: tuple[datetime, datetime] | None = None  # told late: when it began, and when we heard of it
    connection_id: str = ""
    box: CallBox | None = None
    pair: "Channel | None" = None  # the other half of a Local channel
    dialled_by: "Channel | None" = None
    dials: list["Channel"] = field(default_factory=list)
    prompted: bool = False  # rung by an Originate: its user is the caller
    lifted: bool = False  # a prompted channel that was answered
    application: bool = False  # what it was originated for is an application of Asterisk, no extension
    rung_at: datetime | None = None  # rings, but we do not know yet for which call
    rung_by: AmiEvent | None = None  # the frame that said so
    up: bool = False
    bridge: str = ""
    peers: tuple["Channel", ...] = ()  # the others of the bridge it was in last
    asked_at: datetime | None = None  # when its own telephone asked to hang up
    cut: bool = False  # a supervisor's command ends it, not its own user's
    transferred: bool = False  # passed its call on
    lost: tuple[datetime, str] | None = None  # whom it talked with was made to dial a number, and when
    redirected: bool = False  # a manager took its call from it
    parked: bool = False  # parked its call
    replaced: bool = False  # another telephone took its place (Masquerade); what is left of it only hangs up
    picked_up: bool = False  # another telephone took the call that it rang for
    dial_status: str = ""
    hangup_cause: int | None = None
    gone_at: datetime | None = None
    queue: str = ""
    asked_for: str = ""  # the number that was dialled when it was rung
    consults: "Channel | None" = None  # by Asterisk's own attended transfer: the Local channel towards who is asked
    handed_by: "Channel | None" = None  # the telephone that hands it over to another, by a command of ours
    born_as: str = ""  # what its connection's id is made of, where its Uniqueid was another telephone's before
    monitors: dict[str, str] = field(default_factory=dict)  # of our commands: recording id to MixMonitor id
    ordered: dict[str, str] = field(default_factory=dict)  # of our commands: file to recording id
    stopping: str = ""  # the recording that a command of ours stops
    recordings: list[str] = field(default_factory=list)  # those that go on, the newest last
    named: bool = False  # the newest one's file is known, its beginning not confirmed
    extra: dict[str, str] = field(default_factory=dict)  # chosen data that waits for a call
    typed: str = ""  # the last digits from its telephone, and when the last one came
    typed_at: datetime | None = None

    @property
    def asked(self) -> bool:
        """Whether its own telephone asked to hang up."""
        return self.asked_at is not None

    @property
    def gave_up(self) -> bool:
        """Whether it is ended from its own side: its telephone asked, or a supervisor did in its place."""
        return self.cut or self.asked

    @property
    def connection(self) -> Connection | None:
        """Its part in its call, as told so far."""
        return self.box.call.connection(self.connection_id) if self.box and self.connection_id else None


@dataclass(frozen=True, slots=True)
class Recall:
    """Somebody who was transferred to `exten` while it rang there, and waits.

    Asterisk may call back who transferred, or ring there again.
    """

    waiting: Channel
    exten: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A channel that hung up, waiting for what else is said of it."""

    channel: Channel
    gone_at: datetime
    observed_at: datetime
    because: AmiEvent | None = None  # the frame that said so


def unlink(gone: Channel) -> None:
    """Let go of what nobody will ask about, so that the ended channels of a long conference or queue do not pile up.

    Who dialled keeps the living ones that it dialled and the last that ended (why it ended matters to the caller); an
    ended channel keeps those that ended together with it.
    """
    source = gone.dialled_by
    if source is not None:
        source.dials = [each for each in source.dials if each.gone_at is None or each is gone]
        if _ended_before(source, gone):
            gone.dialled_by = None
    gone.dials = [each for each in gone.dials if not _ended_before(each, gone)]
    gone.peers = tuple(each for each in gone.peers if not _ended_before(each, gone))


def _ended_before(one: Channel, other: Channel) -> bool:
    return one.gone_at is not None and other.gone_at is not None and other.gone_at - one.gone_at > TOGETHER


def source_of(channel: Channel) -> Channel | None:
    """The telephone that had this channel dialled, seen through Local channels."""
    seen: set[int] = set()
    at: Channel | None = channel
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        step = at.dialled_by
        if step is None and at.pseudo and at.pair is not None and id(at.pair) not in seen:
            step = prompted_phone(at) or at.pair
        at = step
        if at is not None and not at.pseudo:
            return at
    return None


def prompted_phone(half: Channel) -> Channel | None:
    """The telephone that an Originate rang through this half of a Local channel: the half dials in its name."""
    if not half.prompted or half.pair is None:
        return None
    return next((each for each in reversed(half.pair.dials) if not each.pseudo and each.lifted), None)


def telephone_of(called: Channel) -> Channel | None:
    """The telephone that a dialled channel stands for: itself, or whom a Local channel dialled last."""
    if not called.pseudo:
        return called
    half = called.pair
    return half.dials[-1] if half is not None and half.dials else None


def telephones_beyond(channel: Channel) -> list[Channel]:
    """The telephones that a channel was bridged with, also where a Local channel stays between them."""
    found: list[Channel] = []
    seen: set[int] = {id(channel)}
    todo = list(channel.peers)
    while todo:
        peer = todo.pop(0)
        if id(peer) in seen:
            continue
        seen.add(id(peer))
        if not peer.pseudo:
            found.append(peer)
        elif peer.pair is not None:
            seen.add(id(peer.pair))
            todo.extend(peer.pair.peers)
    return found


def locals_before(channel: Channel) -> list[Channel]:
    """The halves of Local channels through which a telephone is rung."""
    found: list[Channel] = []
    at = channel.dialled_by
    while at is not None and at.pseudo and at not in found:
        found.append(at)
        if at.pair is not None and at.pair not in found:
            found.append(at.pair)
            at = at.pair
        at = at.dialled_by
    return found
