"""How long to wait before trying again: exponential with full jitter, so that many clients do not come at once."""

import random
from collections.abc import Iterator


def backoff(first_s: float, most_s: float, rng: random.Random) -> Iterator[float]:
    """Waiting times without end: uniformly between half and all of `first_s`, doubled each time up to `most_s`."""
    bound = first_s
    while True:
        yield rng.uniform(bound / 2, bound)
        bound = min(bound * 2, most_s)
