"""The simulated new engine over a real WebSocket: the order of frames, refusals, and a call as its user hears it."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from cti_simulators.scenario import parse
from cti_simulators.webitel.new import WebitelNewServer, token_of
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

DEADLINE_S = 30.0


class Phone:
    """A client that counts its requests as the SDK does."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._seq = 0

    async def frame(self):
        async with asyncio.timeout(DEADLINE_S):
            return json.loads(await self._socket.recv())

    async def send(self, action: str, data: object = None) -> int:
        self._seq += 1
        body = {"seq": self._seq, "action": action} | ({} if data is None else {"data": data})
        await self._socket.send(json.dumps(body))
        return self._seq

    async def ask(self, action: str, data: object = None):
        seq = await self.send(action, data)
        while (frame := await self.frame()).get("seq_reply") != seq:
            pass
        return frame

    async def calls(self, count: int) -> list[dict]:
        found = []
        while len(found) < count:
            frame = await self.frame()
            if frame.get("event") == "call":
                found.append(frame["data"]["call"])
        return found


@asynccontextmanager
async def phone(number: str = "101"):
    server = WebitelNewServer()
    await server.start()
    try:
        async with connect(server.url) as socket:
            client = Phone(socket)
            if number:
                await client.send("authentication_challenge", {"token": token_of(number)})
                hello, reply = await client.frame(), await client.frame()
                assert (hello["event"], hello["seq"], hello["data"]["ping_interval"]) == ("hello", 0, 30_000)
                assert hello["data"]["session"]["user_id"] == 11
                assert reply == {"status": "OK", "seq_reply": 1}
            yield server, client
    finally:
        await server.stop()


async def test_a_call_is_told_to_the_called_user_leg_by_leg():
    async with phone() as (server, client):
        await client.ask("subscribe_call")
        text = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers; 101 holds; 101 retrieves'
        async with asyncio.timeout(DEADLINE_S):
            await server.perform(parse(text + "; 101 sends 5; c1 hangs up"))
        heard = await client.calls(7)
        assert [each["event"] for each in heard] == [
            "ringing",
            "progress",
            "active",
            "hold",
            "active",
            "dtmf",
            "hangup",
        ]
        ringing, hangup = heard[0], heard[-1]
        assert (ringing["user_id"], ringing["domain_id"], ringing["app_id"]) == ("11", "1", "fs-1")
        assert isinstance(ringing["timestamp"], str)
        said = ringing["data"]
        assert (said["direction"], said["destination"]) == ("inbound", "74950000101")
        assert said["from"] == {"type": "dest", "number": "79161234567", "name": "Ivan", "id": ""}
        assert said["to"] == {"type": "user", "number": "101", "name": "User 101", "id": "11"}
        assert said["parent_id"] != ringing["id"]
        assert (hangup["data"]["cause"], hangup["data"]["hangup_by"]) == ("NORMAL_CLEARING", "A")


async def test_the_list_shows_what_lives_even_if_call_events_stopped():
    async with phone() as (server, client):
        assert (await client.ask("subscribe_call"))["data"] == {"items": []}
        server.forget_bindings()
        async with asyncio.timeout(DEADLINE_S):
            await server.perform(parse("101 calls 102; 102 rings; 102 answers; 101 holds"))
        [item] = (await client.ask("call_by_user"))["data"]["items"]
        assert (item["state"], item["direction"], item["hangup_at"], item["task"]) == ("hold", "outbound", 0, None)
        assert 0 < item["created_at"] <= item["answered_at"] <= item["bridged_at"]
        assert item["to"]["number"] == "102"
        assert (await client.ask("ping", {"ping": 1}))["data"]["pong"] == 1


@pytest.mark.parametrize(
    ("action", "data", "id", "code"),
    [
        ("ping", None, "api.web_socket_router.not_authenticated.app_error", 500),
        ("authentication_challenge", {"token": "wrong"}, "api.context.session_expired.app_error", 401),
        ("", None, "api.web_socket_router.no_action.app_error", 400),
    ],
)
async def test_what_is_refused_before_the_log_in(action, data, id, code):
    async with phone("") as (_, client):
        reply = await client.ask(action, data)
        assert (reply["status"], reply["error"]["id"], reply["error"]["code"]) == ("FAIL", id, code)


async def test_a_token_that_is_no_text_ends_the_connection_and_an_unknown_action_does_not():
    async with phone() as (_, client):
        assert (await client.ask("call_answer"))["error"]["id"] == "api.web_socket_router.bad_action.app_error"
    async with phone("") as (_, client):
        await client.send("authentication_challenge", {"token": 7})
        with pytest.raises(ConnectionClosed):
            await client.frame()


async def test_faults():
    async with phone() as (server, client):
        await client.ask("subscribe_call")
        server.faults.repeat = server.faults.swap = True
        async with asyncio.timeout(DEADLINE_S):
            await server.perform(parse("101 calls 3000; 101 hangs up"))
        heard = await client.calls(6)
        assert sorted(each["event"] for each in heard) == sorted(["ringing", "active", "hangup"] * 2)
        server.faults.errors["ping"] = {"id": "x", "code": 500}
        assert (await client.ask("ping"))["error"]["id"] == "x"
        server.expire("101")
        last = await client.frame()
        assert (last["event"], last["data"]["error"]["code"]) == ("error", 401)
        server.cut()
        with pytest.raises(ConnectionClosed):
            await client.frame()
