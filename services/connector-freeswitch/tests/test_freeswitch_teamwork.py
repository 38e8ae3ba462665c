"""Commands that need more than two telephones, over the whole service: each is asked, done and seen."""

import asyncio

import pytest
from cti_connector.testing import Site
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, ErrorCode
from cti_simulators.freeswitch.server import FreeSwitchServer

from .freeswitch_site import site

TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'
BOSS = {"device": "109", "roles": ("supervisor",)}


async def consulting(here: Site[FreeSwitchServer]) -> tuple[str, str]:
    """101 talks with a customer and consults 103; the ids of its two connections."""
    await here.people(TALK)
    mine = await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
    asked = await here.ask(Command.CONSULT, connection_id=mine.connection_id, to="103")
    assert asked.outcome is CommandOutcome.OBSERVED, asked
    await here.people("101 answers; 103 rings; 103 answers")
    consultation = await here.state("101", ConnectionState.CONNECTED, Command.COMPLETE_TRANSFER)
    return mine.connection_id, consultation.connection_id


async def test_a_consultation_is_cancelled_and_another_becomes_a_conference(nats_url):
    async with site(nats_url, conference_profile="default") as here:
        mine, consultation = await consulting(here)
        asked = await here.ask(Command.CANCEL_TRANSFER, connection_id=consultation)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.state("101", ConnectionState.HELD, Command.RETRIEVE)
        assert (await here.ask(Command.RETRIEVE, connection_id=mine)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
        await here.ask(Command.CONSULT, connection_id=mine, to="104")
        await here.people("101 answers; 104 rings; 104 answers")
        second = await here.state("101", ConnectionState.CONNECTED, Command.CONFERENCE)
        asked = await here.ask(Command.CONFERENCE, connection_id=second.connection_id)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        together = [each for each in here.living("104") if each.state is ConnectionState.CONNECTED]
        assert together
        await here.people("104 hangs up; 101 hangs up; 79161234567 hangs up")
        events = await here.over(2)
        assert "conferenced" in {event.kind for event in events}


async def test_a_call_is_parked_and_taken_back_and_another_picked_up(nats_url):
    async with site(nats_url, park_number="700") as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.PARK)
        asked = await here.ask(Command.PARK, connection_id=mine.connection_id)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.until(lambda: not here.living("101"))
        (slot,) = [event.fact.slot for event in here.events if event.kind == "parked"]
        assert "transferred" not in {event.kind for event in here.events}
        assert (await here.ask(Command.MAKE_CALL, device="104", to=slot)).outcome is CommandOutcome.OBSERVED
        await here.people("104 answers")
        await here.until(lambda: "unparked" in {event.kind for event in here.events})
        await here.people("79161234567 hangs up")
        await here.over(2)
        await here.people("103 calls 101; 101 rings")
        await here.state("101", ConnectionState.ALERTING)
        nobody = await here.ask(Command.PICKUP, device="102", to="104")
        assert nobody.error is ErrorCode.WRONG_STATE
        asked, _ = await asyncio.gather(
            here.ask(Command.PICKUP, device="102", to="101"), here.people("102 rings; 102 answers")
        )
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.state("102", ConnectionState.CONNECTED)
        await here.until(lambda: not here.living("101"))
        await here.people("103 hangs up")
        events = await here.over(4)
        assert {"parked", "diverted"} <= {event.kind for event in events}


@pytest.mark.parametrize("verb", [Command.LISTEN, Command.WHISPER, Command.BARGE])
async def test_a_supervisor_is_in_a_call(nats_url, verb):
    async with site(nats_url) as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED)
        forbidden = await here.ask(verb, device="109", connection_id=mine.connection_id)
        assert forbidden.error is ErrorCode.FORBIDDEN
        asked = await here.ask(verb, connection_id=mine.connection_id, **BOSS)
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.people("109 answers")
        await here.state("109", ConnectionState.CONNECTED)
        await here.people("79161234567 hangs up")
        await here.over(2)


async def test_an_agent_comes_takes_a_break_and_goes(nats_url):
    async with site(nats_url) as here:

        def queues() -> set[str]:
            return {each.queue for each in here.agents["101"].queues}

        def states() -> list[AgentState]:
            return [each.agent.state for each in here.seated]

        await here.until(lambda: here.stands("101", AgentState.READY))
        for verb, more, state in (
            (Command.QUEUE_PAUSE, {"reason": "lunch"}, AgentState.NOT_READY),
            (Command.QUEUE_UNPAUSE, {}, AgentState.READY),
            (Command.SET_AGENT_STATE, {"agent_state": "logged_out"}, AgentState.LOGGED_OUT),
            (Command.SET_AGENT_STATE, {"agent_state": "available"}, AgentState.READY),
        ):
            asked = await here.ask(verb, **more)
            assert asked.outcome is CommandOutcome.OBSERVED, asked
            await here.until(lambda wanted=state: here.stands("101", wanted))
        assert (await here.ask(Command.QUEUE_LOGOUT, queue="sales")).outcome is CommandOutcome.OBSERVED
        await here.until(lambda: queues() == {"support"})
        assert (await here.ask(Command.QUEUE_LOGIN, queue="sales")).outcome is CommandOutcome.OBSERVED
        await here.until(lambda: queues() == {"support", "sales"})
        unknown = await here.ask(Command.QUEUE_LOGIN, queue="nowhere")
        assert (unknown.error, unknown.message) == (ErrorCode.REFUSED, "Queue not found!")
        # An agent takes a call, and is busy, then at its wrap-up, then ready again.
        here.seated.clear()
        await here.people('trunk 79161234567 "Ivan" calls 74950000200 as c1; 101 rings; 101 answers; c1 hangs up')
        await here.until(lambda: states()[-1:] == [AgentState.READY])
        assert states() == [AgentState.BUSY, AgentState.BUSY, AgentState.AFTER_CALL, AgentState.READY]
        await here.over(1)
        # A call outside the queues makes it busy as well, and no wrap-up follows.
        here.seated.clear()
        await here.people("101 calls 102; 102 rings; 102 answers; 101 hangs up")
        await here.until(lambda: states()[-1:] == [AgentState.READY])
        assert states() == [AgentState.BUSY, AgentState.READY]
        await here.over(2)
