"""Commands, agents, missed calls and recordings of Webitel's engine of today, through the whole service."""

import asyncio

import msgspec
from connector_webitel.new import replay
from cti_connector.recorder import recorded
from cti_connector.testing import DEADLINE_S
from cti_model.agents import AgentState
from cti_model.calls import Cause, Command, ConnectionState, EndedBy
from cti_model.commands import CommandOutcome, ErrorCode
from cti_model.events import Origin, RecordingStored, Transferred
from cti_model.records import all_records
from cti_simulators import demonstration
from cti_simulators.webitel.new import demo, token_of
from cti_simulators.webitel.new.plan import standard

from .webitel_new_site import NewSite, site

RINGS = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings'
QUEUE = msgspec.structs.replace(standard().queues[0], members=("101",), reporting=True, processing_s=600, missed_s=600)


async def leg_of(here: NewSite, device: str, state: ConnectionState) -> str:
    return (await here.state(device, state)).connection_id


async def test_a_call_is_made_held_and_passed_on_by_command_and_a_repeat_rings_nobody(nats_url):
    async with site(nats_url) as here:
        made = await here.done(Command.MAKE_CALL, command_id="once", to="102")
        again = await here.done(Command.MAKE_CALL, command_id="once", to="102")
        assert again.connection_id == made.connection_id
        assert [each["destination"] for each in here.asked("call_invite")] == ["102"]
        await here.people("102 rings; 102 answers")
        mine = await leg_of(here, "101", ConnectionState.CONNECTED)
        assert mine == made.connection_id
        await here.done(Command.SEND_DIGITS, connection_id=mine, digits="12")
        assert [each["dtmf"] for each in here.asked("call_dtmf")] == ["1", "2"]
        await here.done(Command.MUTE, connection_id=mine)
        await here.done(Command.HOLD, connection_id=mine)
        await here.done(Command.RETRIEVE, connection_id=mine)
        consulted = await here.done(Command.CONSULT, connection_id=mine, to="103")
        early = await here.ask(Command.COMPLETE_TRANSFER, connection_id=mine)
        assert early.error is ErrorCode.WRONG_STATE
        await here.people("103 rings; 103 answers")
        await here.until(lambda: all(each.answered_at for each in here.living("101")))
        await here.done(Command.COMPLETE_TRANSFER, connection_id=mine)
        await here.until(lambda: not here.living("101"))
        await leg_of(here, "103", ConnectionState.CONNECTED)
        other = await leg_of(here, "102", ConnectionState.CONNECTED)
        await here.done(Command.CLEAR, device="102", connection_id=other)
        events = await here.over(2)
        rows = {(row.device, row.direction, row.connection_id): row for row in all_records(events)}
        assert {row.device for row in rows.values()} == {"101", "102", "103"}
        assert rows["101", "out", consulted.connection_id].outcome == "answered"


async def test_an_incoming_call_is_passed_on_blindly_and_the_next_one_is_declined(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        mine = await leg_of(here, "101", ConnectionState.CONNECTED)
        await here.done(Command.BLIND_TRANSFER, connection_id=mine, to="102")
        await here.people("102 rings")
        ringing = await here.state("102", ConnectionState.ALERTING)
        assert ringing.redirecting_id == "101"
        await here.done(Command.CLEAR, device="102", connection_id=ringing.connection_id)
        events = await here.over()
        assert sum(isinstance(each.fact, Transferred) for each in events) == 1
        declined = events[-1].call.connection(ringing.connection_id)
        assert declined is not None
        assert (declined.cause, declined.ended_by) == (Cause.REJECTED, EndedBy.SELF)


async def test_an_agent_takes_a_queues_call_and_finishes_it(nats_url):
    plan = msgspec.structs.replace(standard(), queues=(QUEUE,))
    async with site(nats_url, plan=plan) as here:
        await here.until(lambda: {each["agent_id"] for each in here.asked("cc_agent_tasks")} == {1, 2, 3})
        wrong = await here.ask(Command.QUEUE_LOGIN, queue="support")
        assert wrong.error is ErrorCode.NOT_FOUND
        await here.done(Command.QUEUE_LOGIN, queue="callcenter")
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.people('trunk 79161234567 "Ivan" calls 74950000200 as c1; 101 rings; 101 answers')
        mine = await here.state("101", ConnectionState.CONNECTED)
        assert mine.queue == "support"
        await here.until(lambda: here.stands("101", AgentState.BUSY))
        await here.people("79161234567 hangs up")
        await here.until(lambda: here.stands("101", AgentState.AFTER_CALL))
        first = here.agents["101"].queues[0].wrap_up_until
        assert first is not None
        await here.done(Command.SET_AGENT_STATE, agent_state="after_call")
        assert here.asked("cc_renewal")[0]["renewal_sec"] == 15
        await here.done(Command.SET_AGENT_STATE, agent_state="available")
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.done(Command.SET_AGENT_STATE, agent_state="Lunch")
        await here.until(lambda: here.stands("101", AgentState.NOT_READY) and here.agents["101"].reason == "Lunch")
        [part] = (await here.done(Command.QUERY_AGENT)).memberships
        assert (part.queue, part.paused) == ("callcenter", True)


async def test_calls_that_came_and_ended_while_the_link_was_away_are_told_as_they_were(nats_url):
    plan = msgspec.structs.replace(standard(), recorded=True)
    async with site(nats_url, plan=plan, rest=True) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.away(
            "79161234567 hangs up after 100ms;"
            ' trunk 79167654321 "Olga" calls 74950000102 as c2; 102 rings; 79167654321 hangs up after 300ms'
        )
        events = await here.over(2)
        rows = {row.device: row for row in all_records(events)}
        assert (rows["101"].outcome, rows["102"].outcome) == ("answered", "missed")
        ended = next(each for each in events if each.kind == "connection_cleared" and each.call.answered_at)
        assert (ended.fact.cause, ended.origin) == (Cause.NORMAL, Origin.RECONCILED)
        [stored] = [each.fact for each in events if isinstance(each.fact, RecordingStored)]
        past = {each.fields["id"]: each.past for each in here.pbx.house.rows.history(here.pbx.house.switch.now)}
        for row in rows.values():
            leg = next(each for each in past.values() if each["extension"] == row.device)
            assert round(row.started_at.timestamp() * 1000) == leg["created_at"]
        assert stored.location == "1"


async def test_a_connector_that_starts_anew_tells_what_it_missed_and_nothing_twice(nats_url):
    async with site(nats_url, rest=True) as here:
        await here.people(f"{RINGS}; 101 answers after 100ms; 79161234567 hangs up after 100ms")
        first = [*(await here.over())]
        await here.people('trunk 79167654321 "Olga" calls 74950000102 as c2; 102 rings; 102 answers')
        await here.state("102", ConnectionState.CONNECTED)
        await here.stop()
        await here.people(
            "79167654321 hangs up;"
            ' trunk 79160000000 "Igor" calls 74950000103 as c3; 103 rings; 79160000000 hangs up after 300ms'
        )
        await here.start()
        events = await here.over(3)
        rows = {row.device: row for row in all_records(events)}
        assert [rows[each].outcome for each in ("101", "102", "103")] == ["answered", "answered", "missed"]
        ends = [each for each in events if each.kind == "connection_cleared"]
        assert Cause.LOST not in {each.fact.cause for each in ends}
        assert [each.event_id for each in events if each.call.call_id == first[0].call.call_id] == [
            each.event_id for each in first
        ]


async def test_a_recorded_talk_has_a_file_before_it_is_over_and_its_link_can_be_replayed(nats_url, tmp_path):
    plan = msgspec.structs.replace(standard(), recorded=True)
    async with site(nats_url, plan=plan, record_dir=tmp_path) as here:
        await here.people(f"{RINGS}; 101 answers; 79161234567 hangs up after 200ms")
        events = await here.over()
        kinds = [each.kind for each in events if each.kind.startswith("recording")]
        assert kinds == ["recording_started", "recording_stopped", "recording_stored"]
        stored = next(each.fact for each in events if isinstance(each.fact, RecordingStored))
        assert stored.location == "1"
        told = {(row.device, row.outcome, row.started_at, row.answered_at) for row in all_records(events)}
    [path] = tmp_path.glob("*.webitel")
    assert token_of("101").encode() not in path.read_bytes()
    replayed = all_records(event for event, _ in replay.told(recorded(path)))
    assert {(row.device, row.outcome, row.started_at, row.answered_at) for row in replayed} == told


async def test_an_unanswered_command_is_unknown_and_not_sent_again(nats_url):
    async with site(nats_url) as here:
        here.pbx.faults.mute.add("call_invite")
        first = await here.ask(Command.MAKE_CALL, command_id="once", to="102", deadline_s=0.5)
        assert first.outcome is CommandOutcome.UNKNOWN
        second = await here.ask(Command.MAKE_CALL, command_id="once", to="102")
        assert second.outcome is CommandOutcome.UNKNOWN
        assert len(here.asked("call_invite")) == 1
        async with asyncio.timeout(DEADLINE_S):
            here.pbx.faults.errors["call_invite"] = {"id": "app.call.create.valid.busy", "code": 400}
            here.pbx.faults.mute.clear()
            refused = await here.ask(Command.MAKE_CALL, to="102")
        assert refused.error is ErrorCode.REFUSED


async def test_the_demonstration_has_a_queues_call_and_the_time_after_it(nats_url):
    async with site(nats_url, plan=demo.plan()) as here:
        await here.until(lambda: here.stands("102", AgentState.READY))
        await here.people(demonstration.CALLS_A_QUEUE)
        events = await here.over()
        assert ("102", "support") in {(row.device, row.queue) for row in all_records(events)}
        await here.until(lambda: here.stands("102", AgentState.AFTER_CALL))
