"""The same questions over NATS: the same answers, errors in words, and no more at once than is bearable."""

import asyncio

import msgspec
import pytest
from call_journal.responder import Responder
from call_journal.telemetry import metrics
from cti_bus import Heard, answer, connect
from cti_model import subjects
from cti_model.questions import QUESTIONS, Fault, GetStatistics, HistoryReply, ListCalls, ListMissed
from opentelemetry import metrics as otel

from .history import every_item, got, make_history, reading

PERIOD = {"from": "2026-03-27T00:00:00Z", "to": "2026-03-27T06:00:00Z"}
# Each question as NATS carries it, and the request that asks the same over HTTP.
SAME = {
    "list": ({"user": "103", "outcome": ["answered", "no_answer"], "limit": 3}, "/v1/calls"),
    "count": ({"direction": "in", "number": "(903) 000"}, "/v1/calls/count"),
    "get": ({"call_id": "call-3", "language": "ru"}, "/v1/calls/call-3"),
    "path": ({"call_id": "call-3"}, "/v1/calls/call-3/path"),
    "inbound": ({"queue": "sales", "outcome": "answered", **PERIOD}, "/v1/inbound"),
    "missed": ({"state": "open", "limit": 5}, "/v1/missed"),
    "recent": ({"user": "103", "contact": "c1"}, "/v1/recent"),
    "statistics": ({"by": "queue", "interval": "hour", "tz": "Europe/Berlin", **PERIOD}, "/v1/statistics"),
    "annotation": ({"connection_id": "connection-3"}, "/v1/records/connection-3/annotation"),
}


def responder(pool, at_once=4, most_bytes=1_000_000) -> Responder:
    return Responder(pool, at_once, lambda: most_bytes, metrics(otel.get_meter("test")).asked)


async def ask(answering: Responder, question: str, body: bytes | dict, tenant="replay") -> HistoryReply:
    data = body if isinstance(body, bytes) else msgspec.json.encode(body)
    told = await answering.reply(Heard(subjects.history(tenant, question), {}, data))
    return msgspec.json.decode(told, type=HistoryReply[QUESTIONS.get(question, QUESTIONS["list"]).answer])


@pytest.fixture
async def client(pool):
    await make_history(pool, 100, "2026-03-27T00:00:00Z", "5 minutes")
    async with reading(pool) as made:
        links = {"links": [{"kind": "contact", "id": "c1", "label": "Пётр"}]}
        for row in ("connection-3", "connection-10"):
            await made.put(f"/v1/records/{row}/links", json=links, headers={"If-Match": "*"})
        yield made


async def test_each_question_is_answered_as_over_http(client, pool, nats_url):
    assert set(SAME) == set(QUESTIONS)
    async with (
        await connect(nats_url, "journal") as bus,
        await answer(bus, subjects.ALL_HISTORY, responder(pool).reply, group="call-journal", at_once=True),
    ):
        for question, (asked, path) in SAME.items():
            told = await bus.request(subjects.history("replay", question), msgspec.json.encode(asked))
            reply = msgspec.json.decode(told.body)
            over_http = await got(client, path, **{key: value for key, value in asked.items() if key not in path})
            assert reply == {"answer": over_http}, question
            msgspec.json.decode(told.body, type=HistoryReply[QUESTIONS[question].answer])


async def test_questions_as_types_and_page_by_page(client, pool):
    found, cursor = [], None
    while True:
        reply = await ask(responder(pool), "list", msgspec.json.encode(ListCalls(user="103", limit=4, cursor=cursor)))
        found += reply.answer.items
        cursor = reply.answer.next
        if cursor is None:
            break
    assert [each.connection_id for each in found] == [
        each["connection_id"] for each in await every_item(client, "/v1/calls", user="103")
    ]
    missed = await ask(responder(pool), "missed", msgspec.json.encode(ListMissed()))
    assert missed.answer.items
    assert (await ask(responder(pool), "list", b"")).answer.items


@pytest.mark.parametrize(
    ("question", "body", "code", "word"),
    [
        ("list", b"{", Fault.BAD_QUESTION, "not this question"),
        ("list", {"usr": "103"}, Fault.BAD_QUESTION, "unknown field `usr`"),
        ("list", {"limit": 201}, Fault.BAD_QUESTION, "limit"),
        ("list", {"cursor": "x"}, Fault.BAD_QUESTION, "cursor"),
        ("list", {"user": "a\0"}, Fault.BAD_QUESTION, "user: holds a NUL"),
        ("list", {"users": ["a\0"]}, Fault.BAD_QUESTION, "users: holds a NUL"),
        ("count", {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, Fault.BAD_QUESTION, "from"),
        ("get", {"call_id": "nobody's"}, Fault.NOT_FOUND, "nobody's"),
        ("get", {}, Fault.BAD_QUESTION, "call_id"),
        ("statistics", {"from": "2026-01-01T00:00:00Z"}, Fault.BAD_QUESTION, "to"),
        ("statistics", {**PERIOD, "tz": "Mars"}, Fault.BAD_QUESTION, "Mars"),
        ("everything", {}, Fault.BAD_QUESTION, "there are list, count"),
    ],
)
async def test_what_cannot_be_answered_is_said(pool, question, body, code, word):
    reply = await ask(responder(pool), question, body)
    assert (reply.answer, reply.error.code) == (None, code)
    assert word in reply.error.detail


async def test_a_page_of_rows_fits_and_what_does_not_is_said(client, pool):
    note = {"note": "ж" * 10_000}
    for each in (await got(client, "/v1/calls", limit=60))["items"]:
        await client.put(f"/v1/records/{each['connection_id']}/note", json=note, headers={"If-Match": "*"})
    reply = await ask(responder(pool, most_bytes=1_048_576), "list", {"limit": 60})
    assert (reply.answer, reply.error.code) == (None, Fault.TOO_LARGE)
    assert "smaller limit" in reply.error.detail
    assert len((await ask(responder(pool, most_bytes=1_048_576), "list", {"limit": 50})).answer.items) == 50
    call = await ask(responder(pool, most_bytes=200), "get", {"call_id": "call-3"})
    assert call.error.code is Fault.TOO_LARGE
    assert "over HTTP" in call.error.detail


async def test_more_than_can_be_borne_is_refused_at_once(client, pool):
    answering = responder(pool, at_once=2)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE call_record IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(ask(answering, "list", {})) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await ask(answering, "count", {})
        assert refused.error.code is Fault.TOO_MANY
        assert not any(each.done() for each in waiting)
    assert all(reply.answer.items for reply in await asyncio.gather(*waiting))
    assert (await ask(answering, "count", {})).answer.count > 0


async def test_while_the_database_is_away_it_says_so(client, pool):
    answering = responder(pool)
    await pool.close()
    assert (await ask(answering, "list", {})).error.code is Fault.UNAVAILABLE


def test_a_question_is_spelled_as_the_query_of_the_api():
    asked = msgspec.json.decode(msgspec.json.encode(msgspec.json.decode(
        msgspec.json.encode(PERIOD | {"tz": "Asia/Tokyo"}), type=GetStatistics)))  # fmt: skip
    assert asked == PERIOD | {"tz": "Asia/Tokyo"}
