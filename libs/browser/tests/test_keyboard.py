"""Everything by keyboard."""

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import Command, Outcome
from cti_model.view import CtiEvent, CtiEventName
from playwright.async_api import Page, expect

from .acting import LEAD, MakeCall, OpenPage, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def tabbed(page: Page) -> str:
    """Press the tabulator key; what has the focus then."""
    await page.keyboard.press("Tab")
    focus = "document.querySelector('cti-panel').shadowRoot.activeElement"
    label: str = await page.evaluate(
        f"((each) => each?.ariaLabel || each?.labels?.[0]?.innerText || each?.innerText.trim() || '')({focus})"
    )
    return label


UNDER = """() => {
  const root = document.querySelector("cti-panel").shadowRoot;
  const each = root.activeElement;
  if (!each) return "";
  const box = each.getBoundingClientRect();
  const at = root.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 12) / 2);
  const outlined = getComputedStyle(each).outlineStyle === "solid";
  return each.contains(at) && outlined ? "" : each.outerHTML.slice(0, 200);
}"""
"""What has the focus and is hidden by something, or has no outline; empty: it is seen (WCAG 2.2, 2.4.7 and 2.4.11)."""


async def test_what_has_the_focus_is_seen_forwards_and_backwards(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [record_of(f"r{each}", minutes=each + 1) for each in range(12)]
    page = await open_page(viewport={"width": 320, "height": 500})
    for name in ("phone", "calls"):
        await page.locator(f"[data-page={name}]").click()
        await expect(page.locator(f".{'columns' if name == 'phone' else 'calls-page'} details")).to_have_count(12)
        for key in ["Tab"] * 18 + ["Shift+Tab"] * 16:
            await page.keyboard.press(key)
            assert await page.evaluate(UNDER) == "", (name, key)


async def test_everything_is_reached_by_keyboard(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    missed = {"outcome": Outcome.MISSED, "talk_s": 0.0}
    push.journal = [record_of(f"r{each}", minutes=each + 1, **missed) for each in range(30)]
    page = await open_page()
    await expect(page.locator("details")).to_have_count(25)
    # Pages, settings, the field to dial with its keypad and button, the tabs: in the order in which they are read.
    stops = [await tabbed(page) for _ in range(8)]
    assert stops == ["Phone", "Calls", "No queues", "Settings", "Number or name", "Dial pad", "Call", "All"]
    outline = "getComputedStyle(document.querySelector('cti-panel').shadowRoot.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("ArrowRight")
    tab = page.get_by_role("tab", name="Missed")
    await expect(tab).to_be_focused()
    await expect(tab).to_have_attribute("aria-selected", "true")
    await push.until(lambda: "outcome=missed" in push.requests[-1])
    await expect(page.locator("details")).to_have_count(25)
    await page.keyboard.press("Tab")
    first = page.locator("summary").first
    await expect(first).to_be_focused()
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("details").first).to_have_attribute("open", "")
    # A refresh in the background leaves the focus where it is.
    push.journal = [record_of("new", minutes=0.1, **missed), *push.journal]
    await push.tell(CtiEvent(name=CtiEventName.CALL_SAVED), view=view())
    await expect(page.locator("[data-record=new]")).to_be_visible()
    await expect(page.locator("[data-record=r0] summary")).to_be_focused()
    assert [await tabbed(page) for _ in range(4)] == ["Note", "Result", "Save", "Call back: Anna Petrova"]
    while await tabbed(page) != "Show earlier calls":
        pass
    await page.keyboard.press("Enter")
    await expect(page.locator("details")).to_have_count(31)
    await expect(page.locator("[data-record=r25] summary")).to_be_focused()
    await expect(page.get_by_role("button", name="Show earlier calls")).to_be_hidden()
    # A call that rings far above, where all is in one column, is told in the bar, and one press away.
    await page.set_viewport_size({"width": 320, "height": 500})
    await page.locator("[data-record=r25]").scroll_into_view_if_needed()
    answers = call("a", name="Anna Petrova", age=1, allowed=(Command.ANSWER, Command.CLEAR))
    await push.show(CtiEventName.CALL_STARTED, answers)
    answer = page.get_by_role("button", name="Answer")
    await expect(answer).to_be_visible()
    await expect(answer).not_to_be_in_viewport()
    await page.get_by_title("Anna Petrova is calling").press("Enter")
    await expect(answer).to_be_focused()
    await expect(answer).to_be_in_viewport()
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", name="Anna Petrova", talking=1))
    await expect(page.get_by_title("Anna Petrova is calling")).to_have_count(0)
