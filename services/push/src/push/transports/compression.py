"""Compression of WebSocket messages that costs an idle socket nothing."""

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
    """Uvicorn's WebSocket protocol, which negotiates compression as above."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.conn.available_extensions = [_DEFLATE]
