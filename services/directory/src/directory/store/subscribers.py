"""Contacts, accounts and employees: their numbers and the words of their names, and finding them by either."""

from typing import Any

import asyncpg
from cti_model.directory import SubscriberKind
from cti_store import Connection, Pool

from directory import names, numbers
from directory.identify import MOST_CANDIDATES, Found, Rules, Wanted
from directory.store.errors import in_words

# More of the same last digits, or of the same beginning of a name, are not looked at.
_MOST_FOUND = 200

_FOUND = """
    SELECT s.id, s.kind, s.name, s.account_id, s.user_id, s.photo_url, c.raw, c.reversed_digits, c.e164,
           CASE s.kind WHEN 'contact' THEN s.job WHEN 'account' THEN concat_ws(', ', nullif(s.type, ''),
                nullif(s.city, '')) ELSE s.department END AS detail
    FROM directory.communications c
    JOIN directory.subscribers s ON s.tenant = c.tenant AND s.id = c.subscriber_id
    WHERE c.tenant = $1
"""
_EQUAL = f"{_FOUND} AND c.reversed_digits = $2 AND c.reversed_digits <> '' LIMIT {_MOST_FOUND}"
_EMPLOYEES = (
    f"{_FOUND} AND c.reversed_digits = $2 AND c.reversed_digits <> '' AND s.kind = 'employee' LIMIT {_MOST_FOUND}"
)
# A branch for each index; each is bounded by itself, so that the best are not lost among many that only end alike.
_ANYBODY = f"""
    (({_EQUAL}) UNION ALL
     ({_FOUND} AND c.e164 = $5 AND c.e164 <> '' LIMIT {_MOST_FOUND}) UNION ALL
     ({_FOUND} AND c.reversed_digits >= $3 AND c.reversed_digits < $4 AND c.reversed_digits <> '' LIMIT {_MOST_FOUND}))
"""


def folded(name: str) -> str:
    """What a name is compared by."""
    return names.fold(name)


async def put_parts(connection: Connection, tenant: str, entity_id: str, values: dict[str, Any], rules: Rules) -> None:
    """Put a subscriber's communications and words in place of those it had."""
    for table in ("communications", "name_words"):
        await connection.execute(
            f"DELETE FROM directory.{table} WHERE tenant = $1 AND subscriber_id = $2",  # noqa: S608
            tenant,
            entity_id,
        )
    await connection.executemany(
        "INSERT INTO directory.communications VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (tenant, entity_id, position, *communication(each["kind"], each["label"], each["value"], rules))
            for position, each in enumerate(values["communications"])
        ],
    )
    await connection.execute(
        "INSERT INTO directory.name_words SELECT $1, unnest($3::text[]), $2",
        tenant,
        entity_id,
        names.words(values["name"]),
    )


def communication(kind: str, label: str, value: str, rules: Rules) -> tuple[str, str, str, str, str, str]:
    """The columns of a communication: only telephone numbers have digits."""
    if kind != "phone":
        return kind, label, value, "", "", ""
    number = numbers.parse(value, rules.region)
    return kind, label, value, number.digits, number.reversed_digits, number.e164


# One row at least: it says by which rules the tenant's numbers are read now.
_BY_RULES = """
    SELECT coalesce(n.version, 0) AS rules, f.* FROM (VALUES (1)) AS always
    LEFT JOIN directory.numbering n ON n.tenant = $1 LEFT JOIN ({}) f ON true
"""
_EMPLOYEES_BY_RULES = _BY_RULES.format(_EMPLOYEES)
_ANYBODY_BY_RULES = _BY_RULES.format(_ANYBODY)


async def by_number(pool: Pool | Connection, tenant: str, what: Wanted) -> tuple[int, list[Found]]:
    """Whose numbers are equal, or end alike; to be ranked. Before them the version of the tenant's rules (0: the
    defaults): when it is not the one that `what` was made by, they are not what is wanted.
    """
    backwards = what.number.reversed_digits
    if what.internal:
        rows = await pool.fetch(_EMPLOYEES_BY_RULES, tenant, backwards)
    else:
        # ":" follows "9": all that begins with the prefix lies below.
        rows = await pool.fetch(_ANYBODY_BY_RULES, tenant, backwards, what.prefix, what.prefix + ":", what.number.e164)
    return rows[0]["rules"], [_found(row) for row in rows if row["id"] is not None]


async def by_name(pool: Pool | Connection, tenant: str, query: str) -> list[asyncpg.Record]:
    """Subscribers each word of the query begins a word of, by name; then those that hold it anywhere.

    The longest word is looked up in an index. The second way reads all names of the tenant, so it is taken only when
    the first finds nobody.
    """
    wanted = names.fold(query).split()
    longest = max(wanted, key=len)
    with in_words("name"):
        rows = await pool.fetch(_BY_WORD, tenant, longest, longest + "\U0010ffff", [f"% {word}%" for word in wanted])
        return list(rows or await pool.fetch(_BY_PART, tenant, "%" + " ".join(wanted) + "%"))


_BY_WORD = f"""
    SELECT s.id, s.kind, s.name, s.job, s.department, s.type, s.city, s.account_id, s.user_id, s.photo_url
    FROM (
        SELECT DISTINCT w.subscriber_id FROM directory.name_words w
        JOIN directory.subscribers s ON s.tenant = w.tenant AND s.id = w.subscriber_id
        WHERE w.tenant = $1 AND w.word >= $2 AND w.word < $3 AND ' ' || s.folded LIKE ALL ($4::text[])
        LIMIT {_MOST_FOUND}
    ) f JOIN directory.subscribers s ON s.tenant = $1 AND s.id = f.subscriber_id
    ORDER BY s.folded, s.id LIMIT {MOST_CANDIDATES}
"""  # noqa: S608 - numbers are constants
_BY_PART = f"""
    SELECT s.id, s.kind, s.name, s.job, s.department, s.type, s.city, s.account_id, s.user_id, s.photo_url
    FROM (
        SELECT * FROM directory.subscribers WHERE tenant = $1 AND folded LIKE $2 LIMIT {_MOST_FOUND}
    ) s ORDER BY s.folded, s.id LIMIT {MOST_CANDIDATES}
"""  # noqa: S608


def _found(row: asyncpg.Record) -> Found:
    return Found(
        id=row["id"],
        kind=SubscriberKind(row["kind"]),
        name=row["name"],
        raw=row["raw"],
        reversed_digits=row["reversed_digits"],
        e164=row["e164"],
        detail=row["detail"],
        account_id=row["account_id"],
        user=row["user_id"],
        photo_url=row["photo_url"],
    )
