"""The whole service over WebSockets and a real NATS: an Oktell that behaves, operators, lost links, commands."""

import asyncio
import base64
from contextlib import asynccontextmanager

import pytest
from connector_oktell.app import serve
from connector_oktell.replay import told
from connector_oktell.settings import OktellSettings
from cti_connector.firstparty import Operator
from cti_connector.testing import DEADLINE_S, Signed, Site, lawful, serving
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState, Outcome
from cti_model.commands import SUPERVISOR, CommandOutcome, ErrorCode
from cti_model.events import CallEvent
from cti_model.records import all_records
from cti_simulators.oktell.plan import password_of, standard
from cti_simulators.oktell.server import OktellServer
from cti_simulators.traces import load_trace

RINGS = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings'


@asynccontextmanager
async def site(nats_url: str, operators: tuple[str, ...] = ("101", "102"), *, basic: str = "", **settings):
    here = Site(OktellServer(standard(), basic=basic), "oktell")
    listed = Signed([Operator(f"u{each}", each, f"u{each}", password_of(each), "1") for each in operators])
    async with here.opened(nats_url):
        wanted = OktellSettings(
            nats_url=nats_url,
            url=here.pbx.url,
            credentials_key=base64.b64encode(bytes(32)).decode(),
            snapshot_interval_s=600,
            stagger_s=0,
            **settings,
        )
        async with serving("connector-oktell", lambda runtime: serve(wanted, runtime, listed)):
            async with asyncio.timeout(DEADLINE_S):
                await here.pbx.clients(1 if settings.get("form") == "server" else len(operators))
            await here.linked(*operators)
            yield here


def outcomes(events: list[CallEvent]) -> dict[str, Outcome | None]:
    return {row.device: row.outcome for row in all_records(events)}


async def test_scenario_a_by_commands(nats_url, tmp_path):
    """A call out from the click, hold, retrieve, end: the same again from the recording."""
    records = tmp_path / "records"
    async with site(nats_url, record_dir=records) as here:
        asked = await here.done(Command.MAKE_CALL, to="89271112233")
        mine = await here.state("101", ConnectionState.ALERTING)
        assert asked.connection_id == mine.connection_id
        await here.people("101 answers; 89271112233 rings; 89271112233 answers")
        mine = await here.state("101", ConnectionState.CONNECTED, Command.HOLD, Command.CONSULT)
        about = {"connection_id": mine.connection_id}
        for verb in (Command.HOLD, Command.RETRIEVE, Command.CLEAR):
            await here.done(verb, **about)
        events = await here.over()
        assert outcomes(events) == {"101": Outcome.ANSWERED}
        (row,) = all_records(events)
        assert (row.remote_number, row.ended_by) == ("89271112233", "self")
    trace = load_trace(next(records.glob("*.oktell")))
    again = [event.kind for event, _ in told((chunk.t, chunk.data) for chunk in trace.chunks)]
    assert again == [event.kind for event in events]


BETWEEN_SERVERS = {"form": "server", "server_login": "crm", "server_secret": "s3cret", "basic": "Y3JtOnMzY3JldA=="}


BOTH_FORMS = pytest.mark.parametrize("form", [{}, BETWEEN_SERVERS], ids=["operators", "server"])


@BOTH_FORMS
async def test_scenario_b_between_two_operators(nats_url, form):
    """An incoming call, a consultation with a colleague who is listened to too, the two are joined."""
    async with site(nats_url, **form) as here:
        await here.people(RINGS)
        mine = await here.state("101", ConnectionState.ALERTING, Command.ANSWER)
        about = {"connection_id": mine.connection_id}
        await here.done(Command.ANSWER, **about)
        await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
        await here.done(Command.CONSULT, **about, to="102")
        await here.people("102 rings; 102 answers")
        second = await here.state("101", ConnectionState.CONNECTED, Command.COMPLETE_TRANSFER)
        await here.done(Command.COMPLETE_TRANSFER, **about, other_connection_id=second.connection_id)
        await here.until(lambda: not here.living("101"))
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("102 hangs up")
        events = await here.over(2)
        assert outcomes(events) == {"101": Outcome.ANSWERED, "102": Outcome.ANSWERED}
        assert len({event.call.call_id for event in events}) == 2
        assert "transferred" in {event.kind for event in events}


@BOTH_FORMS
async def test_what_happened_while_the_links_were_lost_is_told_afterwards(nats_url, form):
    async with site(nats_url, **form) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.deaf = True
        here.pbx.cut()
        await here.people("101 hangs up; 103 calls 102; 102 rings; 102 answers")
        here.pbx.faults.deaf = False
        await here.state("102", ConnectionState.CONNECTED)
        await here.until(lambda: not here.living("101"))
        ends = [event for event in here.events if event.kind == "connection_cleared"]
        assert ends[0].not_before is not None
        await here.people("102 hangs up")
        await here.over(2)


async def test_a_line_whose_events_are_lost_is_asked_about_when_the_other_tells_another_story(nats_url):
    """Nothing else would tell: the comparison comes in ten minutes only, and the next ping in five."""
    async with site(nats_url, ping_interval_s=300, silence_s=600) as here:
        await here.people("101 calls 102; 102 rings; 102 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.state("102", ConnectionState.CONNECTED)
        here.pbx.faults.muted.add("u102")
        await here.people("101 hangs up after 2s")  # so that no question of before is open
        events = await here.over()
        assert outcomes(events) == {"101": Outcome.ANSWERED, "102": Outcome.ANSWERED}


async def test_what_an_operator_may_not_and_what_oktell_refuses(nats_url):
    async with site(nats_url) as here:
        await here.people(RINGS)
        mine = await here.state("101", ConnectionState.ALERTING, Command.CLEAR)
        about = {"connection_id": mine.connection_id}
        assert (await here.ask(Command.CLEAR, **about, device="102")).error is ErrorCode.FORBIDDEN
        assert (await here.ask(Command.MAKE_CALL, to="102")).error is ErrorCode.WRONG_STATE
        assert (await here.ask(Command.HOLD, **about)).error is ErrorCode.WRONG_STATE
        assert (await here.ask(Command.CONFERENCE, **about)).error is ErrorCode.NOT_SUPPORTED
        assert (await here.ask(Command.MAKE_CALL, device="104", to="102")).error is ErrorCode.NOT_CONNECTED
        await here.done(Command.CLEAR, **about)
        events = await here.over()
        assert outcomes(events) == {"101": Outcome.REJECTED}


async def test_a_blind_transfer_and_an_internal_call_of_one_who_is_not_signed_in(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        mine = await here.state("101", ConnectionState.CONNECTED, Command.BLIND_TRANSFER)
        await here.done(Command.BLIND_TRANSFER, connection_id=mine.connection_id, to="102")
        await here.state("102", ConnectionState.ALERTING)
        await here.people("102 answers")
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("102 hangs up")
        events = await here.over()
        assert outcomes(events) == {"101": Outcome.ANSWERED, "102": Outcome.ANSWERED}


async def test_operators_as_agents(nats_url):
    async with site(nats_url) as here:
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.done(Command.SET_AGENT_STATE, agent_state="Обед")
        await here.until(lambda: here.stands("101", AgentState.NOT_READY))
        assert here.agents["101"].reason == "Обед"
        await here.done(Command.SET_AGENT_STATE, agent_state="dnd")
        await here.until(lambda: here.agents["101"].reason == "dnd")
        await here.done(Command.QUEUE_LOGOUT, queue="call-centre")
        await here.until(lambda: not here.agents["101"].in_call_centre)
        await here.done(Command.QUEUE_LOGIN, queue="call-centre")
        await here.until(lambda: here.agents["101"].in_call_centre)
        await here.done(Command.SET_AGENT_STATE, agent_state="available")
        await here.until(lambda: here.stands("101", AgentState.READY))


@pytest.mark.parametrize("fault", ["events_first"])
async def test_the_order_of_answers_and_events_does_not_matter(nats_url, fault):
    async with site(nats_url) as here:
        setattr(here.pbx.faults, fault, True)
        await here.done(Command.MAKE_CALL, to="102")
        await here.people("101 answers; 102 rings; 102 answers")
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("101 hangs up")
        events = await here.over()
        assert outcomes(events) == {"101": Outcome.ANSWERED, "102": Outcome.ANSWERED}


async def test_a_recording_is_told_after_its_call_is_over(nats_url):
    """The call has ended on the bus, and its journal's link comes behind."""
    async with site(nats_url, records=True) as here:
        await here.people(f"{RINGS}; 101 answers; 101 hangs up after 1s")
        await here.until(lambda: here.events and here.events[-1].kind == "recording_stored")
        last = here.events[-1]
        assert not last.call.alive
        assert last.fact.location == here.pbx.house.pbx.journal[0]["recordlink"]
        lawful(here.events)


async def test_a_supervisor_is_heard_by_an_operator(nats_url):
    """Commands of several steps: the last ones wait until the supervisor's telephone is lifted."""
    async with site(nats_url, listen=True) as here:
        await here.people("102 calls 103; 103 rings; 103 answers")
        talks = await here.state("102", ConnectionState.CONNECTED)
        about = {"connection_id": talks.connection_id, "roles": (SUPERVISOR,)}
        asked = asyncio.create_task(here.ask(Command.WHISPER, **about, deadline_s=60))
        await here.people("101 rings; 101 answers")
        assert (await asked).outcome is CommandOutcome.OBSERVED
        (room,) = here.pbx.house.pbx.rooms.values()
        assert room.ghost_mode == "help"
        await here.people("102 hangs up")
        await here.over(2)
