"""What an operator sees, from the telephone exchange's socket to the screen and back from the database."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.running import DEADLINE_S, TENANT, PacedCall, Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PanelOf = Callable[..., Awaitable[Page]]
CALLER = "Ivan Petrov"
ANSWERED = "Incoming · Answered · +7 916 123-45-67"


def card(page: Page, words: str) -> Locator:
    return page.locator(f"article[aria-label$={words!r}]")


async def id_of(card: Locator) -> str:
    """The connection that a card shows."""
    return await card.get_attribute("data-call") or ""


def alive(page: Page) -> Locator:
    """The cards of calls that go on; ended ones stay in sight for some seconds."""
    return page.locator("article:not([data-tone=ended])")


async def runs(timer: Locator) -> int:
    """Wait until a timer steps; the seconds it shows then."""
    before = await timer.inner_text()
    await expect(timer).not_to_have_text(before)
    minutes, seconds = (await timer.inner_text()).split(":")
    return 60 * int(minutes) + int(seconds)


async def recorded(site: Running, operator: str) -> list[dict]:
    """An operator's rows in the journal, newest first."""
    token = site.stack.issuer.token(operator, TENANT)
    async with httpx.AsyncClient(base_url=site.stack.panel_url, timeout=DEADLINE_S) as client:
        answer = await client.get("/v1/calls", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_a_call_rings_is_answered_held_transferred_and_ends(site: Running, panel_of: PanelOf) -> None:
    first, second = await panel_of("101"), await panel_of("102")
    assert "token" not in first.url, "the address bar keeps no token"
    await expect(first.get_by_text("No calls right now")).to_be_visible()
    call = PacedCall(site.pbx, "j_attended_transfer")

    await call.up_to(1)
    ringing = card(first, f"{CALLER}. Incoming call, ringing")
    await expect(ringing).to_be_visible()
    await expect(first).to_have_title(f"{CALLER} is calling")
    inbound = await id_of(ringing)
    await runs(ringing.get_by_role("timer"))

    await call.up_to(3)
    talking = card(first, f"{CALLER}. Talking")
    await expect(talking.get_by_text("Incoming", exact=True)).to_be_visible()
    await runs(talking.get_by_role("timer"))

    await call.up_to(4)
    held = card(first, f"{CALLER}. On hold, held by you")
    await runs(held.locator(".since"))

    await call.up_to(5)
    consultation = first.locator("article[data-call] + ul article")
    await expect(consultation).to_contain_text(f"Consultation during the call with {CALLER}")
    await expect(card(second, "101. Incoming call, ringing")).to_be_visible()
    await call.up_to(7)
    await expect(card(second, "101. Talking")).to_be_visible()
    kept, asked = await id_of(second.locator("article")), await id_of(consultation)

    await call.up_to(9)
    transferred = card(second, f"{CALLER}. Talking")
    await expect(transferred).to_have_attribute("data-call", kept)
    await expect(transferred.locator(".number")).to_have_text("+7 916 123-45-67")
    await expect(transferred.get_by_text("Transferred by 101", exact=True)).to_be_visible()
    await expect(card(first, f"{CALLER}. Call ended").get_by_text("Transferred to 102", exact=True)).to_be_visible()
    await runs(transferred.get_by_role("timer"))

    await call.to_the_end()
    await expect(card(second, f"{CALLER}. Call ended")).to_be_visible()
    await expect(alive(first)).to_have_count(0)
    of_first = {inbound: ANSWERED, asked: "Outgoing · Answered · 102 · internal"}
    await the_history_shows(site, first, "101", of_first)
    await the_history_shows(site, second, "102", {kept: "Incoming · Answered · 101 · internal"})
    await first.reload()
    await expect(first.get_by_text("No calls right now")).to_be_visible()
    await the_history_shows(site, first, "101", of_first)


async def the_history_shows(site: Running, page: Page, operator: str, wanted: dict[str, str]) -> None:
    """These connections are on the screen in these words, and in the database, each once."""
    for connection_id, words in wanted.items():
        await expect(page.locator(f"[data-record={connection_id!r}] .about")).to_have_text(words)
    rows = await recorded(site, operator)
    assert all([row["connection_id"] for row in rows].count(connection_id) == 1 for connection_id in wanted)
    mine = [row for row in rows if row["connection_id"] in wanted]
    assert all(row["outcome"] == "answered" and row["ended_at"] and row["user"] == operator for row in mine)


async def test_a_reload_in_mid_call_brings_the_same_picture_back(site: Running, panel_of: PanelOf) -> None:
    page = await panel_of("101")
    call = PacedCall(site.pbx, "j_attended_transfer")
    await call.up_to(4)
    held = card(page, f"{CALLER}. On hold, held by you")
    seconds = await runs(held.get_by_role("timer"))
    for expected in ({f"{CALLER}. On hold, held by you"}, {f"{CALLER}. On hold, held by you", "Operator 102. Talking"}):
        for label in expected:
            await expect(card(page, label)).to_be_visible()
        await expect(page.locator("article")).to_have_count(len(expected))
        before = await picture(page)
        await page.reload()
        await expect(page.locator("article")).to_have_count(len(expected))
        assert await picture(page) == before
        again = await runs(held.get_by_role("timer"))
        assert again > seconds, "the timer goes on where it was"
        seconds = again
        await call.up_to(7)
    await call.to_the_end()
    await expect(alive(page)).to_have_count(0)


async def picture(page: Page) -> list[dict]:
    """What the cards say, apart from the time."""
    return await page.locator("article").evaluate_all(
        """cards => cards.map((card) => ({
            id: card.dataset.call, tone: card.dataset.tone, label: card.getAttribute("aria-label"),
            relation: card.querySelector(".relation").textContent, number: card.querySelector(".number").textContent,
            tags: [...card.querySelectorAll(".tags li")].map((each) => each.textContent),
        }))"""
    )


async def test_a_killed_push_service_comes_back_to_the_open_page(site: Running, panel_of: PanelOf) -> None:
    page = await panel_of("101")
    call = PacedCall(site.pbx, "j_attended_transfer")
    await call.up_to(3)
    await expect(card(page, f"{CALLER}. Talking")).to_be_visible()
    kept = await id_of(page.locator("article"))
    await site.kill9("push")
    await expect(page.locator(".banner")).to_contain_text("The connection is lost. What you see is as of")
    await expect(card(page, f"{CALLER}. Talking")).to_be_visible()
    await call.up_to(4)
    await site.start("push")
    await site.ready("push")
    held = card(page, f"{CALLER}. On hold, held by you")
    await expect(held).to_have_attribute("data-call", kept)
    await expect(page.locator("cti-panel [data-phase=online]")).to_be_visible()
    await expect(page.locator("article")).to_have_count(1)
    await call.to_the_end()
    await expect(alive(page)).to_have_count(0)
    await the_history_shows(site, page, "101", {kept: ANSWERED})


async def test_a_call_that_nobody_answers_is_among_the_missed(site: Running, panel_of: PanelOf) -> None:
    page = await panel_of("102")
    call = PacedCall(site.pbx, "c_internal_no_answer")
    await call.up_to(5)
    await expect(card(page, "Incoming call, ringing")).to_be_visible()
    await call.to_the_end()
    await expect(card(page, "Missed")).to_be_visible()
    missed = await id_of(card(page, "Missed"))
    await page.get_by_role("tab", name="Missed").click()
    await expect(page.locator(f"[data-record={missed!r}] .about")).to_contain_text("Incoming · Missed")
    assert [row["outcome"] for row in await recorded(site, "102") if row["connection_id"] == missed] == ["missed"]
