"""Settings of connector-oktell: `TRUNKLINE_OKTELL_*`, or section `[connector-oktell]` of the TOML file."""

from datetime import timedelta
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from cti_connector.firstparty import FirstPartySettings
from cti_connector.transport import Open, trust, websocket
from cti_runtime.settings import secret_text
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from connector_oktell.actions import Options
from connector_oktell.address import Address
from connector_oktell.pace import Pace

NAME = "connector-oktell"


class OktellSettings(FirstPartySettings):
    """One Oktell and how its operators are signed in there."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_OKTELL_")

    pbx: str = Field("oktell", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    url: str = Field(
        "ws://127.0.0.1:4055",
        pattern=r"^wss?://[^\s]+$",
        description="Oktell's web server; passwords go as unsalted md5, so say `wss:` wherever Oktell can",
    )
    form: Literal["operators", "server"] = Field(
        "operators",
        description="`operators`: a log-in for each. `server` (experimental): one connection between servers for all,"
        " which needs nobody's password; only secondary sources tell of it",
    )
    server_login: str = Field("", pattern=r"^[^:\s]*$", description="server: name for HTTP Basic; empty: none is given")
    server_secret: SecretStr = Field(SecretStr(""), description="server: its secret")
    server_secret_file: Path | None = Field(None, description="the same in a file")
    server_questions: int = Field(
        32, ge=4, description="server: lines asked about at once; further ones wait, those in a call the least"
    )
    redirect_port: int = Field(
        443,
        ge=1,
        le=65535,
        description="TLS port of the same host that Oktell means when it redirects (its library: 443)",
    )
    max_frame_mib: int = Field(8, ge=1, description="MiB; larger frames end the link; 1000 numbers have 0.3")
    conference: bool = Field(False, description="offer conferences; whether the held one joins is not documented")
    listen: bool = Field(False, description="offer supervisors to listen to operators, to be heard; not documented")
    pickup_extension: str = Field(
        "",
        pattern=r"^([0-9*#]*\{extension\}[0-9*#]*)?$",
        description="what Oktell's dial plan takes for a directed pickup, as *8{extension}; empty: none are offered",
    )
    records: bool = Field(
        False,
        description="ask Oktell's journal for links of recordings after each talk; not documented",
    )

    @model_validator(mode="after")
    def _has_a_secret(self) -> Self:
        secret = secret_text(self.server_secret, self.server_secret_file, "server_secret")
        if bool(secret) != bool(self.server_login):
            raise ValueError("server_login and server_secret need each other")
        return self

    @property
    def needs_key(self) -> bool:
        """Between servers nobody signs in, so no credentials are asked for."""
        return self.form == "operators"

    def server(self) -> Open:
        """How Oktell is reached as a server, where `form` says so."""
        secret = secret_text(self.server_secret, self.server_secret_file, "server_secret")
        tls = trust(self.tls_ca_file) if self.url.startswith("wss:") else None
        basic = (self.server_login, secret) if self.server_login else None
        return websocket(self.url, subprotocol="json", tls=tls, max_message_bytes=self.max_frame_mib << 20, basic=basic)

    def pace(self) -> Pace:
        """How a server's lines are asked about, so that a comparison is over well before its time is."""
        whole = timedelta(seconds=min(self.snapshot_interval_s, self.snapshot_deadline_s))
        return Pace(self.server_questions, spread=whole / 2, patience=whole / 3)

    def address(self) -> Address:
        """Where Oktell is: the TLS port of the same host from then on when it redirects."""
        most = self.max_frame_mib << 20
        host = urlsplit(self.url).hostname or ""

        def opening(url: str) -> Open:
            tls = trust(self.tls_ca_file) if url.startswith("wss:") else None
            return websocket(url, subprotocol="json", tls=tls, max_message_bytes=most)

        return Address(self.url, f"wss://{f'[{host}]' if ':' in host else host}:{self.redirect_port}", opening)

    def options(self) -> Options | None:
        """How commands are carried out; None: they are not."""
        if not self.commands:
            return None
        return Options(conference=self.conference, listen=self.listen, pickup_extension=self.pickup_extension)
