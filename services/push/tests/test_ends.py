"""However a session ends, it leaves nothing that only a garbage collection finds, for which the process would stand."""

import asyncio
import gc
from collections.abc import Iterator

import pytest
from push.gateway.closing import Close
from push.gateway.hub import Mailbox
from push.gateway.session import Session
from push.transports.compression import CompressingProtocol

from .client import Client, Dial, http
from .conftest import DEADLINE_S, token, until
from .test_tms import browsers

KEPT = (Session, Mailbox, CompressingProtocol)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing goes but what is let go of."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left() -> list[str]:
    return [type(each).__name__ for each in gc.get_objects() if type(each) in KEPT]


async def cut(client: Client) -> None:
    client.socket.transport.abort()


async def leave(client: Client) -> None:
    await client.socket.close()


async def flood(client: Client) -> None:
    for _ in range(200):
        await client.say("pong")
    assert (await client.closed())[0] == Close.FLOOD


@pytest.mark.parametrize("end", [cut, leave, flood])
@pytest.mark.usefixtures("uncollected")
async def test_a_session_that_is_over_is_gone(pushing, end):
    async with pushing() as port:
        clients = [(await Dial(port)())[0] for _ in range(3)]
        assert left().count("Session") == len(clients)
        for client in clients:
            await end(client)
        await until(lambda: not left(), 20)


@pytest.mark.usefixtures("uncollected")
async def test_so_is_one_that_was_never_let_in(pushing):
    async with pushing() as port:
        for hello in ("nonsense", '{"type": "hello", "token": "a.b.c"}'):
            client = await Dial(port).raw()
            await client.socket.send(hello)
            await client.closed()
        await until(lambda: not left(), 20)


@pytest.mark.usefixtures("uncollected")
async def test_so_is_a_stream_of_events(pushing):
    async with pushing() as port, http(port) as client, asyncio.timeout(DEADLINE_S):
        for user in ("101", "102"):
            headers = {"Authorization": f"Bearer {token(user)}"}
            async with client.stream("GET", "/v1/events", headers=headers) as answer:
                assert await anext(answer.aiter_lines()) == "event: welcome"
                assert left().count("Session") == 1
            await until(lambda: not left(), 20)


@pytest.mark.usefixtures("uncollected")
async def test_so_is_one_of_the_other_protocol(pushing):
    async with pushing() as port:
        async with browsers(port) as [page]:
            await page.enter()
            await page.send("CloseConnection")
            assert await page.closed() == Close.DONE
        await until(lambda: not left(), 20)
