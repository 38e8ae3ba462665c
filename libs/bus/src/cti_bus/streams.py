"""The streams and buckets of Trunkline, declared; `cti_bus.ensure` (provision.py) makes the server agree."""

from dataclasses import dataclass
from typing import Final

from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 60 * _MINUTE_S
_DAY_S: Final = 24 * _HOUR_S
_MIB: Final = 1024 * 1024

# The server remembers message ids this long, so that a repeat is swallowed. Repeats follow within seconds of a
# reconnection; five minutes also cover a restart of the server. Calls are guarded by their fence without limit of time.
DEDUPE_S: Final = 5 * _MINUTE_S


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """One stream. Ages in seconds, sizes in bytes, None = no limit. A bucket is a stream of that name with `KV_`."""

    name: str
    subjects: tuple[str, ...]
    why: str
    max_age_s: float | None = None
    max_bytes: int | None = None
    max_per_subject: int | None = None
    dedupe_s: float = DEDUPE_S
    message_ttl: bool = False

    @property
    def is_bucket(self) -> bool:
        """Whether this is a key-value bucket."""
        return self.name.startswith("KV_")


def bucket(name: str, why: str, *, history: int = 1, max_age_s: float | None = None, ttl: bool = False) -> StreamSpec:
    """A key-value bucket as a stream, laid out as every NATS client expects it."""
    return StreamSpec(
        f"KV_{name}",
        (f"$KV.{name}.>",),
        why,
        max_age_s=max_age_s,
        max_per_subject=history,
        dedupe_s=2 * _MINUTE_S,
        message_ttl=ttl,
    )


EVENTS: Final = StreamSpec(
    "CTI_EVENTS",
    ("cti.*.call.>", "cti.*.agent.>", "cti.*.link.>", "cti.*.operator.>", "cti.*.journal.>", "cti.*.command.>"),
    "Every fact, in one order. 72 h cover a weekend with the journal down; the journal is the archive.",
    max_age_s=72 * _HOUR_S,
)
RAW: Final = StreamSpec(
    "CTI_RAW",
    ("cti.*.raw.*",),
    "PBX frames as they came, for support. A day or 256 MiB, whichever is less: frames are many and soon stale.",
    max_age_s=24 * _HOUR_S,
    max_bytes=256 * _MIB,
)
USERS: Final = StreamSpec(
    "CTI_USERS",
    ("cti.*.user.*", "cti.*.queue.*.*"),
    "Each user's view, and each queue's; the newest message is the snapshot, the last 200 let a browser resume after a "
    "short absence.",
    max_per_subject=200,
)
PARKED: Final = StreamSpec(
    "CTI_PARKED",
    ("cti.*.parked.>",),
    "Calls that a consumer could not digest, kept until somebody re-drives them. A month, so that it is noticed.",
    max_age_s=30 * _DAY_S,
)
LIVE_CALLS: Final = bucket(
    "cti_live_calls",
    "Index of calls not yet cleared; a key is purged when its call is over.",
    ttl=True,
)
LEASES: Final = bucket("cti_leases", "Which instance leads; keys expire by themselves.", ttl=True)
COMMANDS: Final = bucket(
    "cti_commands",
    "Command ids already accepted; a client does not repeat one after a day.",
    max_age_s=_DAY_S,
    ttl=True,
)
DIRECTORY: Final = bucket("cti_directory", "Users, extensions, contacts as the directory last told.", history=5)
PRESENCE: Final = bucket("cti_presence", "Who is signed in at which gateway; keys expire with the gateway.", ttl=True)

ALL: Final = (EVENTS, RAW, USERS, PARKED, LIVE_CALLS, LEASES, COMMANDS, DIRECTORY, PRESENCE)

# How long the marker that an expired key leaves behind is kept: it only has to reach those who watch.
_MARKER_TTL_S: Final = 60.0


def config_of(spec: StreamSpec, replicas: int) -> StreamConfig:
    """The server's configuration of a stream."""
    return StreamConfig(
        name=spec.name,
        description=spec.why,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=spec.max_age_s or 0.0,
        max_bytes=spec.max_bytes or -1,
        max_msgs_per_subject=spec.max_per_subject or -1,
        duplicate_window=min(spec.dedupe_s, spec.max_age_s or spec.dedupe_s),
        discard=DiscardPolicy.NEW if spec.is_bucket else DiscardPolicy.OLD,
        deny_delete=spec.is_bucket,
        allow_rollup_hdrs=spec.is_bucket,
        allow_direct=True,
        allow_msg_ttl=spec.message_ttl or None,
        subject_delete_marker_ttl=_MARKER_TTL_S if spec.message_ttl else None,
    )
