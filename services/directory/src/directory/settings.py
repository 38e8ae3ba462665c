"""Settings of the directory: `TRUNKLINE_DIRECTORY_*`, or section `[directory]` of the TOML file."""

from pathlib import Path
from typing import Annotated

from cti_api.settings import ApiSettings
from cti_directory.credentials import ConnectorKey
from cti_runtime.settings import secret_text
from cti_store import postgres_url
from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from directory.identify import Rules
from directory.numbers import is_region
from directory.vault import Vault

NAME = "directory"


class DirectorySettings(ApiSettings):
    """Where it is kept, who may ask, and whom else to ask."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_DIRECTORY_")

    database_url: Annotated[str, AfterValidator(postgres_url)] = Field(
        "postgresql://postgres@127.0.0.1:5432/trunkline",
        description="PostgreSQL 15 or newer, schema `directory`; may be the journal's; may hold a password",
    )
    pool_size: int = Field(8, ge=2, description="connections at most for the API and the bus, and as many for lookups")
    http_port: int = Field(8082, ge=0, le=65535, description="TCP port of the HTTP API; 0: any free one")
    region: str = Field(
        "RU", pattern="^[A-Z]{2}$", description="where numbers without country code are dialled; a tenant may differ"
    )
    search_number_length: int = Field(
        7, ge=1, le=32, description="last digits that must agree: a subscriber's number without area, in most countries"
    )
    internal_number_length: int = Field(
        4, ge=0, le=12, description="numbers of so many digits or fewer are extensions: only employees have them"
    )
    secret_keys: SecretStr = Field(
        SecretStr(""), description="keys for PBX secrets, base64 of 32 bytes, newest first, separated by commas"
    )
    secret_key_file: Path | None = Field(None, description="the same, a line each, in a file; in place of secret_keys")
    connector_keys: dict[str, SecretStr] = Field(
        {},
        description="by PBX, the key (base64 of 32 bytes) with which its connector asks for operators' credentials, as"
        " its own credentials_key; a PBX without one gets none",
    )
    connector_keys_file: Path | None = Field(
        None, description="more of them in a file: a line each, the PBX's name, a blank, and its key"
    )
    identify_at_once: int = Field(
        64, ge=1, description="requests over NATS at work; more are refused at once, since the caller's telephone rings"
    )
    tell_poll_s: float = Field(
        1.0, gt=0, description="seconds between looks for changes of other instances; own ones are told at once"
    )
    compare_s: float = Field(600.0, gt=0, description="seconds between comparisons of the whole bucket with the tables")
    stuck_s: float = Field(60.0, gt=0, description="seconds of work without a step after which a restart is asked for")
    import_mb: int = Field(256, ge=1, description="MiB of one import over HTTP at most; the command line has no limit")
    external_url: str = Field(
        "",
        pattern=r"^$|^https?://.+\{number\}",
        description="asked for a number nobody here has: `https://crm.example/by-phone?n={number}&tenant={tenant}`",
    )
    external_name: str = Field("external", min_length=1, description="`source` of its candidates")
    external_token: SecretStr = Field(SecretStr(""), description="sent as bearer token to external_url")
    external_timeout_s: float = Field(1.0, gt=0, description="seconds to wait for it: a telephone rings meanwhile")
    external_ttl_s: float = Field(300.0, ge=0, description="seconds for which its answers are good")
    external_cache: int = Field(10_000, ge=1, description="answers that are remembered")
    external_failures: int = Field(5, ge=1, description="failures in a row after which it is left alone")
    external_pause_s: float = Field(30.0, gt=0, description="seconds for which it then is")

    @field_validator("region")
    @classmethod
    def _region(cls, value: str) -> str:
        if not is_region(value):
            raise ValueError("not a region of ISO 3166 that has telephone numbers")
        return value

    @model_validator(mode="after")
    def _needs(self) -> "DirectorySettings":
        self.vault()
        self.keys_of_connectors()
        return self

    @property
    def rules(self) -> Rules:
        """How numbers of tenants are read that set nothing else."""
        return Rules(
            region=self.region,
            search_number_length=self.search_number_length,
            internal_number_length=self.internal_number_length,
        )

    def keys_of_connectors(self) -> dict[str, ConnectorKey]:
        """By PBX; raises `ValueError` when one is none, or the file cannot be read."""
        found = {pbx: key.get_secret_value() for pbx, key in self.connector_keys.items()}
        text = secret_text(SecretStr(""), self.connector_keys_file, "connector_keys")
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            pbx, _, key = line.strip().partition(" ")
            if pbx in found:
                raise ValueError(f"connector_keys_file: line {number}: {pbx} has a key already")
            found[pbx] = key.strip()
        return {pbx: _connector_key(pbx, key) for pbx, key in found.items()}

    def vault(self) -> Vault:
        """With the keys that are set; raises `ValueError` when one is none, or the file cannot be read."""
        keys = self.secret_keys if self.secret_key_file is None else SecretStr("")
        text = secret_text(keys, self.secret_key_file, "secret_key")
        return Vault(text.replace(",", " ").split())


def _connector_key(pbx: str, text: str) -> ConnectorKey:
    try:
        return ConnectorKey(text)
    except ValueError as error:
        raise ValueError(f"the key of the PBX {pbx}: {error}") from error
