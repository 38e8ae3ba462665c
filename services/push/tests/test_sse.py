"""Server-sent events: the same sessions for clients without a WebSocket."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx

from .client import http
from .conftest import CALL, DEADLINE_S, frame, token


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


async def test_server_sent_events_need_a_token(pushing):
    async with pushing() as port, http(port) as client:
        for params in ({}, {"access_token": "x"}):
            assert (await client.get("/v1/events", params=params)).status_code == 401


async def test_a_stream_ends_with_its_token_or_its_server_and_says_so_last(pushing, monkeypatch):
    """`EventSource` can set no header, so the token is in the address here."""
    real = time.time
    async with AsyncExitStack() as ending, asyncio.timeout(DEADLINE_S):
        async with pushing(ping_s=0.2) as port:
            client = await ending.enter_async_context(http(port))
            leaving = await opened(ending, client, token("101", lifetime_s=9000))
            expiring = await opened(ending, client, token("102", lifetime_s=50))
            assert (await anext(expiring))["type"] == "expiring"
            monkeypatch.setattr(time, "time", lambda: real() + 60)
            assert [each["code"] async for each in expiring if each["type"] != "ping"] == ["unauthorized"]
        told = [each async for each in leaving if each["type"] != "ping"]
        assert [each.get("code", each["type"]) for each in told] == ["moving", "resume"]


async def opened(ending: AsyncExitStack, client: httpx.AsyncClient, signed: str) -> AsyncIterator[dict]:
    """The frames of a stream after its welcome."""
    answer = await ending.enter_async_context(client.stream("GET", "/v1/events", params={"access_token": signed}))

    async def frames() -> AsyncIterator[dict]:
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield frame(line.removeprefix("data: "))

    told = frames()
    assert (await anext(told))["type"] == "welcome"
    return told
