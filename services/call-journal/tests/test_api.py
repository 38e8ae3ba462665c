"""The HTTP API over real rows."""

import json
import logging
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import jwt
import msgspec
import pytest
from call_journal.api.app import api
from call_journal.project import project
from call_journal.store.writer import Writer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_api.signin import by_key, by_token
from cti_runtime.auth import Rules, Verifier

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
IDENTIFY = by_token(by_key(Verifier(PUBLIC, Rules(("EdDSA",), "i", "a"))))


def bearer(user: str = "boss", roles: tuple[str, ...] = ("supervisor",), tenant: str = "replay") -> dict[str, str]:
    claims = {"sub": user, "tenant": tenant, "roles": list(roles), "iss": "i", "aud": "a", "exp": time.time() + 86_400}
    return {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='EdDSA')}"}


@pytest.fixture
async def client(pool, events) -> AsyncIterator[httpx.AsyncClient]:
    await Writer(pool, "test", "S").write(project(list(enumerate(events, 1))), 0, len(events))
    transport = httpx.ASGITransport(app=api(pool, IDENTIFY))
    async with httpx.AsyncClient(transport=transport, base_url="http://journal") as made:
        yield made


async def got(client, path="/v1/calls", headers=None, **params) -> dict:
    answer = await client.get(path, params=params, headers=headers or bearer())
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_newest_first_and_all_pages(client, pool):
    total = await pool.fetchval("SELECT count(*) FROM call_record")
    seen, cursor = [], None
    while True:
        page = await got(client, limit=4, **({"cursor": cursor} if cursor else {}))
        seen.extend(page["items"])
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == total
    assert [each["started_at"] for each in seen] == sorted((each["started_at"] for each in seen), reverse=True)


async def test_pages_do_not_shift_when_calls_come(client, pool):
    first = await got(client, limit=3)
    row = await pool.fetchrow("SELECT * FROM call_record ORDER BY started_at DESC LIMIT 1")
    columns = dict(row) | {"connection_id": "new", "started_at": row["started_at"] + timedelta(days=1)}
    names = ", ".join(columns)
    marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    await pool.execute(f"INSERT INTO call_record ({names}) VALUES ({marks})", *columns.values())
    second = await got(client, limit=3, cursor=first["next"])
    assert not {each["connection_id"] for each in first["items"]} & {each["connection_id"] for each in second["items"]}
    assert "new" not in {each["connection_id"] for each in second["items"]}


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ({"user": "102"}, lambda row: row["user"] == "102"),
        ({"direction": "out"}, lambda row: row["direction"] == "out"),
        ({"outcome": "answered"}, lambda row: row["outcome"] == "answered"),
        ({"outcome": "busy"}, lambda row: row["outcome"] == "busy"),
        ({"internal": "true"}, lambda row: row["internal"] is True),
        ({"queue": "support"}, lambda row: row["queue"] == "support"),
        ({"number": "+7 (903) 111-22"}, lambda row: "790311122" in row["remote_number"]),
        ({"min_talk_s": "3"}, lambda row: row["talk_s"] >= 3),
        ({"alive": "false"}, lambda row: row["ended_at"] is not None),
        ({"from": "2026-11-20T10:04:00Z"}, lambda row: row["started_at"] >= "2026-11-20T10:04:00"),
        ({"to": "2026-11-20T10:04:00"}, lambda row: row["started_at"] < "2026-11-20T10:04:00"),
    ],
)
async def test_filters(client, filters, holds):
    everything = (await got(client, limit=200))["items"]
    listed = (await got(client, limit=200, **filters))["items"]
    assert listed
    assert listed == [row for row in everything if holds(row)]
    assert len(listed) < len(everything) or "alive" in filters


async def test_a_call_with_its_timeline(client):
    row = (await got(client, queue="support", outcome="answered"))["items"][0]
    call = await got(client, f"/v1/calls/{row['call_id']}")
    assert call["call"]["queue"] == "support"
    assert {each["user"] for each in call["records"]} == {"101", "102"}
    kinds = [each["kind"] for each in call["timeline"]]
    assert kinds[0] == "originated"
    assert kinds[-1] == "cleared"
    assert [each["version"] for each in call["timeline"]] == list(range(1, len(kinds) + 1))
    assert {each["device"] for each in call["timeline"] if each["kind"] == "delivered"} == {"101", "102"}


async def test_a_call_with_its_path_and_story(client, pool):
    call_id = await pool.fetchval("SELECT call_id FROM segment WHERE ended_by = 'attended' AND began_by = 'answer'")
    call = await got(client, f"/v1/calls/{call_id}")
    assert call["story"] == "79161234567 → 101 talked 2 s, held 4 s → transferred to 102 talked 3 s"
    path = [(each["one_number"], each["other_number"], each["began_by"], each["ended_by"]) for each in call["path"]]
    assert path == [("79161234567", "101", "answer", "attended"), ("79161234567", "102", "attended", "clear")]
    stored = await pool.fetch("SELECT one, other, began_at FROM segment WHERE call_id = $1 ORDER BY began_at", call_id)
    assert [(row["one"], row["other"]) for row in stored] == [(each["one"], each["other"]) for each in call["path"]]
    russian = await got(client, f"/v1/calls/{call_id}", language="ru")
    assert russian["story"] == "79161234567 → 101: разговор 2 с, удержание 4 с → перевод на 102: разговор 3 с"
    answer = await client.get(f"/v1/calls/{call_id}", params={"language": "tlh"}, headers=bearer())
    assert answer.status_code == 400
    assert "language" in answer.json()["detail"]
    for language, told in (("en", call["story"]), ("ru", russian["story"])):
        listed = (await got(client, limit=200, paths="true", language=language))["items"]
        assert {each["path"] for each in listed if each["call_id"] == call_id} == {told}
        assert all(each["path"] for each in listed)
        asked = {"format": "jsonl", "paths": "true", "language": language}
        lines = (await client.get("/v1/calls/export", params=asked, headers=bearer())).text.splitlines()
        exported = {each["connection_id"]: each["path"] for each in map(json.loads, lines)}
        assert exported == {each["connection_id"]: each["path"] for each in listed}
    assert {each["path"] for each in (await got(client, limit=200))["items"]} == {None}, "it was not asked for"
    await pool.execute("DELETE FROM call_event WHERE call_id = $1 AND version = 2", call_id)
    listed = (await got(client, limit=200, paths="true"))["items"]
    assert {each["path"] for each in listed if each["call_id"] == call_id} == {None}
    holed = await got(client, f"/v1/calls/{call_id}")
    assert (holed["story"], holed["path"], len(holed["records"])) == (None, [], len(call["records"]))


async def test_a_living_call_has_a_path_too(pool, events):
    talking = next(n for n, each in enumerate(events) if each.kind == "held")
    await Writer(pool, "test", "S").write(project(list(enumerate(events[: talking + 1], 1))), 0, talking + 1)
    transport = httpx.ASGITransport(app=api(pool, IDENTIFY))
    async with httpx.AsyncClient(transport=transport, base_url="http://journal") as client:
        call = await got(client, f"/v1/calls/{events[talking].call.call_id}")
    assert call["call"].get("ended_at") is None
    assert call["story"].endswith(" → …")
    assert [(each["ended_at"], each["ended_by"]) for each in call["path"]] == [(None, None)]


async def test_an_operator_sees_only_their_own(client):
    mine = bearer("103", ("operator",))
    everything = (await got(client, limit=200))["items"]
    own = (await got(client, headers=mine, limit=200))["items"]
    assert own == [row for row in everything if row["user"] == "103"]
    assert (await got(client, headers=mine, user="101"))["items"] == []
    other = next(row for row in everything if row["queue"] == "support")
    assert (await client.get(f"/v1/calls/{other['call_id']}", headers=mine)).status_code == 404
    assert (await client.get(f"/v1/calls/{own[0]['call_id']}", headers=mine)).status_code == 200


async def test_another_tenant_sees_nothing(client):
    other = bearer(tenant="rival")
    assert (await got(client, headers=other))["items"] == []
    row = (await got(client))["items"][0]
    assert (await client.get(f"/v1/calls/{row['call_id']}", headers=other)).status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}])
async def test_no_token_no_calls(client, headers):
    answer = await client.get("/v1/calls", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "9999"}, "limit"),
        ({"direction": "sideways"}, "direction"),
        ({"from": "yesterday"}, "from"),
        ({"cursor": "abc"}, "cursor"),
        ({"cursor": "'; DROP TABLE call"}, "cursor"),
    ],
)
async def test_bad_questions_are_answered_in_words(client, params, word):
    answer = await client.get("/v1/calls", params=params, headers=bearer())
    assert answer.status_code in (400, 422)
    problem = msgspec.json.decode(answer.content)
    assert problem["status"] == answer.status_code
    assert word in problem["detail"]


async def test_a_database_that_is_away_is_no_error_of_ours(client, pool):
    await pool.close()
    answer = await client.get("/v1/calls", headers=bearer())
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert "database" in answer.json()["detail"]


async def test_the_api_describes_itself(client):
    document = (await client.get("/schema/openapi.json")).json()
    assert set(document["paths"]) >= {"/v1/calls", "/v1/calls/{call_id}", "/v1/calls/export", "/v1/statistics"}
    assert {"from", "to", "cursor", "limit"} <= {
        each["name"] for each in document["paths"]["/v1/calls"]["get"]["parameters"]
    }


def test_the_services_logging_is_left_alone():
    root = logging.getLogger()
    before = list(root.handlers)
    api(None, IDENTIFY)
    assert root.handlers == before


async def test_what_follows_from_a_row_stands_in_it(client):
    rows = (await got(client, limit=200))["items"]
    for row in rows:
        mine = (row["device"], row["remote_number"])
        assert (row["caller_number"], row["called_number"]) == (mine if row["direction"] == "out" else mine[::-1])
        assert row["native_id"], "the PBX's own id"
        assert row["duration_s"] == pytest.approx(
            row["ring_s"] + row["queue_s"] + row["talk_s"] + row["hold_s"], abs=1e-3
        )
        assert row["before_answer_s"] <= row["duration_s"]
        assert (row["changed_at"], row["changed_by"]) == (None, "")
    answered = [row for row in rows if row["direction"] == "in" and row["outcome"] == "answered"]
    assert answered
    elsewhere = [row for row in rows if row["outcome"] == "answered_elsewhere"]
    assert elsewhere
    for row in elsewhere:
        assert row["answered_by"] in {each["user"] for each in answered if each["call_id"] == row["call_id"]}


async def test_who_wrote_last_stands_in_the_row(client):
    row = (await got(client, limit=1))["items"][0]
    path = f"/v1/records/{row['connection_id']}/note"
    put = await client.put(path, json={"note": "called back"}, headers=bearer("ann") | {"If-Match": "*"})
    assert put.status_code == 200, put.text
    row = (await got(client, limit=1))["items"][0]
    assert row["changed_by"] == "ann"
    assert row["changed_at"] > row["started_at"]
