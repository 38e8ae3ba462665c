"""Oktell's WebSocket protocol (subprotocol `json`) as pure functions: bytes to frames, questions to bytes."""

from connector_oktell.wire.errors import LoginRefused, Redirected, TooOld, WireError
from connector_oktell.wire.frames import (
    MAX_FRAME_BYTES,
    Decoder,
    Frame,
    encoded,
    in_parts,
    number,
    parsed,
    rows,
    table,
    text,
)
from connector_oktell.wire.login import Credentials, LoggedIn, hashed
from connector_oktell.wire.peering import MOST_SENT_BYTES, OURSELVES, Member, Peer, introduced, member, members, reply
from connector_oktell.wire.startup import EVENTS, Me, StartUp
from connector_oktell.wire.versions import CONFERENCE_BY_NUMBER, can

__all__ = [
    "CONFERENCE_BY_NUMBER",
    "EVENTS",
    "MAX_FRAME_BYTES",
    "MOST_SENT_BYTES",
    "OURSELVES",
    "Credentials",
    "Decoder",
    "Frame",
    "LoggedIn",
    "LoginRefused",
    "Me",
    "Member",
    "Peer",
    "Redirected",
    "StartUp",
    "TooOld",
    "WireError",
    "can",
    "encoded",
    "hashed",
    "in_parts",
    "introduced",
    "member",
    "members",
    "number",
    "parsed",
    "reply",
    "rows",
    "table",
    "text",
]
