"""The frame of an API's document, and answering until the service stops."""

import asyncio
from collections.abc import Callable

from cti_runtime import Runtime, serve_asgi
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from cti_api.settings import ApiSettings


def document(title: str, description: str, shown: OpenAPIRenderPlugin | None = None) -> OpenAPIConfig:
    """The OpenAPI document of an API that wants a bearer token for everything; `shown` as a page unless told how."""
    return OpenAPIConfig(
        title=title,
        version="1.0.0",
        description=description,
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        security=[{"bearer": []}],
        render_plugins=[shown or SwaggerRenderPlugin()],
    )


async def serve_api(
    app: Litestar, settings: ApiSettings, runtime: Runtime, listening: Callable[[], None], served: asyncio.Event
) -> None:
    """Answer until stopped, then set `served`; open requests are finished before the rest ends."""
    try:
        await serve_asgi(
            app, settings.http_host, settings.http_port, runtime.stopping, on_started=lambda *_: listening()
        )
    finally:
        served.set()
