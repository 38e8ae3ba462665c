"""What can be asked of the journal over NATS, on `cti.<tenant>.history.<question>`: the questions of its HTTP API.

A question is a JSON object, `{}` where nothing need be said; a field that it does not have is refused, since a filter
that is misspelt would let everything through. The answer is a `HistoryReply`. Who may publish on these subjects reads
all calls of the tenant, notes too: there is no token beside NATS's own permissions.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

from msgspec import Meta, Struct

from cti_model.calls import Direction, Outcome
from cti_model.counts import Statistics
from cti_model.history import (
    Annotation,
    CallCount,
    CallDetail,
    CallItem,
    CallPage,
    CallPath,
    InboundPage,
)
from cti_model.story import Language

Word = Annotated[str, Meta(max_length=200)]
Number = Annotated[str, Meta(max_length=50)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(max_length=300)]
LinkText = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,49}:", max_length=251)]
Zone = Annotated[str, Meta(max_length=100)]


class Question(
    Struct, frozen=True, omit_defaults=True, kw_only=True, forbid_unknown_fields=True,
    rename={"since": "from", "until": "to", "zone": "tz", "called": "state"},
):  # fmt: skip
    """Base of all questions. None: not asked for. `since` and `until`, spelled `from` and `to`, bound when it began."""


class CountedFilters(Question, frozen=True, kw_only=True):
    """Which rows of the Calls section, as far as statistics can be narrowed to them.

    `user`: whose row it is; that of a shared extension is each of its users'. `number`: the other party's, in
    any notation: ten digits or more are a whole one, whose last nine must be the same, fewer a part of it. `text`: part
    of their name (by the directory, or as shown), or of their number.
    `duration` is from beginning to end, so that only rows that ended have one. `contact`, `account`: by a user's link,
    else as identified by number; `employee`: as identified. `link`: any link, as `kind:id`.
    """

    user: Word | None = None
    device: Word | None = None
    number: Number | None = None
    text: Annotated[str, Meta(min_length=2, max_length=100)] | None = None
    contact: Word | None = None
    account: Word | None = None
    employee: Word | None = None
    link: LinkText | None = None
    queue: Word | None = None
    internal: bool | None = None
    recorded: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_talk_s: Seconds | None = None
    min_duration_s: Seconds | None = None
    max_duration_s: Seconds | None = None


class CallFilters(CountedFilters, frozen=True, kw_only=True):
    """Which rows of the Calls section.

    `users`: of one of these. `outcome`: one of these. `answered_by`: a user who took the call, or shares the telephone
    that did; the others whose phones rang for it are listed too. `answered_within_s`: from the first ring, or dialling,
    to the answer.
    """

    users: tuple[Word, ...] | None = None
    direction: Direction | None = None
    outcome: tuple[Outcome, ...] | None = None
    answered: bool | None = None
    answered_by: Word | None = None
    answered_within_s: Seconds | None = None
    alive: bool | None = None


class ListCalls(CallFilters, frozen=True, kw_only=True):
    """Rows of the Calls section, newest first. `cursor`: `next` of the page before. `paths`: each with its `path`, in
    that language; it is read from all events of the call.
    """

    cursor: Cursor | None = None
    limit: Limit = 50
    paths: bool = False
    language: Language = Language.ENGLISH


class CountCalls(CallFilters, frozen=True, kw_only=True):
    """How many rows there are."""


class GetCall(Question, frozen=True, kw_only=True):
    """A call with its rows, its path and everything that happened."""

    call_id: Word
    language: Language = Language.ENGLISH


class GetPath(Question, frozen=True, kw_only=True):
    """Who talked with whom in a call, and the line for people in that language."""

    call_id: Word
    language: Language = Language.ENGLISH


class InboundOutcome(StrEnum):
    """What became of an inbound call. `abandoned` in a queue, `missed` elsewhere; `unanswered` is either."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    MISSED = "missed"
    ABANDONED = "abandoned"


class MissedState(StrEnum):
    """Whether somebody spoke with the caller of a missed call since."""

    OPEN = "open"
    CALLED_BACK = "called_back"


class InboundFilters(Question, frozen=True, kw_only=True):
    """Which calls from outside, each once. `user`: whose phone rang for it. `number`: part of the caller's."""

    since: datetime | None = None
    until: datetime | None = None
    queue: Word | None = None
    number: Number | None = None
    user: Word | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class ListInbound(InboundFilters, frozen=True, kw_only=True):
    """Calls from outside, whoever's phones rang, newest first."""

    outcome: InboundOutcome | None = None
    answered_within_s: Seconds | None = None


class ListMissed(InboundFilters, frozen=True, kw_only=True):
    """Calls from outside that nobody answered, newest first, and who spoke with the caller since. `called`, spelled
    `state`: whether anybody did.
    """

    called: MissedState | None = None


class ListRecent(Question, frozen=True, kw_only=True):
    """The newest row with each other party: with each contact, else account, else number, else name."""

    user: Word | None = None
    number: Number | None = None
    contact: Word | None = None
    account: Word | None = None
    limit: Limit = 20


class Interval(StrEnum):
    """How a period is cut. Weeks begin on Monday. `all`: not at all."""

    ALL = "all"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class By(StrEnum):
    """Whose calls are counted together."""

    NONE = "none"
    USER = "user"
    QUEUE = "queue"


class GetStatistics(CountedFilters, frozen=True, kw_only=True):
    """Counts and sums of a period, cut into intervals of a time zone. `within_s` is for the service level."""

    since: datetime
    until: datetime
    interval: Interval = Interval.DAY
    by: By = By.NONE
    zone: Zone = "UTC"
    within_s: Annotated[float, Meta(ge=0, le=86400)] = 20.0


class GetAnnotation(Question, frozen=True, kw_only=True):
    """What users wrote about a row, with every version."""

    connection_id: Word


class Fault(StrEnum):
    """Why there is no answer. Only after `unavailable` and `too_many` is the same question worth asking again."""

    BAD_QUESTION = "bad_question"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


class HistoryError(Struct, frozen=True, kw_only=True):
    """What kept the journal from answering; `detail` says it in words."""

    code: Fault
    detail: str


Answer = TypeVar("Answer")


class HistoryReply(Struct, Generic[Answer], frozen=True, omit_defaults=True, kw_only=True):
    """Either the answer or an error."""

    answer: Answer | None = None
    error: HistoryError | None = None


class Asked(NamedTuple):
    """A question, and the type of its answer."""

    question: type[Question]
    answer: Any


QUESTIONS: Mapping[str, Asked] = {
    "list": Asked(ListCalls, CallPage),
    "count": Asked(CountCalls, CallCount),
    "get": Asked(GetCall, CallDetail),
    "path": Asked(GetPath, CallPath),
    "inbound": Asked(ListInbound, InboundPage),
    "missed": Asked(ListMissed, InboundPage),
    "recent": Asked(ListRecent, list[CallItem]),
    "statistics": Asked(GetStatistics, Statistics),
    "annotation": Asked(GetAnnotation, Annotation),
}
"""Every question by the last token of its subject."""
