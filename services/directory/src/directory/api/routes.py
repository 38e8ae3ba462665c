"""The routes that are not of one kind of thing: identification, search, import, numbering, agent states, audit."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from cti_api.operations import Changing, allow
from cti_api.problems import CHANGES, PROBLEMS
from cti_runtime.auth import Identity
from litestar import Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import FromQuery, JSONBody, QueryParameter

from directory import names
from directory.agent_states import AgentState
from directory.api.guards import cursor_of, etag, may_change, may_read, position_of, version_of
from directory.api.problems import Senseless
from directory.api.resource import MAX_PAGE, IfMatch, strictly
from directory.api.types import AgentStates, AuditPage, Candidates, NameFound, SearchResult
from directory.entities import AuditItem, Numbering, NumberingBody
from directory.numbers import is_region
from directory.store.importing import Report, load
from directory.store.numbering import numbering_of, set_numbering
from directory.store.reading import agent_states_of, audit_of
from directory.store.subscribers import by_name

Number = Annotated[str, QueryParameter(description="in any notation", min_length=1, max_length=256)]
Query = Annotated[str, QueryParameter(description="three characters of a name, or a number", max_length=200)]


@get("/v1/identify", summary="Who is behind a number", operation_id="identify", responses=PROBLEMS)
async def identify(state: State, identity: NamedDependency[Identity], number: Number) -> Candidates:
    """Candidates, the likeliest first; nobody for a withheld number."""
    return Candidates(candidates=await state.lookup.candidates(may_read(identity), number))


@get("/v1/search", summary="Find by name", operation_id="search", responses=PROBLEMS)
async def search(state: State, identity: NamedDependency[Identity], name: Query) -> SearchResult:
    """Whose words begin like the query's, in any order; else whose names hold it. A number finds by number."""
    tenant = may_read(identity)
    if names.is_number(name):
        return SearchResult(by_number=await state.lookup.candidates(tenant, name))
    if not names.is_long_enough(name):
        raise Senseless(detail=f"name: {names.LEAST_CHARACTERS} letters at least")
    rows = await by_name(state.pool, tenant, name)
    return SearchResult(by_name=[msgspec.convert(dict(row), NameFound) for row in rows])


@dataclass
class Importing(Operation):
    """The body is read as it comes and by no parameter, so litestar does not know of it."""

    def __post_init__(self) -> None:
        self.request_body = RequestBody(
            content={"text/csv": OpenAPIMediaType(Schema(type=OpenAPIType.STRING))}, required=True
        )


@post(
    "/v1/contacts/import",
    summary="Import CSV",
    operation_id="importContacts",
    status_code=200,
    responses=PROBLEMS,
    operation_class=Importing,
)
async def import_contacts(state: State, identity: NamedDependency[Identity], request: Request[Any, Any, Any]) -> Report:
    """Contacts, accounts and employees, by external id; the body is the file (`text/csv`), read as it comes.

    Lines that are wrong are left out and listed; importing the same again changes nothing. The columns are in the
    README of the service.
    """
    change = may_change(identity)
    report = await load(state.pool, change, request.stream(), state.defaults)
    state.imported(report)
    return report


@get("/v1/numbering", summary="How numbers are read", operation_id="getNumbering", responses=PROBLEMS)
async def get_numbering(state: State, identity: NamedDependency[Identity]) -> Response[Numbering]:
    """The tenant's rules; version 0 while they are the service's defaults."""
    found = await numbering_of(state.pool, may_read(identity), state.defaults)
    return Response(found, headers=etag(found.version))


@put(
    "/v1/numbering",
    summary="Set how numbers are read",
    operation_id="setNumbering",
    responses=PROBLEMS | CHANGES,
    operation_class=Changing,
)
async def put_numbering(
    state: State,
    identity: NamedDependency[Identity],
    request: Request[Any, Any, Any],
    data: JSONBody[NumberingBody],
    if_match: IfMatch = None,
) -> Response[Numbering]:
    """Set the tenant's rules. Numbers that are stored keep their E.164 until `python -m directory renumber`."""
    change, data = may_change(identity), strictly(await request.body(), NumberingBody)
    version = version_of(if_match)
    if not is_region(data.region):
        raise Senseless(detail=f"region: {data.region} has no telephone numbers")
    async with state.pool.acquire() as connection, connection.transaction():
        made = await set_numbering(connection, change, version, data, state.defaults)
    return Response(made, headers=etag(made.version))


@get("/v1/agent-states", summary="Agent states", operation_id="listAgentStates", responses=PROBLEMS)
async def list_agent_states(
    state: State, identity: NamedDependency[Identity], pbx_kind: FromQuery[str | None] = None
) -> AgentStates:
    """The states that agents choose or are seen in, of one kind of PBX or of all."""
    rows = await agent_states_of(state.pool, may_read(identity), pbx_kind)
    return AgentStates(
        items=[
            AgentState(
                pbx_kind=row["pbx_kind"],
                code=row["code"],
                name=row["name"],
                display_only=row["display_only"],
                reasons=msgspec.json.decode(row["reasons"]),
            )
            for row in rows
        ]
    )


@get("/v1/audit", summary="Who changed what", operation_id="listAudit", responses=PROBLEMS)
async def list_audit(
    state: State,
    identity: NamedDependency[Identity],
    entity: FromQuery[str | None] = None,
    entity_id: FromQuery[str | None] = None,
    cursor: Annotated[str | None, QueryParameter(description="`next` of the page before")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 50,
) -> AuditPage:
    """Changes, newest first, of everything, one kind, or one thing. For administrators."""
    tenant, position = may_change(identity).tenant, position_of(cursor)
    if position and not (position.isascii() and position.isdecimal() and len(position) < 19):
        raise Senseless(detail="cursor is not one that we gave out")
    rows = await audit_of(state.pool, tenant, entity, entity_id, int(position) if position else None, limit + 1)
    items = [
        AuditItem(
            **{name: row[name] for name in ("seq", "at", "actor", "action", "entity", "entity_id")},
            before=msgspec.json.decode(row["before"]) if row["before"] else None,
            after=msgspec.json.decode(row["after"]) if row["after"] else None,
        )
        for row in rows[:limit]
    ]
    return AuditPage(items=items, next=cursor_of(str(items[-1].seq)) if len(rows) > limit else None)


GENERAL = [
    allow("/v1/numbering", "GET", "PUT"),
    *(identify, search, get_numbering, put_numbering, list_agent_states, list_audit),
]
