"""One user's view of their calls and of themselves as agent, and the CtiModel events that tell how it changed.

How it changes: `cti_model.viewing`. A view names a call by the user's own connection,
which stays the same when the parties of a transfer come together in another call.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cti_model.agents import AgentState, DeviceState
from cti_model.calls import Command, ConnectionState, Direction, EndedBy, Outcome
from cti_model.directory import Candidate
from cti_model.events import Origin
from cti_model.operators import Refusal


class CtiEventName(StrEnum):
    """The 21 events of CtiModel, under its own names."""

    INITIALIZED = "initialized"
    DISCONNECTED = "disconnected"
    CALL_STARTED = "callStarted"
    CALL_FINISHED = "callFinished"
    COMMUTATION_STARTED = "commutationStarted"
    CALL_BUSY = "callBusy"
    HOLD = "hold"
    UNHOLD = "unhold"
    ERROR = "error"
    LINE_STATE_CHANGED = "lineStateChanged"
    AGENT_STATE_CHANGED = "agentStateChanged"
    ACTIVE_CALL_SNAPSHOT = "activeCallSnapshot"
    CALL_SAVED = "callSaved"
    RAW_MESSAGE = "rawMessage"
    CURRENT_CALL_CHANGED = "currentCallChanged"
    CALL_CENTRE_STATE_CHANGED = "callCentreStateChanged"
    CALL_INFO_CHANGED = "callInfoChanged"
    DTMF_ENTERED = "dtmfEntered"
    WEB_RTC_STARTED = "webRtcStarted"
    WEB_RTC_VIDEO_STARTED = "webRtcVideoStarted"
    WEB_RTC_DESTROYED = "webRtcDestroyed"


class PartyView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Who may be behind `number`, as the directory knows: candidates, the likeliest first, and the first one's name."""

    number: str
    name: str = ""
    candidates: tuple[Candidate, ...] = ()


class CallView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One of the user's calls.

    `id` is the connection's id, `call_id` the journal's. `number`/`name`: who is at the other side now.
    `talk_us`/`hold_us`: microseconds up to `state_since`; a clock adds what has passed since. `held_by_remote`:
    the other side holds us. `parent_id`: the view id of the call that this one is a consultation of. `party`: who the
    other side is by the directory, for its present number; `name` is what the PBX showed. `database_id`: the row of the
    Calls section; empty until it is saved.
    """

    id: str
    call_id: str
    pbx: str
    device: str
    direction: Direction
    state: ConnectionState
    started_at: datetime
    state_since: datetime
    number: str = ""
    name: str = ""
    internal: bool = False
    queue: str = ""
    held_by_remote: bool = False
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    ring_us: int = 0
    queue_us: int = 0
    talk_us: int = 0
    hold_us: int = 0
    outcome: Outcome | None = None
    ended_by: EndedBy | None = None
    redirecting_id: str = ""
    redirection_id: str = ""
    parent_id: str = ""
    party: PartyView | None = None
    database_id: str = ""
    allowed: tuple[Command, ...] = ()


class QueueView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The user's state in one queue."""

    queue: str
    state: AgentState
    reason: str = ""
    since: datetime | None = None


class AgentView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The user as an agent at one of their devices: as a whole, and in each queue."""

    pbx: str
    device: str
    state: AgentState
    device_state: DeviceState = DeviceState.UNKNOWN
    reason: str = ""
    since: datetime | None = None
    queues: tuple[QueueView, ...] = ()


class ErrorView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What keeps the user's telephone from being seen at a PBX: their own log-in there is refused, since `since`."""

    pbx: str
    device: str
    reason: Refusal
    message: str
    since: datetime


class CtiEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One CtiModel event. `call` is the call after it (also the finished one); `digits` only with dtmfEntered.

    With agentStateChanged and callCentreStateChanged, `agent` is the agent after it and `previous` its state before.
    `database_id`: with callSaved, and with callInfoChanged when somebody wrote about it: the row of the Calls section;
    there is no `call` when it is over. `error`: with error.
    """

    name: CtiEventName
    call: CallView | None = None
    digits: str = ""
    agent: AgentView | None = None
    previous: AgentState | None = None
    database_id: str = ""
    error: ErrorView | None = None


class UserView(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Everything a user's panel shows live.

    The calls that have not ended, oldest first, and which one is current; the user as agent, at each device that its
    PBX's call centre told of. `errors`: what is wrong now, one for each PBX at most.
    """

    tenant: str
    user: str
    calls: tuple[CallView, ...] = ()
    current_call: str = ""
    agents: tuple[AgentView, ...] = ()
    errors: tuple[ErrorView, ...] = ()


class UserUpdate(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One message of `cti.<tenant>.user.<user>`: what happened (`events`) and the whole view after it.

    `version` counts this user's messages without gaps within one `epoch`; another epoch means another history, in
    which versions can't be compared. `source_seq`: the stream sequence of the call event it came from.
    """

    epoch: str
    version: int
    source_seq: int
    occurred_at: datetime
    origin: Origin
    events: tuple[CtiEvent, ...]
    view: UserView
