"""The journal's and the directory's APIs behind the panel's own origin: passed on with the caller's own token.

They decide what the token allows; nothing is added, cached or collected here: an answer flows as fast as the browser
takes it, however long it is, and its other end is closed when the browser goes. Only what a panel needs is passed on.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import httpx
import structlog
from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Stream

from push.transports.callers import problem

_log = structlog.get_logger(__name__)
_ASKED: Final = ("authorization", "accept", "accept-encoding", "content-type", "if-match", "range", "if-range")
_ANSWERED: Final = (
    *("www-authenticate", "etag", "last-modified", "cache-control", "vary", "location", "retry-after"),
    *("content-disposition", "content-encoding", "content-length", "content-range", "accept-ranges"),
)
_Answer = Response[bytes] | Stream
_JOURNAL: Final = (
    r"calls(/[^/]+(/(path|recordings))?)?|records/[^/]+/(annotation|note|result|links)|recordings/[^/]+(/[^/]+)?"
    r"|listen/[^/]+|inbound|missed|recent|statistics"
)
_DIRECTORY: Final = r"search|identify|agent-states|users|web-phone|(contacts|accounts|employees)(/[^/]+)?"


class Upstream:
    """One service behind us. `paths`: what of its `/v1` is passed on."""

    def __init__(self, name: str, client: httpx.AsyncClient, paths: str) -> None:
        self._name = name
        self._client = client
        self._paths = re.compile(paths)

    def has(self, path: str) -> bool:
        """Whether a path below `/v1` is its."""
        return self._paths.fullmatch(path) is not None

    async def passed_on(self, request: Request[Any, Any, Any]) -> _Answer:
        """The service's answer as it is; 502 or 504 as problem+json when there is none.

        The client's timeout is for the next bytes, not for all of them.
        """
        headers = {"accept-encoding": "identity"}
        headers |= {name: value for name in _ASKED if (value := request.headers.get(name))}
        body = None if request.method == "GET" else await request.body()
        # The path as it came: what was escaped in it stays so.
        path = request.scope["raw_path"].decode("ascii")
        try:
            asked = self._client.build_request(
                request.method, path, params=request.url.query, headers=headers, content=body
            )
            answer = await self._client.send(asked, stream=True)
        except httpx.TimeoutException:
            return problem(504, "Gateway Timeout", f"the {self._name} did not answer in time")
        except httpx.HTTPError as error:
            _log.warning("upstream away", upstream=self._name, error=str(error))
            return problem(502, "Bad Gateway", f"the {self._name} cannot be reached")
        kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
        media_type = answer.headers.get("content-type", "application/json")
        return Stream(_flow(answer, self._name), status_code=answer.status_code, media_type=media_type, headers=kept)


async def _flow(answer: httpx.Response, upstream: str) -> AsyncIterator[bytes]:
    """The bytes as they come. Raises what ends them early, so that the browser sees that they are not whole."""
    try:
        async for piece in answer.aiter_raw():
            yield piece
    except httpx.HTTPError as error:
        _log.warning("upstream away", upstream=upstream, error=f"{type(error).__name__}: {error}")
        raise
    finally:
        await answer.aclose()


def proxied_routes(journal: httpx.AsyncClient, directory: httpx.AsyncClient) -> list[HTTPRouteHandler]:
    """`/v1/…` of both services."""
    upstreams: Sequence[Upstream] = (
        Upstream("call journal", journal, _JOURNAL),
        Upstream("directory", directory, _DIRECTORY),
    )

    async def passed_on(request: Request[Any, Any, Any], path: str) -> _Answer:
        wanted = path.strip("/")
        for upstream in upstreams:
            if upstream.has(wanted):
                return await upstream.passed_on(request)
        return problem(404, "Not Found", "there is no such resource")

    @get("/v1/{path:path}", include_in_schema=False)
    async def read(request: Request[Any, Any, Any], path: FromPath[str]) -> _Answer:
        return await passed_on(request, path)

    @post("/v1/{path:path}", include_in_schema=False)
    async def created(request: Request[Any, Any, Any], path: FromPath[str]) -> _Answer:
        return await passed_on(request, path)

    @put("/v1/{path:path}", include_in_schema=False)
    async def replaced(request: Request[Any, Any, Any], path: FromPath[str]) -> _Answer:
        return await passed_on(request, path)

    return [read, created, replaced]
