"""The telephone of the browser in the panel: switched on by its user, shown, used, and had by one tab."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from cti_browser import static_dir
from cti_browser.chromium import go
from cti_browser.testing import PushServer
from cti_model.view import CallView, CtiEventName, UserView
from cti_simulators.webphone.sip import SipServer, sip_server
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from .acting import look

pytestmark = pytest.mark.asyncio(loop_scope="session")

SWITCH_ON = """localStorage.setItem("trunkline.settings", JSON.stringify({ webPhone: true }))"""
NO_OVERFLOW = "document.documentElement.scrollWidth <= innerWidth"
MAY_GO = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
"""Whether the tab can be closed without a question."""
OpenTab = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def pbx(push: PushServer) -> AsyncIterator[SipServer]:
    """A registrar, and the settings for it as the directory gives them."""
    async with sip_server("right") as server:
        push.pages["/v1/web-phone"] = {
            "kind": "sip",
            "pbx": "office",
            "url": server.url,
            "uri": "sip:101@sim.invalid",
            "login": "",
            "secret": "right",
            "display_name": "Olga",
            "stun": [],
        }
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(speaking: Browser, push: PushServer) -> AsyncIterator[OpenTab]:
    """A tab with the page, in a window where the browser is the telephone unless `on` says otherwise."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def open_it(beside: Page | None = None, *, on: bool = True, path: str = "", **options: Any) -> Page:
        if beside is None:
            context = await speaking.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **options})
            contexts.append(context)
            if on:
                await context.add_init_script(SWITCH_ON)
        page = await (beside.context if beside else contexts[-1]).new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await go(page, f"{push.url}{path}#token=token-1")
        await page.locator("cti-panel [data-phase=online]").wait_for()
        return page

    yield open_it
    for context in contexts:
        await context.close()
    assert errors == []


def strip(page: Page) -> Locator:
    return page.locator("cti-panel .phone-strip")


def named(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


async def says(page: Page, words: str) -> None:
    await expect(strip(page).get_by_role("status")).to_have_text(words)


async def test_a_user_makes_the_browser_their_telephone_and_answers_mutes_and_dials_digits(
    push: PushServer, pbx: SipServer, open_tab: OpenTab, call: Callable[..., CallView]
) -> None:
    page = await open_tab(on=False)
    await expect(strip(page)).to_be_hidden()
    assert "/v1/web-phone" not in push.requests, "nobody's secret leaves the directory unasked"
    await named(page, "Settings").click()
    await page.get_by_label("Use this browser as my phone").check()
    await says(page, "Ready for calls")
    await named(page.get_by_role("dialog"), "Close").click()
    await pbx.told.until("register")
    await push.show(CtiEventName.CALL_STARTED, call("a", number="79161234567", name="Anna"))
    native = await pbx.call("79161234567", "Anna")
    card = page.locator("article")
    await named(card, "Answer").click()
    await pbx.told.until("answer")
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", talking=1, number="79161234567", name="Anna"))
    await next(iter(pbx.peers.values())).hears(20)
    await named(card, "Mute").click()
    await expect(named(card, "Unmute")).to_have_attribute("aria-pressed", "true")
    await named(card, "Keypad").click()
    await named(card, "5").click()
    await pbx.told.until("digits 5")
    await expect(page.locator(".stray")).to_have_count(0)
    assert push.commands == [], "the telephone did it all"
    # Switched off in a call, it stays until that is over.
    await named(page, "Settings").click()
    await page.get_by_label("Use this browser as my phone").uncheck()
    await says(page, "Ready for calls")
    await pbx.bye(native)
    await pbx.told.until("unregister")
    await expect(strip(page)).to_be_hidden()


async def test_one_tab_is_the_telephone_and_another_takes_over(
    push: PushServer, pbx: SipServer, open_tab: OpenTab
) -> None:
    first = await open_tab()
    await says(first, "Ready for calls")
    second = await open_tab(first)
    await says(second, "In use in another tab")
    assert pbx.told.lines.count("register") == 1
    assert push.requests.count("/v1/web-phone") == 1
    await first.close()
    await says(second, "Ready for calls")
    await pbx.told.until("register", 2)


async def test_a_call_that_only_the_telephone_knows_has_its_buttons_in_the_strip(
    pbx: SipServer, open_tab: OpenTab
) -> None:
    page = await open_tab()
    await says(page, "Ready for calls")
    await pbx.call("102", "Boris", video=True)
    stray = page.get_by_role("article", name="Call at this phone: Boris, 102")
    await expect(page.locator("cti-panel [aria-live=assertive]")).to_have_text("Call at this phone: Boris, 102")
    await expect(page.get_by_text("No calls right now")).to_be_hidden()
    await named(stray, "Answer").press("Enter")
    await pbx.told.until("answer")
    video = page.get_by_label("Video of the other side")
    await expect(video).to_have_js_property("readyState", 4)
    assert await page.evaluate(MAY_GO) is False
    await named(stray, "Keypad").press("Enter")
    await named(stray, "7").press("Enter")
    await pbx.told.until("digits 7")
    await named(stray, "Hold").press("Enter")
    await pbx.told.until("hold")
    await named(stray, "Resume").press("Enter")
    await pbx.told.until("unhold")
    await named(stray, "Mute").press("Enter")
    await expect(named(stray, "Unmute")).to_be_visible()
    await named(stray, "End").press("Enter")
    await pbx.told.until("bye")
    await expect(stray).to_have_count(0)
    await expect(video).to_have_count(0)
    assert await page.evaluate(MAY_GO) is True


async def test_what_is_wrong_is_said_and_can_be_tried_again(
    push: PushServer, pbx: SipServer, open_tab: OpenTab
) -> None:
    right = push.pages.pop("/v1/web-phone")
    page = await open_tab()
    await says(page, "Not set up for you. Ask your administrator.")
    push.pages["/v1/web-phone"] = right | {"secret": "wrong"}
    await named(strip(page), "Try again").click()
    await says(page, "Login or password is refused")
    await expect(page.get_by_role("alert")).to_contain_text("login or password is refused")
    push.pages["/v1/web-phone"] = right | {"url": "ws://127.0.0.1:99999/"}
    await named(strip(page), "Try again").click()
    await says(page, "The telephone system cannot be reached")
    push.pages["/v1/web-phone"] = right
    await named(strip(page), "Try again").click()
    await says(page, "Ready for calls")
    assert pbx.told.lines == ["refused", "register"]


async def test_a_policy_that_does_not_allow_the_socket_is_named(
    push: PushServer, pbx: SipServer, open_tab: OpenTab
) -> None:
    document = (static_dir() / "index.html").read_text()
    assert "connect-src 'self' ws: wss:" in document
    push.documents["/strict.html"] = document.replace("connect-src 'self' ws: wss:", "connect-src 'self'")
    page = await open_tab(path="strict.html")
    await says(page, "This page may not connect to the telephone system. Ask your administrator.")
    assert pbx.told.lines == []


async def test_devices_are_chosen_by_keyboard_and_kept(pbx: SipServer, open_tab: OpenTab) -> None:
    page = await open_tab(on=False)
    await page.evaluate(SWITCH_ON)
    await page.reload()
    await says(page, "Ready for calls")
    await named(strip(page), "Microphone and speakers").press("Enter")
    menu = page.get_by_role("dialog", name="Microphone and speakers")
    microphone = menu.get_by_label("Microphone")
    await expect(microphone.locator("option")).to_contain_text(["As the system", "Fake Audio Input 1"])
    await microphone.select_option(label="Fake Audio Input 1")
    for name in ("Speaker", "Ringing"):
        await menu.get_by_label(name).select_option(label="Fake Audio Output 1")
    await named(menu, "Play the ring").press("Enter")
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    await expect(named(strip(page), "Microphone and speakers")).to_be_focused()
    await page.reload()
    await named(strip(page), "Microphone and speakers").press("Enter")
    await expect(microphone.locator("option:checked")).to_have_text("Fake Audio Input 1")
    await pbx.told.until("register", 2)
    await pbx.call("102", "Boris")
    await named(page.locator(".stray"), "Answer").click()
    await pbx.told.until("answer")


@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    push: PushServer, pbx: SipServer, open_tab: OpenTab, call: Callable[..., CallView], language: str
) -> None:
    push.view = UserView(tenant="demo", user="101", calls=(call("a", talking=5, name="Claire", number="105"),))
    page = await open_tab(locale=language, viewport={"width": 320, "height": 900})
    await expect(strip(page).locator("[data-tone=good]")).to_be_visible()
    for number in ("102", "103"):
        await pbx.call(number, "A caller with a name that is longer than the screen is wide")
    await expect(page.locator(".stray")).to_have_count(2)
    for width in (320, 768, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate(NO_OVERFLOW), width
        if width != 768:
            await look(page, f"{width} wide")
    await strip(page).locator("button[popovertarget]").click()
    await expect(page.locator(".devices select")).to_have_count(3)
    await look(page, "devices")
