"""One person erased: nothing is left in any column, nothing comes back, and statistics stay."""

import json

import pytest
from call_journal.privacy.person import Person
from call_journal.privacy.proof import check
from call_journal.rebuild import rebuild
from call_journal.settings import NAME
from call_journal.store.beside import BEFORE

from .forgetting import KEY, OTHER, SPELLINGS, STRANGER, differences, everything, forgotten, naming
from .telling import CARD, NUMBER, PERSON


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
