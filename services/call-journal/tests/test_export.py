"""Files: the same rows as the list, safe to open, and made in bounded memory."""

import asyncio
import csv
import io
import json
import os
from pathlib import Path

import httpx
import pytest
from call_journal.api.app import api
from call_journal.api.export import COLUMNS, Slots

from .history import IDENTIFY, bearer, every_item, make_history, reading


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def test_json_lines_are_the_list(client):
    asked = {"queue": "sales", "direction": "in"}
    answer = await client.get("/v1/calls/export", params={"format": "jsonl", "tz": "Europe/Berlin", **asked})
    rows = [json.loads(line) for line in answer.text.splitlines()]
    listed = await every_item(client, "/v1/calls", **asked)
    assert [row["connection_id"] for row in rows] == [row["connection_id"] for row in listed]
    assert rows[0]["started_at"][-6:] == "+02:00"
    assert rows[-1]["started_at"][-6:] == "+01:00"
    instants = ("started_at", "answered_at", "ended_at")
    assert [{**row, **dict.fromkeys(instants)} for row in rows] == [
        {**row, **dict.fromkeys(instants)} for row in listed
    ]


async def test_csv_is_the_list_in_the_time_of_a_place(client):
    answer = await client.get("/v1/calls/export", params={"tz": "Europe/Berlin"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    rows = table(answer.text)
    listed = await every_item(client, "/v1/calls")
    assert tuple(rows[0]) == COLUMNS
    assert [row["connection_id"] for row in rows] == [row["connection_id"] for row in listed]
    spring = {row["connection_id"]: row for row in rows}
    before, after = spring["connection-587"], spring["connection-588"]  # 00:55Z and 01:00Z on 2026-03-29
    assert (before["started_at"], before["utc_offset"]) == ("2026-03-29 01:55:00.000", "'+01:00")
    assert (after["started_at"], after["utc_offset"]) == ("2026-03-29 03:00:00.000", "'+02:00")


async def test_no_cell_is_a_formula(client):
    rows = table((await client.get("/v1/calls/export")).text)
    cells = [cell for row in rows for cell in row.values()]
    assert any(cell.startswith("'=cmd|") for cell in cells)
    assert any(cell.startswith("'+7903") for cell in cells)
    offsets = [row["utc_offset"] for row in rows]
    assert set(offsets) == {"'+00:00"}
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


async def test_a_mark_for_excel_when_asked_for(client):
    asked = {"user": "200", "bom": "true"}
    assert (await client.get("/v1/calls/export", params=asked)).content.startswith(b"\xef\xbb\xbfconnection_id,")
    assert (await client.get("/v1/calls/export")).content.startswith(b"connection_id,")


async def test_an_operator_exports_their_own(client):
    mine = bearer("103", "operator")
    rows = table((await client.get("/v1/calls/export", headers=mine)).text)
    assert {row["user"] for row in rows} == {"103"}
    assert table((await client.get("/v1/calls/export", params={"user": "104"}, headers=mine)).text) == []


async def test_too_many_at_once_are_refused_and_slots_come_back(pool):
    await make_history(pool, 10, "2026-03-27T00:00:00Z", "5 minutes")
    app = api(pool, IDENTIFY)
    app.state.exports = slots = Slots(1)
    slots.take()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://journal", headers=bearer()
    ) as client:
        refused = await client.get("/v1/calls/export")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
        assert int(refused.headers["retry-after"]) > 0
        slots.give()
        for _ in range(3):
            assert (await client.get("/v1/calls/export")).status_code == 200


async def test_a_database_that_is_away_is_said_in_words(client, pool):
    await pool.close()
    assert (await client.get("/v1/calls/export")).status_code == 503


@pytest.mark.timeout(300)
async def test_memory_is_bounded_however_many_rows(pool):
    """72 000 rows are some 14 MB of CSV, 43 MB of JSON lines; a fraction of that is ever in memory."""
    await make_history(pool, 60_000, "2026-01-01T00:00:00Z", "1 minute")
    for form, least, head in (("csv", 12_000_000, 1), ("jsonl", 35_000_000, 0)):
        lines, size, grown = await taken(pool, form)
        assert lines == 60_000 + 12_000 + head
        assert size > least
        assert grown < 8_000_000, form


async def taken(pool, form: str) -> tuple[int, int, int]:
    """Take a file as a client does: its lines, its bytes, and by how much the process grew meanwhile."""
    app = api(pool, IDENTIFY)
    lines = size = before = most = 0
    over = asyncio.Event()

    async def receive():
        await over.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        nonlocal lines, size, before, most
        body = message.get("body", b"")
        lines, size = lines + body.count(b"\n"), size + len(body)
        before = before or resident()
        most = max(most, resident())
        if message["type"] == "http.response.body" and not message.get("more_body"):
            over.set()

    headers = [(name.lower().encode(), value.encode()) for name, value in bearer().items()]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
             "path": "/v1/calls/export", "raw_path": b"/v1/calls/export", "query_string": f"format={form}".encode(),
             "headers": headers, "client": ("127.0.0.1", 1), "server": ("journal", 80), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    return lines, size, most - before


def resident() -> int:
    """The bytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_what_a_reader_left_behind_frees_its_slot(pool):
    await make_history(pool, 5000, "2026-01-01T00:00:00Z", "1 minute")
    async with reading(pool) as client:
        for _ in range(5):
            async with client.stream("GET", "/v1/calls/export") as answer:
                assert answer.status_code == 200
        assert (await client.get("/v1/calls/count")).status_code == 200
