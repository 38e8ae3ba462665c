"""`OPTIONS` of a path with several methods: litestar's own answer names the method that was registered first only."""

from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler


def allow(path: str, *methods: str) -> HTTPRouteHandler:
    """Tell which methods there are. To be registered before the others, else litestar's answer is in its place."""
    value = ", ".join(sorted((*methods, "OPTIONS")))

    def told() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": value})

    return HTTPRouteHandler(
        path, http_method=[HttpMethod.OPTIONS], status_code=204, include_in_schema=False, sync_to_thread=False
    )(told)
