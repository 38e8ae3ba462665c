"""The old engine's wire format: a line is a JSON object, one WebSocket message. No I/O, no clock."""

from connector_webitel.old.wire.decoder import MAX_FRAME_BYTES, Decoder
from connector_webitel.old.wire.errors import AuthRefused
from connector_webitel.old.wire.frames import Request, Response, Told, encode, frame_of
from connector_webitel.old.wire.login import Login, Secret, Token

__all__ = [
    "MAX_FRAME_BYTES",
    "AuthRefused",
    "Decoder",
    "Login",
    "Request",
    "Response",
    "Secret",
    "Token",
    "Told",
    "encode",
    "frame_of",
]
