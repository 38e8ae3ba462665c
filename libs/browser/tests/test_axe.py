"""What axe finds on any page, light and dark, in one language or the other: nothing."""

from datetime import UTC, datetime

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import Command, ConnectionState, Direction, Outcome
from cti_model.view import CtiEventName
from playwright.async_api import Page, Route, expect

from .acting import (
    ANNA,
    CONSULTING,
    LEAD,
    NUMBER,
    PATH,
    PETER,
    TALKING,
    MakeCall,
    OpenPage,
    agent,
    look,
    recording,
    show_team,
    show_waiting,
    silence,
    view,
    waits,
)  # fmt: skip

pytestmark = pytest.mark.asyncio(loop_scope="session")


LANGUAGES = pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])


@pytest.mark.parametrize(
    ("state", "locale"),
    [("calls", "en-GB"), ("calls", "ru-RU"), ("empty", "ru-RU"), ("lost", "en-GB"), ("signed out", "ru-RU")],
)
async def test_axe_finds_nothing(
    push: PushServer, open_page: OpenPage, call: MakeCall, locale: str, state: str
) -> None:
    if state in ("calls", "lost"):
        push.view = view(
            call("a", talking=40, state=ConnectionState.HELD, name="Boris Ivanov", number="102"),
            call(
                "b",
                talking=5,
                name="Claire Dubois",
                direction=Direction.OUT,
                parent_id="a",
                internal=True,
                number="105",
            ),
            call("c", number="79161234567", queue="Sales"),
            call("d", state=ConnectionState.FAILED, direction=Direction.OUT, name="Denis"),
            call("e", state=ConnectionState.QUEUED, direction=Direction.OUT, name="Elena"),
        )
        outcomes = list(Outcome)
        push.journal = [
            record_of(f"r{at}", minutes=at * 9, outcome=each, queue="Sales") for at, each in enumerate(outcomes)
        ]
    page = await open_page(None if state == "signed out" else "token-1", locale=locale)
    if state == "calls":
        ended = call("f", state=ConnectionState.NULL, ended_at=datetime.now(UTC), outcome=Outcome.MISSED, name="Fedor")
        await push.show(CtiEventName.CALL_FINISHED, ended, *push.view.calls)
        await expect(page.locator("article")).to_have_count(6)
        await page.locator("summary").first.click()
    if state == "lost":
        push.refusal = 4003
        await push.kick(1001)
        await expect(page.locator(".banner")).to_be_visible()
    await look(page, state)


SOUND = {"items": [recording("a"), recording("b", audible=False, state="gone", gone_because="older than 90 days")]}


def dress(push: PushServer) -> None:
    """A supervisor's calls, journal and people."""
    push.about = LEAD
    push.journal = [record_of("r", remote_number=NUMBER, queue="support")]
    found = [{"id": "7", "kind": "contact", "name": "Ivan Petrov", "job": "Head of sales"}]
    push.pages = {
        "/v1/calls/call-r": PATH,
        "/v1/calls/call-r/recordings": SOUND,
        "/v1/users": {"items": [{"id": "102", "name": "Boris Smirnov"}]},
        "/v1/identify": {"candidates": [ANNA, PETER]},
        "/v1/search": {"by_name": found},
        "/v1/records/r/annotation": {"version": 0, "note": "", "result": ""},
        "/v1/missed": {"items": []},
    }


async def sounds(page: Page) -> None:
    """Recordings can be heard."""

    async def link(route: Route) -> None:
        await route.fulfill(json={"url": "https://journal.example/v1/listen/a", "expires_at": ""})

    async def listen(route: Route) -> None:
        await route.fulfill(body=silence(3), content_type="audio/wav")

    await page.route("**/v1/recordings/a/link", link)
    await page.route("**/v1/listen/*", listen)


@LANGUAGES
async def test_axe_finds_nothing_while_somebody_works(
    push: PushServer, open_page: OpenPage, call: MakeCall, locale: str
) -> None:
    dress(push)
    held = call("a", number=NUMBER, talking=90, state=ConnectionState.HELD, allowed=(Command.CLEAR, Command.RETRIEVE))
    consult = call("b", direction=Direction.OUT, talking=1, number="102", parent_id="a", allowed=CONSULTING)
    push.view = view(consult, held, call("c", number="103", talking=4, allowed=TALKING), agents=(agent(),))
    page = await open_page(locale=locale)
    await sounds(page)
    row = page.locator("[data-record=r]")
    await row.locator("summary").click()
    await expect(row.locator(".story")).not_to_be_empty()
    await row.locator(".recording button").click()
    await expect(row.locator("audio")).to_be_visible()
    await page.locator("[data-call=c] [data-action=transfer]").click()
    push.answer_to = lambda _: {"outcome": "failed", "error": "busy"}
    await page.locator("[data-call=c] [data-action=park]").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await look(page, "a consultation, a player, an error")
    await page.locator("[data-call=c] [data-action=keypad]").click()
    await page.locator(".dialer button").first.click()
    await page.locator(".dialer input").fill("ivan")
    await expect(page.get_by_role("option")).to_have_count(1)
    await page.locator(".dialer input").press("ArrowDown")
    await look(page, "keypads, a list of names")
    await page.locator("#tab-missed").click()
    await expect(page.locator("#tab-missed")).to_have_attribute("aria-selected", "true")
    await page.locator("[data-menu=agent]").click()
    await look(page, "missed calls, the menu of states")
    await page.keyboard.press("Escape")
    await page.locator(".who-am-i > .bare").click()
    await look(page, "settings")


@pytest.mark.parametrize(("width", "locale"), [(320, "ru-RU"), (1280, "en-GB")])
async def test_axe_finds_nothing_on_the_pages_beside_it(
    push: PushServer, open_page: OpenPage, call: MakeCall, locale: str, width: int
) -> None:
    dress(push)
    page = await open_page(locale=locale, viewport={"width": width, "height": 800})
    await page.locator("[data-page=calls]").click()
    await page.locator(".calls-page summary").first.click()
    await expect(page.locator(".path")).to_be_visible()
    if width == 320:
        await page.locator(".filters-toggle").click()
    await page.locator(".filters select").first.select_option("dates")
    await page.locator(".export > .button").click()
    await look(page, "calls")
    await page.keyboard.press("Escape")
    await page.locator(".filters input").first.fill("nobody")
    push.journal = []
    await expect(page.locator(".calls-page .empty")).to_be_visible()
    await look(page, "no calls")
    await show_team(push, page, call)
    await show_waiting(push, waits("1", "Olga Orlova", 75))
    await expect(page.locator(".waiting time")).to_be_visible()
    await look(page, "the team")
    await page.locator(".find").fill("nobody")
    await expect(page.locator(".team-page .empty")).to_be_visible()
    await look(page, "nobody of the team")
