"""Commands, presence and views by HTTP: for clients of server-sent events, and for other programs."""

from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from cti_bus import BusClosed, NoAnswer
from cti_model.commands import ErrorCode
from cti_model.directory import Role
from cti_model.presence import PresenceState
from cti_runtime.auth import Identity
from litestar import Response, get, post
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import HTTPRouteHandler

from push.gateway.coding import BadFrame, decode_command
from push.gateway.commands import refusal
from push.gateway.frames import MAX_FRAME_BYTES, Watched
from push.gateway.rights import may_watch, team_of
from push.gateway.sessions import Sessions
from push.projector.step import usable
from push.transports.callers import AnyRequest, identity_of, problem

_STATUS: Final = {
    ErrorCode.BAD_REQUEST: (400, "Bad Request"),
    ErrorCode.NOT_SUPPORTED: (400, "Bad Request"),
    ErrorCode.FORBIDDEN: (403, "Forbidden"),
    ErrorCode.NOT_FOUND: (409, "Conflict"),
    ErrorCode.WRONG_STATE: (409, "Conflict"),
    ErrorCode.BUSY: (429, "Too Many Requests"),
    ErrorCode.NOT_CONNECTED: (503, "Service Unavailable"),
    ErrorCode.UNAVAILABLE: (503, "Service Unavailable"),
}
"""Of commands that were refused here: nothing was sent. What a connector says is always 200."""


class _Said(msgspec.Struct, frozen=True):
    state: Literal["active", "idle"]


def asking_routes(sessions: Sessions) -> list[HTTPRouteHandler]:
    """`POST /v1/commands`, `POST /v1/presence`, `GET /v1/view`, `GET /v1/queues`, `POST /v1/drain`."""
    shared = sessions.shared

    async def caller(request: AnyRequest) -> Identity:
        identity = await identity_of(request, shared.verify)
        if identity.tenant != shared.tenant or not usable(identity.user):
            raise NotAuthorizedException(detail="this server works for another tenant", status_code=403)
        return identity

    @post("/v1/commands", include_in_schema=False, status_code=200, request_max_body_size=MAX_FRAME_BYTES)
    async def command(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        try:
            frame = decode_command(await request.body())
        except BadFrame as error:
            return problem(400, "Bad Request", str(error), result=refusal(error.command_id, str(error)))
        answer = await shared.commands.ask(identity, frame)
        result = answer.result
        if answer.asked or result.error is None:
            return Response(msgspec.json.encode(result), media_type="application/json")
        status, title = _STATUS[result.error]
        refused = problem(status, title, result.message, result=result)
        if status in (429, 503):
            refused.headers["Retry-After"] = "1"
        return refused

    @post("/v1/presence", include_in_schema=False, status_code=200, request_max_body_size=1024)
    async def presence(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        try:
            said = msgspec.json.decode(await request.body(), type=_Said)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as error:
            return problem(400, "Bad Request", str(error))
        shared.presence.say_for_now(identity.user, PresenceState(said.state))
        return Response(None, status_code=204)

    @get("/v1/view", include_in_schema=False)
    async def view(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        user = request.query_params.get("user") or identity.user
        if user != identity.user and not may_watch(identity, (user,)):
            return problem(403, "Forbidden", "you may not see this user's view")
        if not usable(user):
            return problem(400, "Bad Request", "a user's id may hold no dot, space, * or >")
        try:
            found = await shared.history.snapshot(user, None, shared.hub.seen(user))
        except (NoAnswer, BusClosed):
            return problem(503, "Service Unavailable", "the stream cannot be reached")
        body = Watched(epoch=found.epoch, version=found.version, view=found.view)
        return Response(msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"})

    @get("/v1/queues", include_in_schema=False)
    async def queues(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        named = request.query_params.getall("user", [])
        users = frozenset(named) if named else team_of(identity)
        if not may_watch(identity, users):
            return problem(403, "Forbidden", "you may not see the queues of these users")
        found = shared.hub.queues.serving(users, datetime.now(UTC))
        return Response(
            msgspec.json.encode(found), media_type="application/json", headers={"Cache-Control": "no-store"}
        )

    @post("/v1/drain", include_in_schema=False, status_code=202)
    async def drain(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        if Role.ADMIN not in identity.roles:
            return problem(403, "Forbidden", "only an admin may send everybody away")
        sessions.begin_drain()
        return Response(None, status_code=202)

    return [command, presence, view, queues, drain]
