"""The connection of CtiModel: resuming, gaps, close codes, pings, delays."""

from datetime import UTC, datetime

import pytest
from cti_browser.testing import PushServer
from cti_model.calls import ConnectionState, Outcome
from cti_model.view import CtiEvent, CtiEventName

from .acting import MODEL, MakeCall, OpenPage, seen, until, view

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = [each.value for each in CtiEventName]


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
