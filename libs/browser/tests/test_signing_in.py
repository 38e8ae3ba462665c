"""How the page comes by its token, and loses it."""

from datetime import UTC, datetime

import pytest
from cti_browser.testing import PushServer
from playwright.async_api import Route, expect

from .acting import OpenPage

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_token_leaves_the_address_bar_and_stays_in_the_tab(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page("secret-token")
    assert page.url == push.url
    await page.reload()
    await page.locator("[data-phase=online]").wait_for()
    assert [each["token"] for each in push.hellos] == ["secret-token", "secret-token"]


async def test_without_a_token_and_after_a_refusal_the_page_asks_for_one(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page(None)
    await expect(page.get_by_role("heading", name="Sign in to see your calls")).to_be_visible()
    assert push.hellos == []
    push.refusal = 4500
    await page.get_by_label("Access token").fill("bad-token")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your sign-in is no longer valid")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    # A new sign-in link opened in the same tab changes the fragment alone.
    push.refusal = None
    await page.evaluate("location.hash = '#token=good-token'")
    await page.locator("[data-phase=online]").wait_for()
    await expect(page.get_by_label("Access token")).to_be_hidden()
    assert [each["token"] for each in push.hellos] == ["bad-token", "good-token"]
    assert page.url == push.url


async def test_a_password_leads_in_and_its_token_is_renewed_until_it_cannot_be(
    push: PushServer, open_page: OpenPage
) -> None:
    push.documents["/login"] = "<h1>Password</h1>"
    page = await open_page(None, path="?lang=ru")
    way = page.get_by_role("link", name="Войти по паролю")
    assert (await way.get_attribute("href")) == "login?lang=ru"
    renewals: list[str] = []

    async def renew(route: Route) -> None:
        renewals.append(route.request.headers["authorization"])
        again = len(renewals) == 1
        await route.fulfill(status=200 if again else 401, json={"token": "newer"} if again else {})

    await page.route("**/v1/login/renew", renew)
    await page.evaluate("location.hash = '#token=first'")
    await page.locator("[data-phase=online]").wait_for()
    await push.send({"type": "expiring", "expires_at": datetime.now(UTC)})
    await push.until(lambda: {"type": "renew", "token": "newer"} in push.frames)
    push.refused_tokens = {"newer"}
    await push.kick(4500)
    await expect(way).to_be_visible()
    assert renewals == ["Bearer first", "Bearer newer"]
    assert await page.evaluate("sessionStorage.length") == 0
