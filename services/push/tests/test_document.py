"""push's HTTP routes do what their OpenAPI document says, whatever they are asked."""

import asyncio

import httpx
import msgspec
import pytest
from cti_devstack.contract import disagreements
from push.openapi import rendered

from .conftest import DEADLINE_S, token


@pytest.mark.timeout(300)
async def test_whatever_is_asked_is_answered_as_the_document_says(pushing, tmp_path):
    headers = {"Authorization": f"Bearer {token('101', roles=('admin',))}"}
    # 400, 429, 503: a verb without what it needs, a budget, and no connector have nothing to do with the form.
    async with pushing() as port:
        told = await asyncio.to_thread(
            disagreements,
            f"http://127.0.0.1:{port}", headers, tmp_path,
            examples=5, refused=(400, 429, 503), without=("/v1/events",),
        )  # fmt: skip
    assert told == ""


async def test_what_is_served_is_what_is_written_down_but_for_the_sign_in_that_is_not_there(pushing):
    async with pushing() as port, httpx.AsyncClient(timeout=DEADLINE_S) as client:
        served = (await client.get(f"http://127.0.0.1:{port}/schema/openapi.json")).json()
    written = msgspec.json.decode(rendered())
    assert written["paths"].keys() - served["paths"].keys() == {"/v1/login", "/v1/login/renew"}
    assert {**written["paths"], **served["paths"]} == written["paths"]


async def test_no_route_is_left_out(pushing):
    """A method that the document does not know is refused by every path of it, with those that it does."""
    document = msgspec.json.decode(rendered())
    async with pushing() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as client:
        for path, methods in document["paths"].items():
            if not path.startswith("/v1/login"):
                refused = await client.request("DELETE", path)
                assert refused.status_code == 405
                assert set(refused.headers["allow"].lower().split(", ")) - {"options"} == set(methods), path
