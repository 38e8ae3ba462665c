"""What is said about a call besides its course, and that nothing is said that nobody asked for."""

from pathlib import Path

import pytest
from connector_asterisk.reading import Reading
from connector_asterisk.replay import events_of
from connector_asterisk.testing import Wire, dest, named
from cti_connector.replaying import calls_of
from cti_model.calls import Direction, Outcome
from cti_model.events import (
    CallEvent,
    Delivered,
    DigitsEntered,
    Diverted,
    InformationChanged,
    RecordingStarted,
    RecordingStopped,
)
from cti_model.records import records
from cti_simulators.traces import find_traces, load_trace

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces"
VERSIONS = ("asterisk-11", "asterisk-13", "asterisk-22")
A, B = named("PJSIP/101-00000001", "1.1"), named("PJSIP/102-00000002", "1.2", "1.1")
TRUNK = named("PJSIP/trunk-00000003", "1.3")


def replayed(version: str, scenario: str, reading: Reading | None = None) -> list[CallEvent]:
    trace = load_trace(TRACES / version / f"{scenario}.ami.gz")
    return list(events_of(((chunk.t, chunk.data) for chunk in trace.chunks), reading=reading))


def of_kind(events: list[CallEvent], *kinds: type) -> list[CallEvent]:
    return [event for event in events if isinstance(event.fact, kinds)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recording_is_told_with_its_file(version):
    events = replayed(version, "r3_ami_call_control")
    (started,) = of_kind(events, RecordingStarted)
    assert started.fact.recording_id.endswith(f"/rec-{version[-2:]}.wav")
    (stopped,) = of_kind(events, RecordingStopped)
    assert stopped.fact.recording_id == started.fact.recording_id
    if version == "asterisk-22":
        connection = stopped.call.connection(stopped.fact.connection_id)
        assert connection.alive, "22 says when it stops"


def test_a_recording_whose_file_is_not_told_has_an_id_of_its_own_and_ends_with_its_channel():
    wire = Wire()
    wire.dials(A, "102")
    wire.rings(A, B)
    wire.answers(A, B)
    first = wire.send("MixMonitorStart", A)[0].fact
    second = wire.send("MixMonitorStart", A)[0].fact
    assert first.recording_id != second.recording_id
    assert wire.send("MixMonitorStop", A)[0].fact.recording_id == second.recording_id
    ended = wire.hang_up(B, A)
    assert [event.fact.recording_id for event in of_kind(ended, RecordingStopped)] == [first.recording_id]


def test_recordings_can_be_left_out():
    events = replayed("asterisk-22", "r3_ami_call_control", Reading(recordings=False))
    assert of_kind(events, RecordingStarted, RecordingStopped) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_chosen_headers_and_variables_are_carried_and_nothing_else(version):
    chosen = Reading(packet_info=("LEADID", "CRMID", "Context"))
    (call, *_) = calls_of(replayed(version, "q1_originate_ok", chosen))
    assert call.info["LEADID"] == "abc"
    assert call.info["CRMID"] == "42"
    assert set(call.info) <= {"LEADID", "CRMID", "Context", "action_id"}


@pytest.mark.parametrize("path", list(find_traces(TRACES)), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_nothing_leaves_that_nobody_chose(path):
    events = events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks)
    assert {name for call in calls_of(events) for name in call.info} <= {"action_id", "account_code"}


@pytest.mark.parametrize("version", VERSIONS)
def test_digits_are_told_once_each(version):
    events = replayed(version, "u_dtmf")
    truth = load_trace(TRACES / version / "u_dtmf.ami.gz").truth()
    sent = {leg["phone"]: leg["dtmf_sent"] for leg in truth["sip_calls"] if leg["dtmf_sent"]}
    heard: dict[str, str] = {}
    for event in of_kind(events, DigitsEntered):
        device = event.call.connection(event.fact.connection_id).device.number
        heard[device] = heard.get(device, "") + event.fact.digits
    for device, digits in sent.items():
        assert heard[device] == digits


def test_a_name_found_late_reaches_the_connection_and_another_number_does_not():
    wire = Wire()
    wire.dials(TRUNK, "74950000101", CallerIDNum="79161234567")
    wire.rings(TRUNK, A | {"ConnectedLineNum": "79161234567"})
    (named_late,) = wire.send("NewConnectedLine", A, ConnectedLineNum="79161234567", ConnectedLineName="Ivan")
    assert named_late.call.connections[1].remote.name == "Ivan"
    assert named_late.call.connections[1].remote.number == "79161234567"
    assert wire.send("NewConnectedLine", A, ConnectedLineNum="79161234567", ConnectedLineName="Ivan") == []
    assert wire.send("NewConnectedLine", A, ConnectedLineNum="555", ConnectedLineName="Ann") == []
    (caller,) = wire.send("NewCallerid", TRUNK, CallerIDNum="79161234567", CallerIDName="Ivan P.")
    assert caller.call.connections[0].party.name == "Ivan P."


def test_an_account_code_is_told_when_it_is_new():
    wire = Wire()
    wire.dials(A, "102")
    assert wire.send("NewAccountCode", A, AccountCode="", OldAccountCode="") == []
    (told,) = wire.send("NewAccountCode", A, AccountCode="sales", OldAccountCode="")
    assert told.call.info == {"account_code": "sales"}
    assert wire.send("NewAccountCode", A, AccountCode="sales", OldAccountCode="sales") == []


def test_a_call_is_delivered_when_it_rings_or_when_it_is_dialled_as_the_site_chose():
    for reading, at in ((Reading(), "Newstate"), (Reading(delivered_on_ringing=False), "DialBegin")):
        wire = Wire(reading)
        wire.dials(A, "102")
        wire.send("Newchannel", B, ChannelState="0", Exten="s")
        dialled = wire.send("DialBegin", A, dest(B), after_s=0.2)
        ringing = wire.send("Newstate", B, after_s=0.5, ChannelState="5")
        assert bool(of_kind(dialled, Delivered)) == (at == "DialBegin")
        assert bool(of_kind(ringing, Delivered)) == (at == "Newstate")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_originate_names_the_call_that_it_made(version):
    for scenario in ("q1_originate_ok", "q2_originate_no_answer"):
        events = replayed(version, scenario)
        assert [event.call.info["action_id"] for event in of_kind(events, InformationChanged) if event.fact.info]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_forward_in_the_dialplan_names_who_forwarded(version):
    (record,) = [row for call in calls_of(replayed(version, "t4_forward_in_dialplan")) for row in records(call)]
    assert (record.device, record.redirecting_id, record.redirection_id) == ("102", "104", "102")


def test_a_forward_by_the_telephone_is_told():
    wire = Wire()
    wire.dials(TRUNK, "74950000101", CallerIDNum="79161234567")
    wire.rings(TRUNK, A)
    told = wire.send("DialEnd", TRUNK, dest(A), DialStatus="CANCEL", Forward="102@internal")
    (diverted,) = of_kind(told, Diverted)
    assert diverted.fact.to == "102"
    forwarded = B | {"Linkedid": TRUNK["Uniqueid"]}
    wire.rings(TRUNK, forwarded)
    assert wire.told[-1].call.connections[-1].redirecting_id == "101"


def test_an_outside_line_that_a_queue_rings_for_a_user_is_that_users_telephone():
    wire = Wire()
    wire.dials(TRUNK, "500", CallerIDNum="79161234567")
    wire.send("QueueCallerJoin", TRUNK, Queue="support", Position="1")
    one = named("Local/103@from-queue-00000001;1", "1.4", "1.3")
    two = named("Local/103@from-queue-00000001;2", "1.5", "1.3")
    mobile = named("PJSIP/trunk-00000006", "1.6", "1.3")
    wire.send("Newchannel", one, ChannelState="0")
    wire.send("Newchannel", two, ChannelState="4")
    wire.send("DialBegin", TRUNK, dest(one))
    (delivered,) = of_kind(wire.rings(two, mobile), Delivered)
    assert delivered.fact.leg.device.number == "103"
    assert delivered.fact.leg.queue == "support"
    wire.answers(two, mobile)
    wire.hang_up(mobile, two, one, TRUNK)
    (row,) = records(wire.told[-1].call)
    assert (row.device, row.direction, row.outcome) == ("103", Direction.IN, Outcome.ANSWERED)


def test_how_a_user_is_named_in_queues():
    reading = Reading(queue_member="Local/{0}@agents/n")
    assert reading.interface_of("103") == "Local/103@agents/n"
    assert reading.extension_of("Local/103@agents/n") == "103"
    assert reading.extension_of("Local/103@agents-0000000a;2") == "103"
    assert reading.extension_of("PJSIP/103") == ""
    assert Reading(queue_member="PJSIP/{0}").extension_of("PJSIP/103") == "103"
