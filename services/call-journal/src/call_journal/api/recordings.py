"""Recordings: lists, links, sound, and who listened."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import asyncpg
import msgspec
from cti_api.problems import PROBLEMS, documented
from cti_model.questions import ListInbound
from cti_runtime.auth import Identity
from litestar import Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException, NotFoundException, PermissionDeniedException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.response import Stream

from call_journal.api.asked import CursorParameter, Limit, Since, Until, Word, instant
from call_journal.api.playing import SOUND_PROBLEMS, played
from call_journal.api.problems import NOT_FOUND
from call_journal.api.recording_types import (
    LinkWish,
    RecordingAccess,
    RecordingItem,
    RecordingLink,
    RecordingPage,
    RecordingState,
)
from call_journal.audio.links import Link, opened, signed
from call_journal.audio.listening import Listening, ended_at
from call_journal.history.checked import checked
from call_journal.history.pages import decoded, encoded
from call_journal.store.queries import Cursor
from call_journal.store.recordings import Wanted, accesses, audited, list_recordings

RangeHeader = Annotated[str | None, HeaderParameter(name="Range", description="one range of bytes", max_length=100)]
_SOUND = {200: ResponseSpec(bytes, description="The sound", media_type="audio/*")}
_FORBIDDEN = documented(s403="The role does not allow it.")
_NAMES_OTHERS = frozenset({"integrator", "admin"})


@get("/v1/calls/{call_id:str}/recordings", operation_id="listRecordingsOfCall", responses=PROBLEMS)
async def of_call(state: State, identity: NamedDependency[Identity], call_id: FromPath[str]) -> RecordingPage:
    """The recordings of a call, newest first; none when the one who asks may not hear them."""
    return RecordingPage(items=await _items(state, identity, Wanted(call_id=call_id), None, 200), next=None)


@get("/v1/recordings", operation_id="listRecordings", responses=PROBLEMS)
async def of_tenant(
    state: State,
    identity: NamedDependency[Identity],
    user: Word = None,
    number: Annotated[str | None, QueryParameter(description="part of the other party's number", max_length=50)] = None,
    pbx: Word = None,
    since: Since = None,
    until: Until = None,
    cursor: CursorParameter = None,
    limit: Limit = 50,
) -> RecordingPage:
    """Recordings that the one who asks may hear, newest first. `user`: who took part in the call."""
    asked = checked(ListInbound(since=instant("from", since), until=instant("to", until), number=number, user=user))
    wanted = Wanted(user=user, number=number, pbx=pbx, since=asked.since, until=asked.until)
    items = await _items(state, identity, wanted, decoded(cursor), limit + 1)
    more = items[limit - 1] if len(items) > limit else None
    return RecordingPage(items=items[:limit], next=encoded(Cursor(more.began_at, more.id)) if more else None)


@post(
    "/v1/recordings/{recording:str}/link",
    operation_id="linkRecording",
    status_code=201,
    responses=PROBLEMS | NOT_FOUND | _FORBIDDEN | documented(s409="It is still running."),
)
async def link(
    state: State, identity: NamedDependency[Identity], recording: FromPath[str], data: JSONBody[LinkWish]
) -> RecordingLink:
    """An address for a player or a browser that has no token. Whoever has it hears the recording until it expires."""
    row = await _audible(state, identity, recording)
    if data.listener not in (None, identity.user) and not identity.roles & _NAMES_OTHERS:
        raise PermissionDeniedException(detail="only integrators and admins may name another listener")
    settings: Listening = state.listening
    seconds = min(data.seconds or settings.link_s, settings.link_s)
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)
    given = Link(
        tenant=identity.tenant,
        recording=recording,
        listener=data.listener or identity.user,
        granted_by=identity.user,
        expires_at=until,
    )
    await audited(state.pool, row, given.listener, identity.user, "link")
    return RecordingLink(url=f"{settings.public_url}/v1/listen/{signed(given, settings.key)}", expires_at=until)


@get(
    "/v1/recordings/{recording:str}/sound",
    operation_id="hearRecording",
    responses=PROBLEMS | NOT_FOUND | SOUND_PROBLEMS | _SOUND,
)
async def sound(
    state: State, identity: NamedDependency[Identity], recording: FromPath[str], span: RangeHeader = None
) -> Stream:
    """The sound of a recording, all of it or the range of bytes that is asked for."""
    row = await _audible(state, identity, recording)
    return await played(state, row, span, identity.user, identity.user, "token")


@get(
    "/v1/listen/{link:str}",
    operation_id="listen",
    security=[{}],
    responses=PROBLEMS | NOT_FOUND | SOUND_PROBLEMS | _SOUND,
)
async def listen(state: State, link: FromPath[str], span: RangeHeader = None) -> Stream:
    """The sound of a recording by a link; no token is needed. A link that was altered, or is over, answers 401."""
    given = opened(link, state.listening.key)
    row = await _one(state, given.tenant, Wanted(recording=given.recording))
    return await played(state, row, span, given.listener, given.granted_by, "listened")


@get("/v1/recordings/{recording:str}/accesses", operation_id="listAccesses", responses=PROBLEMS | NOT_FOUND)
async def heard(state: State, identity: NamedDependency[Identity], recording: FromPath[str]) -> list[RecordingAccess]:
    """Who listened to a recording or was given a link to it, newest first. Not for operators."""
    if not identity.sees_everyone:
        raise NotFoundException(detail=f"no recording {recording}")
    await _one(state, identity.tenant, Wanted(recording=recording))
    fields = ("granted_by", "how", "began_at", "last_at", "requests")
    rows = await accesses(state.pool, identity.tenant, recording)
    return [RecordingAccess(user=row["user_id"], **{name: row[name] for name in fields}) for row in rows]


ROUTES = Router(path="/", route_handlers=[of_call, of_tenant, link, sound, listen, heard])


async def _items(
    state: State, identity: Identity, wanted: Wanted, after: Cursor | None, limit: int
) -> list[RecordingItem]:
    seen = state.listening.may_hear(identity, wanted)
    rows = await list_recordings(state.pool, identity.tenant, seen, after, limit) if seen is not None else []
    return [_item(state.listening, row) for row in rows]


async def _audible(state: State, identity: Identity, recording: str) -> asyncpg.Record:
    """The recording, if it can be heard by the one who asks."""
    seen = state.listening.may_hear(identity, Wanted(recording=recording))
    if seen is None:
        raise NotFoundException(detail=f"no recording {recording} that you may hear")
    row = await _one(state, identity.tenant, seen)
    if row["gone_at"] is not None:
        raise NotFoundException(detail=f"the recording is gone: {row['reason']}")
    if ended_at(row) is None:
        raise HTTPException(status_code=409, detail="the recording is still running")
    return row


async def _one(state: State, tenant: str, wanted: Wanted) -> asyncpg.Record:
    rows = await list_recordings(state.pool, tenant, wanted, limit=1)
    if not rows:
        raise NotFoundException(detail=f"no recording {wanted.recording} that you may hear")
    return rows[0]


def _item(settings: Listening, row: asyncpg.Record) -> RecordingItem:
    end: Any = row["stopped_at"] or row["call_ended_at"]
    started = row["started_at"]
    same = ("call_id", "pbx", "recording_id", "connection_id", "device", "started_at", "stopped_at", "stored_at")
    return msgspec.convert(
        {
            **{name: row[name] for name in (*same, "gone_at")},
            "id": row["recording"],
            "began_at": row["listed_at"],
            "state": _state(row),
            "duration_s": (end - started).total_seconds() if end is not None and started is not None else None,
            "content_type": settings.type_of(row),
            "audible": settings.audible(row),
            "gone_because": row["reason"],
        },
        RecordingItem,
    )


def _state(row: asyncpg.Record) -> RecordingState:
    if row["gone_at"] is not None:
        return RecordingState.GONE
    if row["stored_at"] is not None:
        return RecordingState.STORED
    return RecordingState.ENDED if ended_at(row) is not None else RecordingState.RUNNING
