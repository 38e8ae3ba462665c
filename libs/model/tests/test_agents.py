"""Agents' states: computed from facts, told once, with before and after."""

from datetime import UTC, datetime, timedelta

from cti_model.agents import (
    Agent,
    AgentEventKind,
    AgentState,
    DeviceState,
    Membership,
    QueueChange,
    next_change,
    settled,
    tell_agent,
)
from cti_model.envelope import decode_agent, encode_agent
from cti_model.events import Origin
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

AT = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = Agent(tenant="t", pbx="p", device="101")


def member(**facts):
    return Membership(queue=facts.pop("queue", "support"), **facts)


def agent(*queues, device=DeviceState.IDLE, at=AT, before=NOBODY):
    return settled(replace(before, queues=queues, device_state=device), at)


def told(before, after, at=AT):
    return tell_agent(before, after, at, at, Origin.OBSERVED)


def test_joining_the_first_queue_and_leaving_the_last_is_the_call_centre():
    joined = agent(member())
    event = told(None, joined)
    assert (event.kind, event.previous, event.current) == (
        AgentEventKind.CALL_CENTRE_CHANGED,
        AgentState.LOGGED_OUT,
        AgentState.READY,
    )
    second = agent(member(), member(queue="sales"), before=event.agent)
    assert told(event.agent, second).kind is AgentEventKind.STATE_CHANGED
    left = told(event.agent, agent(before=event.agent))
    assert (left.kind, left.current) == (AgentEventKind.CALL_CENTRE_CHANGED, AgentState.LOGGED_OUT)
    assert left.queues == (QueueChange(queue="support", previous=AgentState.READY, current=AgentState.LOGGED_OUT),)


def test_a_pause_tells_its_reason_and_one_ready_queue_is_enough_to_be_ready():
    ready = agent(member(), member(queue="sales"))
    half = agent(member(paused=True, reason="lunch"), member(queue="sales"), before=ready)
    event = told(ready, half)
    assert (event.previous, event.current, event.reason) == (AgentState.READY, AgentState.READY, "")
    assert event.queues == (
        QueueChange(queue="support", previous=AgentState.READY, current=AgentState.NOT_READY, reason="lunch"),
    )
    whole = agent(member(paused=True, reason="lunch"), member(queue="sales", paused=True, reason="lunch"), before=half)
    assert (told(half, whole).current, told(half, whole).reason) == (AgentState.NOT_READY, "lunch")


def test_the_telephone_makes_busy_and_unavailable():
    ready = agent(member())
    busy = agent(*ready.queues, device=DeviceState.IN_USE, before=ready)
    assert told(ready, busy).current is AgentState.BUSY
    gone = agent(*ready.queues, device=DeviceState.UNAVAILABLE, before=ready)
    assert told(ready, gone).queues[0].current is AgentState.UNAVAILABLE


def test_after_a_call_comes_wrap_up_and_ends_by_itself():
    until = AT + timedelta(seconds=5)
    busy = agent(member(wrap_up_until=until), device=DeviceState.IN_USE)
    assert busy.state is AgentState.BUSY
    wrapping = agent(*busy.queues, before=busy)
    assert wrapping.state is AgentState.AFTER_CALL
    assert next_change(wrapping) == until
    over = settled(wrapping, until)
    assert over.state is AgentState.READY
    assert next_change(over) is None
    assert over.since == until


def test_nothing_new_is_not_told_and_a_telephone_alone_is():
    ready = agent(member())
    assert told(ready, settled(ready, AT + timedelta(seconds=9))) is None
    outside = agent()
    ringing = agent(device=DeviceState.RINGING, before=outside)
    assert told(outside, ringing).kind is AgentEventKind.DEVICE_CHANGED


memberships = st.lists(
    st.builds(
        Membership,
        queue=st.sampled_from(["a", "b", "c"]),
        paused=st.booleans(),
        reason=st.sampled_from(["", "lunch"]),
        wrap_up_until=st.one_of(st.none(), st.integers(0, 20).map(lambda s: AT + timedelta(seconds=s))),
    ),
    unique_by=lambda each: each.queue,
    max_size=3,
).map(tuple)


@given(steps=st.lists(st.tuples(memberships, st.sampled_from(list(DeviceState))), max_size=8))
def test_each_event_leads_from_the_one_before(steps):
    known, at = None, AT
    for version, (queues, device) in enumerate(steps):
        at = AT + timedelta(seconds=version)
        now = settled(replace(known or NOBODY, queues=queues, device_state=device), at)
        event = told(known, now, at)
        if event is None:
            continue
        assert event.previous is (known or NOBODY).state
        assert event.agent.version == (known or NOBODY).version + 1
        for change in event.queues:
            was = (known or NOBODY).membership(change.queue)
            assert change.previous is (was.state if was else AgentState.LOGGED_OUT)
        assert decode_agent(encode_agent(event).body) == event
        known = event.agent
