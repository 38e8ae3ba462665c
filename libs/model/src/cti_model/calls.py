"""The state of a call: devices, parties, connections. Vocabulary: ECMA-269 (CSTA).

All instants are timezone-aware UTC. All durations are whole microseconds, so that sums are exact.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct


class DeviceKind(StrEnum):
    """What a number belongs to. Only an `extension` is a user's device and yields call records."""

    EXTENSION = "extension"
    TRUNK = "trunk"
    QUEUE = "queue"
    CONFERENCE = "conference"
    PARKING = "parking"
    APPLICATION = "application"
    UNKNOWN = "unknown"


class Device(Struct, frozen=True, gc=False, omit_defaults=True):
    """A thing with a number. `native` is the PBX's own name of it, such as `PJSIP/101`."""

    number: str
    kind: DeviceKind
    native: str = ""


class Party(Struct, frozen=True, gc=False, omit_defaults=True):
    """Who is behind a device. Empty number: unknown. `user` is set where the directory knows one."""

    number: str = ""
    name: str = ""
    user: str | None = None


class ConnectionState(StrEnum):
    """CSTA connection states (ECMA-269 § 6.1.5). `null` is a connection that has ended."""

    NULL = "null"
    INITIATED = "initiated"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HELD = "held"
    QUEUED = "queued"
    FAILED = "failed"


class Direction(StrEnum):
    """Direction as the device's user sees it: a click-to-call is `out` although the phone rings first."""

    IN = "in"
    OUT = "out"


class CallDirection(StrEnum):
    """Direction as the company sees it."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Cause(StrEnum):
    """Why a connection ended or failed, after the PBX's own codes have been translated."""

    NORMAL = "normal"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    ABANDONED = "abandoned"
    UNREACHABLE = "unreachable"
    CONGESTION = "congestion"
    TRANSFERRED = "transferred"
    REDIRECTED = "redirected"
    PARKED = "parked"
    LOST = "lost"  # the PBX forgot it: restart, crash, or found missing by reconciliation
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What became of a user's part in a call. One word, the same in the live view and in the journal."""

    ANSWERED = "answered"
    MISSED = "missed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    ABANDONED = "abandoned"


class EndedBy(StrEnum):
    """Who ended a connection, as its user sees it. `system`: the PBX or an administrator."""

    SELF = "self"
    REMOTE = "remote"
    SYSTEM = "system"


class Command(StrEnum):
    """What can be asked of a PBX, by the last token of the request's subject (see `cti_model.commands`).

    The first block is asked of a connection: what of it is possible now stands in `Connection.allowed` (CtiModel's
    callFeaturesSet). The second is asked for a telephone, the third for an agent in the queues, the fourth only asks.
    """

    ANSWER = "answer"
    CLEAR = "clear"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    CONSULT = "consult"
    COMPLETE_TRANSFER = "complete_transfer"
    CANCEL_TRANSFER = "cancel_transfer"
    BLIND_TRANSFER = "blind_transfer"
    CONFERENCE = "conference"
    SEND_DIGITS = "send_digits"
    MUTE = "mute"
    UNMUTE = "unmute"
    PARK = "park"
    START_RECORDING = "start_recording"
    STOP_RECORDING = "stop_recording"

    MAKE_CALL = "make_call"
    PICKUP = "pickup"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE = "barge"

    QUEUE_LOGIN = "queue_login"
    QUEUE_LOGOUT = "queue_logout"
    QUEUE_PAUSE = "queue_pause"
    QUEUE_UNPAUSE = "queue_unpause"
    SET_AGENT_STATE = "set_agent_state"

    SNAPSHOT = "snapshot"
    QUERY_AGENT = "query_agent"


class Tally(Struct, frozen=True, gc=False, omit_defaults=True):
    """Microseconds a connection has spent in each bucket up to its `changed_at`; the sum is its age then."""

    ring_us: int = 0
    queue_us: int = 0
    talk_us: int = 0
    hold_us: int = 0

    @property
    def total_us(self) -> int:
        """The sum of all buckets."""
        return self.ring_us + self.queue_us + self.talk_us + self.hold_us


class Connection(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One device's part in a call.

    `remote` is the other side as this device saw it first (a caller's number, or what was dialled);
    who is there now follows from the other connections of the call. `answered_at` is when it first talked
    to the other party (not to a queue). `redirecting_id`/`redirection_id`: the number that
    transferred or forwarded, and the number it went to. `native_ids`: the PBX's ids of it, the last one being its
    present one. `consulted_by`: the connection whose user asks this one within the same call (an attended transfer of
    the PBX's own; a telephone's is a call with `consultation_of`). `recordings`: ids of the recordings that run at our
    request. `allowed`: what may be asked of it now.
    """

    connection_id: str
    device: Device
    direction: Direction
    state: ConnectionState
    started_at: datetime
    changed_at: datetime
    party: Party = Party()
    remote: Party = Party()
    internal: bool = False
    alerted_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    tally: Tally = Tally()
    queue: str = ""
    cause: Cause | None = None
    ended_by: EndedBy | None = None
    outcome: Outcome | None = None
    redirecting_id: str = ""
    redirection_id: str = ""
    native_ids: tuple[str, ...] = ()
    consulted_by: str = ""
    recordings: tuple[str, ...] = ()
    allowed: tuple[Command, ...] = ()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @property
    def talking(self) -> bool:
        """Whether it has been answered and not ended, its own hold included."""
        return self.state in (ConnectionState.CONNECTED, ConnectionState.HELD)


class Call(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A conversation and the connections it had, in order of appearance.

    Of those that rang in vain the newest stay (`fold.MOST_IDLE`): a queue rings its members for hours. `left` are those
    that are in the state no more from this event on, as they ended; `left_count`, how many these were so far.

    `version` counts its events. `native_ids` are the PBX's ids of it, the first being the one it was born
    with. `merged_into` names the call that its last parties went to. `features` are the commands that the
    connector can carry out on its PBX at all.
    """

    call_id: str
    tenant: str
    pbx: str
    version: int
    started_at: datetime
    direction: CallDirection = CallDirection.INTERNAL
    dialled: str = ""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    queue: str = ""
    consultation_of: str | None = None
    merged_into: str | None = None
    native_ids: tuple[str, ...] = ()
    info: dict[str, str] = {}
    features: tuple[Command, ...] = ()
    connections: tuple[Connection, ...] = ()
    left: tuple[Connection, ...] = ()
    left_count: int = 0

    @property
    def alive(self) -> bool:
        """Whether it has not been cleared."""
        return self.ended_at is None

    def connection(self, connection_id: str) -> Connection | None:
        """The connection of that id, or None."""
        for each in self.connections:
            if each.connection_id == connection_id:
                return each
        return None


_MICROSECOND = timedelta(microseconds=1)


def microseconds(span: timedelta) -> int:
    """A span as whole microseconds, exact."""
    return span // _MICROSECOND
