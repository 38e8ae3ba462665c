"""Web phones: where and as whom a browser registers as a user's telephone."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from directory.entities import Text, Token


class WebPhoneKind(StrEnum):
    """What a browser speaks with the PBX: SIP over WebSocket (RFC 7118), or FreeSWITCH's Verto."""

    SIP = "sip"
    VERTO = "verto"


_PRINTED = r"[^\s\x00-\x1f\x7f\x85\ufeff]"  # the last two: spaces in Python alone, and in ECMAScript alone
_NAME = r"[^\s@\x00-\x1f\x7f\x85\ufeff]"
_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
SocketUrl = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=rf"^wss?://{_HOST}(/{_PRINTED}*)?$",
        description="where the PBX takes browsers: `wss://pbx.example:8089/ws`",
    ),
]
PhoneUri = Annotated[
    str,
    Meta(
        max_length=300,
        pattern=rf"^(sips?:)?{_NAME}+@{_NAME}+$",
        description="`sip:101@pbx.example`; with Verto `101@pbx.example`",
    ),
]
StunUri = Annotated[
    str, Meta(max_length=300, pattern=rf"^(stuns?:{_PRINTED}+)?$", description="`stun:host:port`; empty: none")
]


class WebPhoneOwn(Struct, kw_only=True):
    """Where and as whom a browser registers as a user's telephone.

    `login`: where it is not the user part of `uri`. `stun`: where browsers are outside of the PBX's network.
    """

    user_id: Token
    pbx: Token
    kind: WebPhoneKind
    url: SocketUrl
    uri: PhoneUri
    login: Text = ""
    stun: StunUri = ""


class WebPhoneBody(WebPhoneOwn, kw_only=True):
    """`secret` is written only: none but the user themselves reads it, by `GET /v1/web-phone`."""

    secret: Annotated[str, Meta(min_length=1, max_length=4096)]

    def __post_init__(self) -> None:
        for each in (self.url, self.uri, self.stun):
            if each != each.strip():
                raise ValueError("an address has no space around it")

    def __repr__(self) -> str:
        return f"WebPhoneBody(user_id={self.user_id!r}, pbx={self.pbx!r})"


class WebPhone(WebPhoneOwn, kw_only=True):
    """A user's web phone, as administrators see it: that there is a secret, not which."""

    id: str
    version: int
    updated_at: datetime


class OwnWebPhone(Struct, kw_only=True):
    """The signed-in user's own web phone, with its secret. `display_name` is the user's name."""

    kind: WebPhoneKind
    pbx: str
    url: str
    uri: str
    login: str
    secret: str
    display_name: str
    stun: tuple[str, ...]

    def __repr__(self) -> str:
        return f"OwnWebPhone(pbx={self.pbx!r}, uri={self.uri!r})"
