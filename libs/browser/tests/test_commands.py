"""CtiModel's commands in a real browser, against a server that answers, forgets to, goes away or moves its clients."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cti_browser.chromium import go
from cti_browser.testing import PushServer
from cti_model.calls import Command, ConnectionState, Direction
from cti_model.view import CallView, UserView
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

OpenPage = Callable[..., Awaitable[Page]]
MakeCall = Callable[..., CallView]
MODEL = "document.querySelector('cti-panel').model"
TALKING = (Command.CLEAR, Command.HOLD, Command.CONSULT, Command.BLIND_TRANSFER, Command.SEND_DIGITS)
SETTLED = "(command) => command.then((result) => [result.outcome, ''], (error) => [error.name, error.code])"


def view(*calls: CallView) -> UserView:
    return UserView(tenant="demo", user="101", calls=calls, current_call=calls[0].id if calls else "")


async def ask(page: Page, command: str) -> list[str]:
    """How a command ends: its outcome, or its error's name and code."""
    settled: list[str] = await page.evaluate(f"({SETTLED})({MODEL}.{command})")
    return settled


async def until(page: Page, condition: str) -> None:
    async with asyncio.timeout(10):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.01)


async def test_every_method_is_its_command(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    every = tuple(Command)
    push.about = {"extensions": [{"pbx": "office", "device": "101"}, {"pbx": "branch", "device": "201"}]}
    push.view = view(
        call("a", talking=5, state=ConnectionState.HELD, allowed=every),
        call("b", talking=2, direction=Direction.OUT, parent_id="a", allowed=every),
    )
    page = await open_page()
    about = {"connection_id": "a"}
    consultation = {"connection_id": "b", "other_connection_id": "a"}
    for method, fields in {
        "makeCall(' +7 916 123-45-67')": {"verb": "make_call", "to": "+79161234567"},
        "answerCall()": {"verb": "answer", **about},
        "dropCall()": {"verb": "clear", **about},
        "holdOrUnholdCall()": {"verb": "retrieve", **about},
        f"holdOrUnholdCall({MODEL}.consultCall)": {"verb": "hold", "connection_id": "b"},
        "makeConsultCall('102')": {"verb": "consult", "to": "102", **about},
        "transferCall()": {"verb": "complete_transfer", **consultation},
        "cancelTransfer()": {"verb": "cancel_transfer", **consultation},
        "conference()": {"verb": "conference", **consultation},
        "blindTransferCall('103')": {"verb": "blind_transfer", "to": "103", **about},
        "callByNumber('104')": {"verb": "consult", "to": "104", **about},
        "callByNumber('105', {useBlindTransfer: true})": {"verb": "blind_transfer", "to": "105", **about},
        "sendDtmf('5#')": {"verb": "send_digits", "digits": "5#", **about},
        "mute()": {"verb": "mute", **about},
        "mute(false)": {"verb": "unmute", **about},
        "park()": {"verb": "park", **about},
        "pickup('104')": {"verb": "pickup", "to": "104"},
        "startRecording()": {"verb": "start_recording", **about},
        "stopRecording()": {"verb": "stop_recording", **about},
        "setAgentState('Away', 'lunch')": {"verb": "set_agent_state", "agent_state": "Away", "reason": "lunch"},
        "setAgentState('Active')": {"verb": "set_agent_state", "agent_state": "available"},
        "setWrapUpUserState(true)": {"verb": "set_agent_state", "agent_state": "after_call"},
        "joinQueue('sales')": {"verb": "queue_login", "queue": "sales"},
        "leaveQueue('sales')": {"verb": "queue_logout", "queue": "sales"},
        "pauseQueue('sales', 'lunch')": {"verb": "queue_pause", "queue": "sales", "reason": "lunch"},
        "unpauseQueue('sales')": {"verb": "queue_unpause", "queue": "sales"},
        "listen({id: 'c', pbx: 'office'}, 'whisper')": {"verb": "whisper", "connection_id": "c", "pbx": "office"},
    }.items():
        assert await ask(page, method) == ["observed", ""], method
        sent = push.commands[-1]
        assert {key: value for key, value in sent.items() if key not in ("id", "type")} == fields, method
    assert len({each["id"] for each in push.commands}) == len(push.commands)
    await page.evaluate(f"{MODEL}.useDevice({MODEL}.extensions[1])")
    await ask(page, "makeCall('102')")
    assert (push.commands[-1]["pbx"], push.commands[-1]["device"]) == ("branch", "201")


async def test_what_a_call_does_not_allow_is_not_sent(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", allowed=(Command.CLEAR,)))
    page = await open_page()
    await page.evaluate(f"window.told = []; {MODEL}.addEventListener('error', (e) => told.push(e.detail))")
    assert await ask(page, "holdOrUnholdCall()") == ["CtiNotAllowed", "wrong_state"]
    assert await ask(page, "transferCall()") == ["CtiNotAllowed", "wrong_state"]
    assert push.commands == []
    told = await page.evaluate("window.told")
    assert [(each["errorType"], each["source"]) for each in told] == [
        ("COMMAND", "hold"),
        ("COMMAND", "complete_transfer"),
    ]


async def test_a_double_click_is_one_command(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", talking=5, allowed=TALKING))
    page = await open_page()
    await page.evaluate(f"Promise.all([1, 2].map(() => {MODEL}.makeCall('102')))")
    await page.evaluate(f"Promise.all([1, 2].map(() => {MODEL}.holdOrUnholdCall()))")
    # The call changes between the two halves: still one wish.
    held = (Command.CLEAR, Command.RETRIEVE)
    await push.show("hold", call("a", talking=5, state=ConnectionState.HELD, allowed=held))
    await until(page, f"{MODEL}.currentCall.state === 'HOLDED'")
    assert [each["verb"] for each in push.commands] == ["make_call", "hold"]
    await page.evaluate(f"Promise.all([1, 2].map(() => {MODEL}.dropCall().catch(String)))")
    assert [each["verb"] for each in push.commands] == ["make_call", "hold", "clear"]


async def test_a_failure_is_told_once_as_an_error(push: PushServer, open_page: OpenPage) -> None:
    push.answer_to = lambda _: {"outcome": "failed", "error": "refused", "message": "no such number"}
    page = await open_page()
    await page.evaluate(f"window.told = []; {MODEL}.addEventListener('error', (e) => told.push(e.detail))")
    twice = f"Promise.all([1, 2].map(() => ({SETTLED})({MODEL}.makeCall('999'))))"
    assert await page.evaluate(twice) == [["CtiCommandFailed", "refused"]] * 2
    assert await page.evaluate("window.told") == [
        {"errorType": "COMMAND", "internalErrorCode": "refused", "data": "no such number", "source": "make_call"}
    ]


async def test_a_command_without_an_answer_is_asked_again_under_its_id(push: PushServer, open_page: OpenPage) -> None:
    push.answer_to = lambda _: None
    page = await open_page()
    await page.evaluate(f"window.settled = ({SETTLED})({MODEL}.makeCall('102')); undefined")
    await push.until(lambda: len(push.commands) == 1)
    push.answer_to = lambda _: {"outcome": "observed"}
    await push.kick(1001)
    assert await page.evaluate("window.settled") == ["observed", ""]
    first, second = push.commands
    assert first == second


async def test_without_a_connection_nothing_is_sent_later(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    push.refusal = 4003
    await push.kick(1001)
    await until(page, f"!{MODEL}.isConnected")
    assert await ask(page, "makeCall('102')") == ["CtiNotConnected", "not_connected"]
    push.refusal = None
    await page.evaluate(f"{MODEL}.reConnect()")
    await until(page, f"{MODEL}.isConnected")
    await ask(page, "makeCall('103')")
    assert [each["to"] for each in push.commands] == ["103"]


async def test_a_token_that_expires_is_renewed_on_the_open_socket(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await page.evaluate(second_model(push, "renewToken: async () => `token-${++asked}`"))
    await push.until(lambda: len(push.sockets) == 2)
    soon = datetime.now(UTC) + timedelta(seconds=60)
    await push.send({"type": "expiring", "expires_at": soon})
    await push.until(lambda: any(each["type"] == "renew" for each in push.frames))
    assert [each for each in push.frames if each["type"] == "renew"] == [{"type": "renew", "token": "token-1"}]
    assert len(push.hellos) == 2


async def test_a_refused_token_is_renewed_once(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await page.evaluate(second_model(push, "renewToken: async () => `token-${++asked}`"))
    await push.until(lambda: len(push.hellos) == 2)
    push.refusal = 4500
    await push.kick(4500)
    await push.until(lambda: len(push.hellos) == 3)
    await until(page, "window.second.connectionStatus.phase === 'refused'")
    assert [each["token"] for each in push.hellos] == ["token-1", "old", "token-1"]
    assert push.hellos[2]["cursor"] == {"epoch": "epoch-1", "version": 0}, "the same user: the cursor holds"


def second_model(push: PushServer, options: str) -> str:
    """A script that makes and connects another model, `second`."""
    url = push.url.replace("http", "ws") + "v1/stream"
    return f"""import('/cti-model.js').then(({{ CtiModel }}) => {{ let asked = 0;
        window.second = new CtiModel({{ url: {url!r}, token: 'old', {options} }}); second.connect(); }})"""


async def test_a_server_that_moves_its_clients_is_left_when_it_says(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await page.evaluate(f"window.phases = []; {MODEL}.addEventListener('disconnected', (e) => phases.push(e.detail))")
    await push.send({"type": "moving", "after_ms": 20})
    await push.until(lambda: len(push.hellos) == 2)
    await until(page, f"{MODEL}.isConnected")
    assert push.hellos[1]["cursor"] == {"epoch": "epoch-1", "version": 0}
    # One that the server closes sooner waits for its turn, and no longer.
    await push.send({"type": "moving", "after_ms": 30})
    await push.kick(4000)
    await push.until(lambda: len(push.hellos) == 3)
    assert await page.evaluate("phases.every((each) => !each.ignoreTryReconnection)")


async def test_a_watch_goes_on_after_a_reconnect(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    await page.evaluate(f"{MODEL}.watching.start(['102'])")
    wanted: dict[str, Any] = {"type": "watch", "users": ["102"]}
    await push.until(lambda: wanted in push.frames)
    other = UserView(tenant="demo", user="102")
    await push.send({"type": "watched", "views": {"102": {"epoch": "e", "version": 1, "view": other}}})
    talking = UserView(tenant="demo", user="102", calls=(call("x", talking=4, device="102"),))
    await push.send({"type": "watch_update", "user": "102", "version": 2, "events": [], "view": talking})
    await until(page, f"{MODEL}.watching.views.get('102')?.view.calls?.length === 1")
    await push.kick(1001)
    await push.until(lambda: push.frames.count(wanted) == 2)
    await page.evaluate(f"{MODEL}.watching.stop()")
    await push.until(lambda: {"type": "unwatch"} in push.frames)


@pytest.mark.parametrize("means", ["", "{ locks: null }"])
async def test_one_tab_leads_and_another_takes_over(push: PushServer, open_page: OpenPage, means: str) -> None:
    stand = f"""import('/tab-leader.js').then(({{ TabLeader }}) => {{ window.leader = new TabLeader({means});
        leader.stand('test'); }})"""
    first = await open_page()
    second = await first.context.new_page()
    await go(second, push.url)
    await first.evaluate(stand)
    await until(first, "leader.leads")
    await second.evaluate(stand)
    waiting = "navigator.locks.query().then(({ pending }) => pending.map(({ name }) => name))"
    assert means or "trunkline.leader.test" in await second.evaluate(waiting)
    assert await second.evaluate("leader.leads") is False
    await first.close()
    await until(second, "leader.leads")
