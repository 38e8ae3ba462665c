"""What goes wrong, as RFC 9457 problems in words: each kind of failure to its answer, and what the document says."""

import traceback
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import structlog
from cti_runtime.auth import KeysUnavailable, Unauthorized
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

_log = structlog.get_logger(__name__)
_RETRY_AFTER_S = 2
_MEDIA_TYPE = "application/problem+json"
Handlers = dict[int | type[Exception], Any]
"""As litestar takes them: a failure is told by the handler of its own class, else of the nearest above it."""


class Problem(msgspec.Struct, kw_only=True):
    """RFC 9457: what is wrong with a request."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


def documented(**described: str) -> dict[int, ResponseSpec]:
    """What an operation may answer: `s404=` and so on, with when."""
    return {
        int(status.removeprefix("s")): ResponseSpec(
            Problem, generate_examples=False, description=text, media_type=_MEDIA_TYPE
        )
        for status, text in described.items()
    }


PROBLEMS = documented(
    s400="The request is not what this document says; `detail` says where.",
    s401="No token, or one that proves nothing.",
    s403="The token's roles do not allow this.",
    s422="It has the right form, but cannot be answered or stored; `detail` says why.",
    s503="The database or the tokens' issuer cannot be reached now, or too much is asked at once; `Retry-After` says "
    "when to ask again.",
)
"""Of every operation."""
CHANGES = documented(
    s412="It was changed since: read it again.", s428="`If-Match` is needed: the `ETag` that was read last."
)
"""Of one that changes something."""


def problem(status: int, title: str, detail: str) -> Response[Problem]:
    """A problem as an answer."""
    return Response(Problem(title=title, status=status, detail=detail), status_code=status, media_type=_MEDIA_TYPE)


def handlers(
    who: str,
    outage: Iterable[type[Exception]],
    refused: Mapping[type[Exception], tuple[int, str]],
    spelled: Mapping[str, str] | None = None,
) -> Handlers:
    """The answers to what a service raises.

    `who` fails when nothing else is known, as "the journal". `outage`: the database is away, to be asked again.
    `refused`: the service's own failures, whose text may be shown, to status and title. `spelled`: names of parameters
    in the code to those that clients know.
    """

    def http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
        response = problem(
            error.status_code, type(error).__name__.removesuffix("Exception"), _detail(error, spelled or {})
        )
        response.headers.update(error.headers or {})
        return response

    def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
        _log.error("request failed", path=request.url.path, exc_info=error)
        return problem(500, "InternalServerError", f"{who} failed; its log says why")

    return {
        Unauthorized: _unauthorized,
        RecursionError: _too_deep,
        KeysUnavailable: _undecided,
        HTTPException: http,
        Exception: unexpected,
        **{kind: _refusing(status, title) for kind, (status, title) in refused.items()},
        **dict.fromkeys(outage, _away),
    }


def _detail(error: HTTPException, spelled: Mapping[str, str]) -> str:
    """What is wrong, with each parameter that is."""
    if not isinstance(error.extra, list):
        return error.detail
    wrong = [
        f"{spelled.get(key := str(each.get('key', '')), key)}: {each.get('message', '')}".removeprefix(": ")
        for each in error.extra
        if isinstance(each, dict)
    ]
    return "; ".join(wrong) or error.detail


def _unauthorized(_: Request[Any, Any, Any], error: Unauthorized) -> Response[Problem]:
    response = problem(401, "Unauthorized", str(error))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _too_deep(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A body nested without end. The log has the place, since it could be a fault of ours as well; not the thousand
    lines of the way there, which whoever sends such bodies could fill it with.
    """
    [deepest] = traceback.extract_tb(error.__traceback__, limit=-1)
    _log.warning("request nested too deeply", path=request.url.path, at=f"{deepest.filename}:{deepest.lineno}")
    return problem(400, "BadRequest", "the body is nested too deeply")


def _undecided(_: Request[Any, Any, Any], error: KeysUnavailable) -> Response[Problem]:
    return _later(str(error))


def _away(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.warning("database away", path=request.url.path, error=f"{type(error).__name__}: {error}")
    return _later("the database cannot be reached now")


def _later(detail: str) -> Response[Problem]:
    response = problem(503, "ServiceUnavailable", detail)
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _refusing(status: int, title: str) -> Any:
    def refuse(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
        return problem(status, title, str(error))

    return refuse
