"""The HTTP API over real rows."""

import csv
import io
import itertools

import httpx
import msgspec
import pytest
from cti_model.directory import Match
from directory.agent_states import CATALOGUE
from directory.api.app import api
from directory.identify import Rules
from directory.lookup import Lookup
from directory.store.directory import Change
from directory.store.planning import lookups
from directory.store.secrets import own_web_phone, seal_anew, secret_of
from directory.vault import BadSecret, Vault

from .conftest import IDENTIFY, METRICS, OLD_KEY

NEW_KEY = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="
PHOTO = "https://crm.example/photos/1.jpg"
ANNA = {"id": "101", "name": "Anna", "roles": ["operator"], "photo_url": PHOTO}
IVAN = {
    "name": "Ivan Petrov",
    "external_id": "c-1",
    "photo_url": PHOTO,
    "communications": [{"value": "8 916 123-45-67", "label": "mobile"}],
}
BODIES = {
    "users": ANNA,
    "extensions": {"user_id": "101", "pbx": "asterisk", "extension": "101"},
    "contacts": IVAN,
    "accounts": {"name": "Ромашка", "city": "Москва", "communications": [{"value": "+7 495 739-70-00"}]},
    "employees": {"name": "Boris", "department": "Sales", "user_id": "101", "communications": [{"value": "102"}]},
    "credentials": {"user_id": "101", "pbx": "oktell", "login": "anna", "secret": "s3cr3t-of-anna"},
    "web-phones": {
        "user_id": "101",
        "pbx": "asterisk",
        "kind": "sip",
        "url": "wss://pbx.example:8089/ws",
        "uri": "sip:101@pbx.example",
        "secret": "s3cr3t-of-the-phone",
    },
}


async def made(client: httpx.AsyncClient, headers: dict[str, str], kind: str, **changes: object) -> dict:
    answer = await client.post(f"/v1/{kind}", json=BODIES[kind] | changes, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/{kind}/{answer.json()['id']}"
    return answer.json()


async def all_made(client, headers) -> dict[str, dict]:
    return {kind: await made(client, headers, kind) for kind in BODIES}


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


def requests_of(client: httpx.AsyncClient, items: dict[str, dict]):
    """Every operation of the API with the path of something that is there; what reads comes first."""
    paths = client._transport.app.openapi_schema.to_schema()["paths"]
    for method in ("get", "put", "delete", "post"):
        for path in (each for each in paths if method in paths[each]):
            kind = path.split("/")[2]
            yield method, path.replace("{entity_id}", items.get(kind, {}).get("id", "")), kind


async def asked(client, method, path, kind, headers):
    body = {name: value for name, value in BODIES.get(kind, {}).items() if method == "post" or name != "id"}
    if kind == "numbering":
        body = {"region": "DE", "search_number_length": 7, "internal_number_length": 4}
    content = {"content": b"external_id,name\nx,X\n"} if path.endswith("import") else {"json": body}
    params = {"number": "89161234567"} if kind == "identify" else {"name": "Ivan"} if kind == "search" else {}
    return await client.request(
        method, path, headers=headers, params=params, **(content if method in ("put", "post") else {})
    )


async def test_another_tenant_reaches_nothing_by_any_endpoint(client, bearer, pool):
    items = await all_made(client, bearer())
    before = await everything(pool)
    ids = {item["id"] for item in items.values()}
    words = {"Ivan Petrov", "Ромашка", "Boris", "Anna", "anna", *ids}
    tried = 0
    for method, path, kind in requests_of(client, items):
        rival = bearer(tenant="rival", user="101", **{"If-Match": '"1"'})
        answer = await asked(client, method, path, kind, rival)
        tried += 1
        assert answer.status_code < 500, (method, path, answer.text)
        if path.endswith(tuple(ids)):
            assert answer.status_code == 404, (method, path, answer.text)
        elif method == "get":
            assert answer.status_code == (404 if kind == "web-phone" else 200)
            assert not [word for word in words if word in answer.text], (method, path)
    assert tried > 30
    assert await everything(pool) == before


async def everything(pool) -> dict[str, list]:
    tables = (
        "users",
        "extensions",
        "subscribers",
        "communications",
        "name_words",
        "credentials",
        "web_phones",
        "numbering",
        "audit",
    )
    return {
        table: sorted(map(repr, await pool.fetch(f"SELECT * FROM directory.{table} WHERE tenant = 'acme'")))
        for table in tables
    }


@pytest.mark.parametrize("roles", [("operator",), ("supervisor",), ("integrator",)])
async def test_only_administrators_write_others_read(client, bearer, pool, roles):
    items = await all_made(client, bearer())
    before = await everything(pool)
    for method, path, kind in requests_of(client, items):
        answer = await asked(client, method, path, kind, bearer(*roles, **{"If-Match": '"1"'}))
        hidden = method != "get" or kind in ("credentials", "web-phones", "audit")
        expected = 403 if hidden else 404 if kind == "web-phone" else 200  # the asker has none, others' are not theirs
        assert answer.status_code == expected, (method, path, answer.text)
    assert await everything(pool) == before


async def test_without_token_or_role_nothing(client, bearer):
    items = await all_made(client, bearer())
    for method, path, kind in requests_of(client, items):
        assert (await asked(client, method, path, kind, {})).status_code == 401
        assert (await asked(client, method, path, kind, bearer("guest"))).status_code == 403
    odd = await client.get("/v1/users", headers=bearer(tenant="a.b"))
    assert odd.status_code == 401


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


async def test_what_a_path_allows_is_told(client):
    for path, methods in (("/v1/users", "GET, OPTIONS, POST"), ("/v1/users/x", "DELETE, GET, OPTIONS, PUT")):
        assert (await client.options(path)).headers["allow"] == methods
        refused = await client.request("PATCH", path)
        assert (refused.status_code, set(refused.headers["allow"].split(", "))) == (405, set(methods.split(", ")))


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


@pytest.mark.parametrize("kind", ["credentials", "web-phones"])
async def test_a_secret_is_in_no_answer_no_row_and_no_log(client, bearer, pool, caplog, capfd, kind):
    await made(client, bearer(), "users")
    item = await made(client, bearer(), kind)
    path = f"/v1/{kind}/{item['id']}"
    again = BODIES[kind] | {"secret": "an0ther-secret"}
    answers = [
        await client.get(path, headers=bearer()),
        await client.get(f"/v1/{kind}", headers=bearer()),
        await client.put(path, json=again, headers=bearer(**{"If-Match": '"1"'})),
        await client.put(path, json=again, headers=bearer(**{"If-Match": '"1"'})),
        await client.put(path, json=again | {"pbx": ""}, headers=bearer(**{"If-Match": '"2"'})),
        await client.get("/v1/audit", headers=bearer()),
    ]
    assert [each.status_code for each in answers] == [200, 200, 200, 412, 400, 200]
    rows = repr(await everything(pool))
    told = "".join([*(each.text for each in answers), rows, caplog.text, *capfd.readouterr()])
    assert "s3cr3t" not in told
    assert "an0ther" not in told


async def test_secrets_are_sealed_anew_and_open_for_their_owner_alone(client, bearer, pool):
    await all_made(client, bearer())
    assert await secret_of(pool, Vault([OLD_KEY]), "rival", "101", "oktell") is None
    both = Vault([NEW_KEY, OLD_KEY])
    assert [await seal_anew(pool, both), await seal_anew(pool, both)] == [2, 0]
    new = Vault([NEW_KEY])
    assert await secret_of(pool, new, "acme", "101", "oktell") == ("anna", "s3cr3t-of-anna")
    assert (await own_web_phone(pool, new, Change("acme", "101"))).secret == "s3cr3t-of-the-phone"
    # The same user and PBX, in the other table: who may write rows there must not have it read out here.
    await pool.execute("UPDATE directory.credentials SET pbx = 'asterisk'")
    await pool.execute("UPDATE directory.web_phones SET sealed = (SELECT sealed FROM directory.credentials)")
    with pytest.raises(BadSecret):
        await own_web_phone(pool, new, Change("acme", "101"))
    unreadable = await client.get("/v1/web-phone", headers=bearer("operator", user="101"))
    assert (unreadable.status_code, unreadable.headers["content-type"]) == (409, "application/problem+json")


async def test_a_web_phone_is_read_with_its_secret_by_its_user_alone(client, bearer):
    items = await all_made(client, bearer())
    own = await client.get("/v1/web-phone", headers=bearer("operator", user="101"))
    assert (own.status_code, own.headers["cache-control"]) == (200, "no-store")
    assert own.json() == {
        "kind": "sip",
        "pbx": "asterisk",
        "url": "wss://pbx.example:8089/ws",
        "uri": "sip:101@pbx.example",
        "login": "",
        "secret": "s3cr3t-of-the-phone",
        "display_name": "Anna",
        "stun": [],
    }
    for others in (bearer("admin"), bearer("supervisor", user="102"), bearer("admin", tenant="rival", user="101")):
        assert (await client.get("/v1/web-phone", headers=others)).status_code == 404
    assert (await client.get("/v1/web-phone", headers=bearer("guest", user="101"))).status_code == 403
    audit = (await client.get("/v1/audit", params={"entity": "web_phone"}, headers=bearer())).json()["items"]
    told = [(each["action"], each["actor"], each["entity_id"]) for each in audit]
    assert told == [("read", "101", items["web-phones"]["id"]), ("created", "boss", items["web-phones"]["id"])]
    gone = {"name": "Anna", "active": False}
    assert (await client.put("/v1/users/101", json=gone, headers=bearer(**{"If-Match": '"1"'}))).status_code == 200
    assert (await client.get("/v1/web-phone", headers=bearer("operator", user="101"))).status_code == 404


async def test_without_a_key_no_secret_is_taken(pool, bearer):
    app = api(IDENTIFY, pool=pool)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://directory") as client:
        await made(client, bearer(), "users")
        answer = await client.post("/v1/credentials", json=BODIES["credentials"], headers=bearer())
        assert (answer.status_code, "secret_key" in answer.json()["detail"]) == (409, True)


async def test_identify(client, bearer):
    await all_made(client, bearer())
    await made(client, bearer(), "contacts", name="Jane", external_id=None, communications=[{"value": "+442071234567"}])

    async def who(number: str) -> list[tuple[str, str]]:
        answer = await client.get("/v1/identify", params={"number": number}, headers=bearer("operator"))
        assert answer.status_code == 200, answer.text
        return [(each["name"], each["match"]) for each in answer.json()["candidates"]]

    assert await who("+7 (916) 123-45-67") == [("Ivan Petrov", "e164"), ("Jane", "suffix")]
    assert await who("84957397000") == [("Ромашка", "e164")]
    assert await who("1234567") == [("Ivan Petrov", "suffix"), ("Jane", "suffix")]
    assert await who("102") == [("Boris", "digits")]
    assert await who("anonymous") == []
    assert await who("103") == []
    assert (await client.get("/v1/identify", headers=bearer())).status_code == 400


async def test_a_photo_is_told_with_its_person_and_goes_with_them(client, bearer, pool, caplog, capfd):
    kinds = {kind: await made(client, bearer(), kind) for kind in ("users", "contacts", "accounts", "employees")}
    assert {kind: each["photo_url"] for kind, each in kinds.items()} == {
        "users": PHOTO, "contacts": PHOTO, "accounts": "", "employees": "",
    }  # fmt: skip

    async def told(number: str) -> list[str | None]:
        answer = await client.get("/v1/identify", params={"number": number}, headers=bearer("operator"))
        return [each.get("photo_url") for each in answer.json()["candidates"]]

    async def found() -> list[str | None]:
        answer = await client.get("/v1/search", params={"name": "ivan"}, headers=bearer("operator"))
        return [each.get("photo_url") for each in answer.json()["by_name"]]

    assert (await told("+79161234567"), await told("84957397000"), await found()) == ([PHOTO], [None], [PHOTO])
    ivan = kinds["contacts"]
    text = f"external_id,name,phone,photo_url\nc-1,Ivan Petrov,8 916 123-45-67,{PHOTO}?v=2\nc-2,Olga,,photo.jpg\n"
    report = await imported(client, bearer(), text)
    assert (report["updated"], report["bad"][0]["line"], "photo_url" in report["bad"][0]["problem"]) == (1, 3, True)
    assert await told("+79161234567") == [PHOTO + "?v=2"]
    gone = await client.delete(f"/v1/contacts/{ivan['id']}", headers=bearer(**{"If-Match": '"2"'}))
    assert (gone.status_code, await told("+79161234567"), await found()) == (204, [], [])
    assert await pool.fetchval("SELECT count(*) FROM directory.subscribers WHERE photo_url <> ''") == 0
    assert "crm.example" not in caplog.text + "".join(capfd.readouterr())


async def test_the_best_match_is_found_among_many_that_end_alike(client, bearer, pool):
    item = await made(client, bearer(), "contacts")
    await pool.execute(
        "INSERT INTO directory.subscribers (tenant, id, kind, name, folded) "
        "SELECT 'acme', '!' || n, 'contact', 'A' || n, 'a' FROM generate_series(1, 1000) n"
    )
    await pool.execute(
        "INSERT INTO directory.communications SELECT 'acme', '!' || n, 0, 'phone', '', n || '1234567', n || '1234567', "
        "reverse(n || '1234567'), '' FROM generate_series(1, 1000) n"
    )
    answer = await client.get("/v1/identify", params={"number": "+79161234567"}, headers=bearer())
    found = answer.json()["candidates"]
    assert (found[0]["id"], len(found)) == (item["id"], 20)


async def test_search(client, bearer):
    await made(client, bearer(), "users")
    for name in ("Ёлкина Анна", "Müller, Jörg", "Ivan Petrov", "Petr Ivanov", "ООО «Петрович»"):
        await made(client, bearer(), "contacts", name=name, external_id=None)
    await made(client, bearer(), "employees", name="Иван Петрович")

    async def found(query: str) -> list[str]:
        answer = await client.get("/v1/search", params={"name": query}, headers=bearer("operator"))
        assert answer.status_code == 200, answer.text
        return [each["name"] for each in answer.json()["by_name"]]

    assert await found("елк") == ["Ёлкина Анна"]
    assert await found("muller") == await found("JÖR") == ["Müller, Jörg"]
    assert await found("petr iv") == ["Ivan Petrov", "Petr Ivanov"]
    assert await found("петрович") == ["Иван Петрович", "ООО «Петрович»"]
    assert await found("etrov") == ["Ivan Petrov"], "the middle of a word, since no word begins so"
    assert await found("%%%abc") == []
    short = await client.get("/v1/search", params={"name": "iv"}, headers=bearer())
    assert (short.status_code, "3 letters" in short.json()["detail"]) == (422, True)
    number = await client.get("/v1/search", params={"name": "+7 (916) 123"}, headers=bearer())
    assert number.json()["by_name"] == []
    numbers = await client.get("/v1/search", params={"name": "123-45-67"}, headers=bearer())
    assert {each["match"] for each in numbers.json()["by_number"]} == {"suffix"}


CSV = "external_id,name,kind,phone,account,job\na1,Ромашка,account,+7 495 739-70-00,,\n"


async def imported(client, headers, text: str) -> dict:
    answer = await client.post("/v1/contacts/import", content=text.encode(), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


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


async def test_a_tenants_own_numbering(client, bearer):
    default = await client.get("/v1/numbering", headers=bearer())
    assert (default.json()["region"], default.headers["etag"]) == ("RU", '"0"')
    body = {"region": "DE", "search_number_length": 8, "internal_number_length": 2}
    changes = itertools.count()
    for version, status in (("0", 200), ("0", 412), ("1", 200), ("7", 412)):
        answer = await client.put("/v1/numbering", json=body, headers=bearer(**{"If-Match": f'"{version}"'}))
        assert answer.status_code == status, (next(changes), answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    await made(client, bearer(), "contacts", communications=[{"value": "030 1234567"}])
    answer = await client.get("/v1/identify", params={"number": "+49 30 1234567"}, headers=bearer())
    assert answer.json()["candidates"][0]["match"] == "e164"
    bad = await client.put("/v1/numbering", json=body | {"region": "XX"}, headers=bearer(**{"If-Match": '"2"'}))
    assert (bad.status_code, "XX" in bad.json()["detail"]) == (422, True)


async def test_rules_changed_at_another_instance_are_in_force_at_once(client, bearer, pool, postgres_dsn):
    await made(client, bearer(), "contacts", communications=[{"value": "+7 495 739-70-00"}])
    async with lookups(postgres_dsn, 2) as numbers:
        lookup = Lookup(numbers, Rules(), METRICS, None, 8)
        assert await lookup.candidates("acme", "withheld") == []
        assert [each.match for each in await lookup.candidates("acme", "+44 20 5739 7000")] == [Match.SUFFIX]
        for length, matches in ((9, []), (7, [Match.SUFFIX])):
            await pool.execute(
                "INSERT INTO directory.numbering AS n (tenant, region, search_number_length, internal_number_length) "
                "VALUES ('acme', 'RU', $1, 4) ON CONFLICT (tenant) DO UPDATE SET search_number_length = $1, "
                "version = n.version + 1",
                length,
            )
            found = await lookup.candidates("acme", "+44 20 5739 7000")
            assert [each.match for each in found] == matches
            assert [each.match for each in await lookup.candidates("acme", "8 495 7397000")] == [Match.E164]
            assert await lookup.candidates("rival", "8 495 7397000") == []


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
