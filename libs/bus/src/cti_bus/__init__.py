"""NATS JetStream as Trunkline uses it: streams, publishing, consuming, parking, leases.

The only package that talks to NATS. It knows subjects, headers and bytes, not what they mean.
"""

from cti_bus.connection import Bus, Reply, connect
from cti_bus.direct import newest, newest_at_leader, newest_of_each, since
from cti_bus.errors import (
    NO_START,
    BusClosed,
    BusError,
    ConnectFailed,
    Fenced,
    KeyConflict,
    NoAnswer,
    NobodyListens,
    NotSent,
    PositionLost,
    Refused,
    StreamIncompatible,
)
from cti_bus.fates import Fatal, Fate, Park, Retry, process
from cti_bus.gaps import Gap
from cti_bus.kv import Bucket, Entry, KeyMessage, Seen, key_set
from cti_bus.lease import Lease
from cti_bus.lives import life_and_end, life_of
from cti_bus.message import Batch, Received
from cti_bus.park import Parking, call_key
from cti_bus.provision import ensure
from cti_bus.publish import Publisher
from cti_bus.read import Observer, Reader
from cti_bus.services import Service
from cti_bus.streams import StreamSpec, bucket
from cti_bus.talk import Heard, Talk, answer, listen
from cti_bus.tracing import extract, inject

__all__ = [
    "NO_START",
    "Batch",
    "Bucket",
    "Bus",
    "BusClosed",
    "BusError",
    "ConnectFailed",
    "Entry",
    "Fatal",
    "Fate",
    "Fenced",
    "Gap",
    "Heard",
    "KeyConflict",
    "KeyMessage",
    "Lease",
    "NoAnswer",
    "NobodyListens",
    "NotSent",
    "Observer",
    "Park",
    "Parking",
    "PositionLost",
    "Publisher",
    "Reader",
    "Received",
    "Refused",
    "Reply",
    "Retry",
    "Seen",
    "Service",
    "StreamIncompatible",
    "StreamSpec",
    "Talk",
    "answer",
    "bucket",
    "call_key",
    "connect",
    "ensure",
    "extract",
    "inject",
    "key_set",
    "life_and_end",
    "life_of",
    "listen",
    "newest",
    "newest_at_leader",
    "newest_of_each",
    "process",
    "since",
]
