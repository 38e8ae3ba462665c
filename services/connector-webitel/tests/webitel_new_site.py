"""One company with Webitel's engine of today: the whole service over WebSockets and a real NATS."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
from connector_webitel.app import serve
from connector_webitel.settings import WebitelSettings
from cti_bus import Bucket, Bus, Heard, answer, connect, ensure, listen
from cti_directory.credentials import ConnectorKey, Credential, CredentialsRequest, check, sealed
from cti_model import subjects
from cti_model.agents import AgentEvent
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult
from cti_model.directory import CredentialEntry, Ownership, UserEntry
from cti_model.envelope import decode_agent, decode_call, decode_operator, decode_result, encode_request
from cti_model.events import CallEvent
from cti_model.fold import refold
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.scenario import parse
from cti_simulators.webitel.new import WebitelNewServer, token_of
from cti_simulators.webitel.new.plan import Plan
from structlog.stdlib import get_logger

DEADLINE_S = 60.0
OPERATORS = ("101", "102", "103")
KEY = base64.b64encode(bytes(32)).decode()


class Site:
    """One company: its bus, its Webitel, its directory, and what was told."""

    def __init__(self, bus: Bus, pbx: WebitelNewServer, settings: WebitelSettings) -> None:
        self.bus = bus
        self._settings = settings
        self._stopping = asyncio.Event()
        self._service: asyncio.Task[None] | None = None
        self.pbx = pbx
        self.events: list[CallEvent] = []
        self.links: dict[str, str] = {}
        self.agents: dict[str, AgentEvent] = {}
        self._directory = Bucket(bus, "cti_directory")
        self._secrets: dict[str, Credential] = {}
        self._changed = asyncio.Event()
        self._ids = 0

    async def employ(self, device: str, token: str, version: str = "c/1") -> None:
        """The directory has this user, with a telephone and a token."""
        user = f"u{device}"
        owned = (Ownership(user=user, pbx="webitel", extension=device),)
        entry = UserEntry(id=user, name=user, extensions=owned)
        self._secrets[user] = Credential(user=user, credential=version, login=device, secret=token)
        held = CredentialEntry(user=user, pbx="webitel", credential=version)
        await self._directory.put(subjects.directory_user("demo", user), msgspec.json.encode(entry))
        await self._directory.put(subjects.directory_credential("demo", "webitel", user), msgspec.json.encode(held))

    async def credentials(self, heard: Heard) -> bytes:
        """What the directory answers, sealed."""
        request = msgspec.json.decode(heard.body, type=CredentialsRequest)
        key = check(ConnectorKey(KEY), "demo", request, datetime.now(UTC))
        found = [self._secrets[user] for user in request.users if user in self._secrets]
        return msgspec.json.encode(sealed(key, request, found))

    def hear_call(self, heard: Heard) -> None:
        self.events.append(decode_call(heard.body))
        self._changed.set()

    def hear_operator(self, heard: Heard) -> None:
        event = decode_operator(heard.body)
        self.links[event.device] = event.reason.value if event.reason is not None else event.kind.value
        self._changed.set()

    def hear_agent(self, heard: Heard) -> None:
        event = decode_agent(heard.body)
        self.agents[event.agent.device] = event
        self._changed.set()

    async def ask(self, verb: Command, **fields) -> CommandResult:
        """What becomes of a command of 101, or of another `device`."""
        self._ids += 1
        request = CommandRequest(**{"command_id": f"id-{self._ids}", "verb": verb, "device": "101", **fields})
        message = encode_request("demo", "webitel", request, datetime.now(UTC))
        reply = await self.bus.request(message.subject, message.body, message.headers, timeout_s=DEADLINE_S)
        return decode_result(reply.body)

    async def done(self, verb: Command, **fields) -> CommandResult:
        """A command that succeeds."""
        result = await self.ask(verb, **fields)
        assert result.outcome is CommandOutcome.OBSERVED, result
        return result

    def asked(self, action: str) -> list[dict]:
        """With what the engine was asked for an action, over the links that there are now."""
        return [data for link in self.pbx.connections for name, data in link.asked if name == action]

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
            told = [event.kind for event in self.events]
            raise AssertionError(f"not seen; told were {told}, links {self.links}") from None

    def living(self, device: str) -> list[Connection]:
        calls = {event.call.call_id: event.call for event in self.events}
        legs = [each for call in calls.values() if call.alive for each in call.connections]
        return [each for each in legs if each.alive and each.device.number == device]

    async def state(self, device: str, state: ConnectionState) -> Connection:
        await self.until(lambda: self.living(device) and self.living(device)[-1].state is state)
        return self.living(device)[-1]

    async def over(self, count: int = 1) -> list[CallEvent]:
        """Until so many calls are over and none lives; all events, whose books are right."""

        def all_over() -> bool:
            calls = {event.call.call_id: event.call for event in self.events}
            return len(calls) >= count and not any(call.alive for call in calls.values())

        await self.until(all_over)
        for call_id in {event.call.call_id for event in self.events}:
            of_call = [event for event in self.events if event.call.call_id == call_id]
            assert [event.call.version for event in of_call] == list(range(1, len(of_call) + 1))
            assert refold(of_call) == of_call[-1].call
        return self.events

    async def away(self, deeds: str) -> None:
        """This happens while no link is there."""
        self.pbx.faults.deaf = True
        self.pbx.cut()
        await self.until(lambda: not self.pbx.connections)
        await self.people(deeds)
        self.pbx.faults.deaf = False

    async def start(self, links: int = len(OPERATORS)) -> None:
        """Run the service, until so many operators are let in."""
        self._stopping = asyncio.Event()
        health = Health("connector-webitel")
        runtime = Runtime("connector-webitel", "test", "0", health, self._stopping, get_logger("test"))
        self._service = asyncio.create_task(serve(self._settings, runtime))
        async with asyncio.timeout(DEADLINE_S):
            await self.pbx.clients(links)

    async def stop(self) -> None:
        """Stop the service in order."""
        self._stopping.set()
        if self._service is not None:
            await self._service


@asynccontextmanager
async def site(
    nats_url: str, wrong: tuple[str, ...] = (), *, plan: Plan | None = None, rest: bool = False, **settings
) -> AsyncIterator[Site]:
    """With a token for each operator, that of some being wrong."""
    pbx = WebitelNewServer(plan)
    await pbx.start()
    bounds = {"snapshot_interval_s": 600, "stagger_s": 0, "rest_url": pbx.rest_url if rest else "", **settings}
    wanted = WebitelSettings(
        nats_url=nats_url, tenant="demo", url=pbx.url, credentials_key=KEY, sign_in="always", **bounds
    )
    async with await connect(nats_url, "test") as bus:
        await ensure(bus)
        here = Site(bus, pbx, wanted)
        for each in OPERATORS:
            await here.employ(each, "wrong" if each in wrong else token_of(each))
        async with (
            await answer(bus, subjects.credentials("demo"), here.credentials),
            await listen(bus, "cti.demo.call.webitel.>", here.hear_call),
            await listen(bus, "cti.demo.agent.webitel.>", here.hear_agent),
            await listen(bus, "cti.demo.operator.webitel.>", here.hear_operator),
        ):
            try:
                await here.start(len(OPERATORS) - len(wrong))
                yield here
            finally:
                await here.stop()
                await pbx.stop()
