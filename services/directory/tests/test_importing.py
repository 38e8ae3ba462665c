"""Files of contacts, by HTTP."""

import csv
import io

from directory.identify import Rules
from directory.store import importing
from directory.store.directory import Change
from directory.store.importing_subscribers import SUBSCRIBERS_FILE

from .making import imported

CSV = "external_id,name,kind,phone,account,job\na1,Ромашка,account,+7 495 739-70-00,,\n"


async def test_import_by_external_id_with_a_report(client, bearer):
    text = CSV + "c1,Ivan,contact,89161234567,a1,Head\nc2,Anna,contact,none,,\nc3,Olga,contact,,a9,\nc4,Petr,,101,,\n"
    report = await imported(client, bearer(), text)
    assert (report["created"], report["updated"], report["unchanged"], report["bad_lines"]) == (3, 0, 0, 2)
    assert [each["line"] for each in report["bad"]] == [4, 5]
    assert "no account has external_id 'a9'" in report["bad"][1]["problem"]
    assert (await imported(client, bearer(), text))["unchanged"] == 3
    changed = await imported(client, bearer(), text.replace("Head", "Boss"))
    assert (changed["updated"], changed["unchanged"]) == (1, 2)
    found = (await client.get("/v1/contacts", params={"external_id": "c1"}, headers=bearer())).json()["items"]
    account = (await client.get("/v1/accounts", headers=bearer())).json()["items"][0]
    assert (found[0]["job"], found[0]["version"], found[0]["account_id"]) == ("Boss", 2, account["id"])
    audit = (await client.get("/v1/audit", params={"entity_id": found[0]["id"]}, headers=bearer())).json()["items"]
    assert [each["action"] for each in audit] == ["updated", "created"]


async def test_import_of_more_than_a_batch(client, bearer, monkeypatch):
    monkeypatch.setattr(importing, "_BATCH", 5)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["external_id", "name", "phone"])
    writer.writerows([f"x{n}", f"Name {n}", f"8916{n:07}"] for n in range(13))
    assert (await imported(client, bearer(), out.getvalue()))["created"] == 13
    answer = await client.get("/v1/identify", params={"number": "+79160000012"}, headers=bearer())
    assert answer.json()["candidates"][0]["name"] == "Name 12"


async def test_who_sends_slowly_keeps_no_connection_from_others(pool, monkeypatch):
    monkeypatch.setattr(importing, "_BATCH", 1)

    async def pieces():
        yield b"external_id,name\nx,X\n"
        assert pool.get_idle_size() == pool.get_size()
        yield b"y,Y\n"

    report = await importing.load(pool, Change("acme", "import"), pieces(), Rules(), SUBSCRIBERS_FILE)
    assert report.created == 2


async def test_a_file_that_is_no_csv_of_ours_is_refused(client, bearer):
    answer = await client.post("/v1/contacts/import", content=b"id;title\n", headers=bearer())
    assert (answer.status_code, "unknown columns" in answer.json()["detail"]) == (422, True)


USERS = 'id,name,roles,extension_asterisk\n101,Anna,operator;supervisor,101\n102,Boris,,"500;102"\n'


async def test_users_with_roles_and_telephones_by_id(client, bearer, pool):
    path = "/v1/imports/users"
    text = USERS + "a.b,Clara,,\n104,Dora,king,\n"
    tried = await imported(client, bearer(), text, f"{path}?dry_run=true")
    assert await pool.fetchval("SELECT count(*) FROM directory.users") == 0
    assert await pool.fetchval("SELECT count(*) FROM directory.audit") == 0
    report = await imported(client, bearer(), text, path)
    assert (report["created"], report["updated"], report["unchanged"], report["bad_lines"]) == (2, 0, 0, 2)
    assert [each["line"] for each in report["bad"]] == [4, 5]
    assert "king" in report["bad"][1]["problem"]
    assert tried == report | {"dry_run": True}
    assert (await imported(client, bearer(), text, path))["unchanged"] == 2
    # What the file does not tell stays: a role, a telephone.
    changed = await imported(client, bearer(), "id,name,extension_asterisk,active\n101,Anna K.,777,no\n", path)
    assert (changed["updated"], changed["bad_lines"]) == (1, 0)
    anna = (await client.get("/v1/users/101", headers=bearer())).json()
    assert (anna["name"], anna["roles"], anna["active"]) == ("Anna K.", ["operator", "supervisor"], False)
    items = (await client.get("/v1/extensions", headers=bearer())).json()["items"]
    assert sorted((each["user_id"], each["extension"]) for each in items) == [
        ("101", "101"), ("101", "777"), ("102", "102"), ("102", "500"),
    ]  # fmt: skip
    audit = (await client.get("/v1/audit", headers=bearer())).json()["items"]
    told = [(each["action"], each["entity"], each["actor"]) for each in audit]
    assert sorted(set(told)) == [
        ("created", "extension", "boss"), ("created", "user", "boss"), ("updated", "user", "boss"),
    ]  # fmt: skip
    assert len(told) == 7
    assert await pool.fetchval("SELECT count(*) FROM directory.outbox WHERE key = 'acme.user.101'") > 0


async def test_a_trial_sees_the_whole_file_and_stores_nothing(client, bearer, pool):
    text = CSV + "c1,Ivan,contact,89161234567,a1,Head\n"
    assert (await imported(client, bearer(), text, "/v1/contacts/import?dry_run=true"))["created"] == 2
    assert await pool.fetchval("SELECT count(*) FROM directory.subscribers") == 0
