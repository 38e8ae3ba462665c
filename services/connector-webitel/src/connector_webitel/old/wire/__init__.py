"""The old engine's wire format: a line is a JSON object, one WebSocket message. No I/O, no clock.

WireError        what can go wrong
├── BadFrame     the stream cannot be read on: the connection is to be given up
└── AuthRefused  the engine does not let us in
"""

from connector_webitel.old.wire.decoder import MAX_FRAME_BYTES, Counts, Decoder
from connector_webitel.old.wire.errors import AuthRefused, BadFrame, WireError
from connector_webitel.old.wire.frames import Request, Response, Told, encode, frame_of
from connector_webitel.old.wire.login import Login, Secret, Token

__all__ = [
    "MAX_FRAME_BYTES",
    "AuthRefused",
    "BadFrame",
    "Counts",
    "Decoder",
    "Login",
    "Request",
    "Response",
    "Secret",
    "Token",
    "Told",
    "WireError",
    "encode",
    "frame_of",
]
