"""What an administrator sets of connectors alike: the link's deadlines, the outbox, commands, and recording."""

import dataclasses
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

from cti_runtime import StartFailed
from cti_runtime.site import SiteSettings
from pydantic import AfterValidator, Field, field_validator

from cti_connector.conversation import LinkSettings
from cti_connector.host import HostSettings
from cti_connector.recorder import FileRecorder
from cti_connector.transport import Open, tcp, trust

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Options = TypeVar("Options", bound="DataclassInstance")


def _regular_expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


Pattern = Annotated[str, AfterValidator(_regular_expression)]
"""A regular expression."""
_HARMLESS: Final = re.compile(r"[A-Za-z0-9 _.:;=<>?/+*#-]*")


def is_harmless(text: str) -> bool:
    """Whether a text can be a value in a PBX's command, and nothing else: no comma, bracket or quote."""
    return _HARMLESS.fullmatch(text) is not None


def harmless_variables(value: dict[str, str], name: str = r"[A-Za-z_][A-Za-z0-9_]*") -> dict[str, str]:
    """Channel variables as they are set. Raises `ValueError` for a name that is none, a value that is not harmless."""
    for each, text in value.items():
        if not re.fullmatch(name, each) or not is_harmless(text):
            raise ValueError(f"{each}: letters, digits and _ in the name, no comma, bracket or quote in the value")
    return value


class HostedSettings(SiteSettings):
    """What is set of every connector, however it reaches its PBX. The connector's own class gives `pbx` its default."""

    pbx: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="this PBX's name: token of its subjects")
    tls_ca_file: Path | None = Field(
        None, description="PEM certificates of the authorities that the PBX's TLS is trusted by; none: the system's"
    )
    login_s: float = Field(10.0, gt=0, description="seconds from connection to the accepted log-in")
    refused_wait_s: float = Field(30.0, gt=0, description="seconds after a refused log-in; sooner might lock the user")
    ping_interval_s: float = Field(5.0, gt=0, description="seconds between questions whether the PBX still answers")
    ping_deadline_s: float = Field(5.0, gt=0, description="seconds for the answer: a dead link shows within 10 s")
    silence_s: float = Field(30.0, gt=0, description="seconds without any byte after which the link is given up")
    snapshot_interval_s: float = Field(
        60.0, gt=0, description="seconds between comparisons of our calls with the PBX's list; each costs it one list"
    )
    snapshot_deadline_s: float = Field(30.0, gt=0, description="seconds for that list: large sites take some")
    lease_ttl_s: int = Field(3, ge=2, description="seconds; a standby takes over at most a second later than that")
    window: int = Field(2000, ge=1, description="events published but not acknowledged yet (2 KiB each)")
    outbox_memory: int = Field(10_000, ge=1, description="messages kept in memory while NATS is away (3 KiB each)")
    outbox_dir: Path | None = Field(None, description="folder for more of them; without it the link is cut when full")
    outbox_disk_mib: int = Field(1024, ge=1, description="MiB of that folder; a busy site fills 100 MiB an hour")
    record_dir: Path | None = Field(None, description="record the raw link into this folder, for `trunkline replay`")
    raw_to_bus: bool = Field(False, description="publish the raw link to CTI_RAW, for support")
    trace_queues_state: bool = Field(False, description="log each change of an agent (traceQueuesState)")
    commands: bool = Field(
        True, description="false: only watch; nothing is offered in the browsers, no request is answered"
    )
    max_commands: int = Field(64, ge=1, description="commands at work at once; more are refused as busy")

    @field_validator("tls_ca_file")
    @classmethod
    def _trusted(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                trust(value)
            except OSError as error:
                raise ValueError(f"no certificates can be read there: {error.strerror or error}") from error
        return value

    def link(self) -> LinkSettings:
        """The bounds of the link."""
        return LinkSettings(
            login_s=self.login_s,
            ping_interval_s=self.ping_interval_s,
            ping_deadline_s=self.ping_deadline_s,
            silence_s=self.silence_s,
            snapshot_interval_s=self.snapshot_interval_s,
            snapshot_deadline_s=self.snapshot_deadline_s,
            refused_wait_s=self.refused_wait_s,
        )

    def hosted(self) -> HostSettings:
        """The bounds of the host."""
        return HostSettings(
            tenant=self.tenant,
            pbx=self.pbx,
            lease_ttl_s=self.lease_ttl_s,
            window=self.window,
            outbox_memory=self.outbox_memory,
            outbox_folder=self.outbox_dir,
            outbox_disk_bytes=self.outbox_disk_mib << 20,
            raw_to_bus=self.raw_to_bus,
            trace_agents=self.trace_queues_state,
            commands=self.max_commands if self.commands else 0,
        )

    def chosen(self, options: type[Options]) -> Options | None:
        """How commands are carried out: a dataclass, from the settings of its fields' names; None: they are not."""
        if not self.commands:
            return None
        return options(**{each.name: getattr(self, each.name) for each in dataclasses.fields(options)})

    def make_folders(self) -> None:
        """Make the folders that are written to; raises `StartFailed`, which names the setting: a standby that cannot
        write is found at its start, not when it must take over.
        """
        for name in ("record_dir", "outbox_dir"):
            folder: Path | None = getattr(self, name)
            if folder is None:
                continue
            try:
                folder.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=folder).close()
            except OSError as error:
                raise StartFailed(f"{name}: {folder} cannot be written: {error.strerror}") from error

    def recorder(self, ending: str) -> FileRecorder | None:
        """What writes the raw link into files with that ending; None: nothing does."""
        if self.record_dir is None:
            return None
        return FileRecorder(self.record_dir, f"{self.pbx}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}", ending)


class ConnectorSettings(HostedSettings):
    """The base of the settings of a connector with one TCP link, which gives `port` its default."""

    host: str = Field("127.0.0.1", description="address of the PBX")
    port: int = Field(ge=1, le=65535, description="TCP port")
    tls: bool = Field(False, description="speak TLS with the PBX, and check its certificate")

    def opening(self) -> Open:
        """How the PBX is reached."""
        return tcp(self.host, self.port, tls=trust(self.tls_ca_file) if self.tls else None)
