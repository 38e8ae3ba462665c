"""All that is shown fits the screen, moves for nobody who minds, and speaks the reader's language."""

import re

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.agents import AgentState
from cti_model.calls import ConnectionState, Direction
from cti_model.view import UserView
from playwright.async_api import expect

from .acting import LEAD, NUMBER, PATH, TALKING, WATCH, MakeCall, OpenPage, agent, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_nothing_is_wider_than_the_screen(
    push: PushServer, open_page: OpenPage, call: MakeCall, width: int, language: str
) -> None:
    long = "Константинопольский-Задунайский-Преображенский" * 2
    push.view = view(
        call(
            "a", talking=4000, state=ConnectionState.HELD, held_by_remote=True, name=long, number="7" * 40, queue=long
        ),
        call("b", talking=5, name=long, direction=Direction.OUT, parent_id="a", device=long),
    )
    push.journal = [record_of("r", remote_name=long, remote_number="9" * 40, queue=long)]
    page = await open_page(viewport={"width": width, "height": 800}, locale=language)
    await page.locator("summary").click()
    assert await page.evaluate("document.scrollingElement.scrollWidth") == width
    boxes = [await each.bounding_box() for each in await page.locator("section").all()]
    assert len(boxes) == (2 + 1)
    now, past = (each for each in boxes[:2] if each)
    assert (past["y"] == now["y"]) == (width == 1280)


@pytest.mark.parametrize("width", [320, 768])
async def test_no_page_is_wider_than_the_screen(
    push: PushServer, open_page: OpenPage, call: MakeCall, width: int
) -> None:
    push.about = LEAD | {"name": "Константинопольский-Задунайский-Преображенский" * 2}
    long = "Константинопольский-Задунайский" * 3
    push.journal = [record_of("r", remote_name=long, remote_number="9" * 40, queue=long)]
    push.pages = {"/v1/calls/call-r": PATH, "/v1/users": {"items": [{"id": "102", "name": long}]}}
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING), agents=(agent(AgentState.NOT_READY, long),))
    page = await open_page(viewport={"width": width, "height": 800}, locale="ru-RU")

    async def fits(at: str) -> None:
        assert await page.evaluate("document.scrollingElement.scrollWidth") == width, at

    await fits("phone")
    await page.locator("[data-action=keypad]").click()
    await fits("keypad")
    await page.locator("[data-page=calls]").click()
    await page.locator(".calls-page summary").first.click()
    await expect(page.locator(".path")).to_be_visible()
    await fits("calls")
    await page.locator("[data-page=team]").click()
    await push.until(lambda: WATCH in push.frames)
    member = UserView(tenant="demo", user="102", calls=(call("x", talking=2, name=long, queue=long),))
    await push.send({"type": "watched", "views": {"102": {"epoch": "e", "version": 1, "view": member}}})
    await expect(page.locator(".member")).to_be_visible()
    await fits("team")


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
async def test_nothing_moves_for_those_who_wish_so(
    push: PushServer, open_page: OpenPage, call: MakeCall, wish: str, moves: bool
) -> None:
    push.view = view(call("a"))
    page = await open_page(reduced_motion=wish)
    await expect(page.locator("article")).to_be_visible()
    names = await page.evaluate(
        """(() => { const root = document.querySelector("cti-panel").shadowRoot;
        return [...root.querySelectorAll("*")].flatMap((each) => ["", "::after"].map((part) =>
        getComputedStyle(each, part || null).animationName)).filter((name) => name !== "none"); })()"""
    )
    assert bool(names) == moves


async def test_russian(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", name="Анна Петрова"))
    page = await open_page(locale="ru-RU")
    await expect(page.get_by_text("Входящий звонок", exact=True)).to_be_visible()
    await expect(page.get_by_text("На связи")).to_be_visible()
    await expect(page.locator("article")).to_contain_text("АП")
    assert await page.evaluate("document.documentElement.lang") == "ru"
    ru, en = [
        await page.evaluate(f"import('/panel/messages.js').then((m) => Object.values(m.messagesFor('{language}')))")
        for language in ("ru", "en")
    ]
    assert not [each for each in ru if each in en and re.sub(r"\{\w+\}", "", each).strip(" :·,")]  # words, not forms
