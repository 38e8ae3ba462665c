"""Secrets: sealed, in no answer, row or log; the web phone is read with its own by its user alone."""

import httpx
import pytest
from directory.api.app import api
from directory.store.directory import Change
from directory.store.secrets import own_web_phone, seal_anew, secret_of
from directory.vault import BadSecret, Vault

from .conftest import IDENTIFY, OLD_KEY
from .making import BODIES, all_made, everything, made

NEW_KEY = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU="


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
