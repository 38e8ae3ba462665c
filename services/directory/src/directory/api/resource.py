"""One kind of thing under one path: list, create, read, replace, delete. All kinds go the same way."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

import msgspec
from cti_api.operations import Changing, allow
from cti_api.problems import CHANGES, PROBLEMS
from cti_runtime.auth import Identity
from litestar import Request, Response, Router, delete, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter

from directory.api.guards import cursor_of, etag, may_change, may_read, position_of, version_of
from directory.api.problems import CONFLICT, NOT_FOUND
from directory.store import directory as store
from directory.store.tables import Table

Body = TypeVar("Body", bound=msgspec.Struct)
MAX_PAGE = 200
Prepare = Callable[[State, str, dict[str, Any]], dict[str, Any]]
"""From state, tenant and the body's values to the values that are stored."""
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match", description="ETag of the version that is changed")]


def as_it_is(_: State, __: str, values: dict[str, Any]) -> dict[str, Any]:
    """Store the body."""
    return values


def resource(
    plural: str, table: Table, new: type, body: type, *, secret: bool = False, prepare: Prepare = as_it_is
) -> Router:
    """The routes of a table. `new`: what creates one; `secret`: only administrators may read it too."""
    item, name = table.item, table.item.__name__
    page = msgspec.defstruct(
        f"{name}Page",
        [("items", list[item]), ("next", str | None)],  # type: ignore[valid-type]
        namespace={"__doc__": "Ordered by id. `next`: hand it back as `cursor`; null on the last page."},
        kw_only=True,
    )
    changing: dict[str, Any] = {
        "responses": PROBLEMS | NOT_FOUND | CONFLICT | CHANGES,
        "operation_class": Changing,
    }
    reader = may_change if secret else may_read

    def tenant_of(identity: Identity) -> str:
        allowed = reader(identity)
        return allowed if isinstance(allowed, str) else allowed.tenant

    @get("/", summary=f"{name}s", operation_id=f"list{name}s", responses=PROBLEMS)
    async def listed(
        state: State,
        identity: NamedDependency[Identity],
        user_id: FromQuery[str | None] = None,
        pbx: FromQuery[str | None] = None,
        extension: FromQuery[str | None] = None,
        external_id: FromQuery[str | None] = None,
        text: Annotated[str | None, QueryParameter(max_length=100, description="a part of the name, or the id")] = None,
        cursor: Annotated[str | None, QueryParameter(description="`next` of the page before")] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 50,
    ) -> page:  # type: ignore[valid-type]
        """Ordered by id. Filters that this kind does not have are left aside."""
        given = {"user_id": user_id, "pbx": pbx, "extension": extension, "external_id": external_id}
        filters = {key: value for key, value in given.items() if value is not None and key in table.columns}
        after, wanted = position_of(cursor), text if "name" in table.columns else None
        found = await store.page(state.pool, table, tenant_of(identity), after, limit + 1, filters, wanted)
        return page(items=found[:limit], next=cursor_of(found[limit - 1].id) if len(found) > limit else None)

    @post("/", summary=f"Create: {name}", operation_id=f"create{name}", responses=PROBLEMS | CONFLICT)
    async def created(
        state: State,
        identity: NamedDependency[Identity],
        request: Request[Any, Any, Any],
        data: JSONBody[new],  # type: ignore[valid-type]
    ) -> Response[item]:  # type: ignore[valid-type]
        """Create one; its ETag is its version."""
        change = may_change(identity)
        values = prepare(state, change.tenant, _values(strictly(await request.body(), new)))
        rules = await state.rules_of(change.tenant)
        async with state.pool.acquire() as connection, connection.transaction():
            made = await store.create(connection, table, change, values, rules)
        state.changed()
        return Response(
            made, status_code=201, headers=etag(made.version) | {"Location": f"/v1/{plural}/{quote(made.id, safe='')}"}
        )

    @get("/{entity_id:str}", summary=name, operation_id=f"get{name}", responses=PROBLEMS | NOT_FOUND)
    async def read(state: State, identity: NamedDependency[Identity], entity_id: FromPath[str]) -> Response[item]:  # type: ignore[valid-type]
        """Read one; its ETag is its version."""
        found = await store.one(state.pool, table, tenant_of(identity), entity_id)
        return Response(found, headers=etag(found.version))

    @put("/{entity_id:str}", summary=f"Replace: {name}", operation_id=f"replace{name}", **changing)
    async def replaced(
        state: State,
        identity: NamedDependency[Identity],
        entity_id: FromPath[str],
        request: Request[Any, Any, Any],
        data: JSONBody[body],  # type: ignore[valid-type]
        if_match: IfMatch = None,
    ) -> Response[item]:  # type: ignore[valid-type]
        """Replace all of it, if it is still at the version of `If-Match`: 412 when not, 428 without."""
        change, sent = may_change(identity), _values(strictly(await request.body(), body))
        version, values = version_of(if_match), prepare(state, change.tenant, sent)
        rules = await state.rules_of(change.tenant)
        async with state.pool.acquire() as connection, connection.transaction():
            made = await store.replace(connection, table, change, entity_id, version, values, rules)
        state.changed()
        return Response(made, headers=etag(made.version))

    @delete("/{entity_id:str}", summary=f"Delete: {name}", operation_id=f"delete{name}", **changing)
    async def deleted(
        state: State, identity: NamedDependency[Identity], entity_id: FromPath[str], if_match: IfMatch = None
    ) -> None:
        """Delete it, if it is still at the version of `If-Match`; 409 while others refer to it."""
        change, version = may_change(identity), version_of(if_match)
        async with state.pool.acquire() as connection, connection.transaction():
            await store.remove(connection, table, change, entity_id, version)
        state.changed()

    options = [allow("/", "GET", "POST"), allow("/{entity_id:str}", "DELETE", "GET", "PUT")]
    return Router(f"/v1/{plural}", route_handlers=[*options, listed, created, read, replaced, deleted], tags=[plural])


def strictly(sent: bytes, body: type[Body]) -> Body:
    """The body again, as JSON has it: litestar takes 1 for true and a number for an instant. Raises 400."""
    try:
        return msgspec.convert(_whole(msgspec.json.decode(sent)), body)
    except msgspec.MsgspecError as error:
        raise ValidationException(detail=str(error)) from error


def _whole(value: Any) -> Any:
    """The same JSON with 8.0 as the integer that it is to JSON."""
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _values(body: msgspec.Struct) -> dict[str, Any]:
    """A body's values, instants as instants."""
    values = msgspec.structs.asdict(body)
    if "communications" in values:
        values["communications"] = msgspec.to_builtins(values["communications"])
    return values
