"""One company with a FreeSWITCH that behaves: the service over TCP and a real NATS, and what was told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from connector_freeswitch.app import serve
from connector_freeswitch.settings import FreeSwitchSettings
from cti_bus import Bus, NoAnswer, connect, ensure, listen
from cti_model.agents import AgentState
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult
from cti_model.envelope import decode_agent, decode_call, decode_result, encode_request
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.freeswitch.plan import standard
from cti_simulators.freeswitch.server import FreeSwitchServer
from cti_simulators.scenario import parse
from structlog.stdlib import get_logger

DEADLINE_S = 60.0


class Site:
    """One company: its bus, its FreeSWITCH, and what was told."""

    def __init__(self, bus: Bus, pbx: FreeSwitchServer) -> None:
        self.bus = bus
        self.pbx = pbx
        self.events: list[CallEvent] = []
        self.agents: dict[str, AgentState] = {}
        self.states: list[AgentState] = []
        self._queues: dict[str, set[str]] = {}
        self._changed = asyncio.Event()
        self._ids = 0

    def hear_call(self, heard) -> None:
        self.events.append(decode_call(heard.body))
        self._changed.set()

    def hear_agent(self, heard) -> None:
        agent = decode_agent(heard.body).agent
        self.agents[agent.device] = agent.state
        self._queues[agent.device] = {each.queue for each in agent.queues}
        self.states.append(agent.state)
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

    def queues(self, device: str) -> set[str]:
        """The queues of an agent, as told last."""
        return self._queues.get(device, set())

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
async def site(nats_url: str, front: ssl.SSLContext | None = None, **settings) -> AsyncIterator[Site]:
    """`front`: TLS before the event socket. Ready when a command is answered."""
    pbx = FreeSwitchServer("s3cret", plan=standard({"101": "Available"}), tls=front)
    await pbx.start()
    stopping = asyncio.Event()
    usual = {"port": pbx.port, "password": "s3cret", "domain": "demo.local", "snapshot_interval_s": 600}
    wanted = FreeSwitchSettings(nats_url=nats_url, **{**usual, **settings})
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
