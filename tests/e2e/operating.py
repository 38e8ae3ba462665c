"""What tests of operating have in common: a company's calls, and what somebody does with the mouse."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page, expect

from tests.e2e.office import Office

WEB_PHONE = """localStorage.setItem("trunkline.settings", JSON.stringify({ webPhone: true }))"""
Desk = Callable[..., Awaitable[Page]]
IVAN = "trunk 79161234567 calls 74950000101 as c1; 101 rings"
"""A customer whom the directory knows, and the telephone network has no name for."""
BLOCKED = """window.WebSocket = class { static OPEN = 1; readyState = 0; close() {}
    constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); } };"""


def card(page: Page, words: str) -> Locator:
    return page.locator(f"article[aria-label$={words!r}]")


def alive(page: Page) -> Locator:
    return page.locator("article:not([data-tone=ended])")


async def press(where: Page | Locator, name: str) -> None:
    await where.get_by_role("button", name=name, exact=True).click()


async def dial(page: Page, number: str) -> None:
    await page.get_by_role("combobox", name="Number or name").fill(number)
    await press(page, "Call")


async def transfer_to(page: Page, number: str) -> None:
    """Write a number whole; what the directory proposes then no longer covers the buttons below."""
    field = page.get_by_role("combobox", name="Transfer to number or name")
    await field.fill(number)
    await field.press("Enter")


async def talks_with_ivan(company: Office, page: Page) -> Locator:
    """A call from outside, answered in the panel."""
    await company.people(IVAN)
    await press(card(page, "Ivan Petrov. Incoming call, ringing"), "Answer")
    talking = card(page, "Ivan Petrov. Talking")
    await expect(talking).to_be_visible()
    return talking
