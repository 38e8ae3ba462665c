"""CtiModel in a real browser, against a server that speaks the protocol: events, calls, columns."""

from datetime import UTC, datetime

import pytest
from cti_browser.testing import PushServer
from cti_model.calls import ConnectionState, Direction
from cti_model.operators import Refusal
from cti_model.view import CtiEvent, CtiEventName, ErrorView
from msgspec.structs import replace

from .acting import MODEL, MakeCall, OpenPage, seen, until, view

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMES = [each.value for each in CtiEventName]


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
