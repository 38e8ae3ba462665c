"""The proof, its log, its key, and how it is asked for."""

import asyncio
import json

import pytest
from call_journal.cli import main
from call_journal.privacy.chain import BEGINNING, Link, broken
from call_journal.privacy.columns import APART, TREATMENTS
from call_journal.privacy.forget import forget
from call_journal.privacy.person import NoKey, Person
from call_journal.privacy.proof import check
from call_journal.store.erasing import described
from call_journal.store.masks import Masks, WrongKey

from .forgetting import KEY, NOW, OTHER, SPELLINGS, forgotten, naming
from .history import bearer, client_of, got
from .telling import NUMBER, PERSON


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
