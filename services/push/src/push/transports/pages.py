"""What a browser loads: the panel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from litestar import Response, Router, head
from litestar.config.cors import CORSConfig
from litestar.handlers import HTTPRouteHandler
from litestar.static_files import create_static_files_router


def security(sockets: Sequence[str], photos: Sequence[str]) -> dict[str, str]:
    """Only our own scripts, styles and sockets: a caller's name can't become a script.

    `sockets`: origins (`wss://pbx.example:8089`) that web phones register at, beside our own. `photos`: origins that
    photos of callers are loaded from.
    """
    connecting = " ".join(("'self'", *sockets))
    showing = " ".join(("'self'", "data:", *photos))
    return {
        "Content-Security-Policy": f"default-src 'self'; connect-src {connecting}; img-src {showing}; "
        "style-src 'self' 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }


def for_other_origins(origins: Sequence[str]) -> CORSConfig | None:
    """What pages of these origins may ask by HTTP: all that ours may, with a token; cookies are of no use here."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", "If-Match", "Last-Event-ID", "Range"],
        expose_headers=["Content-Disposition", "Content-Range", "ETag", "Location", "Retry-After"],
    )


def panel_routes(folder: Path, sockets: Sequence[str], photos: Sequence[str]) -> Router:
    """The panel's files at `/`. They are revalidated at each load, so that an update shows at once."""
    headers = {**security(sockets, photos), "Cache-Control": "no-cache"}

    async def with_headers(response: Response[Any]) -> Response[Any]:
        response.headers.update(headers)
        return response

    router = create_static_files_router(
        path="/", directories=[folder], html_mode=True, after_request=with_headers, include_in_schema=False
    )
    router.register(_head_of_index(folder))  # the router has none for its index page
    return router


def _head_of_index(folder: Path) -> HTTPRouteHandler:
    @head("/", include_in_schema=False)
    async def index() -> Response[None]:
        size = (folder / "index.html").stat().st_size
        return Response(None, media_type="text/html", headers={"Content-Length": str(size)})

    return index
