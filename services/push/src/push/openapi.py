"""The HTTP routes as an OpenAPI document, generated from those that are served. `python -m push openapi`."""

from typing import Final, cast

import msgspec
from cti_api.problems import handlers
from cti_api.serving import document
from cti_runtime.auth import Identity, Unauthorized
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin

from push.gateway.limits import Places
from push.gateway.sessions import Sessions
from push.gateway.shared import Shared
from push.login.issuer import PasswordIssuer
from push.login.routes import login_routes
from push.transports.asking import asking_routes
from push.transports.sse import sse_route

DOCUMENT: Final = document(
    "Trunkline push",
    "One user's calls, and commands, for programs without a WebSocket. What frames and commands mean: protocol.md. "
    "What a panel needs of the journal and of the directory is passed on to them: see their documents.",
    JsonRenderPlugin(),  # a page of somebody else's scripts has no place beside the panel
)
PROBLEMS: Final = handlers("push", (), {})


def http_routes(sessions: Sessions, addresses: Places, issuer: PasswordIssuer | None) -> list[HTTPRouteHandler]:
    """The routes that the document describes."""
    verify = sessions.shared.verify
    return [
        sse_route(sessions, addresses),
        *asking_routes(sessions),
        *(login_routes(issuer, verify) if issuer is not None else ()),
    ]


def rendered() -> str:
    """The document as it is committed, sign-in included."""

    async def nobody(_: str) -> Identity:
        raise Unauthorized("this is only a document")

    nothing = cast(Shared, _Nothing(nobody))
    sessions = Sessions(nothing, per_user=0, per_tenant=0, drain_s=0, drain_per_s=1)
    routes = http_routes(sessions, Places("address", 0), cast(PasswordIssuer, object()))
    schema = Litestar(routes, openapi_config=DOCUMENT).openapi_schema.to_schema()
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode() + "\n"


class _Nothing(msgspec.Struct):
    """Stands where the parts of a running service are: nobody is answered."""

    verify: object
    tenant: str = ""
