"""For those who see their own colours, who zoom, or who see no colours: nothing is told by a colour alone."""

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import Command, ConnectionState
from playwright.async_api import Locator, Page, expect

from .acting import LEAD, TALKING, MakeCall, OpenPage, agent, look, press, show_team, show_waiting, view, waits

pytestmark = pytest.mark.asyncio(loop_scope="session")

RINGING = (Command.ANSWER, Command.CLEAR)


async def drawn(element: Locator) -> tuple[str, ...]:
    """What somebody sees of a state: colours and lines."""
    properties = "['backgroundColor', 'color', 'borderTopWidth', 'borderTopStyle']"
    script = f"(each) => {properties}.map((name) => getComputedStyle(each)[name])"
    return tuple(await element.first.evaluate(script))


async def of_the_system(page: Page, colour: str) -> str:
    script = """(colour) => {
      const each = document.createElement("i");
      each.style.color = colour;
      document.body.append(each);
      const found = getComputedStyle(each).color;
      each.remove();
      return found;
    }"""
    return str(await page.evaluate(script, colour))


async def has_lines(elements: Locator) -> None:
    count = await elements.count()
    assert count
    for at in range(count):
        if await elements.nth(at).is_visible():
            width = await elements.nth(at).evaluate("(each) => parseFloat(getComputedStyle(each).borderTopWidth)")
            assert width >= 1, await elements.nth(at).evaluate("(each) => each.outerHTML")


async def test_with_forced_colours_what_is_chosen_rings_or_can_be_pressed_still_shows(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.about = LEAD
    push.journal = [record_of("r")]
    held = call("b", talking=9, state=ConnectionState.HELD, allowed=(Command.RETRIEVE, Command.CLEAR))
    push.view = view(call("a", allowed=RINGING), held, call("c", talking=5, allowed=TALKING), agents=(agent(),))
    page = await open_page(forced_colors="active")
    await expect(page.locator("article")).to_have_count(3)
    highlight, text = await of_the_system(page, "Highlight"), await of_the_system(page, "CanvasText")

    async def is_chosen(chosen: Locator, other: Locator) -> None:
        assert (await drawn(chosen))[0] == highlight
        assert (await drawn(other))[0] != highlight

    await is_chosen(page.locator("[data-page=phone]"), page.locator("[data-page=calls]"))
    await is_chosen(page.locator("#tab-all"), page.locator("#tab-missed"))
    await has_lines(page.locator(".button"))
    await has_lines(page.locator(".card, .state, .pill"))
    assert await drawn(page.locator("[data-call=a]")) != await drawn(page.locator("[data-call=b]"))
    await page.locator("[data-call=c] [data-action=keypad]").click()
    keypad, hold = (page.locator(f"[data-call=c] [data-action={each}]") for each in ("keypad", "hold"))
    await is_chosen(keypad, hold)
    await page.locator("[data-menu=agent]").click()
    await is_chosen(page.locator(".choice[aria-pressed=true]"), page.locator(".choice[aria-pressed=false]"))
    for dot in await page.locator(".dot").all():
        if await dot.is_visible():
            assert (await drawn(dot))[0] == text
    await page.keyboard.press("Escape")
    await show_team(push, page, call)
    await show_waiting(push, waits("1", "Olga Orlova", 75))
    await has_lines(page.locator(".team-call, .queue-card, .member"))
    await look(page, "forced colours")


@pytest.mark.parametrize("width", [320, 1280])
async def test_a_lost_connection_is_said_in_words_at_any_width(
    push: PushServer, open_page: OpenPage, width: int
) -> None:
    page = await open_page(viewport={"width": width, "height": 800})
    words = page.locator(".bar .pill:not(.agent) .words")
    await expect(page.get_by_text("Online")).to_be_attached()
    size = await words.bounding_box()
    assert size is not None
    assert (size["width"] <= 1) == (width == 320)
    push.refusal = 4003
    await push.kick(1001)
    await expect(page.locator("cti-panel [data-phase=waiting]")).to_be_visible()
    size = await words.bounding_box()
    assert size is not None
    assert size["width"] > 30
    assert await page.evaluate("document.scrollingElement.scrollWidth") == width


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
async def test_at_200_percent_and_with_large_text_nothing_is_cut_off(
    push: PushServer, open_page: OpenPage, call: MakeCall, locale: str
) -> None:
    """A window of 1280 pixels at 200 % has 640 of them (WCAG 1.4.4, 1.4.10); and text alone twice as large."""
    push.about = LEAD
    push.journal = [record_of("r", queue="support")]
    push.view = view(call("a", allowed=RINGING), call("c", talking=5, allowed=TALKING), agents=(agent(),))
    page = await open_page(locale=locale, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")

    async def fits(at: str) -> None:
        assert await page.evaluate("document.scrollingElement.scrollWidth") == 640, at
        for button in await page.locator("cti-panel button").all():
            if not await button.is_visible():
                continue
            cut = await button.evaluate("(each) => each.scrollWidth > each.clientWidth + 1")
            assert not cut, (at, await button.evaluate("(each) => each.outerHTML"))

    await fits("phone")
    await press(page, "Звонки" if locale == "ru-RU" else "Calls")
    await expect(page.locator(".calls-page details")).to_have_count(1)
    await fits("calls")
    await show_team(push, page, call)
    await fits("team")
