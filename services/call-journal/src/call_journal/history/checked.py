"""What a question's types cannot say: instants as UTC, bounds in order, numbers with digits, time zones that are."""

from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from cti_model.questions import Question

from call_journal.history.errors import BadQuestion
from call_journal.store.upsert import digits

Asked = TypeVar("Asked", bound=Question)
_BOUNDS = (("since", "until", "from", "to"), ("min_duration_s", "max_duration_s", "min_duration_s", "max_duration_s"))


def checked(question: Asked) -> Asked:
    """The question with its instants in UTC; raises `BadQuestion` for what cannot be meant."""
    changes: dict[str, Any] = {}
    for field, name in (("since", "from"), ("until", "to")):
        value = getattr(question, field, None)
        if value is not None:
            changes[field] = instant(name, value)
    if changes:
        question = msgspec.structs.replace(question, **changes)
    for low, high, first, second in _BOUNDS:
        least, most = getattr(question, low, None), getattr(question, high, None)
        if least is not None and most is not None and least > most:
            raise BadQuestion(f"{first}: lies behind {second}")
    number = getattr(question, "number", None)
    if number is not None and not digits(number):
        raise BadQuestion("number: holds no digit")
    for name in question.__struct_fields__:
        value = getattr(question, name)
        texts = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
        if any("\0" in each for each in texts):
            raise BadQuestion(f"{name}: holds a NUL, which nothing that is stored does")
    return question


def instant(name: str, value: datetime) -> datetime:
    """The instant in UTC; one without a zone is UTC already."""
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as error:
        raise BadQuestion(f"{name}: no such instant") from error


def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name; others are refused in words."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadQuestion(f"tz: no time zone {name!r}") from error
