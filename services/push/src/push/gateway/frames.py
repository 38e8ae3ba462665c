"""The frames of docs/protocol.md. How they are read and written: `coding`."""

from datetime import datetime
from typing import Annotated, Final, Literal

from cti_model.calls import Command
from cti_model.commands import CommandOutcome, ErrorCode, Membership
from cti_model.events import Origin
from cti_model.queues import Caller
from cti_model.view import CtiEvent, UserView
from msgspec import Meta, Struct

MAX_FRAME_BYTES: Final = 64 * 1024
PROTOCOL: Final = 1
MOST_WATCHED: Final = 500

CommandId = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
_Text = Annotated[str, Meta(max_length=128)]


class Cursor(Struct, frozen=True):
    """What a client has already."""

    epoch: str
    version: int


class Hello(Struct, tag="hello", frozen=True):
    """First frame of a client."""

    token: str
    cursor: Cursor | None = None


class Pong(Struct, tag="pong", frozen=True):
    """Answer to a ping."""


class CommandFrame(Struct, tag="command", frozen=True, kw_only=True):
    """Something to be done. `id` is the client's own: the same id of the same user is the same command.

    `pbx` and `device` may be left out: those of the connection that is meant, else the user's first extension. The
    other fields are those of `cti_model.commands.CommandRequest`.
    """

    id: CommandId
    verb: Command
    pbx: _Text = ""
    device: _Text = ""
    connection_id: _Text = ""
    other_connection_id: _Text = ""
    to: _Text = ""
    digits: _Text = ""
    queue: _Text = ""
    reason: _Text = ""
    agent_state: _Text = ""
    recording_id: _Text = ""


class Renew(Struct, tag="renew", frozen=True):
    """Another token of the same user."""

    token: str


class PresenceFrame(Struct, tag="presence", frozen=True):
    """Whether somebody sits at this tab."""

    state: Literal["active", "idle"]


class Watch(Struct, tag="watch", frozen=True):
    """Other users' views are wanted, instead of those that were: of these users, or of all.

    `queues`: also who waits in the queues that serve them.
    """

    users: Annotated[tuple[_Text, ...], Meta(max_length=MOST_WATCHED)] = ()
    all: bool = False
    queues: bool = False


class Unwatch(Struct, tag="unwatch", frozen=True):
    """Other users' views are no longer wanted."""


ClientFrame = Hello | Pong | CommandFrame | Renew | PresenceFrame | Watch | Unwatch


class Extension(Struct, frozen=True):
    """A telephone of the user."""

    pbx: str
    device: str


class Welcome(Struct, tag="welcome", frozen=True, kw_only=True):
    """First frame of the server: the snapshot."""

    protocol: int = PROTOCOL
    session: str
    tenant: str
    user: str
    name: str
    roles: tuple[str, ...]
    extensions: tuple[Extension, ...]
    expires_at: datetime
    epoch: str
    version: int
    recovered: bool
    ping_s: float
    server_time: datetime
    view: UserView


class Update(Struct, tag="update", frozen=True, kw_only=True):
    """What happened, and the view after it."""

    epoch: str
    version: int
    replay: bool
    occurred_at: datetime
    origin: Origin
    events: tuple[CtiEvent, ...]
    view: UserView


class Result(Struct, tag="result", frozen=True, omit_defaults=True, kw_only=True):
    """What became of a command, to the session that asked; `outcome` is a final one."""

    id: str
    verb: Command | None = None
    outcome: CommandOutcome
    error: ErrorCode | None = None
    message: str = ""
    call_id: str = ""
    connection_id: str = ""
    details: dict[str, str] = {}
    memberships: tuple[Membership, ...] = ()


class Renewed(Struct, tag="renewed", frozen=True, kw_only=True):
    """The new token counts."""

    expires_at: datetime


class Expiring(Struct, tag="expiring", frozen=True, kw_only=True):
    """The token ends soon: renew it, or the session ends with it."""

    expires_at: datetime


class Watched(Struct, frozen=True, kw_only=True):
    """One watched user's view."""

    epoch: str
    version: int
    view: UserView


class WatchedFrame(Struct, tag="watched", frozen=True, kw_only=True):
    """The views of watched users as they are now. `more`: another such frame follows with the rest."""

    views: dict[str, Watched]
    more: bool = False


class WatchUpdate(Struct, tag="watch_update", frozen=True, kw_only=True):
    """What happened to a watched user, and their view after it."""

    user: str
    epoch: str
    version: int
    occurred_at: datetime
    origin: Origin
    events: tuple[CtiEvent, ...]
    view: UserView


class WatchedQueue(Struct, frozen=True, kw_only=True):
    """Who waits in one queue of a PBX, the longest first."""

    pbx: str
    queue: str
    waiting: tuple[Caller, ...]


class QueuesFrame(Struct, tag="queues", frozen=True, kw_only=True):
    """Who waits in queues that serve the watched users. `whole`: in others nobody does; else others are as before."""

    queues: tuple[WatchedQueue, ...]
    whole: bool = False


class Moving(Struct, tag="moving", frozen=True, kw_only=True):
    """This instance lets its clients go: reconnect after so many milliseconds; the close (4000) follows at once."""

    after_ms: int


class Ping(Struct, tag="ping", frozen=True, kw_only=True):
    """Are you there?"""

    server_time: datetime


class ErrorFrame(Struct, tag="error", frozen=True, kw_only=True):
    """Something is wrong with what the client sent."""

    code: str
    message: str


ServerFrame = (
    Welcome
    | Update
    | Result
    | Renewed
    | Expiring
    | WatchedFrame
    | WatchUpdate
    | QueuesFrame
    | Moving
    | Ping
    | ErrorFrame
)
