"""Who is signed in, as gateways tell it in the bucket `cti_presence`: for first-party connectors and routing.

One key for each user and gateway instance (`subjects.presence`). It expires by itself when that gateway is gone.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class PresenceState(StrEnum):
    """What a user's tabs say. `online`: signed in, and no tab has said more."""

    ACTIVE = "active"
    IDLE = "idle"
    ONLINE = "online"
    OFFLINE = "offline"


class PresenceEntry(Struct, frozen=True, kw_only=True):
    """A user's sessions at one gateway: how many, and the liveliest state of any."""

    user: str
    instance: str
    sessions: int
    state: PresenceState


_LIVELIEST = (PresenceState.ACTIVE, PresenceState.IDLE, PresenceState.ONLINE)


def union(states: Iterable[PresenceState]) -> PresenceState:
    """The state of a user whose sessions are in these: the liveliest one; `offline` without any."""
    found = set(states)
    return next((each for each in _LIVELIEST if each in found), PresenceState.OFFLINE)
