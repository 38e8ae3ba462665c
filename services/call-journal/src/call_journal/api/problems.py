"""What goes wrong, as RFC 9457 problems in words: each kind of failure to its answer."""

from typing import Any

import asyncpg
import structlog
from cti_runtime.auth import Unauthorized
from cti_store import OUTAGE
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from call_journal.api.types import Problem
from call_journal.history.errors import BadQuestion, HistoryProblem, NotAllowed, NotThere

_log = structlog.get_logger(__name__)
_RETRY_AFTER_S = 2
_MEDIA_TYPE = "application/problem+json"
_NAMES = {"since": "from", "until": "to", "zone": "tz", "called": "state", "form": "format"}
_STATUS: dict[type[HistoryProblem], tuple[int, str]] = {
    BadQuestion: (422, "UnprocessableContent"),
    NotThere: (404, "NotFound"),
    NotAllowed: (403, "Forbidden"),
}


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
    s422="Well-formed, but it cannot be answered; `detail` says why.",
    s503="The database cannot be reached now, or too much is asked at once; `Retry-After` says when to ask again.",
)
NOT_FOUND = documented(s404="There is none, or the one who asks may not see it.")
CHANGES = documented(
    s412="It was changed since: read it again.", s428="`If-Match` is needed: the `ETag` that was read last."
)


def problem(status: int, title: str, detail: str) -> Response[Problem]:
    """A problem as an answer."""
    return Response(Problem(title=title, status=status, detail=detail), status_code=status, media_type=_MEDIA_TYPE)


def _unauthorized(_: Request[Any, Any, Any], error: Unauthorized) -> Response[Problem]:
    response = problem(401, "Unauthorized", str(error))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    detail = error.detail
    if isinstance(error.extra, list):
        wrong = [
            f"{_NAMES.get(key := str(each.get('key', '')), key)}: {each.get('message', '')}"
            for each in error.extra
            if isinstance(each, dict)
        ]
        detail = "; ".join(wrong) or detail
    response = problem(error.status_code, type(error).__name__.removesuffix("Exception"), detail)
    response.headers.update(error.headers or {})
    return response


def _unanswered(_: Request[Any, Any, Any], error: HistoryProblem) -> Response[Problem]:
    status, title = _STATUS[type(error)]
    return problem(status, title, str(error))


def _refused(_: Request[Any, Any, Any], error: asyncpg.DataError) -> Response[Problem]:
    """A value that no row can have: a NUL, or a number that is too large."""
    return problem(422, "UnprocessableContent", f"a value cannot be looked for, or stored: {error}")


def _outage(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.warning("database away", path=request.url.path, error=f"{type(error).__name__}: {error}")
    response = problem(503, "ServiceUnavailable", "the database cannot be reached now")
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("request failed", path=request.url.path, exc_info=error)
    return problem(500, "InternalServerError", "the journal failed; its log says why")


HANDLERS: dict[int | type[Exception], Any] = {
    Unauthorized: _unauthorized,
    HTTPException: _http,
    HistoryProblem: _unanswered,
    Exception: _unexpected,
    **dict.fromkeys(OUTAGE, _outage),
    asyncpg.DataError: _refused,
}
