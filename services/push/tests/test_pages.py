"""What is served beside the sockets: the panel, and the journal's and the directory's resources passed on."""

import asyncio
import json

import httpx
import pytest

from .client import http


async def test_the_panel_is_served_with_headers_that_forbid_foreign_scripts(pushing):
    async with (
        pushing(web_phone_sockets=["wss://pbx.example:8089"], photo_origins=["https://crm.example"]) as port,
        http(port) as client,
    ):
        assert (await client.head("/")).status_code == 200
        page = await client.get("/")
        assert page.status_code == 200
        assert "<cti-panel" in page.text
        policy = page.headers["content-security-policy"].split("; ")
        assert "default-src 'self'" in policy
        assert "connect-src 'self' wss://pbx.example:8089" in policy
        assert "img-src 'self' data: https://crm.example" in policy
        module = await client.get("/cti-panel.js")
        assert module.headers["content-type"].startswith(("text/javascript", "application/javascript"))
        assert (await client.get("/../settings.py")).status_code == 404


async def test_a_page_of_a_named_origin_may_ask_and_no_other(pushing):
    ours, theirs = "https://crm.example", "https://crm.example.evil"
    token = {"Authorization": "Bearer t"}
    asks = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization, if-match"}
    async with pushing(origins=[ours]) as port, http(port) as client:
        for path in ("/v1/view", "/v1/events", "/v1/calls", "/v1/records/r/note", "/cti-model.js"):
            answer = await client.get(path, headers=token | {"Origin": ours})
            assert answer.headers["access-control-allow-origin"] == ours, path
            assert "origin" in answer.headers["vary"].lower()
            assert "etag" in answer.headers["access-control-expose-headers"].lower()
            assert "access-control-allow-credentials" not in answer.headers
            refused = await client.get(path, headers=token | {"Origin": theirs})
            assert "access-control-allow-origin" not in refused.headers
        may = await client.options("/v1/records/r/note", headers={"Origin": ours, **asks})
        assert (may.status_code, may.headers["access-control-allow-origin"]) == (204, ours)
        assert {"authorization", "if-match"} <= {*may.headers["access-control-allow-headers"].lower().split(", ")}
        assert "PUT" in may.headers["access-control-allow-methods"]
        may_not = await client.options("/v1/records/r/note", headers={"Origin": theirs, **asks})
        assert "access-control-allow-origin" not in may_not.headers
    async with pushing() as port, http(port) as client:
        answer = await client.get("/v1/view", headers=token | {"Origin": ours})
        assert "access-control-allow-origin" not in answer.headers


async def test_journal_and_directory_are_passed_on_or_their_absence_said(pushing):
    async def upstream(reader, writer):
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        if "content-length" in asked.lower():
            written.append((asked.lower().count('if-match: "3"'), await reader.readexactly(12)))
        body = json.dumps({"asked": asked.splitlines()[0], "token": "authorization: bearer t" in asked.lower()})
        writer.write(
            f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    written = []
    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    headers = {"Authorization": "Bearer t"}
    async with (
        server,
        pushing(journal_url=address, directory_url=address) as port,
        http(port) as client,
    ):
        answer = (await client.get("/v1/calls", params={"limit": 3, "number": "+7"}, headers=headers)).json()
        assert answer == {"asked": "GET /v1/calls?limit=3&number=%2B7 HTTP/1.1", "token": True}
        answer = (await client.get("/v1/calls/a%3Fb", headers=headers)).json()
        assert answer["asked"] == "GET /v1/calls/a%3Fb HTTP/1.1"
        changed = {**headers, "If-Match": '"3"', "Content-Type": "application/json"}
        answer = await client.put("/v1/records/r1/note", content=b'{"note":"x"}', headers=changed)
        assert answer.json()["asked"] == "PUT /v1/records/r1/note HTTP/1.1"
        assert written == [(1, b'{"note":"x"}')]
        answer = (await client.get("/v1/search", params={"name": "ива"}, headers=headers)).json()
        assert answer == {"asked": "GET /v1/search?name=%D0%B8%D0%B2%D0%B0 HTTP/1.1", "token": True}
        answer = (await client.get("/v1/web-phone", headers=headers)).json()
        assert answer == {"asked": "GET /v1/web-phone HTTP/1.1", "token": True}
        for other in (
            "/v1/credentials",
            "/v1/web-phones",
            "/v1/audit",
            "/v1/users/1",
            "/v1/calls/a/b",
            "/v1/erasures",
            "/v1/",
        ):
            assert (await client.get(other, headers=headers)).status_code == 404
        server.close()
        await server.wait_closed()
        for path in ("/v1/calls", "/v1/search"):
            gone = await client.get(path, headers=headers)
            assert (gone.status_code, gone.headers["content-type"]) == (502, "application/problem+json")


async def test_a_long_answer_flows_through_and_its_other_end_is_closed_when_the_browser_goes(pushing):
    """An export or a sound: nothing is collected, parts can be asked for."""
    taken, left = asyncio.Event(), asyncio.Event()
    asked: list[str] = []

    async def upstream(reader, writer):
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(
            b"HTTP/1.1 206 Partial Content\r\ncontent-type: audio/wav\r\ncontent-range: bytes 5-99/100\r\n"
            b"accept-ranges: bytes\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n"
        )
        await writer.drain()
        await taken.wait()
        writer.write(b"6\r\nsecond\r\n")
        await writer.drain()
        assert await reader.read() == b""
        left.set()
        writer.close()

    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, pushing(journal_url=address) as port, http(port) as client, asyncio.timeout(60):
        headers = {"Authorization": "Bearer t", "Range": "bytes=5-", "Accept-Encoding": "identity"}
        async with client.stream("GET", "/v1/recordings/r/sound", headers=headers) as answer:
            assert (answer.status_code, answer.headers["content-range"]) == (206, "bytes 5-99/100")
            assert answer.headers["accept-ranges"] == "bytes"
            pieces = answer.aiter_raw()
            assert await anext(pieces) == b"first", "while the rest is not there yet"
            taken.set()
            assert await anext(pieces) == b"second"
        await left.wait()
    assert "range: bytes=5-" in asked[0]
    assert "accept-encoding: identity" in asked[0]


async def test_an_answer_that_breaks_off_is_seen_to_be_cut_short(pushing):
    async def upstream(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, pushing(journal_url=address) as port, http(port) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/v1/calls/export", headers={"Authorization": "Bearer t"})
