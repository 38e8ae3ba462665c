"""The whole service over TCP and a real NATS: a FreeSWITCH that behaves, a lost link, commands from NATS."""

import asyncio

import pytest
from connector_freeswitch.app import serve
from connector_freeswitch.replay import events_of
from connector_freeswitch.settings import FreeSwitchSettings
from cti_connector.testing import DEADLINE_S, serving
from cti_model.agents import AgentState
from cti_model.calls import Cause, Command, ConnectionState
from cti_model.commands import CommandOutcome, ErrorCode
from cti_model.events import Origin
from cti_simulators.freeswitch.server import FreeSwitchServer
from cti_simulators.traces import load_trace

from .freeswitch_site import site

TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'


async def test_what_happened_while_the_link_was_lost_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        # Unseen: the talk is put on hold, and another call begins and is answered, a third comes and goes.
        await here.people("101 holds; 102 calls 103; 103 rings; 103 answers")
        await here.people("104 calls 105; 105 rings; 104 hangs up")
        here.pbx.faults.deaf = False
        held = await here.state("101", ConnectionState.HELD)
        answered = await here.state("103", ConnectionState.CONNECTED)
        leg = next(each for each in here.pbx.switch.legs.values() if each.user == "103")
        assert answered.answered_at is not None
        assert abs(answered.answered_at.timestamp() - leg.answered / 1e6) < 0.001  # FreeSWITCH's own instant
        assert held.state is ConnectionState.HELD
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("79161234567 hangs up; 103 hangs up")
        here.pbx.faults.deaf = False
        events = await here.over(2)
        ends = [each for event in events for each in event.call.connections if each.cause is Cause.LOST]
        assert {each.device.number for each in ends} == {"101", "trunk", "102", "103"}
        assert any(event.origin is Origin.RECONCILED and event.not_before is not None for event in events)


async def test_a_call_from_the_first_click_to_a_transfer(nats_url, tmp_path):
    async with site(nats_url, record_dir=tmp_path) as here:
        asked = await here.ask(Command.MAKE_CALL, to="102")
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        assert asked.connection_id == (await here.state("101", ConnectionState.ALERTING)).connection_id
        await here.people("101 answers; 102 rings; 102 answers")
        mine = await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
        about = {"connection_id": mine.connection_id}
        for verb, more in (
            (Command.SEND_DIGITS, {"digits": "12#"}),
            (Command.MUTE, {}),
            (Command.UNMUTE, {}),
            (Command.START_RECORDING, {"recording_id": "rec-1"}),
        ):
            assert (await here.ask(verb, **about, **more)).outcome is CommandOutcome.OBSERVED, verb
        await here.until(lambda: Command.STOP_RECORDING in here.living("101")[-1].allowed)
        for verb in (Command.STOP_RECORDING, Command.HOLD, Command.RETRIEVE):
            assert (await here.ask(verb, **about)).outcome is CommandOutcome.OBSERVED, verb
        asked = await here.ask(Command.CONSULT, **about, to="103")
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.people("101 answers; 103 rings; 103 answers")
        consultation = await here.state("101", ConnectionState.CONNECTED, Command.COMPLETE_TRANSFER)
        asked = await here.ask(Command.COMPLETE_TRANSFER, **about, other_connection_id=consultation.connection_id)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.until(lambda: not here.living("101"))
        await here.people("103 hangs up")
        events = await here.over(2)
        kinds = {event.kind for event in events}
        assert {"transferred", "recording_started", "recording_stored", "held", "retrieved"} <= kinds
    # What the connector recorded gives the same when it is read again.
    trace = load_trace(next(tmp_path.glob("*.esl")))
    again = list(events_of((chunk.t, chunk.data) for chunk in trace.chunks))
    assert sorted(event.kind for event in again) == sorted(event.kind for event in events)


async def test_transfer_to_a_number_decline_and_what_cannot_be(nats_url):
    async with site(nats_url, answer_by="notify") as here:
        await here.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings')
        mine = await here.state("101", ConnectionState.ALERTING, Command.ANSWER)
        about = {"connection_id": mine.connection_id}
        assert (await here.ask(Command.ANSWER, **about)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.CONNECTED, Command.BLIND_TRANSFER)
        strange = await here.ask(Command.BLIND_TRANSFER, **about, device="102", to="103")
        assert strange.error is ErrorCode.FORBIDDEN
        assert (await here.ask(Command.BLIND_TRANSFER, **about, to="102")).outcome is CommandOutcome.OBSERVED
        theirs = await here.state("102", ConnectionState.ALERTING, Command.CLEAR)
        asked = await here.ask(Command.CLEAR, device="102", connection_id=theirs.connection_id)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.over()
        assert (await here.ask(Command.CONFERENCE, **about)).error is ErrorCode.NOT_SUPPORTED
        assert (await here.ask(Command.HOLD, **about)).error is ErrorCode.NOT_FOUND
        here.pbx.switch.busy.add("105")
        busy = await here.ask(Command.MAKE_CALL, device="105", to="102")
        assert busy.error is ErrorCode.NO_EFFECT
        assert "busy" in busy.message


async def test_agents_by_list_event_and_command(nats_url):
    async with site(nats_url) as here:
        await here.until(lambda: here.stands("101", AgentState.READY))
        asked = await here.ask(Command.SET_AGENT_STATE, agent_state="lunch")
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.until(lambda: here.stands("101", AgentState.NOT_READY))
        parts = (await here.ask(Command.QUERY_AGENT)).memberships
        assert {(part.queue, part.paused, part.reason) for part in parts} == {
            ("support", True, "lunch"),
            ("sales", True, "lunch"),
        }
        refused = await here.ask(Command.SET_AGENT_STATE, device="102", agent_state="available")
        assert refused.error is ErrorCode.REFUSED


@pytest.mark.parametrize("password", ["wrong"])
async def test_a_refused_password_is_told_by_health(nats_url, password):
    pbx = FreeSwitchServer("s3cret")
    await pbx.start()
    settings = FreeSwitchSettings(nats_url=nats_url, port=pbx.port, password=password, pbx="other")
    try:
        service = serving("connector-freeswitch", lambda runtime: serve(settings, runtime))
        async with service as health, asyncio.timeout(DEADLINE_S):
            while "log-in refused" not in str(health.failures(live=False)):
                await asyncio.sleep(0.02)
    finally:
        await pbx.stop()
