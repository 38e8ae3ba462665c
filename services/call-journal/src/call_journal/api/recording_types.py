"""What the API answers about recordings."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec


class RecordingState(StrEnum):
    """`gone`: it was there and cannot be heard any more; the row says since when and why."""

    RUNNING = "running"
    ENDED = "ended"
    STORED = "stored"
    GONE = "gone"


class RecordingItem(msgspec.Struct, kw_only=True):
    """A recording. `recording_id` is the PBX's id of it. Instants are UTC.

    `started_at` and `duration_s` are null when its beginning was not heard of, or it runs. `content_type`: as far as it
    is known before it is opened. `audible`: whether it can be asked for now.
    """

    id: str
    call_id: str
    pbx: str
    recording_id: str
    connection_id: str
    device: str
    state: RecordingState
    began_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    stored_at: datetime | None
    duration_s: float | None
    content_type: str | None
    audible: bool
    gone_at: datetime | None
    gone_because: str | None


class RecordingPage(msgspec.Struct, kw_only=True):
    """A page of recordings, newest first. `next`: hand it back as `cursor` for the following page."""

    items: list[RecordingItem]
    next: str | None


class LinkWish(msgspec.Struct, kw_only=True):
    """For how long, and who will listen: only integrators and admins may name somebody else than themselves."""

    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)] | None = None
    listener: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None


class RecordingLink(msgspec.Struct, kw_only=True):
    """An address under which the recording can be heard without a token, until it expires."""

    url: str
    expires_at: datetime


class RecordingAccess(msgspec.Struct, kw_only=True):
    """Somebody listened, or was given a link (`how`: `token`, `link`, `listened`).

    `granted_by`: who asked for the link; otherwise the same as `user`. A player asks in many parts: those within a
    quarter of an hour of each other are one entry, with their number.
    """

    user: str
    granted_by: str
    how: str
    began_at: datetime
    last_at: datetime
    requests: int
