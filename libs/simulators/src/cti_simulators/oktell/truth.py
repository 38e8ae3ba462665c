"""What a telephone saw, summed up, to be compared with call records. Pure."""

import itertools
from collections.abc import Sequence

from msgspec import Struct

from cti_simulators.oktell.state import Saw


class Seen(Struct, frozen=True):
    """Seconds of one telephone: rang or heard a ring or a menu; waited in a queue; talked, or waited in a flash buffer;
    had somebody in its own.

    While a consultation rings or talks the held party's seconds count too, as they do in records: two calls.
    """

    ring_s: float
    queue_s: float
    talk_s: float
    hold_s: float


def seen(saw: Sequence[Saw], number: str) -> Seen:
    """All that a telephone saw."""
    mine = [each for each in saw if each.number == number]
    ring_s = queue_s = talk_s = hold_s = 0.0
    for now, after in itertools.pairwise(mine):
        seconds = after.at - now.at
        ring_s += seconds if now.doing in ("ring", "dial") else 0.0
        queue_s += seconds if now.doing == "wait" else 0.0
        talk_s += seconds if now.doing == "talk" else 0.0
        hold_s += seconds if now.held else 0.0
    return Seen(ring_s, queue_s, talk_s, hold_s)
