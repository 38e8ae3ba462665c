"""Commands, presence and views by HTTP: for clients of server-sent events, and for other programs."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from cti_bus import BusClosed, NoAnswer
from cti_model.commands import ErrorCode
from cti_model.directory import Role
from cti_model.presence import PresenceState
from cti_runtime.auth import Identity
from litestar import Response, get, post
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, ValidationException
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from push.gateway.coding import BadFrame, decode_command
from push.gateway.commands import refusal
from push.gateway.frames import MAX_FRAME_BYTES, CommandFrame, QueuesFrame, Result, Watched
from push.gateway.rights import may_watch, team_of
from push.gateway.sessions import Sessions
from push.projector.step import usable
from push.transports.callers import AnyRequest, identity_of, problem
from push.transports.documented import SIGNED_IN, TOO_LARGE, UNREADABLE, answer, reading, refusals

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


_REFUSED: Final = refusals(
    s400="`bad_request`, `not_supported`",
    s403="`forbidden`, or the token is another tenant's",
    s409="`not_found`, `wrong_state`",
    s429="`busy`: wait as `Retry-After` says",
    s503="`not_connected`, `unavailable`: the same id may be used again after `Retry-After`",
)
_User = Annotated[str, QueryParameter(description="another user than one's own")]
_Users = Annotated[list[str] | None, QueryParameter(description="in those that serve these users only")]


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

    @post(
        "/v1/commands",
        summary="Have a command carried out",
        description="The same `id` of the same user is the same command. What the connector answers is 200, whatever "
        "became of it: look at `outcome`.",
        operation_id="command",
        operation_class=reading(CommandFrame, optional=("type",)),
        responses=SIGNED_IN | TOO_LARGE | _REFUSED | {200: answer(Result, "what became of it")},
        status_code=200,
        request_max_body_size=MAX_FRAME_BYTES,
    )
    async def command(request: AnyRequest) -> Response[Any]:
        identity = await caller(request)
        try:
            frame = decode_command(await request.body())
        except BadFrame as error:
            return problem(400, "Bad Request", str(error), result=refusal(error.command_id, str(error)))
        told = await shared.commands.ask(identity, frame)
        result = told.result
        if told.asked or result.error is None:
            return Response(msgspec.json.encode(result), media_type="application/json")
        status, title = _STATUS[result.error]
        refused = problem(status, title, result.message, result=result)
        if status in (429, 503):
            refused.headers["Retry-After"] = "1"
        return refused

    @post(
        "/v1/presence",
        summary="Say whether somebody sits there",
        operation_id="presence",
        operation_class=reading(_Said),
        responses=UNREADABLE | TOO_LARGE | SIGNED_IN,
        status_code=204,
        request_max_body_size=1024,
    )
    async def presence(request: AnyRequest) -> None:
        identity = await caller(request)
        try:
            said = msgspec.json.decode(await request.body(), type=_Said)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as error:
            raise ValidationException(detail=str(error)) from error
        shared.presence.say_for_now(identity.user, PresenceState(said.state))

    @get(
        "/v1/view",
        summary="A user's view, as it is now",
        operation_id="view",
        responses=UNREADABLE | SIGNED_IN | {200: answer(Watched, "the snapshot, and the version that it is of")},
    )
    async def view(request: AnyRequest, user: _User = "") -> Response[Any]:
        identity = await caller(request)
        user = user or identity.user
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

    @get(
        "/v1/queues",
        summary="Who waits in queues",
        operation_id="queues",
        responses=UNREADABLE | SIGNED_IN | {200: answer(QueuesFrame, "the queues in which somebody waits")},
    )
    async def queues(request: AnyRequest, user: _Users = None) -> Response[Any]:
        identity = await caller(request)
        users = frozenset(user) if user else team_of(identity)
        if not may_watch(identity, users):
            return problem(403, "Forbidden", "you may not see the queues of these users")
        found = shared.hub.queues.serving(users, datetime.now(UTC))
        return Response(
            msgspec.json.encode(found), media_type="application/json", headers={"Cache-Control": "no-store"}
        )

    @post(
        "/v1/drain",
        summary="Send the clients of this instance away",
        description="Of role `admin`. It takes no new ones until it is started again.",
        operation_id="drain",
        responses=SIGNED_IN,
        status_code=202,
    )
    async def drain(request: AnyRequest) -> None:
        identity = await caller(request)
        if Role.ADMIN not in identity.roles:
            raise PermissionDeniedException(detail="only an admin may send everybody away")
        sessions.begin_drain()

    return [command, presence, view, queues, drain]
