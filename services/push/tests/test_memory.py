"""What the garbage collector looks at in a process that has grown."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from push.memory import settled_memory

MANY = 50_000


class Ring(list):
    """Garbage that only the collector finds."""


@pytest.fixture
def settled() -> Iterator[int]:
    """The process is settled; how many objects it has."""
    with settled_memory():
        gc.collect()
        yield gc.get_freeze_count()
    gc.unfreeze()


def test_a_full_collection_looks_at_what_is_new(settled):
    kept = [[] for _ in range(MANY)]
    assert len(gc.get_objects()) >= MANY
    gc.collect()
    assert len(gc.get_objects()) < MANY / 10
    assert gc.get_freeze_count() >= settled + len(kept)


def test_garbage_out_of_sight_is_found_once_as_much_again_is_there(settled):
    ring = Ring()
    ring.append(ring)
    gone = weakref.ref(ring)
    gc.collect()
    del ring
    gc.collect()
    assert gone() is not None, "it is out of the collector's sight"
    kept: list[list[list[int]]] = []
    while gone() is not None:
        kept.append([[] for _ in range(MANY)])
        gc.collect()
        assert len(kept) * MANY < settled + 4 * MANY, "never looked at everything again"
