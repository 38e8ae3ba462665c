"""One company of a test: its bus, its simulated PBX, what was told of its calls and agents, and its commands."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar

from cti_bus import Bus, Heard, NoAnswer, connect, ensure, listen
from cti_model import subjects
from cti_model.agents import Agent, AgentEvent, AgentState
from cti_model.calls import Call, Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult
from cti_model.envelope import decode_agent, decode_call, decode_operator, decode_outcome, decode_result, encode_request
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_simulators.scenario import Scenario, parse

DEADLINE_S = 60.0
"""How long anything is waited for: long, as test machines are loaded."""
TENANT = "demo"


class Exchange(Protocol):
    """A simulated PBX on a port, in real time."""

    async def start(self) -> None:
        """Listen."""
        ...

    async def stop(self) -> None:
        """Close everything."""
        ...

    async def perform(self, scenario: Scenario) -> None:
        """Play a scenario. Raises `ScenarioFailed`."""
        ...


P = TypeVar("P", bound=Exchange)


class Site(Generic[P]):
    """The tenant `demo` with one PBX, called `name` in subjects. `bus` is there while it is `opened`.

    In the order in which they were told: `events` of calls, `seated` of agents, `outcomes` (verb, kind) of commands.
    By device: `agents` as told last, and `admissions`: `admitted`, `released`, or why the PBX refuses a log-in.
    """

    bus: Bus

    def __init__(self, pbx: P, name: str) -> None:
        self.pbx = pbx
        self.events: list[CallEvent] = []
        self.seated: list[AgentEvent] = []
        self.agents: dict[str, Agent] = {}
        self.admissions: dict[str, str] = {}
        self.outcomes: list[tuple[str, str]] = []
        self._name = name
        self._changed = asyncio.Event()
        self._ids = 0

    @asynccontextmanager
    async def opened(self, nats_url: str) -> AsyncIterator[None]:
        """The PBX and the bus are there, and all that is told is heard. No connector runs yet."""
        await self.pbx.start()
        ears = {
            subjects.calls_of_pbx: self._hear_call,
            subjects.agents_of_pbx: self._hear_agent,
            subjects.operators_of_pbx: self._hear_operator,
            subjects.command_outcomes_of_pbx: self._hear_outcome,
        }
        try:
            async with await connect(nats_url, "test") as self.bus, AsyncExitStack() as stack:
                await ensure(self.bus)
                for of_pbx, hear in ears.items():
                    heard = await listen(self.bus, of_pbx(TENANT, self._name), hear)
                    await stack.enter_async_context(heard)
                yield
        finally:
            await self.pbx.stop()

    def _hear_call(self, heard: Heard) -> None:
        self.events.append(decode_call(heard.body))
        self._changed.set()

    def _hear_agent(self, heard: Heard) -> None:
        event = decode_agent(heard.body)
        self.seated.append(event)
        self.agents[event.agent.device] = event.agent
        self._changed.set()

    def _hear_operator(self, heard: Heard) -> None:
        event = decode_operator(heard.body)
        self.admissions[event.device] = event.reason.value if event.reason is not None else event.kind.value
        self._changed.set()

    def _hear_outcome(self, heard: Heard) -> None:
        event = decode_outcome(heard.body)
        self.outcomes.append((event.request.verb.value, event.kind))
        self._changed.set()

    async def ask(self, verb: Command, **fields: Any) -> CommandResult:
        """What becomes of a command of 101, or of another `device`."""
        self._ids += 1
        request = CommandRequest(**{"command_id": f"id-{self._ids}", "verb": verb, "device": "101", **fields})
        message = encode_request(TENANT, self._name, request, datetime.now(UTC))
        reply = await self.bus.request(message.subject, message.body, message.headers, timeout_s=DEADLINE_S)
        return decode_result(reply.body)

    async def done(self, verb: Command, **fields: Any) -> CommandResult:
        """What becomes of a command that succeeds."""
        result = await self.ask(verb, **fields)
        assert result.outcome is CommandOutcome.OBSERVED, (verb, result)
        return result

    async def linked(self, *devices: str) -> None:
        """Until the connector carries commands of each of these out, compared with the PBX."""
        async with asyncio.timeout(DEADLINE_S):
            for device in devices:
                while True:
                    with contextlib.suppress(NoAnswer):
                        if (await self.ask(Command.SNAPSHOT, device=device)).outcome is CommandOutcome.OBSERVED:
                            break
                    await asyncio.sleep(0.02)

    async def people(self, text: str) -> None:
        """People do this at their telephones; returns after the last deed."""
        async with asyncio.timeout(DEADLINE_S):
            await self.pbx.perform(parse(text))

    async def until(self, condition: Callable[[], object]) -> None:
        """Of what was told, or of the PBX: looked at whenever something is told, and now and then."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not condition():
                    self._changed.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), 0.05)
        except TimeoutError:
            told = [event.kind for event in self.events]
            raise AssertionError(f"not seen; told were {told}, log-ins {self.admissions}") from None

    def calls(self) -> list[Call]:
        """All calls, as told last."""
        return [*{event.call.call_id: event.call for event in self.events}.values()]

    def living(self, device: str) -> list[Connection]:
        """The connections that a device has now, the newest last."""
        legs = [each for call in self.calls() if call.alive for each in call.connections]
        return [each for each in legs if each.alive and each.device.number == device]

    async def state(self, device: str, state: ConnectionState, *offered: Command) -> Connection:
        """Until the device's newest connection is in this state, and these commands are offered."""

        def reached() -> bool:
            living = self.living(device)
            return bool(living) and living[-1].state is state and set(offered) <= set(living[-1].allowed)

        await self.until(reached)
        return self.living(device)[-1]

    def stands(self, device: str, state: AgentState) -> bool:
        """Whether an agent was told last to be in this state."""
        return device in self.agents and self.agents[device].state is state

    async def over(self, count: int = 1) -> list[CallEvent]:
        """Until so many calls are over and none lives; all events, which are `lawful`."""
        await self.until(lambda: len(self.calls()) >= count and not any(call.alive for call in self.calls()))
        lawful(self.events)
        return self.events


def lawful(events: list[CallEvent]) -> None:
    """Each call's versions are counted without a gap, and its events make the state that they carry."""
    calls: dict[str, list[CallEvent]] = {}
    for event in events:
        calls.setdefault(event.call.call_id, []).append(event)
    for each in calls.values():
        assert [event.call.version for event in each] == list(range(1, len(each) + 1))
        assert refold(each) == each[-1].call
