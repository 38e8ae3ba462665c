"""Commands of clients, carried out by the executor of real connectors: once, by whom it may be, and answered truly."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
from cti_bus import Bucket, Bus, Lease, Publisher
from cti_connector.commands import Executor
from cti_connector.telemetry import metrics
from cti_model import subjects
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, CommandRequest, CommandResult, ErrorCode, Membership
from cti_model.directory import ExtensionEntry, Ownership, UserEntry
from cti_model.events import CallEvent
from cti_model.permissions import allowed
from msgspec.structs import replace
from opentelemetry import metrics as otel

from .client import Client, Dial
from .conftest import DEADLINE_S, TENANT, recorded, token, until

PBX = "asterisk"


def able(events: list[CallEvent]) -> list[CallEvent]:
    """The events as a connector tells them whose PBX can do everything."""
    return [_able(event) for event in events]


def _able(event: CallEvent) -> CallEvent:
    call = replace(event.call, features=tuple(Command))
    connections = tuple(replace(each, allowed=allowed(call, each)) for each in call.connections)
    return replace(event, call=replace(call, connections=connections))


CALL = able(recorded("h_outbound_hold_by_operator"))
TALKING = next(n for n, event in enumerate(CALL) if event.kind == "established") + 1


class Phone:
    """Stands for the PBX: what was asked of it, and what it says when the test lets it."""

    def __init__(self) -> None:
        self.asked: list[CommandRequest] = []
        self.lifted = asyncio.Event()
        self.lifted.set()
        self.result: Callable[[CommandRequest], CommandResult] = lambda request: CommandResult(
            command_id=request.command_id, outcome=CommandOutcome.OBSERVED, call_id="call-1"
        )

    async def perform(self, request: CommandRequest, told: Callable[[CommandResult], None]) -> CommandResult:
        self.asked.append(request)
        await self.lifted.wait()
        return self.result(request)


@asynccontextmanager
async def connector(bus: Bus, phone: Phone, pbx: str = PBX, **bounds: int) -> AsyncIterator[None]:
    """The part of a connector that carries out commands, under its lease."""
    measured = metrics(otel.get_meter("test"))
    async with Lease(bus, f"pbx.{TENANT}.{pbx}", "test", 60), Publisher(bus) as publisher:
        executor = Executor(bus, publisher, TENANT, pbx, phone.perform, measured, **bounds)
        running = asyncio.create_task(executor.run())
        try:
            await _answers(bus, pbx)
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def _answers(bus: Bus, pbx: str) -> None:
    """Wait until somebody listens: a request that is none is answered as such."""
    from cti_bus import NoAnswer

    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await bus.request(subjects.command(TENANT, pbx, "clear"), b"{}", timeout_s=1.0)
            except NoAnswer:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.fixture
async def phone(bus: Bus) -> AsyncIterator[Phone]:
    made = Phone()
    async with connector(bus, made):
        yield made


async def talking(client: Client) -> dict:
    """Wait until the client's call is connected; the call."""
    while True:
        calls = (await client.next())["view"].get("calls", [])
        if calls and calls[0]["state"] == ConnectionState.CONNECTED:
            return calls[0]


async def ask(client: Client, verb: str, client_id: str = "c-1", **fields: object) -> dict:
    await client.say("command", id=client_id, verb=verb, **fields)
    return await client.next("result")


async def test_a_call_is_made_from_the_users_own_telephone(pushing, phone):
    async with pushing() as port:
        client, welcome = await Dial(port)()
        assert welcome["extensions"] == [{"pbx": PBX, "device": "101"}]
        assert await ask(client, "make_call", to="+74951234567") == {
            "type": "result", "id": "c-1", "verb": "make_call", "outcome": "observed", "call_id": "call-1",
        }  # fmt: skip
        (request,) = phone.asked
        assert (request.device, request.to, request.user, request.roles) == (
            "101",
            "+74951234567",
            "101",
            ("operator",),
        )
        assert request.command_id != "c-1"


async def test_a_command_of_a_connection_goes_where_the_connection_is(pushing, phone, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL[:TALKING])
        call = await talking(client)
        assert "hold" in call["allowed"]
        result = await ask(client, "hold", connection_id=call["id"])
        assert (result["outcome"], phone.asked[0].connection_id, phone.asked[0].device) == (
            "observed",
            call["id"],
            "101",
        )
        result = await ask(client, "retrieve", "c-2", connection_id=call["id"])
        assert (result["outcome"], result["error"]) == ("failed", "wrong_state")
        assert result["message"] == "retrieve is not possible now: the call is connected"
        assert len(phone.asked) == 1


async def test_a_double_click_and_a_second_tab_ring_once(pushing, phone):
    async with pushing() as port, pushing() as other:
        clients = [(await Dial(port)())[0], (await Dial(port)())[0], (await Dial(other)())[0]]
        phone.lifted.clear()
        for client in (*clients, clients[0]):
            await client.say("command", id="call-ann", verb="make_call", to="102")
        await until(lambda: bool(phone.asked))
        phone.lifted.set()
        results = [await client.next("result") for client in (*clients, clients[0])]
        assert {(each["id"], each["outcome"], each["call_id"]) for each in results} == {
            ("call-ann", "observed", "call-1")
        }
        assert len(phone.asked) == 1


async def test_a_repeat_after_a_reconnect_gets_the_result_though_the_call_is_over(pushing, phone, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await tell(CALL[:TALKING])
        call = await talking(client)
        phone.lifted.clear()
        await client.say("command", id="end-it", verb="clear", connection_id=call["id"])
        await until(lambda: bool(phone.asked))
        await client.socket.close()  # with the command in flight
        phone.lifted.set()
        await tell(CALL[TALKING:])
        back, welcome = await Dial(port)()
        while welcome["view"].get("calls"):
            welcome = await back.next()
        assert (await ask(back, "clear", "end-it", connection_id=call["id"]))["outcome"] == "observed"
        assert len(phone.asked) == 1
        # Under another id it is a new command, and the call is over.
        assert (await ask(back, "clear", "again", connection_id=call["id"]))["error"] == "not_found"
        # The same id for something else is not the command that it was.
        assert (await ask(back, "hold", "end-it", connection_id=call["id"]))["error"] == "not_found"
        # Another user's id of that name is another command.
        other, _ = await Dial(port)("102")
        assert (await ask(other, "clear", "end-it", connection_id=call["id"]))["error"] == "not_found"


async def test_others_calls_and_telephones_are_not_an_operators(pushing, phone, tell):
    async with pushing() as port:
        client, _ = await Dial(port)()
        other, _ = await Dial(port)("102")
        await tell(CALL[:TALKING])
        call = await talking(client)
        assert (await ask(other, "clear", connection_id=call["id"]))["error"] == "not_found"
        assert (await ask(other, "make_call", "c-2", device="101", to="1"))["error"] == "forbidden"
        assert (await ask(other, "listen", "c-3", connection_id=call["id"]))["error"] == "not_found"
        assert (await ask(other, "queue_pause", "c-4", device="101"))["error"] == "forbidden"
        assert (await ask(other, "snapshot", "c-5"))["error"] == "not_supported"
        assert phone.asked == []


async def test_a_supervisor_listens_and_acts_on_others_calls(pushing, phone, tell):
    async with pushing() as port:
        operator, _ = await Dial(port)()
        boss, _ = await Dial(port)("104", claims={"roles": ["supervisor", "Domain Users"]})
        await tell(CALL[:TALKING])
        call = await talking(operator)
        assert (await ask(boss, "listen", connection_id=call["id"]))["outcome"] == "observed"
        assert (await ask(boss, "queue_pause", "c-2", device="101", pbx=PBX))["outcome"] == "observed"
        listened, paused = phone.asked
        assert (listened.device, listened.connection_id, listened.roles) == ("104", call["id"], ("supervisor",))
        assert (paused.device, paused.user) == ("101", "104")


async def test_a_supervisor_of_a_team_acts_on_its_telephones_and_calls_alone(pushing, phone, tell):
    async with pushing() as port:
        operator, _ = await Dial(port)()
        theirs, _ = await Dial(port)("104", claims={"roles": ["supervisor"], "team": ["101"]})
        others, _ = await Dial(port)("105", claims={"roles": ["supervisor"], "team": ["103"]})
        await tell(CALL[:TALKING])
        call = await talking(operator)
        assert (await ask(others, "listen", connection_id=call["id"]))["error"] == "not_found"
        assert (await ask(others, "queue_pause", "c-2", device="101", pbx=PBX))["error"] == "forbidden"
        assert phone.asked == []
        assert (await ask(theirs, "listen", connection_id=call["id"]))["outcome"] == "observed"
        assert (await ask(theirs, "queue_pause", "c-2", device="101", pbx=PBX))["outcome"] == "observed"
        assert [each.user for each in phone.asked] == ["104", "104"]


async def test_an_integrator_may_do_what_its_token_grants(pushing, phone):
    async with pushing() as port:
        claims = {"roles": ["integrator"], "grants": ["command:make_call"]}
        robot, _ = await Dial(port)("dialler", claims=claims)
        assert (await ask(robot, "make_call", pbx=PBX, device="101", to="102"))["outcome"] == "observed"
        assert (await ask(robot, "queue_pause", "c-2", pbx=PBX, device="101"))["error"] == "forbidden"
        pretender, _ = await Dial(port)("102", claims={"grants": ["command:*"]})
        assert (await ask(pretender, "make_call", pbx=PBX, device="101", to="103"))["error"] == "forbidden"


async def test_agents_log_in_pause_with_a_reason_and_ask_where_they_are(pushing, phone):
    async with pushing() as port:
        client, _ = await Dial(port)()
        assert (await ask(client, "queue_login", "a", queue="support"))["outcome"] == "observed"
        assert (await ask(client, "set_agent_state", "b", agent_state="after_call"))["outcome"] == "observed"
        assert (await ask(client, "queue_pause", "c", reason="lunch"))["outcome"] == "observed"
        phone.result = lambda request: CommandResult(
            command_id=request.command_id,
            outcome=CommandOutcome.OBSERVED,
            memberships=(Membership(queue="support", paused=True, reason="lunch"),),
        )
        result = await ask(client, "query_agent", "d")
        assert result["memberships"] == [{"queue": "support", "paused": True, "reason": "lunch"}]
        assert [(each.verb, each.device) for each in phone.asked] == [
            ("queue_login", "101"), ("set_agent_state", "101"), ("queue_pause", "101"), ("query_agent", "101"),
        ]  # fmt: skip


NO_COMMANDS: list[tuple[dict, str]] = [
    ({"verb": "dance"}, "dance"),
    ({"verb": "make_call"}, "to is missing"),
    ({"verb": "make_call", "to": "1&SIP/evil"}, "to"),
    ({"verb": "make_call", "to": "102", "device": "1,2"}, "not yours"),
    ({"verb": "hold"}, "connection_id is missing"),
    ({"verb": "make_call", "to": 102}, "to"),
    ({"verb": "queue_pause", "reason": "a\nb"}, "reason"),
]


WRONG_IDS = [("not an id", "not an id"), (7, "7"), ("x" * 65, "x" * 65), ("x" * 500, "x" * 256)]


async def test_what_is_no_command_is_answered_under_its_id(pushing, phone):
    async with pushing() as port:
        client, _ = await Dial(port)()
        for number, (fields, words) in enumerate(NO_COMMANDS):
            await client.say("command", id=f"c-{number}", **fields)
            result = await client.next("result")
            assert (result["id"], result["outcome"]) == (f"c-{number}", "failed")
            assert result["error"] in ("bad_request", "forbidden")
            assert words in result["message"]
        for wrong, named in WRONG_IDS:
            await client.say("command", id=wrong, verb="make_call", to="1")
            result = await client.next("result")
            assert (result["id"], result["error"]) == (named, "bad_request")
        for nothing in ({}, {"id": None}, {"id": ["c-1"]}):
            await client.say("command", verb="make_call", to="1", **nothing)
            assert (await client.next("error"))["code"] == "bad_frame"
        await client.say("command", id="c-99", verb="make_call", to="1", unheard_of={"id": "other"})
        assert (await client.next("result"))["id"] == "c-99"
        assert [each.to for each in phone.asked] == ["1"], "what nobody knows in a frame is ignored"


async def test_what_is_no_command_is_answered_under_its_id_by_http_too(pushing, phone):
    async with pushing(commands_per_s=100) as port, http(port) as post:
        for number, (fields, _) in enumerate(NO_COMMANDS):
            refused = (await post(id=f"c-{number}", **fields)).json()["result"]
            assert (refused["id"], refused["outcome"]) == (f"c-{number}", "failed")
        for wrong, named in WRONG_IDS:
            answer = await post(id=wrong, verb="make_call", to="1")
            assert (answer.status_code, answer.json()["result"]["id"]) == (400, named)
        assert (await post(verb="make_call", to="1")).json()["result"]["id"] == ""


async def test_without_a_connector_it_is_said_and_nothing_is_sent(pushing, bus):
    async with pushing(users={"101": ["asterisk:101"]}) as port:
        client, _ = await Dial(port)()
        result = await ask(client, "make_call", to="102")
        assert (result["error"], result["message"]) == (
            "not_connected", "no connector for asterisk is there; nothing was sent",
        )  # fmt: skip
        # Later, under the same id, it is made.
        made = Phone()
        async with connector(bus, made):
            assert (await ask(client, "make_call", to="102"))["outcome"] == "observed"


async def test_a_user_without_a_telephone_is_told_so(pushing):
    async with pushing() as port:
        client, welcome = await Dial(port)()
        assert welcome["extensions"] == []
        result = await ask(client, "make_call", to="102")
        assert (result["error"], "no telephone" in result["message"]) == ("forbidden", True)


async def test_a_connector_that_does_not_answer_in_time_leaves_it_unknown(pushing, phone):
    async with pushing(command_deadline_s=0.5) as port:
        client, _ = await Dial(port)()
        phone.lifted.clear()
        result = await ask(client, "make_call", to="102")
        assert (result["outcome"], result["error"]) == ("unknown", "lost")
        phone.lifted.set()
        # Whoever repeats it hears the same, and nothing rings again.
        assert (await ask(client, "make_call", to="102"))["outcome"] == "unknown"
        assert len(phone.asked) == 1


async def test_the_directory_says_who_has_which_telephone(pushing, phone, bus):
    ann = Ownership(user="ann", pbx=PBX, extension="101")
    directory = Bucket(bus, "cti_directory")
    await directory.put(
        subjects.directory_user(TENANT, "ann"),
        msgspec.json.encode(UserEntry(id="ann", name="Anna Kuznetsova", extensions=(ann,))),
    )
    await directory.put(
        subjects.directory_extension(TENANT, PBX, "101"),
        msgspec.json.encode(ExtensionEntry(pbx=PBX, extension="101", owners=(ann,))),
    )
    await directory.put(
        subjects.directory_user(TENANT, "gone"), msgspec.json.encode(UserEntry(id="gone", name="", active=False))
    )
    async with pushing() as port:
        client, welcome = await Dial(port)("ann")
        assert (welcome["name"], welcome["extensions"]) == ("Anna Kuznetsova", [{"pbx": PBX, "device": "101"}])
        assert (await ask(client, "make_call", to="102"))["outcome"] == "observed"
        # Whose user id is that number has not the telephone for that.
        other, welcome = await Dial(port)("101")
        assert welcome["extensions"] == []
        assert (await ask(other, "make_call", device="101", to="102"))["error"] == "forbidden"
        gone = await Dial(port).raw()
        await gone.say("hello", token=token("gone"))
        assert (await gone.closed()) == (4503, "this user is no longer active")


async def test_too_many_commands_are_refused_and_the_socket_lives(pushing, phone):
    async with pushing(commands_per_s=0.001, commands_burst=2) as port:
        client, _ = await Dial(port)()
        outcomes = [(await ask(client, "make_call", f"c-{n}", to="102")).get("error") for n in range(3)]
        assert outcomes == [None, None, "busy"]
        other, _ = await Dial(port)("102")
        assert (await ask(other, "make_call", to="101"))["outcome"] == "observed"
        assert len(phone.asked) == 3


async def test_more_commands_than_may_be_at_work_are_refused(pushing, phone):
    async with pushing(commands_at_once=1) as port:
        client, _ = await Dial(port)()
        phone.lifted.clear()
        await client.say("command", id="first", verb="make_call", to="102")
        await until(lambda: bool(phone.asked))
        assert (await ask(client, "make_call", "second", to="103"))["error"] == "busy"
        phone.lifted.set()
        assert (await client.next("result"))["id"] == "first"
        assert (await ask(client, "make_call", "third", to="103"))["outcome"] == "observed"


Post = Callable[..., Awaitable[httpx.Response]]


@asynccontextmanager
async def http(port: int, user: str = "101", **claims: object) -> AsyncIterator[Post]:
    headers = {"Authorization": f"Bearer {token(user, **claims)}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:

        async def post(**fields: object) -> httpx.Response:
            return await client.post("/v1/commands", content=json.dumps(fields))

        yield post


async def test_the_same_by_http(pushing, phone, tell):
    async with pushing(commands_burst=6, commands_per_s=0.001) as port, http(port) as post:
        answer = await post(id="c-1", verb="make_call", to="102")
        assert (answer.status_code, answer.json()) == (
            200, {"type": "result", "id": "c-1", "verb": "make_call", "outcome": "observed", "call_id": "call-1"},
        )  # fmt: skip
        assert (await post(id="c-1", verb="make_call", to="102")).json() == answer.json()
        assert len(phone.asked) == 1
        client, _ = await Dial(port)()
        await tell(CALL[:TALKING])
        call = await talking(client)
        refused = {
            (409, "wrong_state"): await post(id="c-2", verb="retrieve", connection_id=call["id"]),
            (409, "not_found"): await post(id="c-3", verb="hold", connection_id="nobody"),
            (403, "forbidden"): await post(id="c-4", verb="make_call", device="102", to="1"),
            (400, "bad_request"): await post(id="c-5", verb="make_call"),
            (429, "busy"): await post(id="c-6", verb="make_call", to="102"),
        }
        for (status, error), each in refused.items():
            assert (each.status_code, each.json()["result"]["error"]) == (status, error)
            assert each.headers["content-type"] == "application/problem+json"
            assert ("retry-after" in each.headers) == (status == 429)
        assert (await post(id="c-7", verb="dance")).status_code == 400
        # What the PBX says is an answer, not a problem.
        phone.result = lambda request: CommandResult(
            command_id=request.command_id, outcome=CommandOutcome.FAILED, error=ErrorCode.REFUSED, message="No"
        )
        async with http(port, "102") as post_other:
            answer = await post_other(id="c-1", verb="make_call", to="1")
            assert (answer.status_code, answer.json()["error"]) == (200, "refused")


async def test_by_http_without_a_connector_or_a_token(pushing):
    async with pushing(users={"101": ["asterisk:101"]}) as port:
        async with http(port) as post:
            answer = await post(id="c-1", verb="make_call", to="102")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        async with http(port, lifetime_s=-10) as post:
            assert (await post(id="c-1", verb="make_call", to="102")).status_code == 401
        async with http(port, tenant="rival") as post:
            assert (await post(id="c-1", verb="make_call", to="102")).status_code == 403
