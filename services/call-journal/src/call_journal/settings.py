"""Settings of call-journal: `TRUNKLINE_JOURNAL_*`, or section `[call-journal]` of the TOML file."""

from pathlib import Path
from typing import Annotated

from cti_api.settings import ApiSettings
from cti_runtime.settings import secret_text
from cti_store import postgres_url
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from call_journal.retention import Kept, Periods, zone_of

NAME = "call-journal"
_KEY_BYTES = 32  # as many as SHA-256 makes of it


class RecordingSource(BaseModel):
    """Where the recordings of a PBX lie: in a mounted `folder`, or behind `url`. See docs/operations/recordings.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path | None = None
    strip: str = ""
    file: str = "{recording_id}.wav"
    url: str = Field("", pattern=r"^$|^https?://[^/{]+/.*\{(recording_id|native_id|location)\}")
    headers: dict[str, SecretStr] = {}
    headers_file: Path | None = None
    timeout_s: float = Field(10.0, gt=0)
    most_mb: int = Field(1024, ge=1)
    delete: bool = False

    @model_validator(mode="after")
    def _one(self) -> "RecordingSource":
        if (self.folder is None) == (self.url == ""):
            raise ValueError("either folder or url is needed")
        return self


class Retention(BaseModel):
    """How many days a tenant's data is kept; absent: as for everybody."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    events_days: int | None = Field(default=None, ge=1)
    records_days: int | None = Field(default=None, ge=1)
    recordings_days: int | None = Field(default=None, ge=1)
    keep: tuple[Kept, ...] = ()
    time_zone: str | None = None

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        if value is not None:
            zone_of(value)
        return value


class JournalSettings(ApiSettings):
    """Where the rows go and who may read them."""

    model_config = SettingsConfigDict(env_prefix="TRUNKLINE_JOURNAL_")

    database_url: Annotated[str, AfterValidator(postgres_url)] = Field(
        "postgresql://postgres@127.0.0.1:5432/trunkline", description="PostgreSQL 15 or newer; may hold a password"
    )
    pool_size: int = Field(8, ge=4, description="connections: one writes, two may export, the others answer the API")
    http_port: int = Field(8081, ge=0, le=65535, description="TCP port of the HTTP API; 0: any free one")
    batch: int = Field(
        2000, ge=1, le=10_000, description="events per transaction at most: when there is that much to catch up with"
    )
    users: dict[str, list[str]] = Field(
        default_factory=dict,
        description="as push's: user to extensions (`101` or `pbx:101`) that the directory does not know; one that is "
        "named nowhere is a user of its own number",
    )
    identify_timeout_s: float = Field(
        1.5, gt=0, description="seconds to wait for the directory; it may ask another system, which has 1 s there"
    )
    identify_at_once: int = Field(
        32, ge=1, description="numbers asked for at a time; below the directory's own identify_at_once"
    )
    stuck_s: float = Field(60.0, gt=0, description="seconds of work without a step after which a restart is asked for")
    integrator_notes: bool = Field(False, description="integrators may read and write notes, which are about people")
    questions_at_once: int = Field(
        4, ge=1, description="questions over NATS that are answered at once; more are refused"
    )
    recordings: dict[str, RecordingSource] = Field(
        {}, description="where the recordings of each PBX lie, by its name ([recordings](recordings.md))"
    )
    recordings_roles: tuple[str, ...] = Field(
        ("supervisor", "integrator", "admin"), description="roles that may hear every recording of their tenant"
    )
    recordings_own: bool = Field(False, description="whether operators may hear recordings of calls they took part in")
    recordings_link_s: int = Field(
        300, ge=10, le=86_400, description="seconds for which a link to a recording is good at most: it needs no token"
    )
    recordings_key: SecretStr = Field(
        SecretStr(""), description="signs links, 32 characters or more; not set: a new one at each start"
    )
    recordings_key_file: Path | None = Field(None, description="the same in a file")
    public_url: str = Field(
        "", pattern=r"^$|^https?://.*[^/]$", description="what links to recordings begin with; not set: with their path"
    )
    keep_events_days: int | None = Field(
        None, ge=1, description="days after which events are removed; not set: never ([retention](retention.md))"
    )
    keep_records_days: int | None = Field(
        None, ge=1, description="the same for calls, with their events, notes and recordings"
    )
    keep_recordings_days: int | None = Field(None, ge=1, description="the same for recordings")
    retention: dict[str, Retention] = Field({}, description="other days for a tenant, by its name")
    time_zone: str = Field("UTC", description="where days begin and nights are, unless a tenant has its own")
    night_hour: int = Field(3, ge=0, le=23, description="hour there at which old data is removed and rows are verified")
    night: bool = Field(True, description="off: no jobs at night; they are run from outside")
    night_verify_hours: int = Field(36, ge=1, description="hours back of what is verified each night")
    erasure_key: SecretStr = Field(
        SecretStr(""), description="names what was erased, 32 characters or more; needed to erase, and for ever after"
    )
    erasure_key_file: Path | None = Field(None, description="the same in a file")

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        zone_of(value)
        return value

    @model_validator(mode="after")
    def _keys(self) -> "JournalSettings":
        secret(self.recordings_key, self.recordings_key_file, "recordings_key")
        secret(self.erasure_key, self.erasure_key_file, "erasure_key")
        return self

    def kept(self, tenant: str) -> Periods:
        """How long a tenant's data is kept."""
        own = self.retention.get(tenant, Retention())

        def days(what: Kept) -> int | None:
            name = f"{what.value}_days"
            return None if what in own.keep else getattr(own, name) or getattr(self, f"keep_{name}")

        return Periods(
            days(Kept.EVENTS), days(Kept.RECORDS), days(Kept.RECORDINGS), zone_of(own.time_zone or self.time_zone)
        )


def secret(value: SecretStr, file: Path | None, name: str) -> bytes:
    """A key from a setting or its file; empty when neither is set. Raises `ValueError` for one that is too short."""
    text = secret_text(SecretStr("") if file is not None else value, file, name)
    if (text or file is not None) and len(text) < _KEY_BYTES:
        raise ValueError(f"{name} needs {_KEY_BYTES} characters or more")
    return text.encode()
