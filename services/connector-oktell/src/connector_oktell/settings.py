"""Settings of connector-oktell: `TRUNKLINE_OKTELL_*`, or section `[connector-oktell]` of the TOML file."""

import dataclasses
from pathlib import Path
from typing import Literal

from cti_connector.conversation import LinkSettings
from cti_connector.firstparty import FollowingSettings, PoolSettings
from cti_connector.session import Refusal
from cti_connector.settings import ConnectorSettings
from cti_connector.transport import Open, trust, websocket
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from connector_oktell.actions import Options
from connector_oktell.address import Address

NAME = "connector-oktell"


class OktellSettings(ConnectorSettings):
    """One Oktell and how its operators are signed in there."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_OKTELL_")

    pbx: str = Field("oktell", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    host: str = Field("127.0.0.1", description="address of Oktell's web server")
    port: int = Field(4055, ge=1, le=65535, description="its port; Oktell's own are 80 and 4055, with TLS 443")
    tls: bool = Field(False, description="speak `wss`: passwords go as unsalted md5, so say true wherever Oktell can")
    ca_file: Path | None = Field(None, description="authorities that its certificate is checked by; none: the system's")
    credentials_key: SecretStr = Field(
        SecretStr(""),
        description="base64 of 32 bytes, as the directory's connector_keys has for this PBX: with it the log-ins of the"
        " operators are asked of the directory",
    )
    operators_file: Path | None = Field(
        None, description="in place of the directory: who is to be signed in, as JSON; read again when it changes"
    )
    signed_in: Literal["always", "online"] = Field(
        "online", description="online: while a browser of the operator is; always: also without one (directory only)"
    )
    grace_s: float = Field(
        120.0, ge=0, description="seconds that an operator without a browser stays signed in; a reload takes some"
    )
    refused_wait_s: float = Field(
        600.0, gt=0, description="seconds after a refused log-in; sooner might lock the user out"
    )
    in_use_wait_s: float = Field(
        60.0, gt=0, description="seconds after Oktell said that the user works with its desktop client"
    )
    stagger_s: float = Field(0.1, ge=0, description="seconds between two log-ins, so that a start is no storm")
    max_frame_mib: int = Field(8, ge=1, description="MiB; larger frames end the link; 1000 numbers have 0.3")
    conference: bool = Field(False, description="offer conferences; whether the held one joins is not documented")
    listen: bool = Field(False, description="offer listening to an operator (ghost) to supervisors; not documented")

    def address(self) -> Address:
        """Where Oktell is, as it says itself from then on."""
        context = trust(self.ca_file) if self.ca_file is not None else None
        scheme = "wss" if self.tls else "ws"

        def opening(url: str) -> Open:
            return websocket(url, subprotocol="json", tls=context, max_message_bytes=self.max_frame_mib << 20)

        return Address(f"{scheme}://{self.host}:{self.port}", f"wss://{self.host}:443", opening)

    def link(self) -> LinkSettings:
        """The bounds of each operator's link."""
        waits = {Refusal.IN_USE: self.in_use_wait_s, Refusal.NOT_AVAILABLE: self.in_use_wait_s}
        return dataclasses.replace(super().link(), refused_waits=waits)

    def pool(self) -> PoolSettings:
        """The bounds of all links together."""
        return PoolSettings(self.tenant, self.pbx, self.link(), self.stagger_s)

    def following(self) -> FollowingSettings:
        """Who is to be signed in, as the directory has it."""
        return FollowingSettings(self.tenant, self.pbx, self.signed_in, self.grace_s)

    def options(self) -> Options | None:
        """How commands are carried out; None: they are not."""
        return Options(conference=self.conference, listen=self.listen) if self.commands else None
