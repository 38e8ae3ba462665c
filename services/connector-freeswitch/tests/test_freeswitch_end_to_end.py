"""The whole service over TCP and a real NATS: a FreeSWITCH that behaves, a lost link, commands from NATS."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from connector_freeswitch.app import serve
from connector_freeswitch.replay import events_of
from connector_freeswitch.settings import FreeSwitchSettings
from cti_bus import Bus, NoAnswer, connect, ensure, listen
from cti_model.agents import AgentState
from cti_model.calls import Cause, Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult, ErrorCode
from cti_model.envelope import decode_agent, decode_call, decode_result, encode_request
from cti_model.events import CallEvent, Origin
from cti_model.fold import refold
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.freeswitch.plan import standard
from cti_simulators.freeswitch.server import FreeSwitchServer
from cti_simulators.scenario import parse
from cti_simulators.traces import load_trace
from structlog.stdlib import get_logger

DEADLINE_S = 60.0
TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'


class Site:
    """One company: its bus, its FreeSWITCH, and what was told."""

    def __init__(self, bus: Bus, pbx: FreeSwitchServer) -> None:
        self.bus = bus
        self.pbx = pbx
        self.events: list[CallEvent] = []
        self.agents: dict[str, AgentState] = {}
        self._changed = asyncio.Event()
        self._ids = 0

    def hear_call(self, heard) -> None:
        self.events.append(decode_call(heard.body))
        self._changed.set()

    def hear_agent(self, heard) -> None:
        agent = decode_agent(heard.body).agent
        self.agents[agent.device] = agent.state
        self._changed.set()

    async def ask(self, verb: Command, **fields) -> CommandResult:
        self._ids += 1
        request = CommandRequest(**{"command_id": f"id-{self._ids}", "verb": verb, "device": "101", **fields})
        message = encode_request("demo", "freeswitch", request, datetime.now(UTC))
        reply = await self.bus.request(message.subject, message.body, message.headers, timeout_s=DEADLINE_S)
        return decode_result(reply.body)

    async def people(self, text: str) -> None:
        async with asyncio.timeout(DEADLINE_S):
            await self.pbx.perform(parse(text))

    async def until(self, condition: Callable[[], object]) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not condition():
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), 0.05)
        except TimeoutError:
            raise AssertionError(f"not seen; told were {[event.kind for event in self.events]}") from None

    def living(self, device: str) -> list[Connection]:
        calls = {event.call.call_id: event.call for event in self.events}
        return [
            each
            for call in calls.values()
            for each in call.connections
            if each.alive and each.device.number == device and call.alive
        ]

    async def state(self, device: str, state: ConnectionState, *offered: Command) -> Connection:
        def reached() -> bool:
            living = self.living(device)
            return bool(living) and living[-1].state is state and set(offered) <= set(living[-1].allowed)

        await self.until(reached)
        return self.living(device)[-1]

    async def over(self, count: int = 1) -> list[CallEvent]:
        """Until so many calls are over and none lives; all events."""

        def all_over() -> bool:
            calls = {event.call.call_id: event.call for event in self.events}
            return len(calls) >= count and not any(call.alive for call in calls.values())

        await self.until(all_over)
        return self.events


@asynccontextmanager
async def site(nats_url: str, **settings) -> AsyncIterator[Site]:
    pbx = FreeSwitchServer("s3cret", plan=standard({"101": "Available"}))
    await pbx.start()
    stopping = asyncio.Event()
    wanted = FreeSwitchSettings(
        nats_url=nats_url, port=pbx.port, password="s3cret", domain="demo.local", snapshot_interval_s=600, **settings
    )
    async with await connect(nats_url, "test") as bus:
        await ensure(bus)
        here = Site(bus, pbx)
        async with (
            await listen(bus, "cti.demo.call.freeswitch.>", here.hear_call),
            await listen(bus, "cti.demo.agent.freeswitch.>", here.hear_agent),
        ):
            runtime = Runtime(
                "connector-freeswitch", "test", "0", Health("connector-freeswitch"), stopping, get_logger("test")
            )
            service = asyncio.create_task(serve(wanted, runtime))
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await pbx.clients()
                    while not await _answers(here):
                        await asyncio.sleep(0.02)
                yield here
            finally:
                stopping.set()
                await service
                await pbx.stop()


async def _answers(here: Site) -> bool:
    try:
        return (await here.ask(Command.SNAPSHOT)).outcome is CommandOutcome.OBSERVED
    except NoAnswer:
        return False


def lawful(events: list[CallEvent]) -> None:
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    for each in calls.values():
        assert [event.call.version for event in each] == list(range(1, len(each) + 1))
        assert refold(each) == each[-1].call


async def test_what_happened_while_the_link_was_lost_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.deaf = True
        here.pbx.drop_clients()
        # Unseen: the talk is put on hold, and another call begins and is answered, a third comes and goes.
        await here.people("101 holds; 102 calls 103; 103 rings; 103 answers")
        await here.people("104 calls 105; 105 rings; 104 hangs up")
        here.pbx.deaf = False
        held = await here.state("101", ConnectionState.HELD)
        answered = await here.state("103", ConnectionState.CONNECTED)
        leg = next(each for each in here.pbx.switch.legs.values() if each.user == "103")
        assert answered.answered_at is not None
        assert abs(answered.answered_at.timestamp() - leg.answered / 1e6) < 0.001  # FreeSWITCH's own instant
        assert held.state is ConnectionState.HELD
        here.pbx.deaf = True
        here.pbx.drop_clients()
        await here.people("79161234567 hangs up; 103 hangs up")
        here.pbx.deaf = False
        events = await here.over(2)
        ends = [each for event in events for each in event.call.connections if each.cause is Cause.LOST]
        assert {each.device.number for each in ends} == {"101", "trunk", "102", "103"}
        assert any(event.origin is Origin.RECONCILED and event.not_before is not None for event in events)
        lawful(events)


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
        lawful(events)
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
        await here.until(lambda: here.agents.get("101") is AgentState.READY)
        asked = await here.ask(Command.SET_AGENT_STATE, agent_state="lunch")
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        await here.until(lambda: here.agents.get("101") is AgentState.NOT_READY)
        parts = (await here.ask(Command.QUERY_AGENT)).memberships
        assert {(part.queue, part.paused, part.reason) for part in parts} == {
            ("support", True, "On Break"),
            ("sales", True, "On Break"),
        }
        refused = await here.ask(Command.SET_AGENT_STATE, device="102", agent_state="available")
        assert refused.error is ErrorCode.REFUSED


@pytest.mark.parametrize("password", ["wrong"])
async def test_a_refused_password_is_told_by_health(nats_url, password):
    pbx = FreeSwitchServer("s3cret")
    await pbx.start()
    stopping, health = asyncio.Event(), Health("connector-freeswitch")
    settings = FreeSwitchSettings(nats_url=nats_url, port=pbx.port, password=password, pbx="other")
    runtime = Runtime("connector-freeswitch", "test", "0", health, stopping, get_logger("test"))
    service = asyncio.create_task(serve(settings, runtime))
    try:
        async with asyncio.timeout(DEADLINE_S):
            while "log-in refused" not in str(health.failures(live=False)):
                await asyncio.sleep(0.02)
    finally:
        stopping.set()
        await service
        await pbx.stop()
