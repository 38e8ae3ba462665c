"""Missed events are counted, overtaken ones are not."""

from connector_asterisk.gaps import PATIENCE, Sequence
from connector_asterisk.wire import Frame
from hypothesis import given
from hypothesis import strategies as st


def numbered(number: int) -> Frame:
    return Frame("Newstate", f"Event: Newstate\r\nSequenceNumber: {number}".encode())


def test_an_event_without_a_number_says_nothing():
    assert Sequence().see(Frame("Newstate", b"Event: Newstate")) == 0


@given(st.integers(0, 10**9), st.sets(st.integers(1, 200)))
def test_what_is_left_out_is_counted_once(first, left_out):
    sequence = Sequence()
    kept = [first + each for each in range(201 + PATIENCE + 1) if each not in left_out]
    assert sum(sequence.see(numbered(each)) for each in kept) == len(left_out) == sequence.missed


@given(st.permutations(range(20)))
def test_overtaking_is_no_gap(order):
    sequence = Sequence()
    sequence.see(numbered(0))
    shuffled = [1 + each for each in order]
    assert sum(sequence.see(numbered(each)) for each in (*shuffled, *range(21, 200))) == 0


def test_a_long_gap_costs_no_memory():
    sequence = Sequence()
    sequence.see(numbered(5))
    assert sequence.see(numbered(5_000_000)) >= 5_000_000 - 6 - PATIENCE
    assert len(sequence._late) <= PATIENCE
