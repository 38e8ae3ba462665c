"""Who is to be signed in: by what directory and gateways tell on a real NATS."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cti_bus import Bucket, Bus, Seen, connect
from cti_connector.firstparty import DirectoryOperators, FollowingSettings, Operator, Pool, PoolSettings
from cti_connector.firstparty.presence import Presence
from cti_connector.host import Host, HostSettings
from cti_connector.link import Listener
from cti_connector.live import Known, known
from cti_connector.telemetry import metrics
from cti_connector.testing import Directory
from cti_connector.transport import websocket
from cti_directory.credentials import ConnectorKey, Credential
from cti_model import subjects
from cti_model.operators import OperatorEventKind
from cti_model.presence import PresenceEntry, PresenceState
from opentelemetry import metrics as otel

from .conftest import DEADLINE_S, Stream, until
from .switchboard import PBX, TENANT, BoardSession, Picture, Switchboard
from .test_pool import LINK

KEY = ConnectorKey(Directory.KEY)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Site(Directory):
    """The directory's and the gateways' side, and a clock."""

    at: datetime

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus, TENANT, PBX, datetime.now(UTC))
        self._presence = Bucket(bus, "cti_presence")

    async def comes(self, user: str, gateway: str = "g1") -> None:
        entry = PresenceEntry(user=user, instance=gateway, sessions=1, state=PresenceState.ACTIVE)
        await self._presence.put(subjects.presence(TENANT, user, gateway), msgspec.json.encode(entry))

    async def goes(self, user: str, gateway: str = "g1") -> None:
        await self._presence.forget(subjects.presence(TENANT, user, gateway))

    def operators(self, **settings) -> DirectoryOperators:
        bounds = FollowingSettings(TENANT, PBX, **{"look_s": 0.05, **settings})
        return DirectoryOperators(self.bus, bounds, KEY, clock=lambda: self.at)


@pytest.fixture
def site(bus: Bus) -> Site:
    return Site(bus)


class Told:
    """Who is to be signed in, as it was last told."""

    def __init__(self) -> None:
        self.times = 0
        self.now: dict[str, Operator] = {}

    def hear(self, operators: Collection[Operator]) -> None:
        self.times += 1
        self.now = {each.user: each for each in operators}


@asynccontextmanager
async def followed(site: Site, occupied: set[str] | None = None, **settings) -> AsyncIterator[Told]:
    told = Told()

    async def follow() -> None:
        async with aclosing(site.operators(**settings).changes(occupied if occupied is not None else set())) as changes:
            async for each in changes:
                told.hear(each)

    task = asyncio.create_task(follow())
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_always_whoever_has_an_extension_and_a_credential(site):
    await site.user("ann", "101", "102")
    await site.user("bob", "103")
    await site.user("eve", "104", active=False)
    await site.user("joe")
    for user in ("ann", "eve", "joe"):
        await site.credential(user, f"L-{user}")
    async with await site.answering(), followed(site, when="always") as told:
        await until(lambda: told.times == 1)
        assert told.now == {"ann": Operator("ann", "101", "L-ann", "good", "c/1")}
        await site.credential("bob", "L-bob")
        await until(lambda: set(told.now) == {"ann", "bob"})
        await site.credential("ann", "L-ann", "better", "c/2")
        await until(lambda: told.now["ann"].secret == "better")
        await site.user("bob", "103", until_at=site.at + timedelta(seconds=10))
        site.at += timedelta(seconds=20)
        await until(lambda: set(told.now) == {"ann"})
    assert site.asked == [("ann",), ("bob",), ("ann",)]


async def test_online_while_a_browser_is_and_a_grace_longer_and_while_there_is_a_call(site):
    for user in ("ann", "bob", "eve", "joe"):
        await site.user(user, f"10{user[0]}")
        await site.credential(user, user)
    occupied: set[str] = set()
    async with await site.answering(), followed(site, occupied, grace_s=100) as told:
        await until(lambda: told.times == 1)
        assert told.now == {}
        for user, gateway in (("ann", "g1"), ("ann", "g2"), ("bob", "g1")):
            await site.comes(user, gateway)
        await until(lambda: set(told.now) == {"ann", "bob"})
        await site.goes("ann")
        await site.goes("bob")
        await site.comes("eve")  # what is told of her was told after them
        await until(lambda: "eve" in told.now)
        assert set(told.now) == {"ann", "bob", "eve"}
        occupied.add("10b")
        site.at += timedelta(seconds=101)
        await site.comes("joe")
        await until(lambda: "joe" in told.now)
        assert set(told.now) == {"ann", "bob", "eve", "joe"}
        occupied.clear()
        await until(lambda: set(told.now) == {"ann", "eve", "joe"})


async def test_while_the_directory_is_away_nobody_is_told_of_and_nobody_is_dropped(site):
    await site.user("ann", "101")
    await site.credential("ann", "anna")
    async with followed(site, when="always") as told:
        async with await site.answering():
            await until(lambda: set(told.now) == {"ann"})
            assert told.times == 1
        await site.user("bob", "102")
        await site.credential("bob", "bob")
        await site.credential("ann", "anna", "better", "c/2")
        async with await site.answering():
            await until(lambda: set(told.now) == {"ann", "bob"} and told.now["ann"].secret == "better")


async def test_a_credential_that_does_not_open_is_asked_for_again_after_a_while(site):
    await site.user("ann", "101")
    await site.credential("ann", "anna", secret="")
    async with await site.answering(), followed(site, when="always") as told:
        await until(lambda: told.times == 1)
        assert told.now == {}
        site.secrets["ann"] = Credential(user="ann", credential="c/1", login="anna", secret="good")
        site.at += timedelta(seconds=59)
        await site.user("joe", "105")
        site.at += timedelta(seconds=2)
        await until(lambda: set(told.now) == {"ann"})
    assert len(site.asked) == 2


def test_presence_by_several_gateways_and_a_bucket_read_anew():
    presence, later = Presence(60), NOON + timedelta(seconds=59)
    one, two = "t.ann.g1", "t.ann.g2"
    assert not presence.known
    presence.take(Seen(True, {one: b"x", two: b"x", "t.bob.g1": b"x"}), NOON)
    presence.take(Seen(False, {one: None}), NOON)
    assert presence.here("ann", later + timedelta(days=1))
    presence.take(Seen(True, {"t.bob.g1": b"x"}), NOON)
    assert presence.here("ann", later)
    assert not presence.here("ann", later + timedelta(seconds=1))
    presence.take(Seen(False, {"t.gone.g1": None}), NOON)
    assert not presence.here("gone", NOON)


@asynccontextmanager
async def hosted(site: Site, url: str, board: Switchboard, instance: str) -> AsyncIterator[Host]:
    measured, stopping = metrics(otel.get_meter("test")), asyncio.Event()

    def begin(found: Known, listener: Listener) -> Pool:
        picture = Picture()
        picture.calls = {each.call.native_ids[0]: each.call for each in found.calls}
        return Pool(
            PoolSettings(TENANT, PBX, LINK, 0.0),
            site.operators(when="always"),
            websocket(f"ws://127.0.0.1:{board.port}"),
            lambda who: BoardSession(picture, who),
            listener,
            measured,
            found,
        )

    async with await connect(url, instance, reconnect_wait_s=0.05) as own:
        host = Host(own, HostSettings(TENANT, PBX, lease_ttl_s=6), begin, instance, measured)
        task = asyncio.create_task(host.run(stopping))
        try:
            yield host
        finally:
            stopping.set()
            async with asyncio.timeout(DEADLINE_S):
                await task


async def test_from_directory_to_stream_and_on_with_the_next_leader(site, nats_server, bus):
    board, stream = Switchboard(), Stream(bus)
    await board.start()
    for user, secret in (("ann", "good"), ("bob", "wrong")):
        await site.user(user, user)
        await site.credential(user, user, secret)

    async def log_ins() -> dict[str, OperatorEventKind]:
        return {each.event.user: each.event.kind for each in (await known(bus, TENANT, PBX)).operators}

    async def both_told() -> bool:
        return await log_ins() == {"ann": OperatorEventKind.ADMITTED, "bob": OperatorEventKind.REFUSED}

    async with await site.answering():
        async with hosted(site, nats_server.url, board, "one"):
            await until(both_told)
            await board.begin("a", "ann")
            await until(lambda: _told(stream, "delivered a"))
        async with hosted(site, nats_server.url, board, "two") as second:
            await until(lambda: "ann" in board.online)
            await board.end("a")
            await until(lambda: _told(stream, "cleared a"))
            assert await stream.kinds() == ["delivered a", "cleared a"]
            assert board.logins.count("bob") == 1, "a refusal that another leader met is not tried again"
            await site.credential("bob", "bob", "good", "c/2")
            await until(lambda: "bob" in board.online)
            await until(lambda: second.problem() is None)
    await board.stop()


async def _told(stream: Stream, what: str) -> bool:
    return what in await stream.kinds()
