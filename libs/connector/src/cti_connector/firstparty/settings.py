"""What an administrator sets of every connector that keeps a link for each operator."""

import dataclasses
from pathlib import Path
from typing import Literal, Self

from cti_bus import Bus
from cti_directory.credentials import ConnectorKey
from cti_runtime.settings import secret_text
from pydantic import Field, SecretStr, model_validator

from cti_connector.conversation import LinkSettings
from cti_connector.firstparty.following import DirectoryOperators, FollowingSettings
from cti_connector.firstparty.pool import PoolSettings
from cti_connector.session import Refusal
from cti_connector.settings import HostedSettings
from cti_connector.transport import Open, trust, websocket


class FirstPartySettings(HostedSettings):
    """The base of such a connector's settings class, which gives `pbx` and `url` their defaults."""

    url: str = Field(pattern=r"^wss?://[^\s]+$", description="address of the PBX's WebSocket; `wss:` is TLS")
    credentials_key: SecretStr = Field(
        SecretStr(""),
        description="base64 of 32 bytes: asks the directory for operators' credentials, where it stands as"
        " connector_keys of this PBX; without it, here or in a file, no operator can be signed in",
    )
    credentials_key_file: Path | None = Field(None, description="the same in a file")
    sign_in: Literal["online", "always"] = Field(
        "online", description="when operators are signed in at the PBX: while a browser of theirs is here, or always"
    )
    grace_s: float = Field(
        120.0,
        ge=0,
        description="seconds that an operator stays signed in without a browser; a call keeps them too",
    )
    stagger_s: float = Field(
        0.1,
        ge=0,
        description="seconds between two log-ins: a shift that begins must not look like an attack",
    )
    refused_wait_s: float = Field(300.0, gt=0, description="seconds after a refused log-in whose reason is not known")
    wrong_password_wait_s: float = Field(
        3600.0, gt=0, description="seconds after a wrong password; a changed credential is tried at once"
    )
    in_use_wait_s: float = Field(60.0, gt=0, description="seconds while the account is signed in elsewhere")
    licence_wait_s: float = Field(300.0, gt=0, description="seconds while the PBX has no licence left")
    not_available_wait_s: float = Field(30.0, gt=0, description="seconds while the PBX lets nobody in yet")

    @model_validator(mode="after")
    def _a_key(self) -> Self:
        key = self.key()
        if key is None and self.needs_key:
            raise ValueError("credentials_key is needed: without it no operator can be signed in")
        return self

    @property
    def needs_key(self) -> bool:
        """Whether operators are signed in one by one. A connector that also has another way says when."""
        return True

    def key(self) -> ConnectorKey | None:
        """What the directory is asked with; None: not set. Raises `ValueError` when it is no key."""
        text = secret_text(self.credentials_key, self.credentials_key_file, "credentials_key")
        try:
            return ConnectorKey(text) if text or self.credentials_key_file is not None else None
        except ValueError as error:
            raise ValueError(f"credentials_key: {error}") from error

    def opening(self, subprotocol: str | None = None) -> Open:
        """How the PBX is reached."""
        tls = trust(self.tls_ca_file) if self.url.startswith("wss:") else None
        return websocket(self.url, subprotocol=subprotocol, tls=tls)

    def link(self) -> LinkSettings:
        """The bounds of each operator's link."""
        waits = {
            Refusal.WRONG_PASSWORD: self.wrong_password_wait_s,
            Refusal.IN_USE: self.in_use_wait_s,
            Refusal.LICENCE: self.licence_wait_s,
            Refusal.NOT_AVAILABLE: self.not_available_wait_s,
        }
        return dataclasses.replace(super().link(), refused_waits=waits)

    def pool(self) -> PoolSettings:
        """The bounds of the pool."""
        return PoolSettings(self.tenant, self.pbx, self.link(), self.stagger_s)

    def operators(self, bus: Bus) -> DirectoryOperators:
        """Who is to be signed in. Raises `ValueError` when no key is set."""
        key = self.key()
        if key is None:
            raise ValueError("credentials_key is not set")
        following = FollowingSettings(self.tenant, self.pbx, self.sign_in, self.grace_s)
        return DirectoryOperators(bus, following, key)
