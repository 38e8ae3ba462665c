"""The event socket's wire format: bytes to frames, commands to bytes. No I/O, no clock.

WireError        what can go wrong
├── UnsafeValue  a value that could begin another command: never sent
└── AuthRefused  the password, our address, or the subscription was not accepted

A stream that cannot be read on is a `cti_connector.frames.BadFrame`.
"""

from connector_freeswitch.wire.commands import api, background, encode
from connector_freeswitch.wire.decoder import MAX_FRAME_BYTES, Decoder
from connector_freeswitch.wire.errors import AuthRefused, UnsafeValue, WireError
from connector_freeswitch.wire.frames import Frame, event_of
from connector_freeswitch.wire.login import Login

__all__ = [
    "MAX_FRAME_BYTES",
    "AuthRefused",
    "Decoder",
    "Frame",
    "Login",
    "UnsafeValue",
    "WireError",
    "api",
    "background",
    "encode",
    "event_of",
]
