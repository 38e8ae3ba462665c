"""CtiModel and its connection in a real browser, against a server that speaks the protocol."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cti_browser.testing import PushServer
from cti_model.calls import ConnectionState, Direction, Outcome
from cti_model.operators import Refusal
from cti_model.view import CallView, CtiEvent, CtiEventName, ErrorView, UserView
from msgspec.structs import replace
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = [each.value for each in CtiEventName]
OpenPage = Callable[..., Awaitable[Page]]
MakeCall = Callable[..., CallView]


def view(*calls: CallView) -> UserView:
    return UserView(tenant="demo", user="101", calls=calls, current_call=calls[0].id if calls else "")


async def seen(page: Page, *names: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = await page.evaluate("window.seen")
    return [each for each in events if each["name"] in names]


async def until(page: Page, condition: str) -> None:
    # The page's Content-Security-Policy forbids the `eval` by which playwright's own wait_for_function polls.
    async with asyncio.timeout(30):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.01)


MODEL = "document.querySelector('cti-panel').model"


async def test_every_event_of_cti_model_arrives_under_its_own_name(
    push: PushServer, open_page: OpenPage, call: MakeCall, record: str
) -> None:
    page = await open_page()
    assert await page.evaluate("import('/cti-model.js').then((sdk) => sdk.CTI_EVENTS)") == NAMES
    await page.evaluate(record, NAMES)
    one = call("a")
    await push.tell(*(CtiEvent(name=name, call=one, digits="7#") for name in CtiEventName), view=view(one))
    await until(page, "window.seen.some((each) => each.name === 'webRtcDestroyed')")
    told = [each for each in await seen(page, *NAMES) if each["call"] == "a"]
    assert [each["name"] for each in told] == NAMES
    assert all(each["replay"] is False and each["digits"] == "7#" for each in told)


async def test_a_name_that_is_not_cti_models_is_ignored(push: PushServer, open_page: OpenPage, record: str) -> None:
    page = await open_page()
    await page.evaluate(record, [*NAMES, "surprise"])
    frame = {
        "type": "update",
        "epoch": push.epoch,
        "version": 1,
        "occurred_at": datetime.now(UTC),
        "origin": "observed",
    }
    await push.send({**frame, "events": [{"name": "surprise"}, {"name": "callSaved"}], "view": view()})
    await until(page, "window.seen.some((each) => each.name === 'callSaved')")
    assert await seen(page, "surprise") == []


async def test_columns_and_the_names_that_cti_model_gave_to_a_calls_fields(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    held = call("a", talking=5, state=ConnectionState.HELD, number="79161234567", direction=Direction.OUT)
    second = call("b", talking=2, number="105", direction=Direction.OUT, parent_id="a", allowed=("clear", "hold"))
    push.view = view(held, second)
    page = await open_page()
    columns = await page.evaluate(
        f"""(() => {{ const m = {MODEL}; return {{
        isConnected: m.isConnected, isConsulting: m.isConsulting, currentCallNumber: m.currentCallNumber,
        consultCallNumber: m.consultCallNumber, lineFeatures: m.lineFeatures, user: m.user,
        active: m.activeCalls.map((each) => each.id), last: m.lastCall.id, parent: m.consultCall.parentCall.id,
        features: m.consultCall.callFeaturesSet, frozen: Object.isFrozen(m.currentCall),
        }}; }})()"""
    )
    assert columns == {
        "isConnected": True,
        "isConsulting": True,
        "currentCallNumber": "79161234567",
        "consultCallNumber": "105",
        "lineFeatures": 0,
        "user": "101",
        "active": ["a", "b"],
        "last": "a",
        "parent": "a",
        "features": 0x8 | 0x10,
        "frozen": True,
    }
    names = [
        "callerId",
        "calledId",
        "deviceId",
        "databaseUId",
        "state",
        "connection_state",
        "direction",
        "queue",
        "outcome",
    ]
    fields = await page.evaluate(
        f"(names) => Object.fromEntries(names.map((each) => [each, {MODEL}.currentCall[each]]))", names
    )
    assert fields == {
        "callerId": "101",
        "calledId": "79161234567",
        "deviceId": "101",
        "databaseUId": "call-a",
        "state": "HOLDED",
        "connection_state": "held",
        "direction": "out",
        "queue": "",
        "outcome": None,
    }


async def test_a_lost_connection_resumes_with_the_cursor_and_replays_what_was_missed(
    push: PushServer, open_page: OpenPage, call: MakeCall, record: str
) -> None:
    page = await open_page()
    assert "cursor" not in push.hellos[0]
    await push.show(CtiEventName.CALL_STARTED, call("a"))
    await until(page, f"{MODEL}.activeCalls.length === 1")
    await page.evaluate(record, NAMES)
    await push.kick(1001)
    await until(page, "window.seen.some((each) => each.name === 'disconnected')")
    ended = call("a", state=ConnectionState.NULL, ended_at=datetime.now(UTC), outcome=Outcome.MISSED)
    await push.show(CtiEventName.CALL_FINISHED, ended)
    await push.show(CtiEventName.CALL_STARTED, call("b"))
    await until(page, "window.seen.some((each) => each.name === 'callStarted')")
    assert push.hellos[1]["cursor"] == {"epoch": "epoch-1", "version": 1}
    told = await seen(page, "activeCallSnapshot", "callFinished", "callStarted")
    assert [(each["name"], each.get("call"), each.get("replay")) for each in told] == [
        ("activeCallSnapshot", None, None),
        ("callFinished", "a", True),
        ("callStarted", "b", True),
    ]
    assert (told[0]["recovered"], told[0]["active"]) == (True, ["b"])
    # The replayed updates moved the cursor: the next resume asks for nothing twice.
    await push.kick(4000)
    await push.until(lambda: len(push.hellos) == 3)
    assert push.hellos[2]["cursor"] == {"epoch": "epoch-1", "version": 3}


@pytest.mark.parametrize("loss", ["history", "epoch"])
async def test_what_cannot_be_recovered_is_forgotten_and_the_snapshot_taken(
    push: PushServer, open_page: OpenPage, call: MakeCall, record: str, loss: str
) -> None:
    page = await open_page()
    await push.show(CtiEventName.CALL_STARTED, call("a"))
    await until(page, f"{MODEL}.activeCalls.length === 1")
    await page.evaluate(record, NAMES)
    if loss == "epoch":
        push.epoch = "epoch-2"
    push.keep = 1
    await push.kick(1001)
    await push.tell(view=view())
    await push.show(CtiEventName.CALL_STARTED, call("b"))
    await until(page, "window.seen.some((each) => each.name === 'activeCallSnapshot')")
    told = await seen(page, "activeCallSnapshot", "callStarted", "callFinished")
    assert [(each["name"], each.get("recovered"), each.get("active")) for each in told] == [
        ("activeCallSnapshot", False, ["b"])
    ]


async def test_a_gap_closes_with_4900_and_resumes_so_that_nothing_is_lost_or_doubled(
    push: PushServer, open_page: OpenPage, call: MakeCall, record: str
) -> None:
    page = await open_page()
    await page.evaluate(record, NAMES)
    one = call("a", talking=1)
    await push.tell(CtiEvent(name=CtiEventName.CALL_STARTED, call=one), view=view(one), send=False)
    await push.tell(CtiEvent(name=CtiEventName.COMMUTATION_STARTED, call=one), view=view(one))
    await until(page, "window.seen.some((each) => each.name === 'commutationStarted')")
    await push.until(lambda: 4900 in push.closes)
    told = await seen(page, "callStarted", "commutationStarted")
    assert [(each["name"], each["replay"]) for each in told] == [("callStarted", True), ("commutationStarted", True)]
    assert push.hellos[1]["cursor"]["version"] == 0
    await push.tell(CtiEvent(name=CtiEventName.HOLD, call=one), view=view(one))
    await until(page, "window.seen.some((each) => each.name === 'hold')")
    assert (await seen(page, "hold"))[0]["replay"] is False


async def test_a_repeated_update_is_told_once(
    push: PushServer, open_page: OpenPage, call: MakeCall, record: str
) -> None:
    page = await open_page()
    await page.evaluate(record, NAMES)
    one = call("a")
    frame = {
        "type": "update",
        "epoch": push.epoch,
        "version": 1,
        "occurred_at": datetime.now(UTC),
        "origin": "observed",
    }
    frame |= {"events": [{"name": "callStarted", "call": one}], "view": view(one)}
    await push.send(frame)
    await push.send(frame)
    push.version = 1
    await push.tell(CtiEvent(name=CtiEventName.HOLD, call=one), view=view(one))
    await until(page, "window.seen.some((each) => each.name === 'hold')")
    assert len(await seen(page, "callStarted")) == 1
    assert len(push.hellos) == 1


@pytest.mark.parametrize("code", [1001, 1011, 4000, 4001, 4002, 4003, 4499])
async def test_after_these_close_codes_the_client_comes_back(push: PushServer, open_page: OpenPage, code: int) -> None:
    page = await open_page()
    await push.kick(code)
    await push.until(lambda: len(push.hellos) == 2)
    await until(page, f"{MODEL}.isConnected")
    assert push.hellos[1]["cursor"] == {"epoch": "epoch-1", "version": 0}


@pytest.mark.parametrize("code", [4500, 4501, 4503, 4899])
async def test_after_these_it_stays_away_until_another_token(
    push: PushServer, open_page: OpenPage, record: str, code: int
) -> None:
    page = await open_page()
    await page.evaluate(record, NAMES)
    await push.kick(code)
    await until(page, f"{MODEL}.connectionStatus.phase === 'refused'")
    status = await page.evaluate(f"{MODEL}.connectionStatus")
    assert status == {"phase": "refused", "code": code, "retryAt": 0}
    # What brings a waiting client back at once must not move a refused one.
    await page.evaluate(f"{MODEL}.reConnect(); dispatchEvent(new Event('online'))")
    assert await page.evaluate(f"{MODEL}.connectionStatus.phase") == "refused"
    await page.evaluate(f"{MODEL}.signIn('token-2')")
    await until(page, f"{MODEL}.isConnected")
    assert [each["token"] for each in push.hellos] == ["token-1", "token-2"]
    assert "cursor" not in push.hellos[1]


async def test_pings_are_answered_and_silence_means_another_connection(push: PushServer, open_page: OpenPage) -> None:
    push.ping_s = 0.6  # two and a half of them without a frame are silence, also on a busy machine
    page = await open_page()
    await push.until(lambda: push.pongs >= 2)
    assert len(push.hellos) == 1
    push.pings = False
    await push.until(lambda: 4901 in push.closes and len(push.hellos) >= 2)
    push.pings = True
    await until(page, f"{MODEL}.isConnected")


async def test_without_a_network_it_says_so_and_comes_back_with_the_network(
    push: PushServer, open_page: OpenPage
) -> None:
    page = await open_page()
    await page.context.set_offline(True)
    await until(page, f"{MODEL}.connectionStatus.phase === 'offline'")
    assert await page.evaluate(f"{MODEL}.isConnected") is False
    await page.context.set_offline(False)
    await until(page, f"{MODEL}.isConnected")
    assert push.hellos[-1]["cursor"] == {"epoch": "epoch-1", "version": 0}


async def test_frames_that_are_none_and_unknown_ones_change_nothing(
    push: PushServer, open_page: OpenPage, record: str
) -> None:
    page = await open_page()
    await page.evaluate(record, NAMES)
    for text in ("{", "null", "[]", '"text"', '{"type": 7}', '{"type": "holiday"}'):
        for socket in push.sockets:
            await socket.send(text)
    await push.send({"type": "error", "code": "bad_frame", "message": "no such type"})
    await until(page, "window.seen.some((each) => each.name === 'error')")
    assert await page.evaluate(f"{MODEL}.isConnected") is True
    assert len(push.hellos) == 1


async def test_the_delay_doubles_to_its_limit_and_its_upper_half_is_random(open_page: OpenPage) -> None:
    page = await open_page()
    delays = await page.evaluate(
        """import('/protocol.js').then(({ backoff }) => [0, 1, 2, 5, 6, 7, 60].map((attempt) =>
        [0, 1].map((random) => backoff(attempt, { minMs: 500, maxMs: 30000 }, random))))"""
    )
    assert delays == [
        [250, 500],
        [500, 1000],
        [1000, 2000],
        [8000, 16000],
        [15000, 30000],
        [15000, 30000],
        [15000, 30000],
    ]


async def test_timers_count_by_the_servers_clock(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    ahead = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 3600, UTC)
    await push.send({"type": "ping", "server_time": ahead})
    await until(page, f"{MODEL}.serverNow() - Date.now() > 3590_000")


async def test_the_model_has_no_calls_while_disconnected(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a"))
    page = await open_page()
    await page.evaluate(f"{MODEL}.closeConnection()")
    columns = await page.evaluate(
        f"(({{ isConnected, activeCalls, currentCall }}) => [isConnected, activeCalls, currentCall])({MODEL})"
    )
    assert columns == [False, [], None]


async def test_a_log_in_that_the_pbx_refuses_is_an_error_until_it_is_mended(
    push: PushServer, open_page: OpenPage
) -> None:
    page = await open_page()
    heard = (
        "import('/cti-model.js').then(() => { const m = document.querySelector('cti-panel').model; window.wrong = [];"
    )
    await page.evaluate(f"{heard} m.addEventListener('error', (e) => window.wrong.push(e.detail)); }})")
    wrong = ErrorView(pbx="p", device="201", reason=Refusal.IN_USE, message="in use", since=datetime.now(UTC))
    refused = replace(view(), errors=(wrong,))
    await push.tell(CtiEvent(name=CtiEventName.ERROR, error=wrong), view=refused)
    await until(page, "window.wrong.length === 1")
    assert await page.evaluate("window.wrong[0]") == {
        "errorType": "AUTHENTICATION", "internalErrorCode": "in_use", "data": "in use", "source": "201",
    }  # fmt: skip
    assert await page.evaluate(f"{MODEL}.errors[0].reason") == "in_use"
    await push.tell(view=view())
    await until(page, f"{MODEL}.errors.length === 0")
