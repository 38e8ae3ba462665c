"""The Asterisk Manager Interface as bytes: a decoder fed with portions, an encoder of actions, the log-in. No I/O."""

from connector_asterisk.wire.actions import MAX_LINE_BYTES, encode
from connector_asterisk.wire.decoder import MAX_FRAME_BYTES, Counts, Decoder
from connector_asterisk.wire.errors import LoginRefused, UnsafeValue, WireError
from connector_asterisk.wire.frames import Frame
from connector_asterisk.wire.lists import Collector
from connector_asterisk.wire.login import Login

__all__ = [
    "MAX_FRAME_BYTES",
    "MAX_LINE_BYTES",
    "Collector",
    "Counts",
    "Decoder",
    "Frame",
    "Login",
    "LoginRefused",
    "UnsafeValue",
    "WireError",
    "encode",
]
