"""Files of contacts, by HTTP."""

import csv
import io

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


async def test_import_of_more_than_a_batch(client, bearer):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["external_id", "name", "phone"])
    writer.writerows([f"x{n}", f"Name {n}", f"8916{n:07}"] for n in range(1203))
    assert (await imported(client, bearer(), out.getvalue()))["created"] == 1203
    answer = await client.get("/v1/identify", params={"number": "+79160001202"}, headers=bearer())
    assert answer.json()["candidates"][0]["name"] == "Name 1202"


async def test_a_file_that_is_no_csv_of_ours_is_refused(client, bearer):
    answer = await client.post("/v1/contacts/import", content=b"id;title\n", headers=bearer())
    assert (answer.status_code, "unknown columns" in answer.json()["detail"]) == (422, True)
