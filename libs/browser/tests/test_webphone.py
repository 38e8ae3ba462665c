"""A web phone in a real browser, whose microphone beeps: both kinds against a PBX's side that hears and speaks."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from cti_browser.chromium import go
from cti_browser.testing import PushServer
from cti_model.calls import Direction
from cti_model.view import CallView, CtiEventName, UserView
from cti_simulators.webphone.sip import SipServer, sip_server
from cti_simulators.webphone.verto import VertoServer, verto_server
from playwright.async_api import Browser, Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

Pbx = SipServer | VertoServer
PAGE = """<!doctype html><title>Web phone</title><script type="module">
  import "./cti-panel.js";
  import { CtiModel } from "./cti-model.js";
  import { SipPhone } from "./webphone/sip-phone.js";
  import { VertoPhone } from "./webphone/verto-phone.js";
  import { LinePhone } from "./webphone/line-phone.js";
  const url = new URL("v1/stream", location.href);
  url.protocol = "ws:";
  const model = new CtiModel({ url: url.href, token: "token-1" });
  window.seen = [];
  for (const name of ["connected", "webRtcStarted", "webRtcDestroyed"]) {
    model.addEventListener(name, ({ detail }) => seen.push(`${name} ${detail.call?.id ?? ""}`.trim()));
  }
  window.open = (settings) => {
    const phone = new (settings.kind === "sip" ? SipPhone : VertoPhone)(settings);
    for (const name of ["registered", "incoming", "started", "changed", "ended"]) {
      phone.addEventListener(name, () => seen.push(name));
    }
    phone.addEventListener("error", ({ detail }) => seen.push(`error ${detail.error.code}`));
    window.phone = phone;
    model.useWebPhone(new LinePhone(model, phone));
    phone.start();
  };
  window.model = model;
  const panel = document.body.appendChild(document.createElement("cti-panel"));
  panel.model = model;
  model.connect();
</script>"""
HEARS = """async () => {
  const report = await phone.connectionOf(phone.calls[0].id).getStats();
  const streams = [...report.values()].filter((each) => each.type === "inbound-rtp");
  return streams.reduce((all, each) => all + each.packetsReceived, 0);
}"""


@asynccontextmanager
async def desk(browser: Browser, push: PushServer, kind: str, secret: str = "right") -> AsyncIterator[tuple[Page, Any]]:
    """A page with a telephone that was told to register, and its PBX."""
    push.documents["/phone.html"] = PAGE
    context = await browser.new_context()
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    async with sip_server("right") if kind == "sip" else verto_server("right") as pbx:
        await go(page, push.url + "phone.html")
        await sees(page, "connected")
        uri = "sip:101@sim.invalid" if kind == "sip" else "101@sim.invalid"
        settings = {"kind": kind, "pbx": "office", "url": pbx.url, "uri": uri, "secret": secret}
        await page.evaluate("(settings) => open(settings)", settings)
        yield page, pbx
        await context.close()
    assert errors == []


async def sees(page: Page, line: str, times: int = 1) -> None:
    await page.wait_for_function(
        "([line, times]) => seen.filter((each) => each === line).length >= times", arg=[line, times]
    )


async def talks(page: Page, pbx: Any) -> None:
    """Audio flows both ways."""
    await next(iter(pbx.peers.values())).hears(20)
    before = await page.evaluate(HEARS)
    async with asyncio.timeout(30):
        while await page.evaluate(HEARS) < before + 20:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", ["sip", "verto"])
async def test_an_incoming_call_is_answered_at_the_line_and_spoken_on(
    speaking: Browser, push: PushServer, call: Callable[..., CallView], kind: str
) -> None:
    ringing = call("a", number="+7 916 123-45-67")
    push.view = UserView(tenant="demo", user="101", calls=(ringing,), current_call="a")
    async with desk(speaking, push, kind) as (page, pbx):
        await sees(page, "registered")
        native = await pbx.call("79161234567", "Anna")
        await sees(page, "incoming")
        assert await page.evaluate("model.allows('answer', model.currentCall)")
        await page.evaluate("model.answerCall()")
        await pbx.told.until("answer")
        await sees(page, "webRtcStarted a")
        await talks(page, pbx)
        await push.show(CtiEventName.COMMUTATION_STARTED, call("a", talking=1, number="+7 916 123-45-67"))
        await page.wait_for_function("model.currentCall.connection_state === 'connected'")
        await page.evaluate("model.mute(true)")
        assert await page.evaluate("phone.calls[0].muted")
        await page.evaluate("model.sendDtmf('5')")
        await pbx.told.until("digits 5")
        await page.evaluate("model.holdOrUnholdCall()")
        await pbx.told.until("hold")
        assert await page.evaluate("phone.calls[0].held")
        await page.evaluate("phone.hold(phone.calls[0].id, false)")
        await pbx.told.until("unhold")
        await pbx.bye(native)
        await sees(page, "webRtcDestroyed a")
        assert await page.evaluate("phone.calls.length") == 0
        assert push.commands == [], "the PBX's manager was not asked for what the telephone does"


@pytest.mark.parametrize("kind", ["sip", "verto"])
async def test_a_call_is_dialled_held_and_ended(speaking: Browser, push: PushServer, kind: str) -> None:
    async with desk(speaking, push, kind) as (page, pbx):
        await sees(page, "registered")
        await page.evaluate("phone.call('102')")
        await pbx.told.until("invite 102")
        await sees(page, "started")
        await talks(page, pbx)
        await page.evaluate("phone.hold(phone.calls[0].id, true)")
        await pbx.told.until("hold")
        await page.evaluate("phone.hangup(phone.calls[0].id)")
        await pbx.told.until("bye")
        await sees(page, "ended")
        await sees(page, "webRtcDestroyed")


@pytest.mark.parametrize("kind", ["sip", "verto"])
async def test_a_wrong_password_is_told_and_not_tried_again(speaking: Browser, push: PushServer, kind: str) -> None:
    async with desk(speaking, push, kind, secret="wrong") as (page, pbx):
        await sees(page, "error phone_password")
        assert await page.evaluate("phone.status") == "refused"
        assert pbx.told.lines.count("refused") == 1


@pytest.mark.parametrize("kind", ["sip", "verto"])
async def test_click_to_call_answers_the_own_telephone(
    speaking: Browser, push: PushServer, call: Callable[..., CallView], kind: str
) -> None:
    async with desk(speaking, push, kind) as (page, pbx):
        await sees(page, "registered")
        await pbx.call("102", "Boris")
        await sees(page, "incoming")
        await push.show(CtiEventName.CALL_STARTED, call("a", number="102", direction=Direction.OUT))
        await pbx.told.until("answer")
        await sees(page, "webRtcStarted a")


async def test_a_call_outlives_a_broken_socket(speaking: Browser, push: PushServer) -> None:
    async with desk(speaking, push, "verto") as (page, pbx):
        await sees(page, "registered")
        await pbx.call("102", "Boris")
        await sees(page, "incoming")
        await page.evaluate("phone.answer(phone.calls[0].id)")
        await sees(page, "started")
        await pbx.cut()
        await pbx.told.until("attach")
        await talks(page, pbx)
        assert "ended" not in await page.evaluate("seen")


async def test_the_panel_answers_by_the_phone_what_the_pbx_cannot(
    speaking: Browser, push: PushServer, call: Callable[..., CallView]
) -> None:
    ringing = call("a", number="79161234567")
    push.view = UserView(tenant="demo", user="101", calls=(ringing,), current_call="a")
    async with desk(speaking, push, "sip") as (page, pbx):
        await sees(page, "registered")
        answer = page.locator("article").get_by_role("button", name="Answer", exact=True)
        await expect(answer).to_have_count(0)
        native = await pbx.call("79161234567", "Anna")
        await answer.click()
        await pbx.told.until("answer")
        await sees(page, "webRtcStarted a")
        await expect(page.locator("article").get_by_role("button", name="Mute", exact=True)).to_be_visible()
        await pbx.bye(native)
        await sees(page, "webRtcDestroyed a")


async def test_the_pbx_asks_whether_it_is_there_gives_up_and_has_it_answer_by_itself(
    speaking: Browser, push: PushServer
) -> None:
    async with desk(speaking, push, "sip") as (page, pbx):
        await sees(page, "registered")
        await pbx.told.until("register")
        await pbx.options()
        await pbx.told.until("options")
        given_up = await pbx.call("102", "Boris")
        await sees(page, "incoming")
        await pbx.cancel(given_up)
        await pbx.told.until("cancelled")
        await sees(page, "ended")
        await pbx.call("103", "Claire", ("call-info", "<sip:sim.invalid>;answer-after=0"))
        await pbx.told.until("answer")
        await sees(page, "started")
        await page.evaluate("phone.stop()")
        await pbx.told.until("unregister")
        assert await page.evaluate("phone.status") == "off"
