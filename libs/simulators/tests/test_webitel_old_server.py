"""The simulated old engine, spoken to as its client library does: log-in, a click-to-call, what it refuses."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
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


async def test_an_older_library_subscribes_by_another_name_and_may_stop():
    async with engine() as (pbx, client):
        await client.ask("auth", **AUTH)
        assert await client.ask("event", event="SE:CHANNEL_CREATE") == ("+OK", "+OK: subscribe SE:CHANNEL_CREATE")
        assert await client.ask("nixevent", event="SE:CHANNEL_CREATE") == ("+OK", "+OK: unsubscribe SE:CHANNEL_CREATE")
        assert await client.ask("show_channel", domain="demo.local") == ("+OK", {"row_count": 0})
        await pbx.perform(parse("101 calls 102; wait 100ms"))
        _, listed = await client.ask("show_channel", domain="demo.local")
        assert client.events == []
        assert listed["row_count"] == 2


async def test_a_recording_is_handed_out_with_key_and_token_in_headers_or_query():
    async with engine() as (pbx, client):
        pbx.archive.recording = True
        await client.ask("auth", **AUTH)
        assert await client.ask("cdr_get_record_link", uuid="x") == ("+OK", "+OK: Not found.")
        await pbx.perform(parse("101 calls 102; 102 rings; 102 answers; 101 hangs up after 200ms"))
        async with asyncio.timeout(DEADLINE_S):
            while not pbx.archive.files:
                await asyncio.sleep(0.01)
        [uid] = pbx.archive.files
        complete, link = await client.ask("cdr_get_record_link", uuid=uid)
        assert (complete, urlsplit(link).path) == ("+OK", f"/api/v2/files/{uid}")
        query = parse_qs(urlsplit(link).query)
        headers = {"X-Key": query["x_key"][0], "X-Access-Token": query["access_token"][0]}
        bare = link.partition("?")[0]
        async with httpx.AsyncClient() as web:
            got = [await web.get(link), await web.get(bare, headers=headers), await web.get(bare)]
            part = await web.get(bare, headers=headers | {"Range": "bytes=0-3"})
            beyond = await web.get(bare, headers=headers | {"Range": "bytes=9999999-"})
            nothing = await web.get(bare.replace(uid, "x"), headers=headers)
        assert [each.status_code for each in (*got, part, beyond, nothing)] == [200, 200, 401, 206, 416, 404]
        assert got[0].content == got[1].content == pbx.archive.files[uid]
        assert part.content == got[0].content[:4]


async def test_a_presence_is_said_in_two_ways():
    async with engine() as (pbx, client):
        await client.ask("auth", **AUTH)
        for value in ("ONBREAK Lunch", "ONBREAK('Lunch')"):
            about = {"user": "101@demo.local", "param": "status"}
            await client.ask("api account change", **about, value="ONHOOK")
            assert await client.ask("api account change", **about, value=value) == ("+OK", "+OK\n")
            mine = pbx.engine.users.accounts["101"]
            assert (mine.status, mine.descript) == ("ONBREAK", "Lunch")
