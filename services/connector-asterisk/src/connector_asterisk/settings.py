"""Settings of connector-asterisk: `TRUNKLINE_ASTERISK_*`, or section `[connector-asterisk]` of the TOML file."""

import re
from pathlib import Path
from typing import Literal

from cti_connector.settings import ConnectorSettings, Pattern, harmless_variables, is_harmless
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from connector_asterisk.actions import Options
from connector_asterisk.reading import MEMBER

NAME = "connector-asterisk"
_CONTEXT = r"^[A-Za-z0-9_.-]{1,80}$"


class AsteriskSettings(ConnectorSettings):
    """One Asterisk and how to speak with it."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_ASTERISK_")

    pbx: str = Field("asterisk", pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    host: str = Field("127.0.0.1", description="address of the manager interface (AMI)")
    port: int = Field(5038, ge=1, le=65535, description="TCP port of AMI")
    username: str = Field("cti", description="user in manager.conf")
    secret: SecretStr = Field(SecretStr(""), description="that user's secret")
    md5: bool = Field(True, description="log in by challenge, so that the secret does not cross the wire")
    extension_pattern: Pattern = Field(
        r"\d{2,6}", description="which endpoint names are users' telephones; all others are trunks"
    )
    delivered_on_ringing: bool = Field(
        True, description="tell a call when its telephone says that it rings; off: as soon as Asterisk dials it"
    )
    queue_member: str = Field(
        MEMBER,
        pattern=r"\{0\}",
        description="a user's interface in queues, {0} for the extension (queueExtensionFormat)",
    )
    packet_info: tuple[str, ...] = Field(
        (),
        description="AMI headers and channel variables carried into a call's data, none else (packetInfoConfig)",
    )
    recordings: bool = Field(True, description="tell when MixMonitor starts and stops, and its file if known")
    numbered_events: bool = Field(
        False, description="Asterisk numbers events (debug=on) and this user gets them all (read=all, no eventfilter)"
    )
    wrap_up_s: dict[str, int] = Field(
        {}, description="seconds of wrap-up by queue, where Asterisk does not tell (22 does)"
    )
    device_states: Literal["agents", "all"] = Field("agents", description="whose telephones' states are told")
    auto_pause_on_commutation_start: bool = Field(
        False, description="pause an agent in all queues while on the telephone (autoPauseOnCommutationStart)"
    )
    max_frame_bytes: int = Field(262_144, ge=4096, description="larger AMI blocks are refused; Asterisk's stay below")
    file_path: Path | None = Field(
        None, description="read this recording (with `.times.jsonl` beside it) in place of a connection (filePath)"
    )

    # --- commands. Whether they are offered is told to the browsers with each call.
    protocol: Literal["PJSIP", "SIP"] = Field(
        "PJSIP", description="channel technology of the telephones: which driver Asterisk runs them with"
    )
    protocols: dict[str, Literal["PJSIP", "SIP"]] = Field(
        {}, description="telephones of the other technology, by number, where a site has both"
    )
    async_originate: bool = Field(True, description="known elsewhere as `asyncOriginate`; only true is accepted here")
    originate_context: str = Field(
        "from-internal", pattern=_CONTEXT, description="dialplan context in which dialled numbers are looked up"
    )
    originate_contexts: dict[str, str] = Field(
        {}, description="another context for some telephones, by number (their users' outgoing call context)"
    )
    transfer_context: str = Field(
        "", pattern=_CONTEXT + "|^$", description="context for transfers and conferences; empty: that of the telephone"
    )
    originate_timeout_s: float = Field(
        30.0, ge=1, le=300, description="seconds that the operator's own telephone rings for a call that he asked for"
    )
    caller_name: str = Field(
        "", max_length=64, description="name on the operator's display during such a call; empty: the dialled number"
    )
    variables: dict[str, str] = Field(
        {}, description="channel variables of the calls that we make, such as __CRM=trunkline (__: inherited)"
    )
    auto_answer_header: str = Field(
        "",
        max_length=200,
        description="SIP header on which the operator's own telephone lifts itself (depends on its maker), as"
        " `Call-Info: <sip:x>;answer-after=0` or `Alert-Info: auto-answer`; empty: it rings",
    )
    answer_by: Literal["none", "notify"] = Field(
        "none", description="notify: the telephones lift themselves on a SIP NOTIFY `Event: talk`; none: not offered"
    )
    hold_by: Literal["none", "notify"] = Field(
        "none", description="notify: they hold and retrieve on NOTIFY `Event: hold` and `talk`; none: not offered"
    )
    consult_by: Literal["second_call", "atxfer"] = Field(
        "second_call",
        description="second_call: the telephone makes a second call, joined by Bridge; atxfer: Asterisk's own attended"
        " transfer, which needs its feature code in features.conf and tT in the dialplan",
    )
    conference_extension: str = Field(
        "",
        pattern=r"^[0-9*#]*X*[0-9*#]*$",
        description="extension of conference rooms, X for the digits of the room (3XXX); empty: not offered",
    )
    parking_lot: str = Field(
        "", pattern=_CONTEXT + "|^$", description="name of the parking lot (parkingLotContext); empty: the default one"
    )
    pickup_extension: str = Field(
        "",
        pattern=r"^([0-9*#]*\{extension\}[0-9*#]*)?$",
        description="feature code of a directed pickup, as *8{extension}; empty: the application PickupChan",
    )
    spy_options: str = Field(
        "qES", pattern=r"^[A-Za-z0-9():]*$", description="options of ChanSpy; w or B is added for whisper and barge"
    )
    queue_interface: str = Field(
        "",
        max_length=120,
        description="what telephones are called in queues (queueExtensionFormat), as Local/{device}@from-queue/n;"
        " empty: their channel",
    )
    recording_file: str = Field(
        "trunkline/{recording_id}.wav", description="file of a recording, absolute or below Asterisk's monitor folder"
    )

    @field_validator("async_originate")
    @classmethod
    def _asynchronous(cls, value: bool) -> bool:
        if not value:
            raise ValueError(
                "must be true: during a synchronous Originate Asterisk sends no event at all over this connection, "
                "until the telephone is lifted, and every panel of the company would stand still"
            )
        return value

    @field_validator("originate_contexts")
    @classmethod
    def _contexts(cls, value: dict[str, str]) -> dict[str, str]:
        for context in value.values():
            if not re.match(_CONTEXT, context):
                raise ValueError(f"not a context: {context!r}")
        return value

    @field_validator("variables")
    @classmethod
    def _harmless_variables(cls, value: dict[str, str]) -> dict[str, str]:
        return harmless_variables(value)

    @field_validator("auto_answer_header")
    @classmethod
    def _a_header(cls, value: str) -> str:
        if value and not (re.match(r"[A-Za-z-]+:", value) and is_harmless(value)):
            raise ValueError("write it as `Name: value`, without comma, bracket or quote")
        return value

    def options(self) -> Options | None:
        """How commands are carried out; None: they are not."""
        return self.chosen(Options)
