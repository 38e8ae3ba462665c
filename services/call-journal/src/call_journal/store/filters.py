"""What may be asked of the Calls section, as conditions on `call_record`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from cti_model.questions import CallFilters as Filters

from call_journal.store.upsert import digits

__all__ = ["NEWEST", "OWNED", "SAME_DIGITS", "Filters", "conditions", "newest"]

SAME_DIGITS = 9
"""Two numbers are one when their last nine digits are: with or without a country's or a trunk's prefix. The index
`call_record_of_number` is made for it."""
WHOLE_NUMBER = 10
"""Who gives so many digits means this number, and not a part of one: so the index can be used."""


OWNED = "(r.user_id = {0} OR r.shared_with ? {0})"
"""Whether a row is a user's."""
NEWEST = "ORDER BY r.started_at DESC, r.connection_id DESC"


class Newest(NamedTuple):
    """Rows as `r`, a condition that they must fulfil, and the values of all placeholders."""

    rows: str
    where: str
    values: list[Any]


_IDENTIFIED = (
    "EXISTS (SELECT FROM identification i WHERE i.tenant = r.tenant AND i.connection_id = r.connection_id "
    "AND i.number = r.remote_number AND {})"
)
# One row at most. Not as EXISTS: beside OR that would be planned as a hash of everybody's names, of all times. So would
# be EXISTS as a value, of recordings.
_NAME = (
    "(SELECT lower(i.name) FROM identification i WHERE i.tenant = r.tenant AND i.connection_id = r.connection_id "
    "AND i.number = r.remote_number)"
)
_DURATION = "extract(epoch FROM r.ended_at - r.started_at)"
# Linked to it by a user, or identified as it and linked to no other one. One set, so that both indexes serve.
_ABOUT = """(r.connection_id, r.remote_number) IN (
    SELECT m.connection_id, m.remote_number FROM annotation n
    JOIN call_record m ON m.tenant = n.tenant AND m.connection_id = n.connection_id
    WHERE n.tenant = $1 AND n.kind_id = {0}
    UNION ALL
    SELECT i.connection_id, i.number FROM identification i
    LEFT JOIN annotation n ON n.tenant = i.tenant AND n.connection_id = i.connection_id
    WHERE i.tenant = $1 AND i.kind_id = {0} AND n.kind_id IS NULL
)"""
_CONDITIONS: Mapping[str, str] = {
    "user": OWNED,
    "users": "(r.user_id = ANY({0}) OR r.shared_with ?| {0})",
    "device": "r.device = {}",
    "number": "r.remote_digits LIKE '%' || {} || '%'",
    **{name: _ABOUT.replace("kind_id", f"{name}_id") for name in ("contact", "account")},
    "employee": _IDENTIFIED.format("i.employee_id = {}"),
    "link": "r.connection_id IN (SELECT n.connection_id FROM annotation n WHERE n.tenant = $1 "
    "AND n.links @> {}::jsonb)",
    "direction": "r.direction = {}",
    "outcome": "r.outcome = ANY({})",
    "internal": "r.internal = {}",
    "queue": "r.queue = {}",
    "answered": "(r.answered_at IS NOT NULL) = {}",
    "answered_by": "EXISTS (SELECT FROM call_record a WHERE a.tenant = r.tenant AND a.call_id = r.call_id "
    "AND (a.user_id = {0} OR a.shared_with ? {0}) AND a.direction = 'in' AND a.answered_at IS NOT NULL)",
    "answered_within_s": "extract(epoch FROM r.answered_at - r.started_at)::double precision <= {}",
    "recorded": "((SELECT true FROM recording s WHERE s.tenant = r.tenant AND s.call_id = r.call_id LIMIT 1) "
    "IS NOT NULL) = {}",
    "since": "r.started_at >= {}",
    "until": "r.started_at < {}",
    "min_talk_s": "r.talk_s >= {}",
    "min_duration_s": f"{_DURATION}::double precision >= {{}}",
    "max_duration_s": f"{_DURATION}::double precision <= {{}}",
    "alive": "(r.ended_at IS NULL) = {}",
}


def _as_it_is(value: Any) -> Any:
    return value


def _link(spelled: str) -> str:
    """`kind:id` as PostgreSQL looks for it in the links of a row."""
    kind, _, link_id = spelled.partition(":")
    return msgspec.json.encode([{"kind": kind, "id": link_id}]).decode()


_VALUES: Mapping[str, Callable[[Any], Any]] = {
    "number": digits, "outcome": list, "users": list, "link": _link,
}  # fmt: skip


def conditions(tenant: str, filters: Filters) -> tuple[str, list[Any]]:
    """The condition on `call_record r` and the values of its placeholders; the first one is the tenant."""
    values: list[Any] = [tenant]
    where = ["r.tenant = $1"]
    for name in Filters.__struct_fields__:
        value = getattr(filters, name)
        if value is None:
            continue
        if name == "text":
            where.append(_named(value, values))
            continue
        if name == "number" and len(whole := digits(value)) >= WHOLE_NUMBER:
            values.append(whole[-SAME_DIGITS:])
            where.append(f"right(r.remote_digits, {SAME_DIGITS}) = ${len(values)}")
            continue
        values.append(_VALUES.get(name, _as_it_is)(value))
        where.append(_CONDITIONS[name].format(f"${len(values)}"))
    return " AND ".join(where), values


def newest(tenant: str, filters: Filters, limit: str, more: str = "", values: Sequence[Any] = ()) -> Newest:
    """Where the newest rows are found: at least `limit` (an expression), as far as there are, and few others.

    `more`: another condition, with placeholders that follow those of `conditions` without a user; `values`: theirs. A
    user's rows come from two indexes, each in the order of time: of one condition with OR PostgreSQL would look through
    everybody's newest rows until the page is full.
    """
    where, all_values = conditions(tenant, msgspec.structs.replace(filters, user=None))
    where, all_values = where + more, [*all_values, *values]
    if filters.user is None:
        return Newest("call_record r", where, all_values)
    user = f"${len(all_values) + 1}"
    found = f"WHERE {where} AND r.user_id {{}} {user} {NEWEST} LIMIT {limit}"
    shared = f"SELECT * FROM call_record WHERE shared_with ? {user} OFFSET 0"  # noqa: S608 - by its own index
    rows = (
        f"((SELECT r.* FROM call_record r {found.format('=')}) "  # noqa: S608
        f"UNION ALL (SELECT r.* FROM ({shared}) r {found.format('<>')})) r"
    )
    return Newest(rows, "true", [*all_values, filters.user])


def _named(text: str, values: list[Any]) -> str:
    """Part of the name, whatever its case; what can be nothing but a number is looked for in the numbers as well."""
    values.append(_escaped(text.lower()))
    like = f"LIKE '%' || ${len(values)} || '%'"
    name = f"(lower(r.remote_name) {like} OR {_NAME} {like})"
    number = digits(text)
    if not number or any(each.isalpha() for each in text):
        return name
    values.append(number)
    return f"({name} OR r.remote_digits LIKE '%' || ${len(values)} || '%')"


def _escaped(text: str) -> str:
    """For LIKE, where `%`, `_` and the backslash mean themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
