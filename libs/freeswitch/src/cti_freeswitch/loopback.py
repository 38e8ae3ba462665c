"""Telephones seen through loopback channels, which are FreeSWITCH's own plumbing: two halves, each with a dialplan."""

from cti_freeswitch.channels import Channel
from cti_freeswitch.state import State


def beyond(state: State, channel: Channel) -> Channel | None:
    """The telephone behind a channel, seen through loopback channels; None where an application is at the end."""
    seen: set[str] = set()
    at: Channel | None = channel
    while at is not None and at.pseudo:
        if at.uid in seen:
            return None
        seen.add(at.uid)
        half = state.find(at.pair)
        at = half.peer if half is not None else None
    return at


def source_of(state: State, channel: Channel) -> Channel | None:
    """The telephone for which a channel is dialled, seen through loopback channels."""
    at, seen = channel.originator, {channel.uid}
    while at is not None and at.pseudo and at.uid not in seen:
        seen.add(at.uid)
        half = at if at.outbound else state.find(at.pair)
        at = half.originator if half is not None else None
    return at if at is not None and not at.pseudo else None
