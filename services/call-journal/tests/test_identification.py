"""Who rings: asked of a directory over a real NATS, told through the stream, joined with rows of a real PostgreSQL."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
import structlog
from call_journal.app import IDENTIFIES, _identify, _project
from call_journal.identification import identifier
from call_journal.identification.agenda import Agenda
from call_journal.identification.jobs import KINDS, identified, jobs_of
from call_journal.rebuild import rebuild
from call_journal.settings import NAME, JournalSettings
from call_journal.store.filters import Filters
from call_journal.store.queries import list_records
from call_journal.verify import verify
from cti_bus import Bucket, Bus, Heard, Publisher, answer, connect, ensure, since
from cti_bus.streams import EVENTS
from cti_directory import DirectoryCopy
from cti_model import subjects
from cti_model.directory import (
    ExtensionEntry,
    IdentifyReply,
    IdentifyRequest,
    Ownership,
    UserEntry,
)
from cti_model.envelope import decode_journal, encode_call
from cti_model.events import Origin
from cti_model.journal import JournalEvent
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime

from .conftest import recorded
from .identifying import CALLER, DEADLINE_S, MEASURED, TOLD, candidate, job


def jobs(name: str) -> list[tuple[str, str, bool]]:
    found = [
        (each.device, each.number, each.internal)
        for seq, event in enumerate(recorded(name), 1)
        if event.kind in KINDS
        for each in jobs_of(event, seq, 0)
    ]
    return list(dict.fromkeys(found))


def test_each_row_asks_for_the_other_side_and_after_a_transfer_for_who_is_there_now():
    assert jobs("g2_inbound_utf8_name") == [("101", "+79031112233", False)]
    assert jobs("a_internal_caller_hangup") == [("101", "102", True), ("102", "101", True)]
    assert jobs("g4_inbound_anonymous") == []
    transferred = [("101", CALLER, False), ("101", "102", True), ("102", "101", True), ("102", CALLER, False)]
    assert jobs("j_attended_transfer") == transferred


def test_the_id_is_that_of_row_number_and_set_of_candidates():
    at = job(1).began_at
    one, two = candidate("ivan"), candidate("igor")
    ids = [
        identified(job(1), (one, two), at, Origin.OBSERVED).event_id,
        identified(job(9), (two, one), at, Origin.RECONCILED).event_id,
        identified(job(1), (one,), at, Origin.OBSERVED).event_id,
        identified(job(1, number="1"), (one, two), at, Origin.OBSERVED).event_id,
        identified(job(1, "d"), (one, two), at, Origin.OBSERVED).event_id,
    ]
    assert len(set(ids)) == 4
    assert ids[0] == ids[1]


class Directory:
    """Answers as told; counts what was asked. `silent`: numbers that it does not answer."""

    def __init__(self, bus: Bus) -> None:
        self.asked: Counter[str] = Counter()
        self.silent: set[str] = set()
        self._bus = bus

    async def reply(self, heard: Heard) -> bytes:
        number = msgspec.json.decode(heard.body, type=IdentifyRequest).number
        self.asked[number] += 1
        if number in self.silent:
            await asyncio.Event().wait()
        return msgspec.json.encode(IdentifyReply(candidates=TOLD.get(number, ())))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with await answer(self._bus, subjects.ALL_IDENTIFY, self.reply, at_once=True):
            yield


class Site:
    """A journal without its API."""

    def __init__(self, bus: Bus, pool, settings: JournalSettings) -> None:
        self.bus = bus
        self.pool = pool
        self.settings = settings
        self.copy = DirectoryCopy(bus)

    @asynccontextmanager
    async def running(self, *parts: Callable) -> AsyncIterator[None]:
        stopping = asyncio.Event()
        runtime = Runtime(NAME, "t", "0", Health(NAME, stopping), stopping, structlog.stdlib.get_logger("test"))
        work = [part(self.settings, runtime, self.bus, self.pool, self.copy, MEASURED) for part in parts]
        tasks = [asyncio.create_task(each) for each in (*work, self.copy.run())]
        try:
            yield
            assert not any(each.done() for each in tasks)
        finally:
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def tell(self, *names: str) -> None:
        async with Publisher(self.bus) as publisher:
            for event in recorded(*names):
                message = encode_call(event)
                await publisher.publish(message.subject, message.body, message.headers, message.message_id)

    async def told(self) -> list[JournalEvent]:
        """What the journal told, in the order of the stream."""
        return [decode_journal(each.body) async for each in since(self.bus, EVENTS.name, subjects.ALL_IDENTIFIED)]

    async def until_told(self, count: int) -> list[JournalEvent]:
        async with asyncio.timeout(DEADLINE_S):
            while len(found := await self.told()) < count:
                await asyncio.sleep(0.02)
        return found

    async def until_written(self) -> None:
        """Until the rows say all that is in the stream."""
        last = (await self.bus.js.stream_info(EVENTS.name)).state.last_seq
        async with asyncio.timeout(DEADLINE_S):
            while await self.pool.fetchval("SELECT max(stream_seq) FROM position WHERE consumer = $1", NAME) != last:
                await asyncio.sleep(0.02)


@pytest.fixture
async def site(nats_url, postgres_dsn, pool) -> AsyncIterator[Site]:
    settings = JournalSettings(
        nats_url=nats_url, database_url=postgres_dsn, auth="off", batch=7, identify_timeout_s=1.0, identify_at_once=4
    )
    async with await connect(nats_url, "journal") as bus:
        await ensure(bus)
        bucket = Bucket(bus, "cti_directory")
        for user, extension, pbx in (("ann", "101", "asterisk"), ("bob", "101", "asterisk"), ("cat", "102", "other")):
            owned = Ownership(user=user, pbx=pbx, extension=extension)
            entry = UserEntry(id=user, name=user.title(), extensions=(owned,))
            await bucket.put(subjects.directory_user("replay", user), msgspec.json.encode(entry))
        owners = tuple(Ownership(user=user, pbx="asterisk", extension="101") for user in ("ann", "bob"))
        shared = ExtensionEntry(pbx="asterisk", extension="101", owners=owners)
        await bucket.put(subjects.directory_extension("replay", "asterisk", "101"), msgspec.json.encode(shared))
        yield Site(bus, pool, settings)


async def rows(site: Site, count: int, **filters: str) -> list:
    async with asyncio.timeout(DEADLINE_S):
        while len(found := await list_records(site.pool, "replay", Filters(**filters), None, 99)) < count:
            await asyncio.sleep(0.02)
    return found


async def test_rows_get_names_and_ids_and_keep_them_through_a_rebuild(site):
    directory = Directory(site.bus)
    async with directory.open(), site.running(_project, _identify):
        await site.tell("j_attended_transfer")
        await site.until_told(4)
        await site.until_written()
        (named,) = await rows(site, 1, contact="ivan")
        assert (named["device"], named["party_name"], named["account_id"]) == ("101", "Name of ivan", "romashka")
        assert [row["connection_id"] for row in await rows(site, 1, account="romashka")] == [named["connection_id"]]
        (colleague,) = await rows(site, 1, employee="e102")
        assert (colleague["device"], colleague["remote_number"]) == ("101", "102")
        (by_user,) = await rows(site, 1, device="102")
        assert (by_user["remote_number"], by_user["party_name"], by_user["employee_id"]) == ("101", "Ann", None)
        assert len(await rows(site, 1, text="of ivan")) == 1
        before = [tuple(row) for row in await rows(site, 3)]
    events = len(await site.told())
    built = await rebuild(site.pool, site.settings.database_url, NAME)
    assert built.differences == dict.fromkeys(built.differences, 0)
    assert [tuple(row) for row in await rows(site, 3)] == before
    assert [page.differences async for page in verify(site.pool)] == [[]]
    assert len(await site.told()) == events, "a rebuild tells nothing"


async def test_users_are_those_of_the_directory_and_a_shared_extension_has_several(site):
    async with site.running(_project):
        await site.tell("a_internal_caller_hangup")
        (mine,) = await rows(site, 1, user="bob")
        assert [row["connection_id"] for row in await rows(site, 1, user="ann")] == [mine["connection_id"]]
        assert (mine["device"], mine["user_id"]) == ("101", "ann")
        assert [row["device"] for row in await rows(site, 1, user="102")] == ["102"], "this PBX's 102 is nobody's"
        assert await rows(site, 0, user="101") == []
        async with asyncio.timeout(DEADLINE_S):
            while (await site.pool.fetchval("SELECT count(*) FROM call_record WHERE ended_at IS NULL")) > 0:
                await asyncio.sleep(0.02)
    users = {
        row["event"] for row in await site.pool.fetch("SELECT event->'fact'->>'user' AS event FROM journal_outbox")
    }
    assert users == {"ann", "bob", "102"}, "saved is told to each"
    # The directory changes its mind: what was written stays, also in a rebuild.
    await Bucket(site.bus, "cti_directory").delete(subjects.directory_extension("replay", "asterisk", "101"))
    built = await rebuild(site.pool, site.settings.database_url, NAME)
    assert built.differences == dict.fromkeys(built.differences, 0)
    assert [row["device"] for row in await rows(site, 1, user="bob")] == ["101"]


@pytest.mark.parametrize("late_s", [0.0, 3600.0], ids=["as late ones", "as fresh ones"])
async def test_each_is_told_once_also_when_everything_is_read_again(site, monkeypatch, late_s):
    monkeypatch.setattr(identifier, "LATE_S", late_s)
    directory = Directory(site.bus)
    async with directory.open():
        async with site.running(_identify):
            await site.tell("j_attended_transfer", "l_blind_transfer")
            first = await site.until_told(6)
        await site.pool.execute("DELETE FROM position WHERE consumer = $1", IDENTIFIES)
        asked = directory.asked[CALLER]
        async with site.running(_identify), asyncio.timeout(DEADLINE_S):
            while await site.pool.fetchval(
                "SELECT coalesce(max(stream_seq), 0) FROM position WHERE consumer = $1", IDENTIFIES
            ) < (await last_call(site)):
                await asyncio.sleep(0.05)
    assert directory.asked[CALLER] > asked, "it was asked again"
    again = await site.told()
    assert [each.event_id for each in again] == [each.event_id for each in first]
    assert len({each.event_id for each in first}) == len(first) == 6


async def last_call(site: Site) -> int:
    """The sequence of the newest event that is read."""
    found = [each.stream_seq async for each in since(site.bus, EVENTS.name, subjects.ALL_CALLS)
             if each.subject.rsplit(".", 1)[1] in KINDS]  # fmt: skip
    return max(found)


async def test_who_is_not_answered_is_named_later_and_holds_up_nobody(site, monkeypatch):
    put_off: list[str] = []
    original = Agenda.put_off
    monkeypatch.setattr(Agenda, "put_off", lambda agenda, job: (put_off.append(job.number), original(agenda, job)))
    directory = Directory(site.bus)
    async with site.running(_identify):
        await site.tell("a_internal_caller_hangup")
        (ann,) = await site.until_told(1)
        assert ann.fact.candidates[0].source == "users", "a colleague is known while the directory is away"
        assert ann.origin is Origin.OBSERVED
        await site.tell("g2_inbound_utf8_name", "l_blind_transfer")
        directory.silent = {"+79031112233"}
        async with asyncio.timeout(DEADLINE_S):
            while {"102", "+79031112233"} - {*put_off} or put_off.count(CALLER) < 2:
                await asyncio.sleep(0.02)
        async with directory.open():
            late = [each for each in await site.until_told(4) if each.fact.number == CALLER]
            assert [(each.fact.name, each.origin) for each in late] == [("Name of ivan", Origin.RECONCILED)] * 2
            await site.tell("j_attended_transfer")
            fresh = (await site.until_told(8))[4:]
            assert {each.origin for each in fresh if each.fact.number == CALLER} == {Origin.OBSERVED}


async def test_a_name_is_told_before_any_row_is_written(site):
    """It waits for no batch and no PostgreSQL: nothing projects here, and the stream has the name."""
    directory = Directory(site.bus)
    async with directory.open(), site.running(_identify):
        await site.tell("j_attended_transfer")
        names = {each.fact.name for each in await site.until_told(4)}
    assert "Name of ivan" in names
    assert await site.pool.fetchval("SELECT count(*) FROM call_record") == 0
