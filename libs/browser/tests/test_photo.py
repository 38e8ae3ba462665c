"""The photo of who calls: shown once it is there; initials until then, and where it never comes."""

import asyncio
from typing import Any

import pytest
from cti_browser import static_dir
from cti_browser.testing import PushServer
from cti_model.directory import Candidate, Match, SubscriberKind
from cti_model.view import CallView, CtiEventName, PartyView
from playwright.async_api import expect

from .acting import NUMBER, MakeCall, OpenPage, look

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHOTO = "https://crm.example/anna.svg"
ASK = """(url) => new Promise((done) => {
  const image = new Image();
  image.onload = image.onerror = done;
  image.src = url;
})"""
"""Asks for a picture as the panel did before, and waits for what comes of it."""


def calling(make: MakeCall, photo: str, call_id: str = "a") -> CallView:
    anna = Candidate(
        id="1", kind=SubscriberKind.CONTACT, name="Anna Petrova", number=NUMBER, match=Match.E164, matched_digits=11,
        photo_url=photo,
    )  # fmt: skip
    return make(call_id, number=NUMBER, party=PartyView(number=NUMBER, name=anna.name, candidates=(anna,)))


async def test_a_photo_takes_the_place_of_initials_once_it_is_there(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    gate, asked = asyncio.Event(), list[dict[str, str]]()

    async def photo(route: Any) -> None:
        asked.append(await route.request.all_headers())
        await gate.wait()
        await route.fulfill(path=static_dir() / "icon.svg", content_type="image/svg+xml")

    page = await open_page()
    await page.route(PHOTO, photo)
    avatar = page.locator("article .avatar")
    await push.show(CtiEventName.CALL_STARTED, calling(call, PHOTO))
    await expect(avatar).to_have_text("AP")
    gate.set()
    await expect(avatar.locator("img")).to_be_visible()
    await expect(avatar).to_have_text("")
    assert await avatar.locator("img").evaluate("(image) => image.naturalWidth") > 0
    assert [each.get("referer") for each in asked] == [None], "its server learns nothing of the page"
    await look(page, "a photo")
    await push.show(CtiEventName.COMMUTATION_STARTED, calling(call, PHOTO))
    await push.show(CtiEventName.CALL_INFO_CHANGED, calling(call, ""))
    await expect(avatar).to_have_text("AP")
    assert len(asked) == 1, "nothing is asked for twice while a call goes on"


@pytest.mark.parametrize(
    "answer",
    [{"status": 404}, {"body": "no picture", "content_type": "image/jpeg"}, None],
    ids=["missing", "no-picture", "cut-off"],
)
async def test_a_photo_that_does_not_load_leaves_the_initials(
    push: PushServer, open_page: OpenPage, call: MakeCall, answer: dict[str, Any] | None
) -> None:
    asked = asyncio.Event()

    async def photo(route: Any) -> None:
        asked.set()
        await (route.fulfill(**answer) if answer else route.abort())

    page = await open_page()
    await page.route(PHOTO, photo)
    await push.show(CtiEventName.CALL_STARTED, calling(call, PHOTO))
    await expect(page.locator("article .avatar")).to_have_text("AP")
    async with asyncio.timeout(60):
        await asked.wait()
    await page.evaluate(ASK, PHOTO)
    await expect(page.locator("article .avatar")).to_have_text("AP")
    await expect(page.locator("article .avatar img")).to_have_count(0)


async def test_nothing_but_the_web_is_asked_for_a_photo(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    data = "data:image/svg+xml," + (static_dir() / "icon.svg").read_text().replace("#", "%23").replace("\n", "")
    await push.show(CtiEventName.CALL_STARTED, calling(call, data))
    await expect(page.locator("article .avatar")).to_have_text("AP")
    await page.evaluate(ASK, data)
    await expect(page.locator("article .avatar img")).to_have_count(0)
