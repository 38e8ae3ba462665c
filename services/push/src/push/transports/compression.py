"""Uvicorn's WebSocket protocol, such that an idle socket costs little, and one that is gone nothing."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# Without context takeover nothing is kept between messages: a socket that is idle has no compressor, which would be
# 30 to 60 KiB for each. A view compresses well by itself, since its JSON repeats its own names.
_DEFLATE: Final = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=12,
    client_max_window_bits=12,
    compress_settings={"memLevel": 5},
)


class CompressingProtocol(WebSocketsSansIOProtocol):
    """Negotiates compression as above. At its end it lets go of all it has: nothing waits for the garbage collector."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn.available_extensions = [_DEFLATE]
        self._users = 2
        """Who still needs what is here: the transport, and the application."""

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """The application is done with the socket."""
        super().on_task_complete(task)
        self._let_go()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is no more."""
        super().connection_lost(exc)
        self._let_go()

    def _let_go(self) -> None:
        self._users -= 1
        if self._users == 0:
            self.conn.parser.close()
            vars(self).clear()
