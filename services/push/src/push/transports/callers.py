"""Who calls over HTTP, and how it is told that it went wrong (RFC 9457)."""

from typing import Any

import msgspec
from cti_api.signin import Verify
from cti_runtime.auth import Identity, KeysUnavailable, Unauthorized, bearer
from litestar import Request, Response
from litestar.exceptions import NotAuthorizedException, ServiceUnavailableException

AnyRequest = Request[Any, Any, Any]


async def identity_of(request: AnyRequest, verify: Verify, token: str | None = None) -> Identity:
    """Whom the request speaks for, by `token` or its `Authorization` header; raises what answers 401 or 503."""
    try:
        return await verify(token if token is not None else bearer(request.headers.get("authorization")))
    except Unauthorized as error:
        raise NotAuthorizedException(detail=str(error), headers={"WWW-Authenticate": "Bearer"}) from error
    except KeysUnavailable as error:
        raise ServiceUnavailableException(detail=str(error), headers={"Retry-After": "5"}) from error


def address_of(request: AnyRequest) -> str:
    """Where the request comes from."""
    return request.client.host if request.client is not None else ""


def problem(status: int, title: str, detail: str, **more: Any) -> Response[bytes]:
    """An answer that says what is wrong."""
    body = msgspec.json.encode({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    return Response(body, status_code=status, media_type="application/problem+json")
