"""The HTTP API over real rows."""

import msgspec
import pytest
from directory.agent_states import CATALOGUE

from .making import ANNA, BODIES, IVAN, all_made, made


@pytest.mark.parametrize("kind", BODIES)
async def test_create_read_replace_delete(client, bearer, kind):
    if kind not in ("users", "contacts", "accounts"):
        await made(client, bearer(), "users")
    item = await made(client, bearer(), kind)
    path = f"/v1/{kind}/{item['id']}"
    read = await client.get(path, headers=bearer())
    assert (read.json(), read.headers["etag"]) == (item, '"1"')
    body = {name: value for name, value in BODIES[kind].items() if name != "id"}
    field = next(name for name in ("name", "login", "extension", "pbx") if name in body)
    replaced = await client.put(path, json=body | {field: "other"}, headers=bearer(**{"If-Match": '"1"'}))
    assert (replaced.status_code, replaced.headers["etag"]) == (200, '"2"'), replaced.text
    assert replaced.json()[field] == "other"
    assert (await client.delete(path, headers=bearer(**{"If-Match": '"1"'}))).status_code == 412
    assert (await client.delete(path, headers=bearer(**{"If-Match": '"2"'}))).status_code == 204
    assert (await client.get(path, headers=bearer())).status_code == 404


async def test_of_two_who_change_the_same_the_second_is_told(client, bearer):
    item = await made(client, bearer(), "contacts")
    path, both = f"/v1/contacts/{item['id']}", bearer(**{"If-Match": '"1"'})
    assert (await client.put(path, json=IVAN | {"job": "Head"}, headers=both)).status_code == 200
    late = await client.put(path, json=IVAN | {"job": "Clerk"}, headers=both)
    assert (late.status_code, late.headers["content-type"]) == (412, "application/problem+json")
    assert "version 2, no longer at 1" in late.json()["detail"]
    assert (await client.get(path, headers=bearer())).json()["job"] == "Head"
    assert (await client.put(path, json=IVAN, headers=bearer())).status_code == 428
    assert (await client.delete(path, headers=bearer())).status_code == 428
    assert (await client.put(path, json=IVAN, headers=bearer(**{"If-Match": "*"}))).status_code == 412


async def test_users_are_found_by_a_part_of_their_name_or_their_id(client, bearer):
    for user, name in (("u1", "Анна Петрова"), ("u2", "Boris 100%"), ("u3", "Joanna Smith")):
        await made(client, bearer(), "users", id=user, name=name)
    for text, found in (("анна", ["u1"]), ("ANNA", ["u3"]), ("0%", ["u2"]), ("u2", ["u2"]), ("u", []), ("", [1, 2, 3])):
        page = (await client.get("/v1/users", params={"text": text}, headers=bearer())).json()
        assert [each["id"] for each in page["items"]] == (found if text else ["u1", "u2", "u3"]), text
    first = (await client.get("/v1/users", params={"text": "n", "limit": 1}, headers=bearer())).json()
    assert [each["id"] for each in first["items"]] == ["u3"]
    # What has no name has none of that text.
    assert (await client.get("/v1/extensions", params={"text": "x"}, headers=bearer())).json()["items"] == []


async def test_pages_are_whole_and_do_not_shift(client, bearer):
    for number in range(7):
        await made(client, bearer(), "users", id=f"u{number}")
    first = (await client.get("/v1/users", params={"limit": 3}, headers=bearer())).json()
    await made(client, bearer(), "users", id="u0a")
    seen, cursor = first["items"], first["next"]
    while cursor:
        page = (await client.get("/v1/users", params={"limit": 3, "cursor": cursor}, headers=bearer())).json()
        seen, cursor = seen + page["items"], page["next"]
    assert [each["id"] for each in seen] == [f"u{number}" for number in range(7)]


async def test_filters(client, bearer):
    await made(client, bearer(), "users")
    await made(client, bearer(), "users", id="102")
    await made(client, bearer(), "extensions")
    await made(client, bearer(), "extensions", user_id="102", extension="102", valid_from="2026-01-01T00:00:00Z")
    found = (await client.get("/v1/extensions", params={"user_id": "102"}, headers=bearer())).json()["items"]
    assert [(each["extension"], each["valid_from"]) for each in found] == [("102", "2026-01-01T00:00:00Z")]
    await made(client, bearer(), "contacts")
    for name, count in (("c-1", 1), ("c-2", 0)):
        found = (await client.get("/v1/contacts", params={"external_id": name}, headers=bearer())).json()["items"]
        assert len(found) == count


@pytest.mark.parametrize(
    ("kind", "changes", "status", "word"),
    [
        ("users", {"id": "a.b"}, 400, "id"),
        ("users", {"id": "a\n"}, 400, "subject"),
        ("users", {"roles": ["king"]}, 400, "roles"),
        ("users", {"name": ""}, 400, "name"),
        ("users", {"name": "a\0b"}, 422, "user"),
        ("users", {"active": 1}, 400, "active"),
        ("users", {"photo_url": "data:image/png;base64,AAAA"}, 400, "photo_url"),
        ("contacts", {"photo_url": "/photos/1.jpg"}, 400, "photo_url"),
        ("contacts", {"photo_url": "https://anna:secret@crm.example/1.jpg"}, 400, "photo_url"),
        ("employees", {"photo_url": "https://crm.example/1.jpg\n"}, 400, "photo_url"),
        ("accounts", {"photo_url": "https://crm.example/" + "x" * 500}, 400, "photo_url"),
        ("extensions", {"user_id": "nobody"}, 409, "users"),
        ("extensions", {"valid_from": "2026-02-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"}, 422, "valid_to"),
        ("extensions", {"valid_from": 5}, 400, "valid_from"),
        ("extensions", {"valid_from": "2026-02-01T00:00:00"}, 400, "offset"),
        ("web-phones", {"url": "https://pbx.example/ws"}, 400, "url"),
        ("web-phones", {"url": "wss://:8089/ws"}, 400, "url"),
        ("web-phones", {"url": "wss://pbx.example/ws\n"}, 400, "space"),
        ("web-phones", {"uri": "101"}, 400, "uri"),
        ("web-phones", {"kind": "h323"}, 400, "kind"),
        ("web-phones", {"stun": "pbx.example"}, 400, "stun"),
        ("web-phones", {"user_id": "nobody"}, 409, "users"),
        ("contacts", {"account_id": "nobody"}, 409, "account"),
        ("contacts", {"communications": [{"kind": "pigeon", "value": "x"}]}, 400, "communications"),
    ],
)
async def test_bad_bodies_are_answered_in_words(client, bearer, kind, changes, status, word):
    if kind != "users":
        await made(client, bearer(), "users")
    answer = await client.post(f"/v1/{kind}", json=BODIES[kind] | changes, headers=bearer())
    problem = msgspec.json.decode(answer.content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert word in problem["detail"]


async def test_one_in_the_way_is_a_conflict(client, bearer):
    await all_made(client, bearer())
    for kind in ("users", "contacts", "credentials", "web-phones"):
        answer = await client.post(f"/v1/{kind}", json=BODIES[kind], headers=bearer())
        assert answer.status_code == 409, (kind, answer.text)
    answer = await client.delete("/v1/users/101", headers=bearer(**{"If-Match": '"1"'}))
    assert answer.status_code == 409
    assert "still referenced" in answer.json()["detail"]


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"cursor": "%%%"}, {"cursor": "AA"}])
async def test_bad_pages(client, bearer, params):
    status = 422 if "cursor" in params else 400
    assert (await client.get("/v1/users", params=params, headers=bearer())).status_code == status
    assert (await client.get("/v1/audit", params=params, headers=bearer())).status_code == status


async def test_an_id_in_any_script_has_a_place(client, bearer):
    answer = await client.post("/v1/users", json=ANNA | {"id": "Анна/1"}, headers=bearer())
    assert (answer.status_code, answer.headers["location"]) == (201, "/v1/users/%D0%90%D0%BD%D0%BD%D0%B0%2F1")


async def test_every_change_is_in_the_audit(client, bearer):
    item = await made(client, bearer(user="anna"), "contacts")
    path = f"/v1/contacts/{item['id']}"
    await client.put(path, json=IVAN | {"job": "Head"}, headers=bearer(user="boris", **{"If-Match": '"1"'}))
    await client.delete(path, headers=bearer(user="clara", **{"If-Match": '"2"'}))
    found, cursor = [], None
    while True:
        params = {"entity": "contact", "entity_id": item["id"], "limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/audit", params=params, headers=bearer())).json()
        found, cursor = found + page["items"], page["next"]
        if cursor is None:
            break
    assert [(each["action"], each["actor"]) for each in found] == [
        ("deleted", "clara"), ("updated", "boris"), ("created", "anna"),
    ]  # fmt: skip
    assert (found[2]["before"], found[2]["after"]) == (None, item)
    assert (found[1]["before"], found[1]["after"]["job"]) == (item, "Head")
    assert (found[0]["before"]["job"], found[0]["after"]) == ("Head", None)


async def test_agent_states_with_a_tenants_own_in_their_place(client, bearer, pool):
    items = (await client.get("/v1/agent-states", headers=bearer("operator"))).json()["items"]
    assert len(items) == len(CATALOGUE)
    await pool.execute(
        "INSERT INTO directory.agent_states VALUES ('acme', 'oktell', 'break', 'Обед', false, '{}', 0),"
        "('rival', 'oktell', 'dnd', 'Nein', false, '{}', 0)"
    )
    found = (await client.get("/v1/agent-states", params={"pbx_kind": "oktell"}, headers=bearer())).json()["items"]
    assert {each["code"]: each["name"] for each in found} == {
        "ready": "Ready", "dnd": "Do not disturb", "break": "Обед",
    }  # fmt: skip
    finesse = (await client.get("/v1/agent-states", params={"pbx_kind": "finesse"}, headers=bearer())).json()["items"]
    assert next(each for each in finesse if each["code"] == "NOT_READY")["reasons"]["3"] == "Coffee"
    assert {each["code"] for each in finesse if not each["display_only"]} == {"READY", "NOT_READY"}


async def test_a_database_that_is_away_is_no_error_of_ours(client, bearer, pool):
    await pool.close()
    for path in ("/v1/users", "/v1/identify?number=1", "/v1/numbering"):
        answer = await client.get(path, headers=bearer())
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert int(answer.headers["retry-after"]) > 0
