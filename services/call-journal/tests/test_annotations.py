"""Notes and results: whose, when, never one over another unseen; and what is published, once."""

import asyncio

import pytest
from call_journal.project import project
from call_journal.relay import Relay
from call_journal.store.outbox import waiting
from call_journal.store.writer import PositionTaken, Writer
from call_journal.telemetry import metrics
from cti_bus import Publisher, Reader, connect, ensure
from cti_bus.streams import EVENTS
from cti_model.envelope import decode_journal
from cti_runtime import Progress
from opentelemetry import metrics as otel

from .history import bearer, got, make_history, reading

ROW = "/v1/records/connection-3"  # of user 103


@pytest.fixture
async def client(pool):
    await make_history(pool, 20, "2026-03-27T00:00:00Z", "5 minutes")
    async with reading(pool) as made:
        yield made


async def write(client, what, text, etag, headers=None, row=ROW):
    answer = await client.put(
        f"{row}/{what}", json={what: text}, headers=(headers or {}) | ({"If-Match": etag} if etag else {})
    )
    return answer.status_code, answer.headers.get("etag")


async def test_a_change_needs_what_was_read_last(client):
    first = await client.get(f"{ROW}/annotation")
    assert (first.headers["etag"], first.json()["version"]) == ('"0"', 0)
    assert await write(client, "note", "wants a quote", None) == (428, None)
    assert await write(client, "note", "wants a quote", '"0"') == (200, '"1"')
    assert await write(client, "note", "wants nothing", '"0"') == (412, None)
    assert await write(client, "result", "sold", '"1"', bearer("103", "operator")) == (200, '"2"')
    assert await write(client, "note", "x", "garbage") == (412, None)
    found = await got(client, f"{ROW}/annotation")
    assert (found["note"], found["result"], found["changed_by"]) == ("wants a quote", "sold", "103")
    assert [(each["version"], each["changed_by"]) for each in found["history"]] == [(2, "103"), (1, "boss")]
    listed = {each["connection_id"]: each for each in (await got(client, "/v1/calls"))["items"]}
    assert (listed["connection-3"]["note"], listed["connection-3"]["result"]) == ("wants a quote", "sold")
    assert listed["connection-4"]["note"] == ""


IVAN = {"kind": "contact", "id": "c1", "label": "Ivan Petrov"}
FIRM = {"kind": "account", "id": "a1", "label": "Ромашка"}
CASE = {"kind": "case", "id": "4711", "label": ""}
ORDER = {"kind": "order", "id": "c1", "label": "№ 7"}


async def test_links_are_set_found_by_and_told(client, pool):
    assert await write(client, "links", [IVAN, ORDER], None) == (428, None)
    assert await write(client, "links", [IVAN, ORDER], '"0"') == (200, '"1"')
    assert await write(client, "links", [IVAN, FIRM], '"0"') == (412, None)
    assert await write(client, "note", "calls often", '"1"') == (200, '"2"')
    assert await write(client, "links", [{**IVAN, "label": "Ivan"}, CASE], '"2"') == (200, '"3"')
    assert await write(client, "links", [IVAN, FIRM], '"0"', row="/v1/records/connection-10") == (200, '"1"')
    found = await got(client, f"{ROW}/annotation")
    assert (found["links"], found["note"]) == ([{**IVAN, "label": "Ivan"}, CASE], "calls often")
    assert [each["links"] for each in found["history"]] == [found["links"], [IVAN, ORDER], [IVAN, ORDER]]
    kinds = [each.event.fact.links for each in await waiting(pool, 10)]
    assert kinds == [("contact", "order"), (), ("case", "contact", "order"), ("account", "contact")]
    for asked, rows in (
        ({"contact": "c1"}, ["connection-10", "connection-3"]),
        ({"account": "a1"}, ["connection-10"]),
        ({"account": "c1"}, []),
        ({"link": "case:4711"}, ["connection-3"]),
        ({"link": "order:c1"}, []),
        ({"contact": "c1", "user": "103"}, ["connection-10", "connection-3"]),
        ({"contact": "c1", "user": "104"}, []),
    ):
        listed = [each["connection_id"] for each in (await got(client, "/v1/calls", **asked))["items"]]
        assert listed == rows, asked
        assert (await got(client, "/v1/calls/count", **asked))["count"] == len(rows)
    assert await write(client, "links", [], '"3"') == (200, '"4"')
    assert [each["connection_id"] for each in (await got(client, "/v1/calls", contact="c1"))["items"]] == [
        "connection-10"
    ]


@pytest.mark.parametrize(
    ("links", "status"),
    [
        ([IVAN, {**IVAN, "id": "c2"}], 422),
        ([ORDER, {**ORDER, "label": "twice"}], 422),
        ([ORDER, {**ORDER, "id": "c2"}], 200),
        ([{**ORDER, "kind": "Order"}], 400),
        ([{**ORDER, "id": ""}], 400),
        ([{**ORDER, "label": "a\0b"}], 422),
        ([{**ORDER, "id": f"{n}"} for n in range(51)], 400),
        ([{"kind": "contact"}], 400),
    ],
)
async def test_a_row_is_about_one_contact_and_any_number_of_other_things(client, links, status):
    assert (await write(client, "links", links, '"0"'))[0] == status


async def test_the_newest_row_with_each_contact(client):
    """Calls 0 and 7 are of user 100 with other numbers; linked to one contact they are one party."""
    await write(client, "links", [IVAN], '"0"', row="/v1/records/connection-0")
    await write(client, "links", [IVAN, FIRM], '"0"', row="/v1/records/connection-7")
    await write(client, "links", [FIRM], '"0"', row="/v1/records/connection-14")

    async def recent(**asked):
        return [each["connection_id"] for each in await got(client, "/v1/recent", **asked)]

    assert await recent(user="100") == ["connection-14", "connection-7"]
    assert await recent(contact="c1") == ["connection-7"]
    assert await recent(account="a1") == ["connection-14", "connection-7"]
    assert await recent(account="a1", user="101") == []


async def test_two_at_once_do_not_write_over_each_other(client):
    codes = await asyncio.gather(*(write(client, "note", f"{n}", '"0"') for n in range(6)))
    assert sorted(code for code, _ in codes) == [200, 412, 412, 412, 412, 412]


async def test_others_rows_are_not_there_for_an_operator_or_another_tenant(client):
    for who in (bearer("104", "operator"), bearer("x", "supervisor", team=["104"]), bearer(tenant="rival")):
        assert (await client.get(f"{ROW}/annotation", headers=who)).status_code == 404
        assert await write(client, "note", "mine now", '"0"', who) == (404, None)
    assert (await got(client, f"{ROW}/annotation"))["version"] == 0


async def test_rows_computed_again_keep_what_was_written(client, pool):
    await write(client, "note", "keep", '"0"')
    await pool.execute("TRUNCATE call, call_record, call_event, position")
    await make_history(pool, 20, "2026-03-27T00:00:00Z", "5 minutes")
    assert (await got(client, f"{ROW}/annotation"))["note"] == "keep"


async def test_a_version_that_comes_about_again_after_a_restore_is_told_again(client, pool):
    for _ in range(2):
        assert (await write(client, "note", "call back", "*"))[0] == 200
        await pool.execute("TRUNCATE annotation, annotation_log")  # as of a backup from before
    linked = [each.event for each in await waiting(pool, 10)]
    assert [each.fact.version for each in linked] == [1, 1]
    assert len({each.event_id for each in linked}) == 2


async def told(pool):
    return [each.event for each in await waiting(pool, 10_000)]


async def test_each_users_first_row_of_a_call_is_told_once(pool, events):
    numbered = list(enumerate(events, 1))
    writer = Writer(pool, "test", "S", announce=True)
    for each in numbered:
        await writer.write(project([each]), await writer.position(), each[0])
    one_by_one = await told(pool)
    keys = [(event.call_id, event.fact.user) for event in one_by_one]
    assert len(keys) == len(set(keys))
    first_calls = {}
    for _, event in numbered:
        for row in project([(1, event)]).records:
            first_calls.setdefault(row.record.connection_id, (row.record.call_id, row.record.device))
    assert set(keys) == set(first_calls.values())
    await pool.execute("DELETE FROM journal_outbox")
    for first in range(0, len(numbered), 7):
        position = await writer.position()
        await writer.write(project(numbered[first : first + 20]), position, position)
    assert await told(pool) == []
    await pool.execute("TRUNCATE call, call_record, call_event, position")
    await Writer(pool, "test", "S").write(project(numbered), 0, len(numbered))
    assert await told(pool) == [], "a rebuild tells nobody"


async def test_a_failed_transaction_tells_nothing(pool, events):
    writer = Writer(pool, "test", "S", announce=True)
    await writer.write(project([]), 0, 1)
    with pytest.raises(PositionTaken):
        await writer.write(project(list(enumerate(events, 1))), 5, 10)
    assert await told(pool) == []


async def journal_of(bus, count):
    """The first messages of the journal in the stream."""
    found = []
    async with asyncio.timeout(30), Reader(bus, EVENTS.name, ["cti.*.journal.>"], 0) as reader:
        async for batch in reader:
            found += list(batch)
            if len(found) >= count:
                break
    return found


async def test_the_relay_publishes_each_once_also_after_a_crash(client, pool, nats_url):
    await write(client, "note", "a", '"0"')
    await write(client, "result", "b", '"1"')
    before = await pool.fetch("SELECT message_id, event FROM journal_outbox ORDER BY id")
    async with await connect(nats_url, "test") as bus:
        await ensure(bus)
        for _ in range(2):
            async with Publisher(bus) as publisher:
                relay = Relay(pool, publisher, metrics(otel.get_meter("test")), Progress(60))
                relaying = asyncio.create_task(relay.run())
                async with asyncio.timeout(30):
                    while await pool.fetchval("SELECT count(*) FROM journal_outbox"):
                        await asyncio.sleep(0.02)
                relaying.cancel()
                await asyncio.gather(relaying, return_exceptions=True)
            await pool.executemany(  # as if the process had died before it could remove them
                "INSERT INTO journal_outbox (message_id, event) VALUES ($1, $2)", [tuple(row) for row in before]
            )
        info = await bus.js.stream_info(EVENTS.name)
        found = await journal_of(bus, 2)
    assert info.state.messages == 2
    assert [decode_journal(each.body).fact.version for each in found] == [1, 2]
    assert [each.subject for each in found] == ["cti.replay.journal.pbx.call-3.linked"] * 2
