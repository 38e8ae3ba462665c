"""Whatever events come, about whatever channels, in whatever order: nothing raises, and the books stay right."""

from datetime import UTC, datetime, timedelta

from cti_connector.testing import lawful
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import lost, reconcile
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import CUSTOM, HANDLERS, settle, translate
from hypothesis import given, settings
from hypothesis import strategies as st

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
UIDS = st.sampled_from(["", "a", "b", "c", "d"])
EVENTS = st.fixed_dictionaries(
    {"Event-Name": st.sampled_from([*HANDLERS, "CUSTOM"])},
    optional={
        "Event-Subclass": st.sampled_from(list(CUSTOM)),
        "Unique-ID": UIDS,
        "Old-Unique-ID": UIDS,
        "Other-Leg-Unique-ID": UIDS,
        "Bridge-A-Unique-ID": UIDS,
        "Bridge-B-Unique-ID": UIDS,
        "variable_originator": UIDS,
        "variable_other_loopback_leg_uuid": UIDS,
        "Channel-Name": st.sampled_from(["N/A", "sofia/internal/101@d", "sofia/trunk/5@d", "loopback/1-a", "", "x"]),
        "Channel-Presence-ID": st.sampled_from(["101@d", "102@d", "103", "@", ""]),
        "Call-Direction": st.sampled_from(["inbound", "outbound", "?"]),
        "Caller-Destination-Number": st.sampled_from(["102", "0501112233", ""]),
        "variable_transfer_source": st.sampled_from(["1:x:bl_xfer:103/default/XML", "2:y:bl_xfer:", "3:uuid_br:z"]),
        "Event-Date-Timestamp": st.sampled_from(["0", "", "x", "1767258000000000", "1767258001500000", "9" * 40]),
        "Hangup-Cause": st.sampled_from(["NORMAL_CLEARING", "USER_BUSY", "ORIGINATOR_CANCEL", "?"]),
        "Action": st.sampled_from(["add-member", "del-member", "hold"]),
        "Conference-Name": st.sampled_from(["3001", "3002"]),
        "CC-Action": st.sampled_from(["member-queue-start", "member-queue-end"]),
        "CC-Queue": st.just("support@d"),
        "FIFO-Action": st.sampled_from(["push", "abort"]),
        "Core-UUID": st.sampled_from(["one", "two"]),
        "Record-File-Path": st.just("/r.wav"),
        "DTMF-Digit": st.just("1"),
    },
)


@settings(max_examples=300)
@given(st.lists(EVENTS, max_size=40))
def test_any_events(events):
    state, at, told = State("t", "p"), BEGIN, []
    for headers in events:
        at += timedelta(milliseconds=40)
        told += translate(state, Event(headers), at)
    told += settle(state, at + timedelta(days=1))
    lawful(told)


@settings(max_examples=100)
@given(st.lists(EVENTS, max_size=15), st.lists(EVENTS, max_size=4))
def test_any_snapshot(events, dumps):
    state, told = State("t", "p"), []
    for headers in events:
        told += translate(state, Event(headers), BEGIN)
    lost(state, BEGIN)
    found = {headers.get("Unique-ID", ""): Event(headers) for headers in dumps}
    gone = frozenset(state.channels) - set(found)
    told += reconcile(state, Snapshot({}, found, gone), BEGIN + timedelta(seconds=9))
    lawful(told)
