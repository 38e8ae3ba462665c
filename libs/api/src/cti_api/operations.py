"""What litestar does not say of an operation by itself: in the OpenAPI document, and to `OPTIONS`."""

from dataclasses import dataclass

from litestar import Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Operation, Parameter


@dataclass
class Changing(Operation):
    """`If-Match` is needed: without it the answer is 428, not the 400 of other headers that are left out."""

    def __post_init__(self) -> None:
        for each in self.parameters or ():
            if isinstance(each, Parameter) and each.name == "If-Match":
                each.required = True


def allow(path: str, *methods: str) -> HTTPRouteHandler:
    """Tell which methods a path with several has: litestar names the one that was registered first only.

    To be registered before them, else litestar's answer is in its place.
    """
    value = ", ".join(sorted((*methods, "OPTIONS")))

    def told() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": value})

    return HTTPRouteHandler(
        path, http_method=[HttpMethod.OPTIONS], status_code=204, include_in_schema=False, sync_to_thread=False
    )(told)
