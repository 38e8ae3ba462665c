"""Every endpoint, as the API's own document lists them, and every question over NATS, asked by those who may not.

Two tenants have calls with the same ids, but other people: whatever one of them asks, nothing of the other comes back,
and nothing of the other is changed. A new endpoint or question fails here until it is told how to ask it.
"""

import json

import msgspec
import pytest
from call_journal.api.app import api
from call_journal.responder import Responder
from call_journal.telemetry import metrics
from cti_bus import Heard
from cti_devstack.walking import answers_to_cursors_of_another
from cti_model import subjects
from cti_model.questions import QUESTIONS
from opentelemetry import metrics as otel

from .history import IDENTIFY, bearer, make_history, reading

DOCUMENT = api(None, IDENTIFY).openapi_schema.to_schema()
ENDPOINTS = {
    operation["operationId"]: (method.upper(), path)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
PERIOD = {"from": "2026-03-01T00:00:00Z", "to": "2026-05-01T00:00:00Z"}
THEIRS, OURS = "Пётр", "Olga"  # who calls the tenant that is read from, and the tenant that reads
CALL, ROW = "call-204", "connection-204"  # only the first tenant has so many; nobody answered, of user 101
SOUND = "replay-sound-204"
# How each endpoint is asked: the query, and the body where there is one.
ASKED = {
    "listCalls": ({"limit": "200"}, None),
    "countCalls": ({"text": THEIRS}, None),
    "exportCalls": ({"format": "jsonl"}, None),
    "getCall": ({}, None),
    "getPath": ({}, None),
    "listInbound": ({"limit": "200"}, None),
    "listMissed": ({"limit": "200"}, None),
    "listRecent": ({"limit": "200"}, None),
    "statistics": (PERIOD | {"by": "queue", "text": THEIRS}, None),
    "getAnnotation": ({}, None),
    "putNote": ({}, {"note": "from outside"}),
    "putResult": ({}, {"result": "from outside"}),
    "putLinks": ({}, {"links": [{"kind": "contact", "id": "from outside"}]}),
    "listRecordings": ({"limit": "200"}, None),
    "listRecordingsOfCall": ({}, None),
    "linkRecording": ({}, {}),
    "hearRecording": ({}, None),
    "listen": ({}, None),
    "listAccesses": ({}, None),
    "erase": ({}, {"numbers": ["+7 903 000-00-10"]}),
    "checkErasure": ({}, {"numbers": ["+7 903 000-00-10"]}),
    "listErasures": ({}, None),
}
# Whoever asks for them may be told no in another way than others: no token but a link is asked for; only admins may.
LINKED, FOR_ADMINS = {"listen"}, {"erase", "checkErasure", "listErasures"}
QUESTIONED = {
    "list": {"limit": 200},
    "count": {"text": THEIRS},
    "get": {"call_id": CALL},
    "path": {"call_id": CALL},
    "inbound": {"limit": 200},
    "missed": {"limit": 200},
    "recent": {"limit": 200},
    "statistics": PERIOD | {"by": "queue", "text": THEIRS},
    "annotation": {"connection_id": ROW},
}
NOTHING = {"countCalls": {"count": 0}, "statistics": {"rows": []}}
SECRETS = (THEIRS, CALL, ROW, "replay-sound", "in confidence")
TABLES = (
    "call", "call_record", "annotation", "annotation_log", "recording", "recording_access", "recording_gone",
)  # fmt: skip


@pytest.fixture
async def client(pool):
    await make_history(pool, 300, "2026-03-27T00:00:00Z", "5 minutes", name=THEIRS)
    await make_history(pool, 100, "2026-03-27T00:00:00Z", "5 minutes", tenant="rival", name=OURS)
    await pool.execute(
        "INSERT INTO recording SELECT tenant, call_id, tenant || '-sound-' || stream_seq, stream_seq, pbx, 'rec', "
        "connection_id, '', device, started_at, started_at, ended_at, ended_at, 'rec.wav' "
        "FROM call_record WHERE user_id <> '200'"
    )
    async with reading(pool) as made:
        written = await made.put(f"/v1/records/{ROW}/note", json={"note": "in confidence"}, headers={"If-Match": "*"})
        assert written.status_code == 200
        yield made


async def ask(client, operation, headers):
    method, path = ENDPOINTS[operation]
    params, body = ASKED[operation]
    changes = {"If-Match": "*"} if method != "GET" else {}
    where = path.format(call_id=CALL, connection_id=ROW, recording=SOUND, link="made-up")
    return await client.request(method, where, params=params or None, json=body, headers=changes | (headers or {}))


def seen(text: str) -> list[str]:
    return [each for each in SECRETS if each in text]


async def everything(pool) -> dict[str, list]:
    """What belongs to the tenant that is read from."""
    return {
        table: sorted(map(repr, await pool.fetch(f"SELECT * FROM {table} WHERE tenant = 'replay'"))) for table in TABLES
    }


def test_the_walk_is_over_all_endpoints_and_questions():
    assert set(ASKED) == set(ENDPOINTS)
    assert set(QUESTIONED) == set(QUESTIONS)


@pytest.mark.parametrize("roles", [("admin",), ("supervisor",), ("integrator",), ("operator",)])
async def test_nothing_of_another_tenant_comes_back_or_is_changed(client, pool, roles):
    before = await everything(pool)
    for operation, (_, path) in ENDPOINTS.items():
        answer = await ask(client, operation, bearer("103", *roles, tenant="rival"))
        named = path.format(call_id=CALL, connection_id=ROW, recording=SOUND, link="") if "/{" in path else ""
        assert not [each for each in seen(answer.text) if each not in named], f"{operation}: {answer.text}"
        if operation in LINKED:
            assert answer.status_code == 401, operation
        elif operation in FOR_ADMINS:
            assert answer.status_code in (403, 409) or roles == ("admin",), f"{operation}: {answer.text}"
        elif operation == "listRecordingsOfCall":
            assert answer.json() == {"items": [], "next": None}
        elif named:
            assert answer.status_code in (403, 404), operation
        elif operation in NOTHING:
            assert answer.json() == answer.json() | NOTHING[operation]
        elif operation != "listRecordings":
            assert OURS in answer.text, f"{operation}: they read their own"
    assert await everything(pool) == before


async def test_a_genuine_cursor_of_another_tenant_is_a_place_among_ones_own(client):
    walked = []
    theirs, ours = bearer(), bearer("103", "admin", tenant="rival")
    async for path, first, answer in answers_to_cursors_of_another(client, DOCUMENT, theirs, ours):
        walked.append(path)
        assert (answer.status_code, seen(answer.text)) == (200, []), path
        assert [each for each in answer.json()["items"] if each not in first.json()["items"]] == [], path
    assert walked == ["/v1/calls", "/v1/inbound", "/v1/missed", "/v1/recordings"]


async def test_nothing_of_another_tenant_comes_back_over_nats(client, pool):
    responder = Responder(pool, 4, lambda: 1 << 20, metrics(otel.get_meter("test")).asked)
    for question, asked in QUESTIONED.items():
        told = {}
        for tenant in ("replay", "rival"):
            heard = Heard(subjects.history(tenant, question), {}, msgspec.json.encode(asked))
            told[tenant] = json.loads(await responder.reply(heard))
        text = json.dumps(told["rival"].get("answer"), ensure_ascii=False)
        assert not seen(text), question
        if {"call_id", "connection_id"} & set(asked):
            assert told["rival"]["error"]["code"] == "not_found", question
        assert told["rival"] != told["replay"], question
        assert "answer" in told["replay"], question


async def test_a_stranger_of_the_same_tenant_finds_nothing(client, pool):
    before = await everything(pool)
    for operation in ENDPOINTS:
        answer = await ask(client, operation, bearer("999", "operator"))
        refused = 401 if operation in LINKED else 403 if operation in FOR_ADMINS else 404
        assert answer.status_code in (200, refused), f"{operation}: {answer.text}"
        if answer.status_code == 200:
            assert not seen(answer.text), operation
            assert operation in NOTHING or answer.text in ("", "[]", '{"items":[],"next":null}'), operation
    assert await everything(pool) == before


async def test_who_may_ask_finds_it(client):
    """The walk can fail: the same questions, asked by who may, find what it looks for."""
    others = {*LINKED, *FOR_ADMINS, "hearRecording", "linkRecording", "listAccesses"}
    for operation in set(ENDPOINTS) - others:
        answer = await ask(client, operation, None)
        assert answer.status_code == 200, f"{operation}: {answer.text}"
        text = json.dumps([json.loads(line) for line in answer.text.splitlines()], ensure_ascii=False)
        if operation in NOTHING:
            assert answer.json() != answer.json() | NOTHING[operation]
        else:
            assert seen(text) or operation.startswith("put"), operation


async def test_without_a_token_nothing_is_answered(client):
    for operation in ENDPOINTS:
        answer = await ask(client, operation, {"Authorization": ""})  # `listen` wants a link, and has a made-up one
        assert answer.status_code == 401, operation
        assert answer.headers["content-type"] == "application/problem+json"
