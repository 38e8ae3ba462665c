"""What goes wrong, as RFC 9457 problems in words: each kind of failure to its answer, and what the document says."""

from dataclasses import dataclass
from typing import Any

import structlog
from cti_runtime.auth import Unauthorized
from cti_store import OUTAGE
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Operation, Parameter

from directory.api.types import Problem
from directory.imports import BadHeader
from directory.store.errors import DirectoryError, NotThere, Refers, Stale, Taken, Unfit
from directory.vault import BadSecret, NoKey

_log = structlog.get_logger(__name__)
_RETRY_AFTER_S = 2
_MEDIA_TYPE = "application/problem+json"
_STATUS: dict[type[Exception], tuple[int, str]] = {
    NotThere: (404, "NotFound"),
    Stale: (412, "PreconditionFailed"),
    Taken: (409, "Conflict"),
    Refers: (409, "Conflict"),
    Unfit: (422, "UnprocessableContent"),
    BadHeader: (422, "UnprocessableContent"),
    NoKey: (409, "Conflict"),
    BadSecret: (409, "Conflict"),
}


class Senseless(HTTPException):
    """It has the right form, but cannot be answered."""

    status_code = 422


def _documented(**described: str) -> dict[int, ResponseSpec]:
    return {
        int(status.removeprefix("s")): ResponseSpec(
            Problem, generate_examples=False, description=text, media_type=_MEDIA_TYPE
        )
        for status, text in described.items()
    }


PROBLEMS = _documented(
    s400="The request is not what this document says; `detail` says where.",
    s401="No token, or one that proves nothing.",
    s403="The token's roles do not allow this.",
    s422="It has the right form, but makes no sense or cannot be stored; `detail` says why.",
    s503="The database cannot be reached now; `Retry-After` says when to ask again.",
)
NOT_FOUND = _documented(s404="There is none in this tenant.")
CONFLICT = _documented(s409="Another one is in the way, or it refers to what is not there or is still referred to.")
UNREADABLE = _documented(s409="Its secret does not open: an administrator has to set it again.")
CHANGES = _documented(
    s412="It was changed since: read it again.", s428="`If-Match` is needed: the `ETag` that was read last."
)


@dataclass
class Changing(Operation):
    """`If-Match` is needed: without it the answer is 428, not the 400 of other headers that are left out."""

    def __post_init__(self) -> None:
        for each in self.parameters or ():
            if isinstance(each, Parameter) and each.name == "If-Match":
                each.required = True


def _problem(status: int, title: str, detail: str) -> Response[Problem]:
    problem = Problem(title=title, status=status, detail=detail)
    return Response(problem, status_code=status, media_type=_MEDIA_TYPE)


def _unauthorized(_: Request[Any, Any, Any], error: Unauthorized) -> Response[Problem]:
    response = _problem(401, "Unauthorized", str(error))
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    detail = error.detail
    if isinstance(error.extra, list):
        wrong = [
            f"{each.get('key', '')}: {each.get('message', '')}".removeprefix(": ")
            for each in error.extra
            if isinstance(each, dict)
        ]
        detail = "; ".join(wrong) or detail
    response = _problem(error.status_code, type(error).__name__.removesuffix("Exception"), detail)
    response.headers.update(error.headers or {})
    return response


def _refused(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    status, title = _STATUS[type(error)]
    return _problem(status, title, str(error))


def _outage(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.warning("database away", path=request.url.path, error=f"{type(error).__name__}: {error}")
    response = _problem(503, "ServiceUnavailable", "the database cannot be reached now")
    response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return response


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    _log.error("request failed", path=request.url.path, exc_info=error)
    return _problem(500, "InternalServerError", "the directory failed; its log says why")


HANDLERS: dict[int | type[Exception], Any] = {
    Unauthorized: _unauthorized,
    HTTPException: _http,
    DirectoryError: _refused,
    BadHeader: _refused,
    NoKey: _refused,
    BadSecret: _refused,
    Exception: _unexpected,
    **dict.fromkeys(OUTAGE, _outage),
}
