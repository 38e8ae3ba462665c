"""Who reaches what: another tenant nothing, others than administrators only what is for reading."""

import pytest
from cti_devstack.walking import answers_to_cursors_of_another

from .making import all_made, asked, everything, made, requests_of

TWO = {
    "users": ({}, {"id": "102"}),
    "extensions": ({}, {"extension": "102"}),
    "contacts": ({}, {"external_id": "c-2"}),
    "accounts": ({}, {}),
    "employees": ({}, {}),
    "credentials": ({}, {"pbx": "webitel"}),
    "web-phones": ({}, {"user_id": "102"}),
}


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


async def test_a_genuine_cursor_of_another_tenant_is_a_place_among_ones_own(client, bearer, pool):
    for kind, body in TWO.items():
        for tenant in ("acme", "rival"):
            for changes in body:
                await made(client, bearer(tenant=tenant), kind, **changes)
    document, walked = client._transport.app.openapi_schema.to_schema(), []
    async for path, first, answer in answers_to_cursors_of_another(client, document, bearer(), bearer(tenant="rival")):
        walked.append(path)
        assert answer.status_code == 200, (path, answer.text)
        assert [each for each in answer.json()["items"] if each not in first.json()["items"]] == [], path
    assert len(walked) == len(TWO) + 1, "the audit is one, too"


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
