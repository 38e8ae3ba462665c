"""What sessions say and hear beside their own calls: tokens, presence, watching, limits, drain."""

import asyncio
import json
import time
from collections.abc import Callable

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cti_bus import Bucket, Bus
from cti_model import subjects
from cti_model.presence import PresenceEntry, PresenceState, union
from jwt.algorithms import OKPAlgorithm
from push.gateway.closing import Close
from push.gateway.limits import Budget, Budgets
from websockets.exceptions import ConnectionClosed

from .client import Client, Dial
from .conftest import CALL, DEADLINE_S, TENANT, recorded, token

TRANSFER = recorded("j_attended_transfer")
BOSS = {"roles": ["supervisor"]}


async def test_a_token_ends_on_an_open_socket_unless_it_is_renewed(pushing, tell, monkeypatch):
    real = time.time
    async with pushing() as port:
        client, welcome = await Dial(port)(claims={"lifetime_s": 50})
        assert (await client.next("expiring"))["expires_at"] == welcome["expires_at"]
        await client.say("renew", token="a.b.c")
        assert (await client.next("error"))["code"] == "unauthorized"
        await client.say("renew", token=token(lifetime_s=600))
        renewed = await client.next("renewed")
        assert renewed["expires_at"] > welcome["expires_at"]
        # The end of the first token passes, the session does not.
        monkeypatch.setattr(time, "time", lambda: real() + 300)
        await tell(CALL)
        assert await client.next()
        monkeypatch.setattr(time, "time", lambda: real() + 601)
        await client.say("dance")
        assert await client.closed() == (Close.UNAUTHORIZED, "the token has expired")


async def test_the_token_of_another_ends_the_session(pushing):
    async with pushing() as port:
        for claims in ({"user": "102"}, {"tenant": "rival"}):
            client, _ = await Dial(port)()
            await client.say("renew", token=token(**claims))
            assert (await client.closed())[0] == Close.FORBIDDEN


async def test_a_supervisor_watches_others_from_a_snapshot_on(pushing, tell):
    async with pushing() as port:
        boss, _ = await Dial(port)("104", claims=BOSS)
        half = len(TRANSFER) // 2
        first, _ = await Dial(port)("101")
        await tell(TRANSFER[:half])
        while (await first.next())["version"] < 3:
            pass
        await boss.say("watch", users=["101", "102", "nobody"])
        watched = await boss.next("watched")
        assert set(watched["views"]) == {"101", "102", "nobody"}
        assert watched["views"]["101"]["view"]["calls"]
        assert watched["views"]["nobody"]["version"] == 0
        await tell(TRANSFER[half:])
        known = {user: each["version"] for user, each in watched["views"].items()}
        open_calls = {"101", "102"}
        while open_calls:
            update = await boss.next("watch_update")
            assert update["version"] == known[update["user"]] + 1
            known[update["user"]] = update["version"]
            if not update["view"].get("calls"):
                open_calls.discard(update["user"])
        await boss.say("unwatch")
        await boss.say("watch", users=["1.*"])
        assert (await boss.next("error"))["code"] == "bad_frame"
        await boss.say("watch", users=["103"])
        assert set((await boss.next("watched"))["views"]) == {"103"}


async def test_all_are_watched_and_newcomers_appear(pushing, tell):
    async with pushing() as port:
        boss, _ = await Dial(port)("104", claims=BOSS)
        await boss.say("watch", all=True)
        assert (await boss.next("watched"))["views"] == {}
        await tell(TRANSFER)
        seen: dict[str, list[int]] = {}
        while len(seen.get("101", [])) < 10 or len(seen.get("102", [])) < 5:
            update = await boss.next("watch_update")
            seen.setdefault(update["user"], []).append(update["version"])
        assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())


async def test_who_watches_everybody_watches_themselves_too(pushing, tell):
    async with pushing() as port:
        boss, _ = await Dial(port)("101", claims=BOSS)
        await boss.say("watch", all=True)
        await boss.next("watched")
        await tell(CALL[:3])
        mine, watched = await boss.next("update"), await boss.next("watch_update")
        assert (watched["user"], watched["view"]) == ("101", mine["view"])


async def test_watching_needs_a_role_or_a_grant(pushing):
    async with pushing() as port:
        operator, _ = await Dial(port)()
        for frame in ({"users": ["102"]}, {"all": True}):
            await operator.say("watch", **frame)
            assert (await operator.next("error"))["code"] == "forbidden"
        robot, _ = await Dial(port)("robot", claims={"roles": ["integrator"], "grants": ["watch:102"]})
        await robot.say("watch", users=["102"])
        assert set((await robot.next("watched"))["views"]) == {"102"}
        await robot.say("watch", users=["102", "101"])
        assert (await robot.next("error"))["code"] == "forbidden"


async def test_a_supervisor_of_a_team_sees_that_team(pushing, tell):
    """All that there is to watch is the team, by every way; a token without the right ends the watch."""
    team = {**BOSS, "team": ["102", "not.usable"]}
    async with pushing() as port:
        boss, _ = await Dial(port)("104", claims=team)
        await boss.say("watch", users=["102", "101"])
        assert (await boss.next("error"))["code"] == "forbidden"
        await boss.say("watch", all=True)
        assert set((await boss.next("watched"))["views"]) == {"102", "104"}
        first, _ = await Dial(port)("101")
        await tell(TRANSFER)
        seen: list[str] = []
        while len(seen) < 5:
            seen.append((await boss.next("watch_update"))["user"])
        assert set(seen) == {"102"}
        await first.next()
        for of, status in (("102", 200), ("101", 403)):
            headers = {"Authorization": f"Bearer {token('104', **team)}"}
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
                assert (await http.get("/v1/view", params={"user": of})).status_code == status
        await boss.say("renew", token=token("104", **{**team, "team": ["103"]}))
        assert (await boss.next("error"))["code"] == "forbidden"
        await boss.next("renewed")


async def test_a_view_by_http(pushing, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL[:3])
        update = await client.next()

        async def view(user: str, *, of: str = "", **claims: object) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token(user, **claims)}"}
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
                return await http.get("/v1/view", params={"user": of} if of else {})

        mine = (await view("101")).json()
        assert (mine["epoch"], mine["version"] >= update["version"]) == (update["epoch"], True)
        assert (await view("102", of="101")).status_code == 403
        assert (await view("104", of="101", **BOSS)).json()["view"]["user"] == "101"
        assert (await view("104", of="1.*", **BOSS)).status_code == 400


@pytest.fixture
def told(bus: Bus) -> Callable:
    """Waits until the bus says that a user is in such a state; the entries."""
    bucket = Bucket(bus, "cti_presence")

    async def until_told(user: str, *states: PresenceState) -> list[PresenceEntry]:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                keys = subjects.presence_of(TENANT, user)
                entries = [msgspec.json.decode(each.value, type=PresenceEntry) async for each in bucket.entries(keys)]
                if sorted(each.state for each in entries) == sorted(states):
                    return entries
                await asyncio.sleep(0.05)

    return until_told


async def test_presence_is_on_the_bus_for_as_long_as_a_tab_is_open(pushing, told):
    async with pushing() as port:
        one, _ = await Dial(port)()
        (entry,) = await told("101", PresenceState.ONLINE)
        assert (entry.user, entry.sessions) == ("101", 1)
        two, _ = await Dial(port)()
        await one.say("presence", state="idle")
        await told("101", PresenceState.IDLE)
        await two.say("presence", state="active")
        (entry,) = await told("101", PresenceState.ACTIVE)
        assert entry.sessions == 2
        await two.socket.close()
        await told("101", PresenceState.IDLE)
        async with pushing() as other:
            await Dial(other)()
            entries = await told("101", PresenceState.IDLE, PresenceState.ONLINE)
            assert union(each.state for each in entries) is PresenceState.IDLE
        await told("101", PresenceState.IDLE)
        await one.socket.close()
        await told("101")


async def test_presence_outlives_its_first_key_and_ends_with_the_process(pushing, told):
    async with pushing(presence_ttl_s=4) as port:
        await Dial(port)()
        await told("101", PresenceState.ONLINE)
        await asyncio.sleep(5)
        await told("101", PresenceState.ONLINE)
    await told("101")


async def test_presence_by_http(pushing, told):
    async with pushing() as port:
        headers = {"Authorization": f"Bearer {token()}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            assert (await http.post("/v1/presence", content='{"state":"active"}')).status_code == 204
            await told("101", PresenceState.ACTIVE)
            assert (await http.post("/v1/presence", content='{"state":"asleep"}')).status_code == 400


async def closed_with(client: Client, user: str = "101") -> int:
    await client.say("hello", token=token(user))
    return (await client.closed())[0]


async def test_a_user_has_so_many_sessions_and_a_closed_one_makes_room(pushing):
    async with pushing(user_connections=2) as port:
        dial = Dial(port)
        first, _ = await dial()
        await dial()
        assert await closed_with(await dial.raw()) == Close.TOO_MANY
        await dial("102")
        await first.socket.close()
        async with asyncio.timeout(DEADLINE_S):
            while await _refused(dial):
                await asyncio.sleep(0.05)


async def _refused(dial: Dial) -> bool:
    client = await dial.raw()
    await client.say("hello", token=token())
    first = json.loads(await client.socket.recv()) if not client.socket.close_code else {}
    return first.get("type") != "welcome"


async def test_an_instance_and_an_address_have_so_many(pushing):
    async with pushing(tenant_connections=1) as port:
        await Dial(port)()
        assert await closed_with(await Dial(port).raw(), "102") == Close.FULL
    async with pushing(address_connections=1) as port:
        await Dial(port)()
        # Before it has said who it is.
        assert (await (await Dial(port).raw()).closed())[0] == Close.FULL
        headers = {"Authorization": f"Bearer {token()}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            assert '"code":"full"' in (await http.get("/v1/events")).text


async def test_who_sends_too_much_is_closed(pushing):
    async with pushing(frames_per_s=2) as port:
        client, _ = await Dial(port)()
        for _ in range(8):
            await client.say("pong")
        assert (await client.closed())[0] == Close.FLOOD
    async with pushing(bytes_per_s=20_000) as port:
        client, _ = await Dial(port)()
        for _ in range(2):
            await client.say("presence", state="active", padding="x" * 50_000)
        assert (await client.closed())[0] == Close.FLOOD


async def test_an_admin_empties_an_instance(pushing):
    async with pushing(drain_per_s=20) as port:
        clients = [(await Dial(port)(user))[0] for user in ("101", "102", "103")]
        events = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=events, headers={"Authorization": f"Bearer {token()}"}) as http:
            assert (await http.post("/v1/drain")).status_code == 403
        headers = {"Authorization": f"Bearer {token('root', roles=['admin'])}"}
        async with httpx.AsyncClient(base_url=events, headers=headers) as http:
            assert (await http.post("/v1/drain")).status_code == 202
        for client in clients:
            assert 100 <= (await client.next("moving"))["after_ms"] <= 1000
            assert (await client.closed())[0] == Close.RESUME
        assert await closed_with(await Dial(port).raw()) == Close.RESUME


def test_a_budget_fills_with_time_and_never_above_its_burst():
    budget = Budget(2.0, 3.0, now=0.0)
    assert [budget.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert budget.wait_s() == 0.5
    assert budget.take(0.5)
    assert [budget.take(100.0) for _ in range(4)] == [True, True, True, False]
    now = [0.0]
    budgets = Budgets(1.0, 1.0, lambda: now[0])
    assert [budgets.take("a"), budgets.take("a"), budgets.take("b")] == [True, False, True]
    now[0] = 1.0
    assert budgets.take("a")


async def test_tokens_of_an_issuer_that_tells_its_keys(pushing):
    """From a real HTTP server; its key is replaced while the service runs."""
    keys = {"old": Ed25519PrivateKey.generate(), "new": Ed25519PrivateKey.generate()}
    told = ["old"]

    async def issuer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        jwks = [
            {**OKPAlgorithm.to_jwk(keys[kid].public_key(), as_dict=True), "kid": kid, "alg": "EdDSA"} for kid in told
        ]
        body = json.dumps({"keys": jwks})
        writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    def signed(kid: str) -> str:
        claims = jwt.decode(token(), options={"verify_signature": False})
        return jwt.encode(claims, keys[kid], algorithm="EdDSA", headers={"kid": kid})

    async def code_or_welcome(port: int, kid: str) -> str | int:
        client = await Dial(port).raw()
        await client.say("hello", token=signed(kid))
        try:
            return (await client.next("welcome"))["type"]
        except ConnectionClosed:
            return client.socket.close_code or 0

    server = await asyncio.start_server(issuer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    async with server, pushing(jwks_url=url, jwt_key_file=None, jwks_pause_s=0.01, jwks_max_age_s=0.5) as port:
        assert await code_or_welcome(port, "old") == "welcome"
        assert await code_or_welcome(port, "new") == Close.UNAUTHORIZED
        told[:] = ["new"]
        async with asyncio.timeout(DEADLINE_S):
            while await code_or_welcome(port, "new") != "welcome":
                await asyncio.sleep(0.02)
            while await code_or_welcome(port, "old") != Close.UNAUTHORIZED:
                await asyncio.sleep(0.02)


async def test_an_issuer_that_cannot_be_reached_is_no_bad_token(pushing, free_port):
    async with pushing(jwks_url=f"http://127.0.0.1:{free_port()}/keys", jwt_key_file=None) as port:
        assert await closed_with(await Dial(port).raw()) == Close.UNAVAILABLE
        headers = {"Authorization": f"Bearer {token()}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
            assert (await http.get("/v1/view")).status_code == 503
