"""From the query of a request to the filters of a question."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from cti_model.calls import Direction, Outcome
from cti_model.questions import CallFilters, CountedFilters, Question
from cti_model.story import Language
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromQuery, QueryParameter

NOT_NEGATIVE = {"minimum": 0}  # litestar leaves a bound of zero out of the document
Seconds = Annotated[float | None, QueryParameter(ge=0, le=1e9, schema_extra=NOT_NEGATIVE)]
Word = Annotated[str | None, QueryParameter(max_length=200)]
Zone = Annotated[
    str, QueryParameter(name="tz", description="IANA name of a time zone, e.g. Europe/Berlin", max_length=100)
]
# As text, since litestar would take a bare number for seconds since 1970.
INSTANT = {"format": "date-time"}
Since = Annotated[
    str | None, QueryParameter(name="from", description="began at or after", max_length=40, schema_extra=INSTANT)
]
Until = Annotated[
    str | None, QueryParameter(name="to", description="began before", max_length=40, schema_extra=INSTANT)
]
PartOfNumber = Annotated[
    str | None,
    QueryParameter(
        description="the other party's number in any notation: from ten digits on a whole one, whose last nine must be "
        "the same; fewer are a part of it",
        max_length=50,
    ),
]
Queue = Annotated[str | None, QueryParameter(description="empty: those of no queue", max_length=200)]
CursorParameter = Annotated[
    str | None, QueryParameter(name="cursor", description="`next` of the page before", max_length=300)
]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
InLanguage = Annotated[Language, QueryParameter(description="of the line for people")]
Paths = Annotated[
    bool, QueryParameter(description="each row with the `path` of its call, which is read from all of its events")
]
_SPACED = re.compile(r" \d\d:\d\d$")  # an offset whose plus came unescaped
_CONTACT = "id of who the row is about: linked by a user, else identified by number"


def counted(
    user: Word = None,
    device: Word = None,
    number: PartOfNumber = None,
    text: Annotated[
        str | None, QueryParameter(description="part of the other party's name or number", min_length=2, max_length=100)
    ] = None,
    contact: Annotated[str | None, QueryParameter(description=_CONTACT, max_length=200)] = None,
    account: Annotated[str | None, QueryParameter(description=_CONTACT, max_length=200)] = None,
    employee: Annotated[str | None, QueryParameter(description="as identified by number", max_length=200)] = None,
    link: Annotated[
        str | None,
        QueryParameter(description="any link, as kind:id", pattern="^[a-z][a-z0-9_]{0,49}:", max_length=251),
    ] = None,
    queue: Queue = None,
    internal: FromQuery[bool | None] = None,
    recorded: Annotated[bool | None, QueryParameter(description="whether its call was recorded")] = None,
    min_talk_s: Seconds = None,
    min_duration_s: Seconds = None,
    max_duration_s: Seconds = None,
) -> CountedFilters:
    """The filters that statistics share with the lists."""
    return CountedFilters(**locals())


def filtered(
    counted: NamedDependency[CountedFilters],
    users: Annotated[list[str] | None, QueryParameter(description="of one of these", max_items=200)] = None,
    since: Since = None,
    until: Until = None,
    direction: FromQuery[Direction | None] = None,
    outcome: Annotated[
        list[Outcome] | None, QueryParameter(description="one of these, if it is given more than once")
    ] = None,
    answered: Annotated[bool | None, QueryParameter(description="whether the two talked")] = None,
    answered_by: Annotated[
        str | None,
        QueryParameter(description="a user who took the call, or shares the telephone that did", max_length=200),
    ] = None,
    answered_within_s: Seconds = None,
    alive: Annotated[bool | None, QueryParameter(description="true: only those that go on")] = None,
) -> CallFilters:
    """All filters of the lists."""
    return CallFilters(
        **fields_of(counted) | {"since": instant("from", since), "until": instant("to", until)},
        users=tuple(users) if users else None,
        direction=direction,
        outcome=tuple(outcome) if outcome else None,
        answered=answered,
        answered_by=answered_by,
        answered_within_s=answered_within_s,
        alive=alive,
    )


def instant(name: str, text: str | None) -> datetime | None:
    """An instant as RFC 3339 spells it; raises an answer of 400."""
    if text is None:
        return None
    try:
        return msgspec.convert(text.replace(" ", "+") if _SPACED.search(text) else text, datetime)
    except msgspec.ValidationError as error:
        raise ValidationException(detail=f"{name}: no instant as 2026-01-31T00:00:00Z") from error


def fields_of(question: Question) -> dict[str, Any]:
    """What is asked, to be asked in another question too."""
    return {name: getattr(question, name) for name in question.__struct_fields__}
