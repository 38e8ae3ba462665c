"""Settings of connector-webitel: `TRUNKLINE_WEBITEL_*`, or section `[connector-webitel]` of the TOML file."""

from typing import Literal

from cti_connector.firstparty import FirstPartySettings
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

NAME = "connector-webitel"


class WebitelSettings(FirstPartySettings):
    """One Webitel, of which generation, and how its operators are signed in there."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_WEBITEL_")

    pbx: str = Field("webitel", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    url: str = Field(
        "ws://127.0.0.1:10025/websocket",
        pattern=r"^wss?://[^\s]+$",
        description="address of Webitel's WebSocket; behind its own proxy `wss://<host>/ws/websocket`",
    )
    generation: Literal["new"] = Field(
        "new", description="what is spoken: `new` is the engine of Webitel 22 and later ({seq, action, data})"
    )
    credentials_key: SecretStr = Field(
        SecretStr(""),
        description="base64 of 32 bytes: asks the directory for operators' credentials, where it stands as"
        " connector_keys of this PBX; without it nobody can be signed in",
    )
    max_frame_mib: int = Field(8, ge=1, description="MiB; larger frames end the link")

    @field_validator("credentials_key")
    @classmethod
    def _a_key(cls, value: SecretStr) -> SecretStr:
        """Any text: that it is a key is checked when it is used, so that the composition can leave it open."""
        return value
