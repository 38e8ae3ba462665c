"""What each role sees and writes."""

import csv
import io

import httpx
import pytest
from call_journal.api.app import api

from .history import IDENTIFY, bearer, every_item, got, make_history, reading

ROW = "/v1/records/connection-3"  # of user 103
LINKS = {"links": [{"kind": "contact", "id": "c1"}]}


@pytest.fixture
async def client(pool):
    await make_history(pool, 100, "2026-03-27T00:00:00Z", "5 minutes")
    async with reading(pool) as made:
        written = await made.put(f"{ROW}/note", json={"note": "in confidence"}, headers={"If-Match": "*"})
        assert written.status_code == 200
        yield made


async def users(client, headers) -> set[str]:
    return {each["user"] for each in await every_item(client, "/v1/calls", headers)}


async def test_whose_rows_each_role_sees(client):
    everybody = {"200", *(f"10{n}" for n in range(7))}
    for headers, expected in (
        (bearer("103", "operator"), {"103"}),
        (bearer("boss", "supervisor"), everybody),
        (bearer("103", "supervisor", team=["104", "105"]), {"103", "104", "105"}),
        (bearer("103", "operator", "supervisor", team=["104"]), {"103", "104"}),
        (bearer("103", "supervisor", "admin", team=["104"]), everybody),
        (bearer("103", "operator", team=["104"]), {"103"}),
        (bearer("crm", "integrator"), everybody),
        (bearer("root", "admin"), everybody),
    ):
        assert await users(client, headers) == expected
        counted = await got(client, "/v1/calls/count", headers)
        assert counted["count"] == len(await every_item(client, "/v1/calls", headers))


async def test_a_token_without_a_role_of_ours_reads_nothing(client):
    for path in ("/v1/calls", "/v1/calls/export", "/v1/missed", f"{ROW}/annotation"):
        answer = await client.get(path, headers=bearer("103", "guest"))
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")


async def test_a_team_is_all_that_its_supervisor_sees(client):
    team = bearer("x", "supervisor", team=["103", "104"])
    assert await users(client, team) == {"103", "104"}
    assert {each["user"] for each in await got(client, "/v1/recent", team)} == {"103", "104"}
    assert (await got(client, "/v1/calls", team, user="105"))["items"] == []
    assert {each["user"] for each in (await got(client, "/v1/calls", team, users="103"))["items"]} == {"103"}
    assert (await client.get("/v1/calls/call-3", headers=team)).status_code == 200
    assert (await client.get("/v1/calls/call-5", headers=team)).status_code == 404
    rang = {each["call_id"] for each in await every_item(client, "/v1/inbound", team)}
    theirs = {each["call_id"] for each in await every_item(client, "/v1/calls", team)}
    assert rang
    assert rang <= theirs
    period = {"from": "2026-03-27T00:00:00Z", "to": "2026-03-28T00:00:00Z"}
    rows = (await got(client, "/v1/statistics", team, by="user", **period))["rows"]
    assert {each["user"] for each in rows} == {"103", "104"}
    for row in rows:
        assert len(await every_item(client, row["calls"]["list"], team)) == row["calls"]["value"]


async def test_an_integrator_neither_reads_nor_writes_notes_but_links(client):
    crm = bearer("crm", "integrator") | {"If-Match": "*"}
    assert (await client.put(f"{ROW}/note", json={"note": "x"}, headers=crm)).status_code == 403
    assert (await client.put(f"{ROW}/result", json={"result": "sold"}, headers=crm)).status_code == 200
    assert (await client.put(f"{ROW}/links", json=LINKS, headers=crm)).status_code == 200
    found = await got(client, f"{ROW}/annotation", crm)
    assert (found["result"], found["links"][0]["id"], found["note"]) == ("sold", "c1", "")
    for path in ("/v1/calls", "/v1/recent", f"{ROW}/annotation", "/v1/calls/call-3", "/v1/calls/export?format=jsonl"):
        asked = {"user": "103", "number": "+79030000003"} if path == "/v1/calls" or "recent" in path else {}
        assert "confidence" not in (await client.get(path, params=asked, headers=crm)).text, path
        assert "confidence" in (await client.get(path, params=asked)).text, path
    rows = list(csv.DictReader(io.StringIO((await client.get("/v1/calls/export", headers=crm)).text, newline="")))
    assert {row["note"] for row in rows} == {""}
    assert [row["links"] for row in rows if row["links"]] == ["contact:c1"]


async def test_unless_the_journal_is_set_so(client, pool):
    transport = httpx.ASGITransport(app=api(pool, IDENTIFY, integrator_notes=True))
    async with httpx.AsyncClient(transport=transport, base_url="http://journal") as trusting:
        crm = bearer("crm", "integrator") | {"If-Match": "*"}
        assert (await got(trusting, f"{ROW}/annotation", crm))["note"] == "in confidence"
        assert (await trusting.put(f"{ROW}/note", json={"note": "x"}, headers=crm)).status_code == 200
