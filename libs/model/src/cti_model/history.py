"""What the journal answers about calls that were and are: the same over HTTP and over NATS (`cti_model.questions`)."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from cti_model.calls import Call, Direction, EndedBy, Outcome
from cti_model.path import Edge


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a row is about in another system. `kind`: `contact`, `account`, `activity`, `case`, or a word of your own.

    `label` is what people read; the journal does not look it up.
    """

    kind: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    label: Annotated[str, msgspec.Meta(max_length=500)] = ""


class CallItem(msgspec.Struct, kw_only=True):
    """One row of the Calls section: each time a user's phone rang or dialled. Durations in seconds, instants in UTC.

    `outcome`, `ended_by` and `ended_at` are null while it goes on; its durations then are those up to its last event.
    `user`: whose row it is, of several who share the extension the first. `remote_name`: as the directory knows the
    other party, else as the PBX showed it. `contact_id`, `account_id`: whom the row is about, linked by a user, else as
    identified by number; `employee_id`: as identified. `note`, `result` and `links` are what users wrote; `note` is
    empty for who may not read notes; `changed_at` and `changed_by`: the last change of these.

    `duration_s` is from beginning to end, `before_answer_s` to the answer, or to the end of what nobody answered.
    `answered_by`: the user who took the call, of all whose phones rang; of a shared telephone all who share it,
    separated by `, `, since nobody knows which of them it was. `native_id`: the PBX's id that the call began with.
    `path`: who talked with whom in the whole call, in one line for people, where the list was asked for `paths`; null
    elsewhere, and of a call whose events were not all kept.
    """

    connection_id: str
    call_id: str
    pbx: str
    user: str
    device: str
    direction: Direction
    internal: bool
    remote_number: str
    remote_name: str
    outcome: Outcome | None
    ended_by: EndedBy | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    ring_s: float
    queue_s: float
    talk_s: float
    hold_s: float
    redirecting_id: str
    redirection_id: str
    consultation_of: str | None
    queue: str
    contact_id: str | None
    account_id: str | None
    employee_id: str | None
    note: str
    result: str
    links: list[Link]
    changed_at: datetime | None
    changed_by: str
    caller_number: str
    called_number: str
    duration_s: float | None
    before_answer_s: float | None
    answered_by: str
    native_id: str
    path: str | None = None


class CallCount(msgspec.Struct, kw_only=True):
    """How many rows there are. `exact` false: more than `count`; counting ended there.

    `estimate`: then about how many, from PostgreSQL's statistics, which says much of a tenant or a period and little of
    several filters at once; null when `count` is exact.
    """

    count: int
    exact: bool
    estimate: int | None = None


class CallPage(msgspec.Struct, kw_only=True):
    """A page of rows, newest first. `next`: hand it back as `cursor` for the following page; null on the last one."""

    items: list[CallItem]
    next: str | None


class TimelineItem(msgspec.Struct, kw_only=True):
    """One event of a call. `connection_id` is empty for facts about the call as a whole; `fact` is as published."""

    version: int
    kind: str
    occurred_at: datetime
    observed_at: datetime
    origin: str
    connection_id: str
    device: str
    fact: dict[str, Any]


class PathItem(msgspec.Struct, kw_only=True):
    """Two connections that talked, from when to when and why. `one` was in the call first; null: they still talk."""

    one: str
    one_number: str
    other: str
    other_number: str
    began_at: datetime
    began_by: Edge
    ended_at: datetime | None
    ended_by: Edge | None


class CallPath(msgspec.Struct, kw_only=True):
    """Who talked with whom in a call, and the same in one line for people (`story`); see `CallDetail`."""

    call_id: str
    story: str | None
    path: list[PathItem]


class CallDetail(msgspec.Struct, kw_only=True):
    """A call: its state, the rows it made in the Calls section, who talked with whom, and all that happened, in order.

    `story` is the path in one line for people; null, with an empty path, when not all of its events were kept.
    """

    call: Call
    story: str | None
    path: list[PathItem]
    records: list[CallItem]
    timeline: list[TimelineItem]


class CalledBack(msgspec.Struct, kw_only=True):
    """The first talk with a caller after a call that nobody answered: who, when, and in which direction."""

    user: str
    at: datetime
    direction: str
    call_id: str


class InboundItem(msgspec.Struct, kw_only=True):
    """One call from outside. `outcome` is null while it rings, and for one that went on as another call.

    `abandoned`: nobody answered in a queue; `missed`: nobody answered elsewhere. `wait_s`: from its beginning to the
    answer, or to its end; null while it rings. `called_back` is null also for those that were answered.
    """

    call_id: str
    pbx: str
    queue: str
    dialled: str
    number: str
    name: str
    outcome: str | None
    answered_by: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float | None
    called_back: CalledBack | None


class InboundPage(msgspec.Struct, kw_only=True):
    """A page of inbound calls, newest first. `next`: hand it back as `cursor` for the following page."""

    items: list[InboundItem]
    next: str | None


class AnnotationChange(msgspec.Struct, kw_only=True):
    """One version of what users wrote: who, and when."""

    version: int
    note: str
    result: str
    links: list[Link]
    changed_by: str
    changed_at: datetime | None


class Annotation(msgspec.Struct, kw_only=True):
    """What users wrote about a row. `version` is its `ETag`; `history` has every version, the newest first."""

    version: int
    note: str
    result: str
    links: list[Link]
    changed_by: str
    changed_at: datetime | None
    history: list[AnnotationChange]
