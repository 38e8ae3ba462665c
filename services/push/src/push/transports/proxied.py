"""The journal's and the directory's APIs behind the panel's own origin: passed on with the caller's own token.

They decide what the token allows; nothing is added or cached here. Only what a panel needs is passed on.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import httpx
import structlog
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from push.transports.callers import problem

_log = structlog.get_logger(__name__)
_ASKED: Final = ("authorization", "accept", "content-type", "if-match")
_ANSWERED: Final = ("www-authenticate", "etag", "content-disposition", "location", "retry-after")
_JOURNAL: Final = (
    r"calls(/[^/]+)?|records/[^/]+/(annotation|note|result)|recordings/[^/]+(/[^/]+)?|inbound|missed|recent|statistics"
)
_DIRECTORY: Final = r"search|identify|agent-states|users|(contacts|accounts|employees)(/[^/]+)?"


class Upstream:
    """One service behind us. `paths`: what of its `/v1` is passed on."""

    def __init__(self, name: str, client: httpx.AsyncClient, paths: str) -> None:
        self._name = name
        self._client = client
        self._paths = re.compile(paths)

    def has(self, path: str) -> bool:
        """Whether a path below `/v1` is its."""
        return self._paths.fullmatch(path) is not None

    async def passed_on(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """The service's answer as it is; 502 or 504 as problem+json when there is none."""
        headers = {name: value for name in _ASKED if (value := request.headers.get(name))}
        body = None if request.method == "GET" else await request.body()
        # The path as it came: what was escaped in it stays so.
        path = request.scope["raw_path"].decode("ascii")
        try:
            answer = await self._client.request(
                request.method, path, params=request.url.query, headers=headers, content=body
            )
        except httpx.TimeoutException:
            return problem(504, "Gateway Timeout", f"the {self._name} did not answer in time")
        except httpx.HTTPError as error:
            _log.warning("upstream away", upstream=self._name, error=str(error))
            return problem(502, "Bad Gateway", f"the {self._name} cannot be reached")
        kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
        media_type = answer.headers.get("content-type", "application/json")
        return Response(answer.content, status_code=answer.status_code, media_type=media_type, headers=kept)


def proxied_routes(journal: httpx.AsyncClient, directory: httpx.AsyncClient) -> list[HTTPRouteHandler]:
    """`/v1/…` of both services."""
    upstreams: Sequence[Upstream] = (
        Upstream("call journal", journal, _JOURNAL),
        Upstream("directory", directory, _DIRECTORY),
    )

    async def passed_on(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
        wanted = path.strip("/")
        for upstream in upstreams:
            if upstream.has(wanted):
                return await upstream.passed_on(request)
        return problem(404, "Not Found", "there is no such resource")

    @get("/v1/{path:path}", include_in_schema=False)
    async def read(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        return await passed_on(request, path)

    @post("/v1/{path:path}", include_in_schema=False)
    async def created(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        return await passed_on(request, path)

    @put("/v1/{path:path}", include_in_schema=False)
    async def replaced(request: Request[Any, Any, Any], path: FromPath[str]) -> Response[bytes]:
        return await passed_on(request, path)

    return [read, created, replaced]
