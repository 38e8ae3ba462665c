"""A simulated Asterisk that replays recorded calls over AMI."""

from pathlib import Path

from cti_simulators.asterisk.server import AmiReplayServer
from cti_simulators.traces import Trace, find_traces, load_trace

__all__ = ["AmiReplayServer", "recordings"]

_SHOWN_FIRST = ("g2_inbound_utf8_name", "h_outbound_hold_by_operator", "l_blind_transfer", "j_attended_transfer")
"""Together they show the most within half a minute: ringing, talking, held, transferred, ended."""


def recordings() -> list[Trace]:
    """The recordings in this package: calls of an Asterisk 22, those that show the most first, then by name."""
    folder = Path(__file__).parents[1] / "recordings" / "asterisk"
    by_name = {trace.name: trace for trace in map(load_trace, find_traces(folder))}
    return [by_name.pop(name) for name in _SHOWN_FIRST] + list(by_name.values())
