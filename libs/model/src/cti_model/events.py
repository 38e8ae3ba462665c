"""The facts of calls, agents and links, past tense, and the messages that carry them.

A call message (`CallEvent`) is one fact about a call together with the whole state of that call after it: the
newest message of a call is its snapshot. `fold` (see `cti_model.fold`) recomputes that state from the facts alone.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cti_model.calls import Call, Cause, Connection, Device, Direction, Party


class Origin(StrEnum):
    """How we know: seen as it happened, inferred by comparing snapshots, or read again from a recording."""

    OBSERVED = "observed"
    RECONCILED = "reconciled"
    REPLAYED = "replayed"


class Leg(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is known of a connection when it first appears. `internal`: the other side is inside the company.

    Of a connection that is there already it changes nothing, but that one known as a trunk may be told as a telephone.
    """

    connection_id: str
    device: Device
    direction: Direction
    party: Party = Party()
    remote: Party = Party()
    internal: bool = False
    queue: str = ""
    redirecting_id: str = ""
    consulted_by: str = ""
    native_id: str = ""


class Fact(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="type"):
    """Base of everything that can happen to a call."""


class Originated(Fact, frozen=True, gc=False, tag="originated"):
    """A device dials: its connection appears as `initiated`, or a prompted (click-to-call) phone was lifted.

    Of one that was connected, and that nobody is left in the call to talk with: it waits for who is called now.
    """

    leg: Leg
    dialled: str = ""
    consultation_of: str | None = None


class Delivered(Fact, frozen=True, gc=False, tag="delivered"):
    """A device rings: its connection appears as, or becomes, `alerting`.

    `consultation_of`: where a phone is prompted (click-to-call) by a user who talks in another call.
    """

    leg: Leg
    consultation_of: str | None = None


class Established(Fact, frozen=True, gc=False, tag="established"):
    """A device answered. `connected`: who talks with it from now on; it may be named there itself."""

    leg: Leg
    connected: tuple[str, ...] = ()


class Held(Fact, frozen=True, gc=False, tag="held"):
    """A device put its side on hold."""

    connection_id: str


class Retrieved(Fact, frozen=True, gc=False, tag="retrieved"):
    """A device took its side off hold."""

    connection_id: str


class Queued(Fact, frozen=True, gc=False, tag="queued"):
    """A connection waits in a queue."""

    connection_id: str
    queue: str
    position: int = 0


class Dequeued(Fact, frozen=True, gc=False, tag="dequeued"):
    """A connection left a queue without an agent: gave up, timed out, or went elsewhere."""

    connection_id: str
    queue: str
    cause: Cause


class Diverted(Fact, frozen=True, gc=False, tag="diverted"):
    """A call went from one device to another before an answer: forward or pickup. `joined` came from other calls."""

    connection_id: str
    to: str
    cause: Cause = Cause.REDIRECTED
    joined: tuple[Connection, ...] = ()


class TransferKind(StrEnum):
    """How a transfer was made."""

    ATTENDED = "attended"
    BLIND = "blind"
    REDIRECT = "redirect"  # by a manager, not by one of the parties


class Transferred(Fact, frozen=True, gc=False, tag="transferred"):
    """`by` passed the call on to the number `to`.

    `joined`: connections that came over from another call, as they were there. `departed`: connections that went
    to the call `merged_into`; they are no longer this call's.
    """

    kind: TransferKind
    to: str
    by: str = ""
    by_number: str = ""
    joined: tuple[Connection, ...] = ()
    departed: tuple[str, ...] = ()
    merged_into: str | None = None


class Conferenced(Fact, frozen=True, gc=False, tag="conferenced"):
    """Connections of another call came over (`joined`), or went to it (`departed`), without a transfer.

    `connected`: who talks together from now on; empty: all who are there.
    """

    joined: tuple[Connection, ...] = ()
    connected: tuple[str, ...] = ()
    departed: tuple[str, ...] = ()
    merged_into: str | None = None


class Parked(Fact, frozen=True, gc=False, tag="parked"):
    """A connection waits in a parking slot. `by` is the number that parked it."""

    connection_id: str
    slot: str
    by: str = ""


class Unparked(Fact, frozen=True, gc=False, tag="unparked"):
    """A parked connection was taken back, or its time ran out (`timed_out`)."""

    connection_id: str
    slot: str
    timed_out: bool = False


class Failed(Fact, frozen=True, gc=False, tag="failed"):
    """A device could not be reached or refused before it rang, or while it rang: its connection ends."""

    leg: Leg
    cause: Cause


class DigitsEntered(Fact, frozen=True, gc=False, tag="digits_entered"):
    """DTMF digits from a device."""

    connection_id: str
    digits: str


class InformationChanged(Fact, frozen=True, gc=False, tag="information_changed"):
    """Numbers, names, native ids or data of a call changed. Absent fields did not.

    `native_ids` are new aliases of the call and, where one is named, of the connection.
    """

    connection_id: str = ""
    party: Party | None = None
    remote: Party | None = None
    native_ids: tuple[str, ...] = ()
    info: dict[str, str] = {}


class RecordingStarted(Fact, frozen=True, gc=False, tag="recording_started"):
    """A recording of a connection began."""

    connection_id: str
    recording_id: str


class RecordingStopped(Fact, frozen=True, gc=False, tag="recording_stopped"):
    """A recording ended."""

    connection_id: str
    recording_id: str


class RecordingStored(Fact, frozen=True, gc=False, tag="recording_stored"):
    """A recording can be fetched from `location`."""

    connection_id: str
    recording_id: str
    location: str


class ConnectionCleared(Fact, frozen=True, gc=False, tag="connection_cleared"):
    """A connection ended. `released_by`: the connection whose user ended it; empty when the PBX did."""

    connection_id: str
    cause: Cause = Cause.NORMAL
    released_by: str = ""


class Cleared(Fact, frozen=True, gc=False, tag="cleared"):
    """The call is over. Connections that are still alive end with it."""

    cause: Cause = Cause.NORMAL


CallFact = (
    Originated
    | Delivered
    | Established
    | Held
    | Retrieved
    | Queued
    | Dequeued
    | Diverted
    | Transferred
    | Conferenced
    | Parked
    | Unparked
    | Failed
    | DigitsEntered
    | InformationChanged
    | RecordingStarted
    | RecordingStopped
    | RecordingStored
    | ConnectionCleared
    | Cleared
)


class CallEvent(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One fact about a call and the call's state after it.

    `occurred_at`: the PBX's clock where it tells, else equal to `observed_at`, our clock at reception.
    `not_before` and `not_after`: set where nobody saw it happen; it did between these two (an absent one is
    `occurred_at`), and the books are kept as if at `occurred_at`.
    `native_ids`: the PBX's ids in the frame that this came from. `call.version` counts without gaps.
    """

    event_id: str
    occurred_at: datetime
    observed_at: datetime
    origin: Origin
    fact: CallFact
    call: Call
    native_ids: tuple[str, ...] = ()
    not_before: datetime | None = None
    not_after: datetime | None = None

    @property
    def kind(self) -> str:
        """The event's name, e.g. `delivered`: the last token of its subject."""
        return fact_kind(self.fact)


def fact_kind(fact: CallFact) -> str:
    """The name of a fact's type as it stands in `type` and in subjects."""
    return _KINDS[type(fact)]


_KINDS: dict[type, str] = {cls: str(cls.__struct_config__.tag) for cls in Fact.__subclasses__()}


class LinkKind(StrEnum):
    """States of a connector's link to its PBX."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    GAP = "gap"
    RECONCILED = "reconciled"


class LinkEvent(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What happened to a connector's link to its PBX. `detail` is for people."""

    event_id: str
    occurred_at: datetime
    tenant: str
    pbx: str
    kind: LinkKind
    instance: str = ""
    detail: str = ""
