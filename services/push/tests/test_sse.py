"""Server-sent events: the same sessions for clients without a WebSocket."""

import asyncio

import pytest

from .client import http
from .conftest import CALL, DEADLINE_S, token


async def test_server_sent_events_say_the_same(pushing, tell):
    async with pushing() as port, http(port) as client:
        headers = {"Authorization": f"Bearer {token()}"}
        async with client.stream("GET", "/v1/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.aiter_lines()
            assert await anext(lines) == "event: welcome"
            await tell(CALL)
            seen = []
            async with asyncio.timeout(DEADLINE_S):
                async for line in lines:
                    if line.startswith("id: "):
                        seen.append(line[4:])
                    if '"callFinished"' in line:
                        break
        epoch, last = seen[-1].rsplit(":", 1)
        assert int(last) >= 4
        headers["Last-Event-ID"] = f"{epoch}:1"
        async with client.stream("GET", "/v1/events", headers=headers) as answer:
            body = ""
            async with asyncio.timeout(DEADLINE_S):
                async for chunk in answer.aiter_text():
                    body += chunk
                    if f"id: {epoch}:{last}\n" in body and body.count('"replay":true') == int(last) - 1:
                        break
        assert '"recovered":true' in body


@pytest.mark.parametrize("params", [{}, {"access_token": "x"}])
async def test_server_sent_events_need_a_token(pushing, params):
    async with pushing() as port, http(port) as client:
        assert (await client.get("/v1/events", params=params)).status_code == 401
