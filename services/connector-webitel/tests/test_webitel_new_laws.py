"""Whatever events come, in whatever order: nothing raises, and the books stay those that the facts give."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick, translate
from cti_model.events import CallEvent
from cti_model.fold import refold
from hypothesis import given
from hypothesis import strategies as st

BEGIN = datetime.fromtimestamp(1763630000, UTC)
_uid = st.sampled_from(["a", "b", "c", "cust", ""])
_data = st.fixed_dictionaries(
    {},
    optional={
        "direction": st.sampled_from(["inbound", "outbound", 7]),
        "parent_id": _uid,
        "bridged_id": _uid,
        "transfer_to": _uid,
        "transfer_from": _uid,
        "hangup_by": st.sampled_from(["A", "B", "F"]),
        "cause": st.sampled_from(["USER_BUSY", "NORMAL_CLEARING", "?"]),
        "digit": st.just("5"),
        "record_start": st.sampled_from(["1763630001000", "x", 0]),
        "payload": st.just({"crm": "7"}),
    },
)
_events = st.lists(
    st.tuples(
        st.sampled_from(["ringing", "active", "bridge", "hold", "dtmf", "hangup", "update", "progress"]),
        _uid,
        st.sampled_from(["101", "102"]),
        st.integers(0, 20),
        _data,
    ),
    max_size=25,
)


@given(_events)
def test_nothing_raises_and_the_books_are_right(heard: list[tuple[str, str, str, int, dict[str, Any]]]):
    state, told = State("acme", "webitel"), list[CallEvent]()
    for second, (event, uid, device, at, data) in enumerate(heard):
        now = BEGIN + timedelta(seconds=second)
        call = {"id": uid, "event": event, "timestamp": str((int(BEGIN.timestamp()) + at) * 1000), "data": data}
        told += translate(state, device, {"call": call}, now)
        told += tick(state, now)
    while (due := next_conclusion(state)) is not None:
        told += tick(state, due)
    for call_id in {each.call.call_id for each in told}:
        of_call = [each for each in told if each.call.call_id == call_id]
        assert [each.call.version for each in of_call] == list(range(1, len(of_call) + 1))
        assert refold(of_call) == of_call[-1].call
