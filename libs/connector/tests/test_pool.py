"""A link for each operator, over real WebSockets."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from cti_connector.conversation import LinkSettings
from cti_connector.firstparty import Operator, Pool, PoolSettings
from cti_connector.firstparty.turns import Turns
from cti_connector.live import Known, SignedIn
from cti_connector.outbox import OutboxFull
from cti_connector.session import Refusal
from cti_connector.telemetry import metrics
from cti_connector.transport import websocket
from cti_model.calls import Command
from cti_model.commands import CommandOutcome, CommandRequest, ErrorCode
from cti_model.events import LinkKind
from cti_model.operators import OperatorEventKind, operator_event
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from .conftest import until
from .switchboard import PBX, TENANT, BoardSession, Heard, Picture, Switchboard, Wanted, operator

NEVER = 1e6
NOTHING = Known()
LINK = LinkSettings(
    backoff_first_s=0.05, backoff_most_s=0.1, ping_interval_s=600, silence_s=600, snapshot_interval_s=600,
    refused_wait_s=NEVER,
    refused_waits={Refusal.IN_USE: 0.05},
)  # fmt: skip


@pytest.fixture
async def board() -> AsyncIterator[Switchboard]:
    made = Switchboard()
    await made.start()
    yield made
    await made.stop()


@asynccontextmanager
async def pooled(
    board: Switchboard,
    wanted: Wanted,
    heard: Heard,
    *,
    known: Known = NOTHING,
    meter=None,
    made=BoardSession,
    **changes,
) -> AsyncIterator[Pool]:
    picture = Picture()
    pool = Pool(
        PoolSettings(TENANT, PBX, LINK, **{"stagger_s": 0.0, **changes}),
        wanted,
        websocket(f"ws://127.0.0.1:{board.port}"),
        lambda who: made(picture, who),
        heard,
        metrics(meter or MeterProvider().get_meter("test")),
        known,
    )
    task = asyncio.create_task(pool.run())
    try:
        yield pool
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def make_call(device: str = "", **more: str) -> CommandRequest:
    return CommandRequest(command_id="c1", verb=Command.MAKE_CALL, device=device, to="555", deadline_s=60, **more)


async def test_each_operator_is_let_in_and_two_of_one_call_tell_it_once(board):
    heard = Heard()
    async with pooled(board, Wanted(operator("101"), operator("102")), heard) as pool:
        assert "not known" in pool.problem()
        await until(lambda: len(board.online) == 2 and len(heard.operators) == 2)
        await board.begin("a", "101", "102")
        await board.end("a")
        both = {"u101", "u102"}
        await until(lambda: {who for who, data in heard.raws if data == b"-a\n"} == both and pool.problem() is None)
    assert [each.kind for each in heard.told] == ["delivered", "delivered", "cleared"]
    assert (heard.of("u101"), heard.of("u102")) == (["admitted"], ["admitted"])
    assert heard.changes == [LinkKind.CONNECTED]
    await until(lambda: not board.online)


async def test_log_ins_keep_a_distance(board):
    async with pooled(board, Wanted(operator("101"), operator("102")), Heard(), stagger_s=NEVER):
        await until(lambda: board.online)
        assert board.logins == ["101"]


async def test_turns_come_in_order_with_a_distance():
    turns, order, loop = Turns(0.02), [], asyncio.get_running_loop()

    async def take(name: str) -> None:
        await turns.take()
        order.append((name, loop.time()))

    await asyncio.gather(*(take(name) for name in "abc"))
    assert [name for name, _ in order] == ["a", "b", "c"]
    assert order[2][1] - order[0][1] >= 0.039


async def test_a_wrong_password_is_tried_once_until_it_changes(board):
    heard, wanted = Heard(), Wanted(operator("101", "bad"), operator("102"))
    async with pooled(board, wanted, heard) as pool:
        await until(lambda: heard.of("u101") and pool.problem() is None)
        assert heard.of("u101") == ["refused wrong_password"]
        assert [each.detail for each in heard.operators if each.reason] == ["not let in: wrong_password"]
        wanted.say(operator("101", "bad"), operator("102"), operator("103"))
        await until(lambda: "103" in board.online)
        assert board.logins.count("101") == 1
        wanted.say(operator("101", "good", "c/2"), operator("102"))
        await until(lambda: "101" in board.online and heard.of("u101")[-1:] == ["admitted"])
    assert board.logins.count("101") == 2
    assert "bad" not in repr(operator("101", "bad"))


async def test_an_account_in_use_is_tried_until_it_is_free(board):
    heard = Heard()
    board.refuse["101"] = Refusal.IN_USE
    async with pooled(board, Wanted(operator("101")), heard) as pool:
        await until(lambda: board.logins.count("101") >= 3)
        assert "none of 1 operators is signed in: not let in: in_use" in pool.problem()
        del board.refuse["101"]
        await until(lambda: heard.of("u101")[-1] == "admitted" and pool.problem() is None)
    assert set(heard.of("u101")[:-1]) == {"refused in_use"}


async def test_one_lost_link_comes_back_and_the_others_stay(board):
    heard = Heard()
    async with pooled(board, Wanted(operator("101"), operator("102")), heard):
        await until(lambda: sum(kind is LinkKind.RECONCILED for kind, _ in heard.links) == 2)
        before = len(heard.raws)
        board.online["101"].transport.abort()
        await until(lambda: ("u101", b"ok\n") in heard.raws[before:])
        await until(lambda: sum(kind is LinkKind.RECONCILED for kind, _ in heard.links) == 3)
    assert board.logins.count("102") == 1
    assert heard.changes == [LinkKind.CONNECTED]
    assert heard.of("u101") == ["admitted"]


async def test_who_is_wanted_no_more_leaves_when_the_call_is_over(board):
    heard, wanted = Heard(), Wanted(operator("101"), operator("102"))
    async with pooled(board, wanted, heard):
        await until(lambda: len(board.online) == 2)
        await board.begin("a", "101")
        await until(lambda: heard.told)
        wanted.say()
        await until(lambda: heard.of("u102")[-1:] == ["released"] and "102" not in board.online)
        assert "101" in board.online
        assert board.farewells == ["102"]
        await board.end("a")
        await until(lambda: heard.of("u101")[-1:] == ["released"] and "101" not in board.online)
        await until(lambda: heard.told[-1].kind == "cleared")
    assert heard.changes == [LinkKind.CONNECTED, LinkKind.DISCONNECTED]
    assert board.farewells == ["102", "101"]


async def test_who_ends_the_links_says_farewell_to_those_that_are_let_in(board):
    heard = Heard()
    board.refuse["103"] = Refusal.LICENCE
    async with pooled(board, Wanted(operator("101"), operator("102"), operator("103")), heard):
        await until(lambda: len(heard.operators) == 3)
    await until(lambda: not board.online)
    assert sorted(board.farewells) == ["101", "102"]


class Asking(BoardSession):
    """When a call begins at 101 its session wants the others to look."""

    looked: ClassVar[list[str]] = []

    def receive(self, data, at):
        turn = super().receive(data, at)
        turn.others = data.startswith(b"+") and self._who.device == "101"
        return turn

    def quiet(self, at):
        self.looked.append(self._who.device)
        return super().quiet(at)


async def test_a_session_can_have_those_of_the_others_look_at_once(board):
    heard = Heard()
    async with pooled(board, Wanted(operator("101"), operator("102"), operator("103")), heard, made=Asking):
        await until(lambda: sum(kind is LinkKind.RECONCILED for kind, _ in heard.links) == 3)
        Asking.looked.clear()
        await board.begin("a", "101")
        await until(lambda: len(Asking.looked) >= 2)
    assert sorted(Asking.looked) == ["102", "103"]


async def test_another_login_or_telephone_takes_the_place_of_the_former(board):
    heard, wanted = Heard(), Wanted(operator("101"))
    async with pooled(board, wanted, heard) as pool:
        await until(lambda: heard.of("u101") == ["admitted"])
        wanted.say(Operator("u101", "102", "102", "good", "c/2"))
        await until(lambda: heard.of("u101") == ["admitted", "admitted"])
        assert list(board.online) == ["102"]
        assert (await pool.command(make_call("101"))).error is ErrorCode.NOT_CONNECTED
    assert heard.operators[-1].device == "102"


async def test_a_new_secret_of_who_is_let_in_cuts_nothing(board):
    heard, wanted = Heard(), Wanted(operator("101"))
    async with pooled(board, wanted, heard):
        await until(lambda: "101" in board.online)
        first = board.online["101"]
        wanted.say(operator("101", "worse", "c/2"), operator("102"))
        await until(lambda: "102" in board.online)
        assert board.online["101"] is first
        first.transport.abort()
        await until(lambda: heard.of("u101")[-1:] == ["refused wrong_password"])
    assert heard.operators[-1].credential == "c/2"


async def test_a_command_goes_to_the_link_of_its_device(board):
    heard = Heard()
    async with pooled(board, Wanted(operator("101"), operator("102")), heard) as pool:
        await until(lambda: len(heard.operators) == 2)
        assert (await pool.command(make_call("102"))).outcome is CommandOutcome.OBSERVED
        await board.begin("a", "101")
        await until(lambda: heard.told)
        connection = heard.told[-1].call.connections[0].connection_id
        assert (await pool.command(make_call(connection_id=connection))).outcome is CommandOutcome.OBSERVED
        assert (await pool.command(make_call("103"))).error is ErrorCode.NOT_CONNECTED
        assert (await pool.command(make_call())).error is ErrorCode.NOT_CONNECTED
    assert board.asked == [("102", "555"), ("101", "555")]


@pytest.mark.parametrize(("passed_s", "credential", "tried"), [(0, "c/1", False), (2e6, "c/1", True), (0, "c/0", True)])
async def test_a_new_leader_does_not_try_what_was_refused(board, passed_s, credential, tried):
    at = datetime.now(UTC) - timedelta(seconds=passed_s)
    before = operator_event(
        TENANT, PBX, "u101", "101", OperatorEventKind.REFUSED, at, reason=Refusal.WRONG_PASSWORD, credential=credential
    )
    gone = operator_event(TENANT, PBX, "u109", "109", OperatorEventKind.ADMITTED, at)
    heard, known = Heard(), Known(operators=(SignedIn(before, 1), SignedIn(gone, 2)))
    async with pooled(board, Wanted(operator("101"), operator("102")), heard, known=known):
        await until(lambda: "102" in board.online and ("101" in board.online or not tried))
    assert ("101" in board.logins) is tried
    assert heard.of("u109") == ["released"]


async def test_what_the_listener_raises_ends_the_pool(board):
    heard = Heard()
    heard.broken = OutboxFull("no room")
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(pooled(board, Wanted(operator("101")), heard))
        await until(lambda: heard.operators)
        await board.begin("a", "101")
        await until(lambda: not board.online)
        with pytest.raises(OutboxFull, match="no room"):
            await stack.pop_all().aclose()
    assert heard.told == []


async def test_operators_are_counted_by_state_and_refusals_by_reason(board):
    reader = InMemoryMetricReader()
    meter = MeterProvider(metric_readers=[reader]).get_meter("test")
    heard = Heard()
    board.refuse["103"] = Refusal.LICENCE
    async with pooled(board, Wanted(operator("101"), operator("102", "bad"), operator("103")), heard, meter=meter):
        await until(lambda: len(heard.operators) == 3)
        assert _values(reader, "trunkline.connector.operators") == {"connected": 1, "refused": 2, "connecting": 0}
        refused = _values(reader, "trunkline.connector.operators.refused")
        assert refused == {"wrong_password": 1, "licence": 1}
    assert set(_values(reader, "trunkline.connector.operators").values()) == {0}


def _values(reader: InMemoryMetricReader, name: str) -> dict[str, float]:
    found = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    points = [each for metric in found if metric.name == name for each in metric.data.data_points]
    return {str(each.attributes.get("state") or each.attributes.get("reason")): each.value for each in points}


def test_waits_differ_by_reason():
    assert LINK.wait_after(Refusal.IN_USE) == 0.05
    assert LINK.wait_after(Refusal.LICENCE) == NEVER < math.inf
