"""Users, extensions, contacts, and other tenants."""

import json
from datetime import UTC, datetime, timedelta

from call_journal.privacy.person import Person
from call_journal.privacy.proof import check
from call_journal.project import project
from call_journal.settings import NAME
from call_journal.store.masks import Masks
from call_journal.store.writer import Writer

from .forgetting import COMPUTED, KEY, NOW, OTHER, SPELLINGS, STRANGER, differences, everything, forgotten, naming
from .telling import AT, NUMBER, PERSON, PHOTO, inbound, journalled, told_who


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
