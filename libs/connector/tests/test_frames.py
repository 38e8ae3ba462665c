"""Frames are told to the metric as they come, by fate, each once."""

from dataclasses import dataclass

from cti_connector.frames import FrameCounter


@dataclass
class Counts:
    used: int = 0
    malformed: int = 0
    bytes: int = 0


def test_only_what_came_since_the_last_look_is_told():
    told: list[tuple[str, int]] = []
    counter = FrameCounter(lambda fate, more: told.append((fate, more)), "used", "malformed")
    counts = Counts(used=3, bytes=100)
    counter.look(counts)
    counter.look(counts)
    counts.used, counts.malformed = 5, 1
    counter.look(counts)
    assert told == [("used", 3), ("used", 2), ("malformed", 1)]
    FrameCounter(None, "used").look(counts)
