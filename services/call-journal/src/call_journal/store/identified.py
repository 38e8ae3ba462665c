"""Who the other party of a record is: an archive of `identified` events, the newest of each record and number.

It is not computed from calls, so a rebuild leaves it alone. A record is joined with what was told of its own number,
so that a name never outlives the number that it is of.
"""

from cti_directory import USERS
from cti_model.directory import Candidate, SubscriberKind
from cti_model.journal import Identified

from call_journal.project import IdentifiedRow
from call_journal.store.upsert import Table, Values, as_json, storable


def _values(row: IdentifiedRow) -> Values:
    event, fact = row.event, row.fact
    best = fact.candidates[0] if fact.candidates else None
    return (
        event.tenant,
        fact.connection_id,
        storable(fact.number),
        event.call_id,
        row.stream_seq,
        event.event_id,
        event.occurred_at,
        event.origin.value,
        *(_id(fact, best, kind) for kind in SubscriberKind),
        storable(fact.name),
        as_json(fact.candidates),
    )


def _id(fact: Identified, best: Candidate | None, kind: SubscriberKind) -> str | None:
    """The id of that kind: of the likeliest candidate itself, or the account that a contact belongs to."""
    if best is None:  # told before there were candidates
        return fact.contact_id if kind is SubscriberKind.CONTACT else None
    if best.kind is kind:
        return best.id if best.source != USERS else None  # a user's id is no employee's
    return best.account_id if kind is SubscriberKind.ACCOUNT else None


IDENTIFICATION = Table(
    "identification",
    (
        *((name, "text") for name in ("tenant", "connection_id", "number", "call_id")),
        ("stream_seq", "bigint"),
        ("event_id", "text"),
        ("occurred_at", "timestamptz"),
        ("origin", "text"),
        *((f"{kind}_id", "text") for kind in SubscriberKind),
        ("name", "text"),
        ("candidates", "jsonb"),
    ),
    ("tenant", "connection_id", "number"),
    _values,
)
JOINED = """
    LEFT JOIN identification i
    ON i.tenant = r.tenant AND i.connection_id = r.connection_id AND i.number = r.remote_number
"""
"""What was identified of `call_record r`, as `i`."""
ABOUT_CONTACT = "coalesce(n.contact_id, i.contact_id)"
ABOUT_ACCOUNT = "coalesce(n.account_id, i.account_id)"
"""Whom a row is about, of `r` joined with its `annotation n` and `i`: linked by a user, else as identified."""
PARTY = f"""
    coalesce(nullif(i.name, ''), r.remote_name) AS party_name, {ABOUT_CONTACT} AS contact_id,
    {ABOUT_ACCOUNT} AS account_id, i.employee_id
"""
"""Who the other party is, of the same; the name as the directory knows it, else as it was shown."""
