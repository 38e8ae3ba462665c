"""Settings of push: `TRUNKLINE_PUSH_*`, or section `[push]` of the TOML file."""

from pathlib import Path
from typing import Annotated, Self

from cti_api.settings import TokenSettings
from pydantic import Field, StringConstraints, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from push.login.issuer import signing_key

NAME = "push"
# An origin and nothing more: it goes into the panel's Content-Security-Policy as it is.
_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$"
SocketOrigin = Annotated[str, StringConstraints(pattern=rf"^wss?://{_HOST}")]
PhotoOrigin = Annotated[str, StringConstraints(pattern=rf"^https?://{_HOST}")]


class PushSettings(TokenSettings):
    """Who may connect, and how much one client may cost."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_PUSH_")

    http_host: str = Field("127.0.0.1", description="address of panel, WebSocket and SSE")
    http_port: int = Field(2013, ge=0, le=65535, description="TCP port; 2013 is where CTI panels look; 0: any free one")
    journal_url: str = Field("http://127.0.0.1:8081", description="where the call journal's API is")
    journal_timeout_s: float = Field(10.0, gt=0, description="seconds for an answer of the journal")
    directory_url: str = Field("http://127.0.0.1:8082", description="where the directory's API is")
    directory_timeout_s: float = Field(3.0, gt=0, description="seconds for an answer of the directory")
    login_users_file: Path | None = Field(
        None, description="TOML file of those who sign in here with a password, at /login; needs `login_key_file`"
    )
    login_key_file: Path | None = Field(None, description="PEM private key (Ed25519) that their tokens are signed with")
    login_token_s: float = Field(43_200.0, gt=0, description="seconds that such a token lasts: a working day")
    login_session_s: float = Field(
        86_400.0, gt=0, description="seconds after the password in which its token can be renewed"
    )
    login_user_attempts: int = Field(10, ge=1, description="sign-ins a minute of one user")
    login_address_attempts: int = Field(30, ge=1, description="sign-ins a minute from one network address")
    users: dict[str, list[str]] = Field(
        default_factory=dict,
        description="user to extensions (`101` or `pbx:101`) that the directory does not know; an extension that is "
        "named nowhere is a user of its own number",
    )
    origins: list[str] = Field(
        default_factory=list,
        description="origins of pages beside our own that may connect and use the HTTP API, e.g. https://crm.example",
    )
    web_phone_sockets: list[SocketOrigin] = Field(
        default_factory=list,
        description="origins of PBXs that the panel may open a WebSocket to, as a telephone: wss://pbx.example:8089",
    )
    photo_origins: list[PhotoOrigin] = Field(
        default_factory=list,
        description="origins that the panel loads photos of callers from, beside its own: https://crm.example. "
        "Whoever serves them sees when somebody calls",
    )
    tms: bool = Field(True, description="whether clients of the Messaging Service protocol are answered, at `/`")
    tms_users: dict[str, str] = Field(
        default_factory=dict, description="`UserUId` of such an installation to user; see docs/telephony/tms.md"
    )
    tms_codes: list[str] = Field(
        default=["Active", "Away", "DND", "break"],
        description="agent-state codes of such an installation; a pause with another reason is `Away` there",
    )
    hello_s: float = Field(5.0, gt=0, description="seconds for the first frame of a WebSocket")
    ping_s: float = Field(20.0, gt=0, description="seconds between pings; below the 30–60 s at which proxies cut")
    queue_frames: int = Field(256, ge=8, description="frames that may wait for one slow client")
    queue_bytes: int = Field(1_048_576, ge=65_536, description="bytes that may wait for one slow client")
    frames_per_s: float = Field(
        20.0, ge=1, description="frames a second of one WebSocket, four times that at once; a person clicks less"
    )
    bytes_per_s: float = Field(
        65_536, ge=1024, description="bytes a second of one WebSocket's frames, four times that at once"
    )
    user_connections: int = Field(20, ge=1, description="sessions of one user: tabs and devices, those left open too")
    tenant_connections: int = Field(20_000, ge=1, description="sessions of all users of this instance")
    address_connections: int = Field(
        5000, ge=1, description="WebSockets and event streams of one network address; a whole office may share one"
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="addresses, separated by commas, whose X-Forwarded-For is believed"
    )
    commands_per_s: float = Field(5.0, gt=0, description="commands a second of one user")
    commands_burst: int = Field(20, ge=1, description="commands of one user at once, beyond that rate")
    commands_at_once: int = Field(8, ge=1, description="commands of one user that may be at work")
    command_deadline_s: float = Field(
        15.0, ge=0.5, le=120, description="seconds after which a command's result is `unknown` at the latest"
    )
    presence_ttl_s: int = Field(
        300,
        ge=4,
        description="seconds after which the bus forgets who was at an instance that died; told anew at half of it",
    )
    drain_s: float = Field(
        8.0, ge=0, description="seconds at most in which clients are sent away; below shutdown_deadline_s"
    )
    drain_per_s: float = Field(500.0, gt=0, description="clients sent away a second: others must take them")
    batch: int = Field(200, ge=1, le=5000, description="events projected before their updates are awaited")
    projector_partitions: int = Field(
        1,
        ge=1,
        le=64,
        description="shares of the users, each projected by one instance; the same for all instances of a site. "
        "More than one when one instance cannot keep up",
    )
    lease_ttl_s: int = Field(5, ge=2, description="seconds after which another projector takes over from a dead one")
    stuck_s: float = Field(60.0, gt=0, description="seconds of work without a step after which a restart is asked for")

    @field_validator("login_key_file")
    @classmethod
    def _signs(cls, value: Path | None) -> Path | None:
        if value is not None:
            signing_key(value)
        return value

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.login_users_file is None) != (self.login_key_file is None):
            raise ValueError("login_users_file and login_key_file need each other")
        return self
