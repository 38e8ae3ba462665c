"""One person erased: nothing is left in any column, nothing comes back, and statistics stay."""

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from call_journal.app import serve
from call_journal.audio.folder import Folder
from call_journal.cli import main
from call_journal.privacy.chain import BEGINNING, Link, broken
from call_journal.privacy.columns import APART, TREATMENTS
from call_journal.privacy.forget import forget
from call_journal.privacy.matching import Erased, Kind, Matcher, digest, subject_of_number
from call_journal.privacy.person import NoKey, Person
from call_journal.privacy.proof import check
from call_journal.project import project
from call_journal.rebuild import rebuild
from call_journal.settings import NAME, JournalSettings
from call_journal.store.beside import BEFORE
from call_journal.store.erasing import described
from call_journal.store.masks import Masks, WrongKey
from call_journal.store.writer import Writer
from call_journal.verify import verify
from cti_bus import Publisher, connect, ensure
from cti_model.envelope import encode_call
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from pydantic import SecretStr

from .history import bearer, client_of, got
from .telling import AT, CARD, NUMBER, PERSON, PHOTO, inbound, journalled, told_who

KEY = b"e" * 32
NOW = AT + timedelta(days=1)
COMPUTED = "call, call_record, connection, segment, recording, call_event, position"
OTHER, STRANGER = "+79990000000", "Анна Чужая"
SPELLINGS = ("+7 (916) 123-45-67", "8 916 123 45 67", "89161234567", "9161234567", "007 916.123.45.67")


async def everything(pool) -> dict[str, str]:
    """Every column of every table as text, found by walking the catalogue and not by the code that erases."""
    tables = await pool.fetch(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    found = {}
    for schema, table in tables:
        rows = await pool.fetch(f'SELECT t::text FROM "{schema}"."{table}" t')
        found[f"{schema}.{table}"] = "\n".join(row[0] for row in rows)
    return found


def naming(texts: dict[str, str], *what: str) -> list[tuple[str, str]]:
    def plain(text: str) -> str:
        return text.translate(str.maketrans("", "", " ()-.+\u00a0"))

    return [(table, each) for table, text in texts.items() for each in what if plain(each) in plain(text)]


async def written(pool, tmp_path):
    """A person who called three times in three notations, somebody else, and notes about both."""
    await journalled(pool, inbound(location="rec-1.wav"), announce=True)
    await journalled(pool, inbound("c2", AT + timedelta(hours=1), number=SPELLINGS[0], user="102", recording=None))
    await journalled(pool, inbound("c3", AT + timedelta(hours=2), number=SPELLINGS[2], name="", recording=None))
    await journalled(
        pool, inbound("c4", AT + timedelta(hours=3), number=OTHER, name=STRANGER, recording="rec-4", digits="1")
    )
    for folder in ("rec-1.wav", "rec-4.wav"):
        (tmp_path / folder).write_bytes(b"sound")
    for connection, note, result in (("c1-phone", f"{PERSON}, married", "sold"), ("c2-phone", "", f"sold to {PERSON}"),
                                     ("c4-phone", f"ask {SPELLINGS[1]} too", "sold")):  # fmt: skip
        for table in ("annotation", "annotation_log"):
            await pool.execute(
                f"INSERT INTO {table} VALUES ('replay', $1, 1, $2, $3, '101', now())", connection, note, result
            )
    return Folder(tmp_path, strip="", file="{recording_id}.wav", most_bytes=100, deletes=True)


@pytest.fixture
async def places(pool, tmp_path):
    return {"pbx": await written(pool, tmp_path)}


async def forgotten(pool, places=None, now=NOW, by="boss", tenant="replay", **who):
    return await forget(pool, KEY, tenant, Person(**who), by, places or {}, now)


async def differences(pool):
    return [str(each) async for page in verify(pool) for each in page.differences]


async def test_after_forgetting_a_number_is_in_no_column_of_no_table(pool, places, postgres_dsn):
    await rebuild(pool, postgres_dsn, NAME)  # leaves the tables before in a schema of their own
    before = await everything(pool)
    assert f"{BEFORE}.call" in before
    assert len({table for table, _ in naming(before, "9161234567")}) >= 9, "the walk finds what is there"
    proof = await forgotten(pool, places, numbers=(SPELLINGS[1],))
    after = await everything(pool)
    assert naming(after, "9161234567", "161234567", PERSON, "Иван", CARD, "married") == []
    assert naming(after, OTHER) != [], "others stay"
    assert naming(after, STRANGER) != []
    assert (proof.calls, proof.remaining, proof.recordings, proof.left) == (3, {}, 1, [])
    assert {"call", "call_record", "call_event", "connection", "annotation", "annotation_log"} <= set(proof.rows)
    assert (proof.number, len(proof.hash)) == (1, 64)
    assert await differences(pool) == []
    found = await check(pool, KEY, "replay", Person(numbers=(NUMBER,)))
    assert (found.remaining, found.entries, found.broken, found.hash) == ({}, [1], None, proof.hash)


async def test_statistics_stay_and_one_person_stays_one(pool, places):
    columns = "call_id, outcome, direction, started_at, ended_at, ring_s, talk_s, queue, user_id, device, internal"
    query = f"SELECT {columns} FROM call_record ORDER BY connection_id"
    before = await pool.fetch(query)
    await forgotten(pool, places, numbers=(NUMBER,))
    assert await pool.fetch(query) == before
    rows = await pool.fetch(
        "SELECT call_id, remote_number, remote_digits, remote_name FROM call_record ORDER BY call_id"
    )
    assert len({row["remote_number"] for row in rows}) == 2
    assert rows[0]["remote_number"].startswith("erased-0")
    assert rows[0]["remote_digits"] == rows[2]["remote_digits"] == rows[0]["remote_number"].removeprefix("erased-")
    assert (rows[0]["remote_name"], rows[3]["remote_name"]) == ("", STRANGER)
    notes = await pool.fetch("SELECT note, result FROM annotation ORDER BY connection_id")
    assert [tuple(row) for row in notes] == [("", "sold"), ("", ""), (f"ask {rows[0]['remote_number']} too", "sold")]


async def test_the_sound_goes_and_what_cannot_be_deleted_is_told_once(pool, places, tmp_path):
    proof = await forgotten(pool, places, numbers=(NUMBER,))
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix == ".wav") == ["rec-4.wav"]
    assert await pool.fetchval("SELECT reason FROM recording_gone") == "erased"
    assert proof.left == []
    proof = await forgotten(pool, {}, numbers=(OTHER,))
    assert [(each.recording_id, each.reason) for each in proof.left] == [("rec-4", "nobody told where it lies")]
    entry = json.loads(await pool.fetchval("SELECT entry FROM erasure WHERE number = 2"))
    assert entry["recordings_left"] == 1
    assert "rec-4" not in json.dumps(entry)


async def test_what_was_cut_off_before_it_was_done_is_asked_for_again(pool, places, monkeypatch):
    async def cut(*_, **__):
        raise ConnectionError

    with monkeypatch.context() as broken_off:
        broken_off.setattr("call_journal.privacy.forget._mask", cut)
        with pytest.raises(ConnectionError):
            await forgotten(pool, {}, numbers=(NUMBER,))
    proof = await forgotten(pool, {}, numbers=(NUMBER,))
    assert (proof.calls, proof.remaining, [each.recording_id for each in proof.left]) == (3, {}, ["rec-1"])
    assert naming(await everything(pool), "9161234567", PERSON) == []


@pytest.mark.parametrize("size", [1, 4, 100])
async def test_events_that_come_again_bring_nothing_back(pool, places, size):
    await forgotten(pool, places, numbers=(NUMBER,))
    rows = await pool.fetch("SELECT * FROM call_record ORDER BY connection_id")
    await pool.execute(f"TRUNCATE {COMPUTED}")
    again = [*inbound(location="rec-1.wav"), *inbound("c2", AT + timedelta(hours=1), number=SPELLINGS[0], user="102",
             recording=None), *inbound("c9", AT + timedelta(hours=5), number=SPELLINGS[4], recording=None)]  # fmt: skip
    await journalled(pool, again, size, masks=Masks(KEY))
    assert naming(await everything(pool), "9161234567", PERSON, CARD) == []
    assert await differences(pool) == []
    mine = await pool.fetch("SELECT * FROM call_record ORDER BY connection_id")
    assert [row["remote_number"] for row in mine] == [rows[0]["remote_number"]] * 3
    assert [row["state"] for row in await pool.fetch("SELECT gone.reason AS state FROM recording_gone gone")] == [
        "erased"
    ]


async def test_an_event_that_names_nobody_yet_is_masked_when_its_call_was_erased(pool, places):
    await forgotten(pool, places, numbers=(NUMBER,))
    await pool.execute(f"TRUNCATE {COMPUTED}")
    first = inbound(number="", name=PERSON)[:3]
    await journalled(pool, first, masks=Masks(KEY))
    assert naming(await everything(pool), PERSON) == []


async def test_a_living_call_is_erased_and_stays_so(pool):
    events = inbound()
    await journalled(pool, events[:5])
    await forgotten(pool, numbers=(NUMBER,))
    await journalled(pool, events[5:], masks=Masks(KEY))
    assert naming(await everything(pool), "9161234567", PERSON) == []
    assert await differences(pool) == []
    assert await pool.fetchval("SELECT count(*) FROM call WHERE ended_at IS NULL") == 0


async def test_what_the_journal_writes_meanwhile_is_erased_or_masked(pool):
    calls = [inbound(f"c{n}", AT + timedelta(minutes=n), recording=None) for n in range(30)]
    writing = asyncio.create_task(journalled(pool, [each for call in calls for each in call], masks=Masks(KEY)))
    async with asyncio.timeout(60):
        while await pool.fetchval("SELECT count(*) FROM call") < 5:
            await asyncio.sleep(0)
    assert not writing.done()
    proof = await forgotten(pool, numbers=(NUMBER,))
    await writing
    assert proof.remaining == {}
    assert await pool.fetchval("SELECT count(*) FROM call_record") == len(calls)
    assert naming(await everything(pool), "9161234567", PERSON, CARD) == []
    assert await differences(pool) == []


@asynccontextmanager
async def service(nats_url, dsn):
    """All of it, in this process."""
    stopping = asyncio.Event()
    runtime = Runtime(NAME, "test", "0", Health(NAME, stopping), stopping, structlog.stdlib.get_logger("test"))
    settings = JournalSettings(
        nats_url=nats_url, database_url=dsn, auth="off", http_port=0, erasure_key=SecretStr(KEY.decode())
    )
    task = asyncio.create_task(serve(settings, runtime))
    try:
        yield task
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_service_that_reads_the_stream_again_brings_nobody_back(pool, postgres_dsn, nats_url):
    calls = [*inbound(recording=None), *inbound("c2", AT + timedelta(hours=1), number=OTHER, name=STRANGER)]

    async def until_written(task):
        async with asyncio.timeout(60):
            while await pool.fetchval("SELECT count(*) FROM call_event") < len(calls):
                assert not task.done(), task
                await asyncio.sleep(0.02)

    async with await connect(nats_url, "connector") as bus:
        await ensure(bus)
        async with Publisher(bus) as publisher:
            for message in map(encode_call, calls):
                await (await publisher.publish(message.subject, message.body, message.headers, message.message_id))
    async with service(nats_url, postgres_dsn) as task:
        await until_written(task)
        await forgotten(pool, numbers=(NUMBER,))
    before = await pool.fetch("SELECT * FROM call_record ORDER BY call_id")
    await pool.execute(
        "TRUNCATE call, call_record, connection, segment, recording, call_event, position, journal_outbox"
    )
    async with service(nats_url, postgres_dsn) as task:
        await until_written(task)
    assert [row["remote_number"] for row in await pool.fetch("SELECT * FROM call_record ORDER BY call_id")] == [
        row["remote_number"] for row in before
    ]
    assert naming(await everything(pool), "9161234567", PERSON) == []


async def test_who_calls_again_later_is_written_as_everybody(pool, places):
    await forgotten(pool, places, numbers=(NUMBER,))
    await journalled(pool, inbound("later", NOW + timedelta(hours=1), recording=None), masks=Masks(KEY))
    row = await pool.fetchrow("SELECT * FROM call_record WHERE call_id = 'later'")
    assert (row["remote_number"], row["remote_name"]) == (NUMBER, PERSON)
    assert (await check(pool, KEY, "replay", Person(numbers=(NUMBER,)))).remaining == {}
    again = await forgotten(pool, now=NOW + timedelta(days=1), numbers=(NUMBER,))
    assert (again.calls, again.remaining) == (1, {})
    names = await pool.fetch("SELECT DISTINCT remote_number FROM call_record WHERE call_id IN ('later', 'c1')")
    assert len(names) == 1, "one person, one pseudonym"


async def test_a_rebuild_after_erasing_finds_no_difference(pool, places, postgres_dsn):
    await forgotten(pool, places, numbers=(NUMBER,))
    built = await rebuild(pool, postgres_dsn, NAME)
    assert set(built.differences.values()) == {0}
    assert naming(await everything(pool), "9161234567", PERSON) == []


async def test_a_user_goes_and_their_callers_stay(pool, places):
    proof = await forgotten(pool, places, users=("101",))
    assert (proof.remaining, proof.recordings, proof.left) == ({}, 0, [])
    rows = await pool.fetch("SELECT user_id, device, remote_number, remote_name FROM call_record ORDER BY call_id")
    assert rows[0]["user_id"] == rows[0]["device"] != "101"
    assert rows[0]["user_id"].startswith("erased-")
    assert (rows[0]["remote_number"], rows[0]["remote_name"]) == (NUMBER, PERSON)
    assert rows[1]["user_id"] == "102", "others stay"
    assert await pool.fetchval("SELECT DISTINCT changed_by FROM annotation") == rows[0]["user_id"]
    assert await pool.fetchval("SELECT note FROM annotation WHERE connection_id = 'c1-phone'") == f"{PERSON}, married"
    texts = await everything(pool)
    for call in ("c1", "c3", "c4"):
        lines = [line for text in texts.values() for line in text.splitlines() if f"{call}-phone" in line]
        assert lines
        assert not [line for line in lines if "Alice" in line or '"101"' in line or "PJSIP/101" in line], call
    assert "Alice" in texts["public.call"], "102 has that name, too"
    assert await differences(pool) == []
    events = [*inbound("c1"), *inbound("c2", AT + timedelta(hours=1), user="102")]
    await pool.execute(f"TRUNCATE {COMPUTED}")
    await journalled(pool, events, masks=Masks(KEY))
    found = await pool.fetch("SELECT user_id FROM call_record ORDER BY call_id")
    assert [row["user_id"] for row in found] == [rows[0]["user_id"], "102"]


async def test_a_user_of_the_directory_goes_and_the_desk_stays(pool):
    def owners(tenant, pbx, device, at):
        return ("anna", "berta") if device == "101" else (f"user-{device}",)

    calls = [*inbound(), *inbound("c2", AT + timedelta(hours=1), user="102")]
    await journalled(pool, calls, owners=owners)
    proof = await forgotten(pool, users=("anna",))
    assert (proof.calls, proof.remaining) == (1, {})
    rows = await pool.fetch("SELECT user_id, shared_with, device FROM call_record ORDER BY call_id")
    assert (rows[0]["device"], json.loads(rows[0]["shared_with"])) == ("101", [rows[0]["user_id"], "berta"])
    assert (rows[0]["user_id"][:7], rows[1]["user_id"]) == ("erased-", "user-102")
    states = [json.loads(row[0]) for row in await pool.fetch("SELECT state FROM call ORDER BY call_id")]
    assert "Alice" not in json.dumps(states[0]), "the name that the telephone shows is theirs"
    assert "Alice" in json.dumps(states[1])
    assert await differences(pool) == []
    await pool.execute(f"TRUNCATE {COMPUTED}")
    await journalled(pool, calls, owners=owners, masks=Masks(KEY))
    again = await pool.fetch("SELECT user_id, shared_with, device FROM call_record ORDER BY call_id")
    assert again == rows
    assert await differences(pool) == []


async def test_an_extension_had_another_user_before(pool, places):
    proof = await forgotten(pool, places, users=("101",), since=AT + timedelta(hours=2, minutes=30))
    assert (proof.calls, proof.remaining) == (1, {})
    rows = await pool.fetch("SELECT user_id FROM call_record ORDER BY call_id")
    assert [row["user_id"] for row in rows[:3]] == ["101", "102", "101"]
    assert rows[3]["user_id"].startswith("erased-")
    await journalled(pool, inbound("after", NOW + timedelta(days=1)), masks=Masks(KEY))
    assert await pool.fetchval("SELECT user_id FROM call_record WHERE call_id = 'after'") == "101", "and has one now"


async def test_a_contact_goes_with_the_numbers_it_was_recognised_by(pool, places):
    await journalled(pool, [*told_who("c1"), *told_who("c4", OTHER, "contact-8", STRANGER)])
    photo = f"{PHOTO}?of=contact-7"
    assert naming(await everything(pool), photo) != []
    proof = await forgotten(pool, places, contact="contact-7")
    assert (proof.calls, proof.remaining) == (3, {}), "also the call in which nobody recognised them"
    assert naming(await everything(pool), "9161234567", PERSON, "contact-7", photo) == []
    assert (await check(pool, KEY, "replay", Person(contact="contact-7"))).remaining == {}
    assert [row["contact_id"] for row in await pool.fetch("SELECT contact_id FROM identification")] == ["contact-8"]
    await journalled(pool, [*told_who("c1"), *told_who("c2", SPELLINGS[0]), *told_who("c9")], masks=Masks(KEY))
    assert await pool.fetchval("SELECT count(*) FROM identification") == 1, "nor does it come again"


async def test_another_tenant_keeps_its_own(pool, places):
    await journalled(pool, inbound("r1", tenant="rival"), announce=True)
    await forgotten(pool, places, numbers=(NUMBER,))
    await forgotten(pool, places, users=("101",))
    waiting = await pool.fetch("SELECT event->>'tenant' AS tenant, event->'fact'->>'user' AS user FROM journal_outbox")
    assert {row["user"] for row in waiting if row["tenant"] == "rival"} == {"101"}
    assert "101" not in {row["user"] for row in waiting if row["tenant"] == "replay"}
    row = await pool.fetchrow("SELECT * FROM call_record WHERE tenant = 'rival'")
    assert (row["remote_number"], row["remote_name"]) == (NUMBER, PERSON)
    found = await check(pool, KEY, "rival", Person(numbers=(NUMBER,)))
    assert found.remaining["call_record"] == 1
    assert found.entries == []


async def test_recorded_calls_agree_with_their_archive_whoever_is_erased(pool, events):
    numbered = list(enumerate(events, 1))
    writer = Writer(pool, NAME, "S")
    await writer.write(project(numbered), 0, len(numbered))
    numbers = {
        each.device.number for event in events for each in event.call.connections if each.device.number.isdecimal()
    }
    numbers |= {
        each.party.number for event in events for each in event.call.connections if each.party.number.isdecimal()
    }
    assert len(numbers) > 5
    for at, number in enumerate(sorted(numbers)):
        who = {"users": (number,)} if at % 2 else {"numbers": (number,)}
        proof = await forgotten(pool, now=datetime.now(UTC), **who)
        assert proof.remaining == {}, number
        assert await differences(pool) == [], number
    rows = await pool.fetch("SELECT device, remote_number FROM call_record")
    assert not [row for row in rows if row["device"] in numbers or row["remote_number"] in numbers]


async def test_the_log_is_a_chain_that_shows_each_change(pool, places):
    for who in ({"numbers": (NUMBER,)}, {"users": ("102",)}, {"numbers": (OTHER,)}):
        await forgotten(pool, places, **who)
    rows = await pool.fetch("SELECT number, entry, previous, hash FROM erasure ORDER BY number")
    links = [Link(*row) for row in rows]
    assert (links[0].previous, broken(links)) == (BEGINNING, None)
    assert broken([links[0], links[2]]) == "entry 2 is missing"
    assert broken(links[1:]) == "entry 1 is missing"
    await pool.execute("UPDATE erasure SET entry = replace(entry, '\"calls\": 1', '\"calls\": 9') WHERE number = 2")
    assert (await check(pool, KEY, "replay", Person(numbers=(NUMBER,)))).broken == "entry 2 was changed"
    text = "\n".join(row["entry"] for row in rows)
    assert naming({"log": text}, "9161234567", "102", OTHER, PERSON, "boss") == []


async def test_another_key_is_noticed_before_anything_is_written(pool, places):
    with pytest.raises(NoKey):
        await forget(pool, b"", "replay", Person(numbers=(NUMBER,)), "boss", {}, NOW)
    await forgotten(pool, places, numbers=(NUMBER,))
    for key in (b"", b"x" * 32):
        with pytest.raises(WrongKey):
            await Masks(key).check(pool)
    with pytest.raises(WrongKey):
        await forget(pool, b"x" * 32, "replay", Person(numbers=(OTHER,)), "boss", {}, NOW)
    await Masks(KEY).check(pool)


@pytest.mark.parametrize("who", [{"numbers": ("none",)}, {}, {"numbers": ("+",)}])
async def test_nobody_is_refused(pool, who):
    with pytest.raises(ValueError, match=r"digits|nobody"):
        await forgotten(pool, **who)
    assert await pool.fetchval("SELECT count(*) FROM erased") == 0


async def test_every_column_that_can_hold_text_has_its_place(pool):
    async with pool.acquire() as connection:
        tables = await described(connection)
        names = {f"{table.name}.{each.name}" for table in tables for each in table.columns}
    assert [each for each in sorted(names) if each.split(".")[1] not in TREATMENTS] == [], (
        "say in privacy/columns.py what happens to it when somebody is erased"
    )
    assert {row[0] for row in await pool.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")} >= APART


async def test_admins_erase_over_http_and_nobody_else(pool, places):
    async with client_of(pool, None, KEY) as client:
        who = {"numbers": [NUMBER]}
        for headers in (None, bearer("101", "operator"), bearer("crm", "integrator")):
            for path in ("", "/check"):
                answer = await client.post(f"/v1/erasures{path}", json=who, headers=headers)
                assert answer.status_code == 403
            assert (await client.get("/v1/erasures", headers=headers)).status_code == 403
        admin = bearer("boss", "admin")
        before = (await client.post("/v1/erasures/check", json=who, headers=admin)).json()
        assert before["remaining"]["call"] == 3
        answer = await client.post("/v1/erasures", json=who, headers=admin)
        assert (answer.status_code, answer.json()["calls"], answer.json()["remaining"]) == (201, 3, {})
        after = (await client.post("/v1/erasures/check", json=who, headers=admin)).json()
        assert (after["remaining"], after["entries"]) == ({}, [1])
        log = await got(client, "/v1/erasures", admin)
        assert (log["broken"], [each["asked_by"] for each in log["items"]]) == (None, ["boss"])
        assert (await got(client, "/v1/erasures", bearer("boss", "admin", tenant="rival")))["items"] == []
        for bad in ({}, {"numbers": [""]}, who | {"contcat": "c1"}):
            assert (await client.post("/v1/erasures", json=bad, headers=admin)).status_code == 422
    async with client_of(pool) as client:
        assert (await client.post("/v1/erasures", json=who, headers=admin)).status_code == 409, "no key is set"


async def test_the_command_erases_proves_and_looks(pool, places, postgres_dsn, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("TRUNKLINE_JOURNAL_DATABASE_URL", postgres_dsn)
    monkeypatch.setenv("TRUNKLINE_TENANT", "replay")
    arguments = ["forget", "--number", SPELLINGS[4]]
    assert await asyncio.to_thread(main, arguments) == 1
    assert "erasure_key" in capsys.readouterr().err
    monkeypatch.setenv("TRUNKLINE_JOURNAL_ERASURE_KEY", KEY.decode())
    assert await asyncio.to_thread(main, [*arguments, "--verify"]) == 1
    assert json.loads(capsys.readouterr().out)["remaining"]["call"] == 3
    monkeypatch.setenv("TRUNKLINE_JOURNAL_RECORDINGS", json.dumps({"pbx": {"folder": str(tmp_path), "delete": True}}))
    assert await asyncio.to_thread(main, arguments) == 0
    assert json.loads(capsys.readouterr().out)["calls"] == 3
    assert await asyncio.to_thread(main, [*arguments, "--verify"]) == 0
    assert json.loads(capsys.readouterr().out)["remaining"] == {}


def matcher(*numbers: str, tenant="t"):
    subjects = [subject_of_number(each) for each in numbers]
    return Matcher(KEY, tenant, [
        Erased(digest=digest(KEY, tenant, each.kind, each.value), kind=each.kind, whole=True, pseudonym=f"erased-{n}",
               since=None, until=NOW) for n, each in enumerate(subjects)])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        *((each, "erased-0") for each in (NUMBER, *SPELLINGS)),
        ("PJSIP/trunk-79161234567-0000001a", "PJSIP/trunk-erased-0-0000001a"),
        ("sip:+79161234567@host;tag=1", "sip:erased-0@host;tag=1"),
        ("Иван 8(916)123-45-67, звонить", "Иван erased-0, звонить"),
        ("79161234567/79161234567", "erased-0/erased-0"),
        ("rec-20260327-79161234567.wav", "rec-20260327-erased-0.wav"),
        ("1732612345.79", "1732612345.79"), ("+79161234568", "+79161234568"), ("", ""), ("101", "101"),
        ("6f1a8f0e-5d0c-5b7e-9a44-7472756e6b6c", "6f1a8f0e-5d0c-5b7e-9a44-7472756e6b6c"),
    ],
)  # fmt: skip
def test_a_number_is_known_in_any_notation_and_amid_other_text(text, masked):
    assert matcher(NUMBER).masked(text) == masked
    assert matcher(NUMBER).masked(text, NOW + timedelta(seconds=1)) == text
    assert matcher(NUMBER, tenant="t").matches(masked) == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("101", "erased-0"), ("PJSIP/101-0000001a", "PJSIP/erased-0-0000001a"), ("101@internal", "erased-0@internal"),
        ("1101", "1101"), ("PJSIP/1101-1", "PJSIP/1101-1"), ("1732612345.101", "1732612345.101"),
        ("a 101 b", "a 101 b"),
    ],
)  # fmt: skip
def test_a_short_number_is_known_only_as_a_whole_or_in_a_technical_name(text, masked):
    assert subject_of_number("101").kind is Kind.EXACT
    assert matcher("101").masked(text) == masked
