"""Settings of connector-webitel: `TRUNKLINE_WEBITEL_*`, or section `[connector-webitel]` of the TOML file."""

from pathlib import Path
from typing import Literal, Self

from cti_connector.firstparty import FirstPartySettings
from cti_connector.settings import Pattern
from cti_runtime.settings import secret_text
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

NAME = "connector-webitel"


class WebitelSettings(FirstPartySettings):
    """One Webitel, of which generation, and how it is heard: by its operators, or by one account for all."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_WEBITEL_")

    pbx: str = Field("webitel", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    url: str = Field(
        "ws://127.0.0.1:10025/websocket",
        pattern=r"^wss?://[^\s]+$",
        description="address of Webitel's WebSocket; behind its own proxy `wss://<host>/ws/websocket` (new) or"
        " `wss://<host>/engine` (old)",
    )
    generation: Literal["new", "old"] = Field(
        "new",
        description="what is spoken: `new` is the engine of Webitel 22 and later ({seq, action, data}), `old` that of"
        " 3.x ({exec-uuid, exec-func, exec-args})",
    )
    max_frame_mib: int = Field(8, ge=1, description="MiB; larger frames end the link")

    extension_pattern: Pattern = Field(
        r"\d{2,6}",
        description="which numbers are the company's telephones. New: whom a user dials is inside then; old: every"
        " channel without such a user is a trunk's",
    )

    # --- the new generation alone
    rest_url: str = Field(
        "",
        pattern=r"^(https?://[^\s]+)?$",
        description="new: address of Webitel's REST, as `https://<host>/api`: calls that ended while an operator's link"
        " was away are read there; empty: they are not",
    )
    rest_token: SecretStr = Field(
        SecretStr(""),
        description="new: access token that may read all calls; empty: each operator's own, for their own calls",
    )
    rest_token_file: Path | None = Field(None, description="the same in a file")
    rest_timeout_s: float = Field(10.0, gt=0, description="new: seconds for each answer of it")
    backfill_h: float = Field(
        24.0,
        gt=0,
        le=72,
        description="new: hours; of a longer absence only so much is read, and never more than the stream remembers",
    )

    # --- the old generation alone
    domain: str = Field(
        "", pattern=r"^([A-Za-z0-9_.-]{1,80})?$", description="old: the domain of the users; must be set"
    )
    account: str = Field(
        "",
        pattern=r"^([A-Za-z0-9_.@-]{1,160})?$",
        description="old: a service account that hears the whole domain over one link; empty: a link for each operator",
    )
    secret: SecretStr = Field(SecretStr(""), description="old: that account's secret")
    secret_file: Path | None = Field(None, description="the same in a file")
    token_key: str = Field(
        "",
        pattern=r"^[\x21-\x7e]{0,200}$",
        description="old: the key of a token (REST `/login`) of that account: then its secret is the token",
    )
    call_centre: bool = Field(
        False, description="old: that account may subscribe to mod_callcenter's events (`CC::*`): agents and queues"
    )
    records: bool = Field(
        False,
        description="old: for each call that was answered the engine is asked whether it has a recording; until it"
        " says so, or `records_wait_s` is over, the call is not told as over",
    )
    records_wait_s: float = Field(
        20.0, gt=0, le=300, description="old: seconds, so long at most a call waits for its recording"
    )
    packet_info: tuple[str, ...] = Field(
        (), description="old: channel variables carried into a call's data, none else (packetInfoConfig)"
    )
    auto_answer: str = Field(
        "",
        max_length=200,
        description="old: variable on which the operator's own telephone lifts itself (depends on its maker), as"
        " `sip_h_Call-Info=answer-after=0`; empty: it rings",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.generation == "old" and not self.domain:
            raise ValueError("domain is needed for the old generation")
        self.token_of_rest()
        if self.account and not (self.generation == "old" and self.secret_of_account()):
            raise ValueError("account needs secret, and generation = old")
        if self.token_key and not self.account:
            raise ValueError("token_key needs account")
        return self

    @property
    def needs_key(self) -> bool:
        """Where a service account hears all, nobody is signed in one by one."""
        return not self.account

    def token_of_rest(self) -> str:
        """New: the access token for REST; empty: each operator's own."""
        return secret_text(self.rest_token, self.rest_token_file, "rest_token")

    def secret_of_account(self) -> str:
        """Old: the service account's secret."""
        return secret_text(self.secret, self.secret_file, "secret")
