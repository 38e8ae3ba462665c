"""The simulated old engine, spoken to as its client library does: log-in, a click-to-call, what it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cti_simulators.scenario import parse
from cti_simulators.webitel.old import Account, WebitelOldServer
from websockets.asyncio.client import ClientConnection, connect

DEADLINE_S = 60.0
AUTH = {"account": "101@demo.local", "secret": "pw"}


class Client:
    """One socket; keeps what came."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._asked = 0
        self.events: list[dict[str, Any]] = []

    async def send(self, name: str, **args: Any) -> str:
        self._asked += 1
        frame = {"exec-uuid": f"u{self._asked}", "exec-func": name, "exec-args": args}
        await self._socket.send(json.dumps(frame))
        return f"u{self._asked}"

    async def answer(self, uid: str) -> tuple[str, Any]:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                frame = json.loads(await self._socket.recv())
                if frame.get("exec-uuid") == uid:
                    return frame["exec-complete"], frame["exec-response"]
                self.events.append(frame)

    async def ask(self, name: str, **args: Any) -> tuple[str, Any]:
        return await self.answer(await self.send(name, **args))


@asynccontextmanager
async def engine(**settings: Any) -> AsyncIterator[tuple[WebitelOldServer, Client]]:
    pbx = WebitelOldServer({"101": Account("pw"), "102": Account("pw")}, speed=20, **settings)
    await pbx.start()
    try:
        async with connect(pbx.url) as socket:
            yield pbx, Client(socket)
    finally:
        await pbx.stop()


async def test_a_click_to_call_as_its_user_hears_it():
    async with engine() as (pbx, client):
        complete, who = await client.ask("auth", **AUTH)
        assert (complete, who["login"], who["domain"]) == ("+OK", "101@demo.local", "demo.local")
        assert await client.ask("login") == ("+OK", "+OK: logged: true")
        complete, listed = await client.ask("api account list", domain="demo.local")
        assert json.loads(listed["response"])["101"]["scheme"] == "account"
        asked = await client.send("call", extension="102", user="101@demo.local")
        async with asyncio.timeout(DEADLINE_S):
            await pbx.perform(parse("101 rings; 101 answers; 102 rings; 102 answers"))
        complete, said = await client.answer(asked)  # only when the own telephone was lifted
        mine = said.removeprefix("+OK ").strip()
        before = [each["Event-Name"] for each in client.events]
        assert (complete, before) == ("+OK", ["CHANNEL_CREATE", "CHANNEL_CALLSTATE", "CHANNEL_ANSWER"])
        assert await client.ask("hold", **{"channel-uuid": mine}) == ("+OK", "+OK Success\n")
        assert await client.ask("dtmf", **{"channel-uuid": mine, "digits": "5"}) == ("+OK", "+OK 5")
        assert await client.ask("hangup", **{"channel-uuid": mine}) == ("+OK", "+OK\n")
        names = [each["Event-Name"] for each in client.events]
        assert {each["Unique-ID"] for each in client.events} == {mine}  # never the other leg's
        assert {"CHANNEL_BRIDGE", "CHANNEL_HOLD", "DTMF"} <= set(names)
        assert client.events[0]["variable_w_jsclient_originate_number"] == "102"


async def test_what_it_refuses():
    async with engine() as (_, client):
        assert (await client.ask("show_channel"))[0] == "+ERR"
        complete, said = await client.ask("auth", account="101@demo.local", secret="wrong")
        assert (complete, said["login"]["status"]) == ("+ERR", 401)
        await client.ask("auth", **AUTH)
        assert await client.ask("cc ready") == ("+ERR", "cc ready - not found.")
        assert await client.ask("hold", **{"channel-uuid": "x"}) == ("-ERR", "-ERR No such channel!\n")
        assert await client.ask("subscribe", event="NOTHING") == ("-ERR", "-ERR: Event unregistered")


async def test_whoever_does_not_sign_in_is_told_so_and_cut_off():
    async with engine(auth_s=0.05) as (_, client):
        async with asyncio.timeout(DEADLINE_S):
            told = json.loads(await client._socket.recv())
        assert told == {"webitel-event-name": "account", "Event-Name": "DISCONNECT"}
