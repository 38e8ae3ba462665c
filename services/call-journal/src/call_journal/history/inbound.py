"""Calls from outside, missed calls and whether they were called back, and who was spoken with last."""

import asyncpg
import msgspec
from cti_model.history import CalledBack, CallItem, InboundItem, InboundPage
from cti_model.questions import InboundFilters, InboundOutcome, ListInbound, ListMissed, ListRecent, MissedState
from cti_store import Pool

from call_journal.history.asker import Asker
from call_journal.history.calls import item
from call_journal.history.checked import checked
from call_journal.history.pages import decoded, encoded
from call_journal.store import inbound as store
from call_journal.store.queries import Cursor


async def list_inbound(pool: Pool, asker: Asker, question: ListInbound) -> InboundPage:
    """Calls from outside, each once, newest first, of those that rang a telephone whose rows the asker sees."""
    asked = checked(question)
    return await _page(
        pool, asker, asked, outcome=asked.outcome and asked.outcome.value, answered_within_s=asked.answered_within_s
    )


async def list_missed(pool: Pool, asker: Asker, question: ListMissed) -> InboundPage:
    """Those that nobody answered, and who spoke with the caller since."""
    asked = checked(question)
    called_back = None if asked.called is None else asked.called is MissedState.CALLED_BACK
    return await _page(pool, asker, asked, outcome=InboundOutcome.UNANSWERED.value, called_back=called_back)


async def list_recent(pool: Pool, asker: Asker, question: ListRecent) -> list[CallItem]:
    """The newest row with each other party, newest first, among the newest 2000 rows that the asker sees."""
    asked = checked(question)
    users = _among(asker, asked.user)
    if users is not None and not users:
        return []
    rows = await store.recent(
        pool, asker.tenant, users, asked.limit, number=asked.number, contact=asked.contact, account=asked.account
    )
    return [item(asker, row) for row in rows]


async def _page(
    pool: Pool,
    asker: Asker,
    asked: InboundFilters,
    *,
    outcome: str | None,
    answered_within_s: float | None = None,
    called_back: bool | None = None,
) -> InboundPage:
    after, users = decoded(asked.cursor), _among(asker, asked.user)
    if users is not None and not users:
        return InboundPage(items=[], next=None)
    filters = store.Inbound(
        since=asked.since,
        until=asked.until,
        queue=asked.queue,
        number=asked.number,
        users=users,
        outcome=outcome,
        answered_within_s=answered_within_s,
        called_back=called_back,
    )
    rows = await store.list_inbound(pool, asker.tenant, filters, after, asked.limit + 1)
    more = rows[asked.limit - 1] if len(rows) > asked.limit else None
    return InboundPage(
        items=[_inbound(row) for row in rows[: asked.limit]],
        next=encoded(Cursor(more["started_at"], more["call_id"])) if more else None,
    )


def _among(asker: Asker, user: str | None) -> tuple[str, ...] | None:
    """Whose telephones count, of those that the asker sees; None: everybody's."""
    if user is not None:
        return (user,) if asker.sees(user) else ()
    return None if asker.users is None else tuple(sorted(asker.users))


def _inbound(row: asyncpg.Record) -> InboundItem:
    back = None
    if row["later_at"] is not None:
        back = CalledBack(
            user=row["later_user"], at=row["later_at"], direction=row["later_direction"], call_id=row["later_call_id"]
        )
    fields = {name: row[name] for name in InboundItem.__struct_fields__ if name != "called_back"}
    return msgspec.convert({**fields, "called_back": back}, InboundItem)
