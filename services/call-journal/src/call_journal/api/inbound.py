"""Inbound calls, missed calls and whether they were called back, and who was spoken with last."""

from typing import Annotated

from cti_api.problems import PROBLEMS
from cti_model.history import CallItem, InboundPage
from cti_model.questions import InboundOutcome, ListInbound, ListMissed, ListRecent, MissedState
from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from call_journal.api.asked import CursorParameter, Limit, Seconds, Since, Until, Word, instant
from call_journal.history import inbound
from call_journal.history.asker import Asker

Number = Annotated[str | None, QueryParameter(description="part of the caller's number", max_length=50)]
Rang = Annotated[str | None, QueryParameter(description="whose phone rang for it", max_length=200)]
Party = Annotated[str | None, QueryParameter(description="the other party's number, in any notation", max_length=50)]


@get("/v1/inbound", summary="Inbound calls", operation_id="listInbound", responses=PROBLEMS)
async def list_inbound(
    state: State,
    asker: NamedDependency[Asker],
    since: Since = None,
    until: Until = None,
    queue: Word = None,
    number: Number = None,
    user: Rang = None,
    outcome: FromQuery[InboundOutcome | None] = None,
    answered_within_s: Seconds = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> InboundPage:
    """Calls from outside, each once, whoever's phones rang, newest first. An operator sees those that rang theirs."""
    question = ListInbound(
        since=instant("from", since),
        until=instant("to", until),
        queue=queue,
        number=number,
        user=user,
        outcome=outcome,
        answered_within_s=answered_within_s,
        cursor=cursor,
        limit=limit,
    )
    return await inbound.list_inbound(state.pool, asker, question)


@get("/v1/missed", summary="Missed calls", operation_id="listMissed", responses=PROBLEMS)
async def list_missed(
    state: State,
    asker: NamedDependency[Asker],
    since: Since = None,
    until: Until = None,
    queue: Word = None,
    number: Number = None,
    user: Rang = None,
    called: Annotated[MissedState | None, QueryParameter(name="state", description="without it: either")] = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> InboundPage:
    """Calls from outside that nobody answered, newest first, and who spoke with the caller since, and when.

    `called_back` is the first later talk of anybody with that number, in either direction; null while there is none:
    such a call is `open`.
    """
    question = ListMissed(
        since=instant("from", since),
        until=instant("to", until),
        queue=queue,
        number=number,
        user=user,
        called=called,
        cursor=cursor,
        limit=limit,
    )
    return await inbound.list_missed(state.pool, asker, question)


@get("/v1/recent", summary="The newest call with each party", operation_id="listRecent", responses=PROBLEMS)
async def list_recent(
    state: State,
    asker: NamedDependency[Asker],
    user: Word = None,
    number: Party = None,
    contact: Word = None,
    account: Word = None,
    limit: Limit = 20,
) -> list[CallItem]:
    """The newest row with each other party, newest first, among the newest 2000 rows. An operator's own.

    A party is the contact of the row, else the account, else the number (the last nine digits of it), else the name.
    """
    question = ListRecent(user=user, number=number, contact=contact, account=account, limit=limit)
    return await inbound.list_recent(state.pool, asker, question)
