"""The laws of a call: whatever the lines say, the carried state is the fold of the facts, and no call is left."""

from typing import Any

from connector_oktell.translate.lineinfo import ZERO
from hypothesis import given
from hypothesis import strategies as st

from .oktell_play import C1, C2, CLIENT, COLLEAGUE, IDLE, ME, Play, answer, holds_the_law

_SAID = st.builds(
    answer,
    st.sampled_from([C1, C2, ZERO]),
    st.sampled_from(["", CLIENT, COLLEAGUE, "102", ME]),
    st.sampled_from(["", CLIENT, COLLEAGUE]),
    st.sampled_from([C1, C2, ""]),
    isringing=st.booleans(),
    iscommutated=st.booleans(),
    isautocall=st.booleans(),
    isivr=st.booleans(),
    iswaitingforanswer=st.booleans(),
    conferenceid=st.sampled_from(["", "", "", "k-1"]),
)
_HINTS = st.sampled_from(["phoneevent_acmcallstarted", "phoneevent_commstopped", "flashstatechanged"])


@given(st.lists(st.tuples(st.sampled_from([ME, COLLEAGUE, "102"]), _HINTS, _SAID, st.booleans()), max_size=14))
def test_whatever_the_lines_say_the_books_are_right(said: list[tuple[str, str, dict[str, Any], bool]]) -> None:
    play = Play()
    play.repeats = False  # an automatic call takes two answers to be seen whole
    for device, hint, line, waits in said:
        play.hears(hint, device, flashtypeid=len(line["chainid"]) % 7)
        play.is_told(line, device)
        if waits:
            play.waits()
    for device in (ME, COLLEAGUE, "102"):
        play.is_told(IDLE, device)
    play.waits()
    play.waits()
    if play.events:
        holds_the_law(play)
    assert not play.state.boxes, "no ghost is left when all lines are idle"
