"""The whole service over WebSockets and a real NATS: Webitel's engine of today, operators whom the directory has."""

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
from cti_model.calls import Cause, Connection, ConnectionState
from cti_model.directory import CredentialEntry, Ownership, UserEntry
from cti_model.envelope import decode_call, decode_operator
from cti_model.events import CallEvent, Origin
from cti_model.fold import refold
from cti_model.records import all_records
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.scenario import parse
from cti_simulators.webitel.new import WebitelNewServer, token_of
from structlog.stdlib import get_logger

DEADLINE_S = 60.0
OPERATORS = ("101", "102", "103")
KEY = base64.b64encode(bytes(32)).decode()
RINGS = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings'


class Site:
    """One company: its bus, its Webitel, its directory, and what was told."""

    def __init__(self, bus: Bus, pbx: WebitelNewServer) -> None:
        self.bus = bus
        self.pbx = pbx
        self.events: list[CallEvent] = []
        self.links: dict[str, str] = {}
        self._directory = Bucket(bus, "cti_directory")
        self._secrets: dict[str, Credential] = {}
        self._changed = asyncio.Event()

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


@asynccontextmanager
async def site(nats_url: str, wrong: tuple[str, ...] = (), **settings) -> AsyncIterator[Site]:
    """With a token for each operator, that of some being wrong."""
    pbx = WebitelNewServer()
    await pbx.start()
    stopping = asyncio.Event()
    bounds = {"snapshot_interval_s": 600, "stagger_s": 0, **settings}
    wanted = WebitelSettings(
        nats_url=nats_url, tenant="demo", url=pbx.url, credentials_key=KEY, sign_in="always", **bounds
    )
    async with await connect(nats_url, "test") as bus:
        await ensure(bus)
        here = Site(bus, pbx)
        for each in OPERATORS:
            await here.employ(each, "wrong" if each in wrong else token_of(each))
        async with (
            await answer(bus, subjects.credentials("demo"), here.credentials),
            await listen(bus, "cti.demo.call.webitel.>", here.hear_call),
            await listen(bus, "cti.demo.operator.webitel.>", here.hear_operator),
        ):
            health = Health("connector-webitel")
            runtime = Runtime("connector-webitel", "test", "0", health, stopping, get_logger("test"))
            service = asyncio.create_task(serve(wanted, runtime))
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await pbx.clients(len(OPERATORS) - len(wrong))
                yield here
            finally:
                stopping.set()
                await service
                await pbx.stop()


async def test_an_incoming_call_is_held_and_passed_on_after_a_consultation(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers; 101 holds; 101 retrieves after 200ms; 101 consults 102 after 200ms")
        await here.people("102 rings; 102 answers; 101 completes transfer after 200ms")
        await here.until(lambda: not here.living("101"))
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("102 hangs up")
        events = await here.over(2)
        assert {"held", "retrieved", "transferred"} <= {event.kind for event in events}
        rows = {(row.device, row.direction): row for row in all_records(events)}
        assert {key: row.outcome for key, row in rows.items()} == dict.fromkeys(rows, "answered")
        assert set(rows) == {("101", "in"), ("101", "out"), ("102", "in")}
        assert (rows["101", "in"].redirecting_id, rows["102", "in"].redirecting_id) == ("101", "101")
        assert rows["101", "out"].consultation_of == rows["102", "in"].call_id


async def test_what_happens_while_the_links_are_away_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.away("101 holds; 103 calls 102; 102 rings; 102 answers")
        await here.state("101", ConnectionState.HELD)
        answered = await here.state("103", ConnectionState.CONNECTED)
        leg = next(each for each in here.pbx.house.switch.legs.values() if each.user == "103")
        assert answered.answered_at is not None
        assert abs(answered.answered_at.timestamp() - leg.answered / 1e6) < 0.002  # Webitel's own instant
        await here.away("79161234567 hangs up")
        await here.until(lambda: not here.living("101"))
        ended = next(event for event in here.events if event.kind == "connection_cleared")
        assert (ended.origin, ended.fact.cause) == (Origin.RECONCILED, Cause.LOST)
        assert ended.not_before is not None
        await here.people("102 hangs up")
        await here.over(2)


async def test_a_wrong_token_is_told_and_a_new_one_is_tried_at_once(nats_url):
    async with site(nats_url, wrong=("102",)) as here:
        await here.until(lambda: here.links.get("102") == "wrong_password")
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.employ("102", token_of("102"), "c/2")
        await here.until(lambda: here.links.get("102") == "admitted")
        await here.people("79161234567 hangs up")
        await here.over()


async def test_events_twice_out_of_order_and_between_rubbish_make_the_same_call(nats_url):
    async with site(nats_url) as here:
        faults = here.pbx.faults
        faults.repeat = faults.swap = faults.nul = faults.garble = True
        await here.people(f"{RINGS}; 101 answers after 100ms; 101 holds after 100ms; 101 retrieves after 100ms")
        await here.people("79161234567 hangs up after 100ms")
        events = await here.over()
        kinds = [event.kind for event in events]
        assert [kinds.count(kind) for kind in ("delivered", "held", "retrieved", "connection_cleared")] == [2, 1, 1, 1]


async def test_events_that_stop_without_a_sign_are_noticed_by_the_lists(nats_url):
    async with site(nats_url, snapshot_interval_s=1) as here:
        here.pbx.forget_bindings()
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        async with asyncio.timeout(DEADLINE_S):
            await here.pbx.until(lambda: 11 in here.pbx.house.bound)
        await here.people("101 holds")
        held = next(event for event in [*here.events] if event.kind == "established")
        assert held.origin is Origin.RECONCILED
        await here.state("101", ConnectionState.HELD)
        await here.people("79161234567 hangs up")
        await here.over()
