"""Settings of connector-freeswitch: `TRUNKLINE_FREESWITCH_*`, or section `[connector-freeswitch]` of the TOML file."""

import re
from typing import Literal

from cti_connector.settings import ConnectorSettings, Pattern, harmless_variables, is_harmless
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from connector_freeswitch.actions import Options

NAME = "connector-freeswitch"
_WORD = r"^[A-Za-z0-9_.-]{1,80}$"


class FreeSwitchSettings(ConnectorSettings):
    """One FreeSWITCH and how to speak with it."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_FREESWITCH_")

    pbx: str = Field(
        "freeswitch", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects"
    )
    host: str = Field("127.0.0.1", description="address of the event socket")
    port: int = Field(8021, ge=1, le=65535, description="TCP port of the event socket")
    user: str = Field(
        "",
        pattern=r"^([A-Za-z0-9_.-]{1,80}@[A-Za-z0-9_.-]{1,80})?$",
        description="directory user to log in as (userauth), with its domain: `cti@example.com`; empty: password alone",
    )
    password: SecretStr = Field(SecretStr(""), description="the event socket's password, or that user's esl-password")
    domain: str = Field(
        "",
        pattern=r"^([A-Za-z0-9_.-]{1,80})?$",
        description="the domain of the users; empty: all domains are watched, commands go to the default one",
    )
    extension_pattern: Pattern = Field(
        r"\d{2,6}", description="which users are telephones; every channel without such a user is a trunk's"
    )
    packet_info: tuple[str, ...] = Field(
        (), description="channel variables carried into a call's data, none else (packetInfoConfig)"
    )
    recordings: bool = Field(True, description="tell when recordings start and stop, and their files")
    silence_s: float = Field(
        60.0, gt=0, description="seconds without any byte after which the link is given up; heartbeats come every 20 s"
    )
    max_frame_mib: int = Field(
        16, ge=1, description="MiB; larger frames end the link; a list of 10 000 channels has 10"
    )

    # --- commands. Whether they are offered is told to the browsers with each call.
    originate_context: str = Field(
        "default", pattern=_WORD, description="dialplan context in which dialled numbers and transfers are looked up"
    )
    originate_timeout_s: float = Field(
        30.0, ge=1, le=300, description="seconds that the operator's own telephone rings for a call that he asked for"
    )
    variables: dict[str, str] = Field({}, description="channel variables of the calls that we make")
    auto_answer_variable: str = Field(
        "",
        max_length=200,
        description="variable on which the operator's own telephone lifts itself (depends on its maker), as"
        " `sip_h_Call-Info=answer-after=0` or `sip_auto_answer=true`; empty: it rings",
    )
    answer_by: Literal["none", "notify"] = Field(
        "none", description="notify: the telephones lift themselves on a SIP NOTIFY `Event: talk`; none: not offered"
    )
    conference_profile: str = Field(
        "",
        pattern=r"^([A-Za-z0-9_.-]{1,80})?$",
        description="profile of conferences of three, such as `default`; empty: not offered",
    )
    park_number: str = Field(
        "",
        pattern=r"^[0-9*#]{0,20}$",
        description="number of that context that parks in a free slot of a valet parking lot; empty: not offered",
    )
    recording_file: str = Field(
        "/var/lib/freeswitch/recordings/{recording_id}.wav",
        pattern=r"^[A-Za-z0-9_./-]*\{recording_id\}[A-Za-z0-9_./-]*$",
        description="file of a recording, on FreeSWITCH's own disk",
    )

    @field_validator("variables")
    @classmethod
    def _harmless_variables(cls, value: dict[str, str]) -> dict[str, str]:
        return harmless_variables(value, r"[A-Za-z_][A-Za-z0-9_-]*")

    @field_validator("auto_answer_variable")
    @classmethod
    def _a_variable(cls, value: str) -> str:
        if value and not (re.match(r"[A-Za-z_][A-Za-z0-9_-]*=", value) and is_harmless(value)):
            raise ValueError("write it as `name=value`, without comma, bracket or quote")
        return value

    def options(self) -> Options | None:
        """How commands are carried out; None: they are not."""
        return self.chosen(Options)
