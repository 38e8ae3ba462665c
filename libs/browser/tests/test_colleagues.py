"""Colleagues on the pages: all of them, however many there are, with their photos."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cti_browser import static_dir
from cti_browser.testing import PushServer, record_of
from playwright.async_api import Page, expect

from .acting import LEAD, TALKING, MakeCall, OpenPage, press, show_team, view

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHOTO = "https://crm.example/boris.svg"


async def staff(page: Page, users: list[dict[str, Any]]) -> list[dict[str, str]]:
    """The directory's pages of users; what was asked for."""
    asked: list[dict[str, str]] = []

    async def answer(route: Any) -> None:
        query = dict(parse_qsl(urlsplit(route.request.url).query))
        asked.append(query)
        found = [each for each in users if query.get("text", "").lower() in each["name"].lower()]
        start, limit = int(query.get("cursor", "0")), int(query["limit"])
        end = start + limit
        following = str(end) if end < len(found) else None
        await route.fulfill(json={"items": found[start:end], "next": following})

    async def photo(route: Any) -> None:
        await route.fulfill(path=static_dir() / "icon.svg", content_type="image/svg+xml")

    await page.route("**/v1/users?*", answer)
    await page.route("https://crm.example/**", photo)
    return asked


async def test_the_team_has_names_behind_the_first_page_and_photos(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.about = LEAD
    page = await open_page()
    users: list[dict[str, Any]] = [{"id": f"u{at}", "name": f"User {at}"} for at in range(450)]
    users += [{"id": "102", "name": "Boris Smirnov", "photo_url": PHOTO}, {"id": "103", "name": "Clara Weber"}]
    asked = await staff(page, users)
    await show_team(push, page, call)
    await expect(page.locator(".member h3")).to_have_text(["Boris Smirnov", "Clara Weber", "104"])
    await expect(page.locator("[data-user='102'] .avatar img")).to_be_visible()
    await expect(page.locator("[data-user='103'] .avatar")).to_have_text("CW")
    await expect(page.locator("[data-user='104'] .avatar .icon")).to_be_visible()
    assert [each.get("cursor") for each in asked] == [None, "200", "400"]


async def test_of_many_users_those_are_offered_that_the_directory_finds(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [record_of("r")]
    page = await open_page()
    users = [{"id": f"u{at}", "name": f"User {at}"} for at in range(300)] + [
        {"id": "102", "name": "Boris (the second)"}
    ]
    asked = await staff(page, users)
    await press(page, "Calls")
    field = page.get_by_label("User")
    await expect(field).to_have_role("combobox")
    await expect(field).to_have_attribute("type", "search")
    await field.fill("boris")
    await expect(page.locator(".user-choice option")).to_have_attribute("value", "Boris (the second) (102)")
    assert asked[-1] == {"text": "boris", "limit": "20"}
    await field.fill("Boris (the second) (102)")
    await push.until(lambda: "user=102" in push.requests[-1])
    await field.fill("u7")
    await push.until(lambda: "user=u7" in push.requests[-1])
    await press(page, "Clear filters")
    await expect(field).to_have_value("")


async def test_who_a_call_is_passed_to_has_a_photo_or_initials(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a", talking=40, name="Anna", allowed=TALKING))
    found = [
        {"id": "1", "kind": "employee", "name": "Boris Smirnov", "department": "Sales", "photo_url": PHOTO},
        {"id": "2", "kind": "employee", "name": "Boris Novak"},
    ]
    push.pages = {"/v1/search": {"by_name": found}}
    page = await open_page()
    await staff(page, [])
    await page.locator("[data-action=transfer]").click()
    await page.locator(".transfer input").fill("boris")
    options = page.get_by_role("option")
    await expect(options).to_have_count(2)
    await expect(options.first.locator(".avatar img")).to_be_visible()
    await expect(options.last.locator(".avatar")).to_have_text("BN")
    # The letters are a picture: they are no part of the name that is read out.
    await expect(page.get_by_role("option", name="Boris Novak", exact=True)).to_have_count(1)
