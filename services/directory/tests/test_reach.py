"""Who reaches what: another tenant nothing, others than administrators only what is for reading."""

import pytest

from .making import all_made, asked, everything, requests_of


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
