"""The garbage collector of a process with thousands of sockets, which must not stand for a look at all of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def settled_memory() -> Iterator[None]:
    """What a full collection has looked at is out of the collector's sight afterwards (`gc.freeze`).

    Python looks at all objects whenever a quarter more are there, half a microsecond for each, and the process stands:
    for 200 ms with 2000 sockets. So it looks at the new ones alone. Sessions let go of what they have, so that it goes
    without the collector (`push.transports.compression`, `push.racing`). A cycle that became garbage out of its sight
    is found all the same: once twice as much is there as at the last look at everything, it looks at everything.
    """
    settler = _Settler()
    gc.callbacks.append(settler)
    try:
        yield
    finally:
        gc.callbacks.remove(settler)


class _Settler:
    """Called by the collector, before and after it looks."""

    def __init__(self) -> None:
        self._everything = True
        self._whole = 0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if phase != "stop" or info["generation"] != 2:
            return
        gc.freeze()
        count = gc.get_freeze_count()
        if self._everything:
            self._everything, self._whole = False, count
        elif count > 2 * self._whole:
            self._everything = True
            gc.unfreeze()  # for the next full collection: none can begin in here
