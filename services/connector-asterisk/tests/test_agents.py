"""Agents' states over the recordings of queues, and in the cases that no recording has."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from connector_asterisk.agents import WANTED, Agents, reconcile_agents, tick, translate_agents
from connector_asterisk.channels import Naming
from connector_asterisk.wire import Decoder, Frame
from cti_model.agents import AgentEvent, AgentEventKind, AgentState, DeviceState, next_change
from cti_model.events import Origin
from cti_simulators.traces import load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
AT = datetime(2026, 1, 1, tzinfo=UTC)
VERSIONS = ("asterisk-11", "asterisk-13", "asterisk-22")


def followed(version: str, name: str, wrap_up_s=None) -> tuple[Agents, list[AgentEvent]]:
    agents = Agents("t", "p", Naming(), wrap_up_s)
    decoder = Decoder(WANTED)
    told = []
    for chunk in load_trace(TRACES / version / f"{name}.ami.gz").chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        told += tick(agents, at)
        for frame in decoder.feed(chunk.data):
            told += translate_agents(agents, frame, at)
    return agents, told


def frame(name: str, **headers: str) -> Frame:
    return Frame(name, b"", {key.lower(): value for key, value in headers.items()})


@pytest.mark.parametrize("version", VERSIONS)
def test_only_those_who_will_change_by_themselves_are_waited_for(version):
    agents, _ = followed(version, "n6_queue_two_callers_wrapup", {"support": 3})
    changes = {device: ends for device, each in agents.known.items() if (ends := next_change(each)) is not None}
    assert agents.waits == changes
    assert agents.next_at == min(changes.values(), default=None)
    assert len(changes) < len(agents.known)


def in_queue(told, device, queue):
    return [
        (change.previous, change.current, change.reason)
        for event in told
        if event.agent.device == device
        for change in event.queues
        if change.queue == queue
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_pause_with_its_reason_and_its_end(version):
    _, told = followed(version, "n4_queue_pause")
    ready, paused, nothing_known = AgentState.READY, AgentState.NOT_READY, AgentState.LOGGED_OUT
    assert in_queue(told, "102", "support") == [(nothing_known, paused, "lunch"), (paused, ready, "")]
    assert [event.agent.device for event in told if event.reason == "lunch"] == ["102"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_member_that_is_added_and_removed(version):
    agents, told = followed(version, "n5_queue_member_add_remove")
    mine = [event for event in told if event.agent.device == "103"]
    joined = next(event for event in mine if event.kind is AgentEventKind.CALL_CENTRE_CHANGED)
    assert joined.agent.membership("support").dynamic
    assert joined.current is not AgentState.LOGGED_OUT
    assert in_queue(mine, "103", "support")[-1][1] is AgentState.LOGGED_OUT
    assert agents.known["103"].membership("support") is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_call_makes_busy_and_wrap_up_follows_for_as_long_as_set(version):
    _, told = followed(version, "n6_queue_two_callers_wrapup", {"support": 5})
    changes = in_queue(told, "101", "support")
    assert (AgentState.BUSY, AgentState.AFTER_CALL, "") in changes or (
        AgentState.READY,
        AgentState.AFTER_CALL,
        "",
    ) in changes
    spans = [
        (began, ended)
        for began, ended in itertools.pairwise(told)
        if began.agent.device == ended.agent.device == "101"
        and began.current is AgentState.AFTER_CALL
        and ended.current is AgentState.READY
    ]
    for began, ended in spans:
        assert ended.occurred_at - began.occurred_at <= timedelta(seconds=5)


@pytest.mark.parametrize("version", VERSIONS)
def test_local_members_are_their_telephones(version):
    agents, _ = followed(version, "n7_queue_local_members")
    for device in ("103", "104"):
        assert agents.known[device].membership("localq") is not None
    assert "trunk" not in agents.known


@pytest.mark.parametrize("version", VERSIONS)
def test_previous_and_current_chain_without_gaps(version):
    for path in sorted((TRACES / version).glob("n*.ami.gz")):
        _, told = followed(version, path.name.removesuffix(".ami.gz"))
        last: dict[str, AgentEvent] = {}
        for event in told:
            before = last.get(event.agent.device)
            assert event.previous is (before.current if before else AgentState.LOGGED_OUT)
            assert event.agent.version == (before.agent.version if before else 0) + 1
            last[event.agent.device] = event


def member(device="101", queue="support", **headers):
    return frame(
        "QueueMember", Queue=queue, Location=f"PJSIP/{device}", Name="A", Paused="0", Penalty="0", Status="1", **headers
    )


def test_the_list_of_members_ends_what_is_gone_and_adds_what_is_new():
    agents = Agents("t", "p", Naming())
    first = reconcile_agents(agents, [member("101"), member("102"), member("101", "sales")], AT)
    assert {event.agent.device for event in first} == {"101", "102"}
    assert all(event.origin is Origin.RECONCILED for event in first)
    assert reconcile_agents(agents, [member("101", "sales"), member("102"), member("101")], AT) == []
    told = reconcile_agents(agents, [member("101")], AT + timedelta(seconds=1))
    assert [(each.agent.device, each.current) for each in told] == [
        ("101", AgentState.READY),
        ("102", AgentState.LOGGED_OUT),
    ]
    assert reconcile_agents(agents, None, AT) == []


def test_restored_agents_go_on_and_the_list_corrects_them():
    agents = Agents("t", "p", Naming())
    told = reconcile_agents(agents, [member("101")], AT)
    successor = Agents("t", "p", Naming())
    successor.restore([told[-1].agent])
    assert reconcile_agents(successor, [member("101")], AT) == []
    gone = reconcile_agents(successor, [], AT)
    assert [event.agent.version for event in gone] == [2]


def test_unknown_devices_and_odd_values_are_nothing():
    agents = Agents("t", "p", Naming())
    for odd in (
        frame("DeviceStateChange", Device="Queue:support", State="INUSE"),
        frame("DeviceStateChange", Device="Local/101@agents", State="INUSE"),
        frame("DeviceStateChange"),
        frame("QueueMemberPaused", Queue="support", Location="SIP/trunk", Paused="1"),
        frame("QueueMemberRemoved", Queue="support", Interface="PJSIP/101"),
        frame("AgentComplete", Queue="support", Interface="PJSIP/101"),
        frame("QueueMemberStatus", Queue="support", Interface="PJSIP/trunk", Paused="0"),
    ):
        assert translate_agents(agents, odd, AT) == []
    assert agents.known == {}


@pytest.mark.parametrize("device", ["PJSIP/101", "SIP/101", "IAX2/101", "SCCP/101"])
def test_telephones_of_any_driver(device):
    agents = Agents("t", "p", Naming())
    reconcile_agents(agents, [member("101")], AT)
    (busy,) = translate_agents(agents, frame("DeviceStateChange", Device=device, State="INUSE"), AT)
    assert (busy.agent.device, busy.current) == ("101", AgentState.BUSY)


def test_a_telephone_that_nobody_can_reach():
    agents = Agents("t", "p", Naming())
    reconcile_agents(agents, [member("101")], AT)
    event = translate_agents(agents, frame("DeviceStateChange", Device="PJSIP/101", State="UNAVAILABLE"), AT)[0]
    assert (event.current, event.agent.device_state) == (AgentState.UNAVAILABLE, DeviceState.UNAVAILABLE)
