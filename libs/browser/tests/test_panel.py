"""The panel on the screen: cards, what is said, lost connections."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import ConnectionState, Direction, Outcome
from cti_model.view import CtiEventName
from playwright.async_api import Locator, expect

from .acting import MakeCall, OpenPage, heard, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


HOSTILE = '<img src=x onerror="window.pwned=1">\'"--></script><script>window.pwned=1</script>'


async def steps(timer: Locator, told: float, seconds: int) -> None:
    """Wait until a timer steps that showed so many seconds when the page was told; it is not ahead of the clock.

    It may be a second behind: the server's clock comes with a frame, and the frame takes its time.
    """
    before = await timer.inner_text()
    await expect(timer).not_to_have_text(before)
    *_, minutes, shown = map(int, (await timer.inner_text()).split(":"))
    assert seconds <= 60 * minutes + shown <= seconds + time.monotonic() - told + 1


async def test_a_call_from_ringing_to_the_history(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    await expect(page.get_by_text("No calls right now")).to_be_visible()
    anna: dict[str, Any] = {"number": "79161234567", "name": "Anna Petrova", "queue": "Sales"}
    told = time.monotonic()
    await push.show(CtiEventName.CALL_STARTED, call("a", age=14, **anna))
    card = page.locator("article")
    await expect(card).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    for text in ("AP", "Anna Petrova", "+7 916 123-45-67", "Queue Sales"):
        await expect(card.get_by_text(text, exact=True)).to_be_visible()
    await steps(card.get_by_role("timer"), told, 14)
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Anna Petrova, 79161234567, Queue Sales")
    await expect(page).to_have_title("Anna Petrova is calling")

    told = time.monotonic()
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", age=300, talking=133, **anna))
    await expect(card.get_by_text("Talking", exact=True)).to_be_visible()
    await expect(card.get_by_text("Incoming", exact=True)).to_be_visible()
    await steps(card.get_by_role("timer"), told, 133)
    await expect(heard(page, "polite")).to_contain_text("Connected: Anna Petrova")
    await expect(page).to_have_title("Trunkline")

    told = time.monotonic()
    await push.show(CtiEventName.HOLD, call("a", age=4000, talking=41, state=ConnectionState.HELD, **anna))
    await expect(card.get_by_text("On hold, held by you")).to_be_visible()
    await steps(card.locator(".since"), told, 41)

    requests = len(push.requests)
    now = datetime.now(UTC)
    ended = {"state": ConnectionState.NULL, "ended_at": now, "outcome": Outcome.ANSWERED}
    ended["answered_at"] = now - timedelta(seconds=3725)
    over = call("a", age=4000, talking=3725, **{**anna, **ended})
    await push.show(CtiEventName.CALL_FINISHED, over)
    await expect(card.get_by_text("Call ended")).to_be_visible()
    await expect(card.get_by_role("timer")).to_have_text("1:02:05")
    await expect(heard(page, "polite")).to_contain_text("Call ended: Anna Petrova. Answered")
    # The journal is later than the event: the panel asks until the record is there.
    push.journal = [record_of("a", minutes=0.1, outcome=None, ended_by=None, ended_at=None)]
    await push.until(lambda: len(push.requests) >= requests + 2)
    push.journal = [record_of("a", minutes=0.1)]
    await expect(page.locator("[data-record=a]")).to_be_visible()
    await page.evaluate("document.querySelector('cti-panel').setAttribute('linger', '0.5')")
    await push.show(CtiEventName.CALL_FINISHED, over)
    await expect(card).to_have_count(0)


async def test_the_states_in_words(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    card = page.locator("article")
    out = Direction.OUT
    anna = {"name": "Anna"}
    for shown, words in [
        (call("a", state=ConnectionState.INITIATED, direction=out), "Dialling"),
        (call("a", direction=out), "Ringing at the other side"),
        (call("a", talking=1, held_by_remote=True, **anna), "On hold, held by Anna"),
        (call("a", talking=1, held_by_remote=True, state=ConnectionState.HELD), "On hold, held by both sides"),
        (call("a", state=ConnectionState.QUEUED), "Waiting in a queue"),
        (call("a", state=ConnectionState.FAILED, direction=out), "The call cannot be put through"),
    ]:
        await push.show(CtiEventName.CALL_INFO_CHANGED, shown)
        await expect(card.get_by_text(words, exact=True)).to_be_visible()
    now = datetime.now(UTC)
    for outcome, words in [
        (Outcome.MISSED, "Missed"),
        (Outcome.BUSY, "Busy"),
        (Outcome.NO_ANSWER, "No answer"),
        (Outcome.REJECTED, "Declined"),
        (Outcome.CANCELLED, "Cancelled"),
        (Outcome.FAILED, "Failed"),
        (Outcome.ANSWERED_ELSEWHERE, "Answered elsewhere"),
        (Outcome.ABANDONED, "Caller gave up"),
    ]:
        ended = call("a", state=ConnectionState.NULL, ended_at=now, outcome=outcome)
        await push.show(CtiEventName.CALL_FINISHED, ended)
        await expect(card.get_by_text(words, exact=True)).to_be_visible()


async def test_a_consultation_stands_under_its_call(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    held = call("a", talking=40, state=ConnectionState.HELD, name="Boris Ivanov")
    consult = call(
        "b", talking=5, name="Claire Dubois", direction=Direction.OUT, parent_id="a", internal=True, number="105"
    )
    push.view = view(held, consult)
    page = await open_page()
    nested = page.locator("[data-call=a] + ul [data-call=b]")
    await expect(nested).to_contain_text("Consultation during the call with Boris Ivanov")
    await expect(nested).to_contain_text("105 · internal")
    # The parent ends: the consultation becomes a call of its own right and keeps its element.
    await push.show(CtiEventName.CURRENT_CALL_CHANGED, call("b", talking=5, name="Claire Dubois"))
    await expect(page.locator("[data-call=a]")).to_have_count(0)
    await expect(page.locator("[data-call=b]")).to_be_visible()


async def test_a_card_says_who_passed_the_call_on(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    card = page.locator("article")
    await push.show(CtiEventName.CALL_STARTED, call("a", redirecting_id="103", redirection_id="101"))
    await expect(card.get_by_text("Transferred by 103", exact=True)).to_be_visible()
    await push.show(CtiEventName.CALL_INFO_CHANGED, call("a", talking=5))
    await expect(card).not_to_contain_text("Transferred")
    passed_on = {"redirecting_id": "101", "redirection_id": "102", "outcome": Outcome.ANSWERED}
    ended = {"state": ConnectionState.NULL, "ended_at": datetime.now(UTC)}
    await push.show(CtiEventName.CALL_FINISHED, call("a", talking=5, **passed_on, **ended))
    await expect(card.get_by_text("Transferred to 102", exact=True)).to_be_visible()
    await expect(card.get_by_text("Call ended")).to_be_visible()


async def test_replayed_events_ring_nobody(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    await push.kick(1001)
    await push.show(CtiEventName.CALL_STARTED, call("a", name="Anna Petrova"))
    ended = call(
        "a", state=ConnectionState.NULL, ended_at=datetime.now(UTC), outcome=Outcome.MISSED, name="Anna Petrova"
    )
    await push.show(CtiEventName.CALL_FINISHED, ended)
    push.journal = [record_of("a", outcome=Outcome.MISSED)]
    await push.until(lambda: len(push.hellos) == 2)
    await expect(page.locator("[data-record=a]")).to_be_visible()
    # A live call after the replay: were the replayed one shown or said, it would be beside this one.
    await push.show(CtiEventName.CALL_STARTED, call("b", name="Boris Ivanov"))
    await expect(page.locator("[data-call=b]")).to_be_visible()
    await expect(page.locator("article")).to_have_count(1)
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Boris Ivanov")
    await expect(heard(page, "polite")).not_to_contain_text("Anna")


async def test_a_phone_that_still_rings_after_a_resume_is_told(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    page = await open_page()
    await push.kick(1001)
    await push.show(CtiEventName.CALL_STARTED, call("a", name="Anna Petrova"))
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Anna Petrova")
    await expect(page.locator("[data-tone=ringing]")).to_be_visible()


async def test_a_lost_connection_keeps_the_picture_and_says_how_old_it_is(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a", talking=5))
    page = await open_page()
    await expect(page.locator("article")).to_be_visible()
    push.refusal = 4003
    await push.kick(1001)
    await expect(page.get_by_text("The connection is lost. What you see is as of").first).to_be_visible()
    await expect(page.locator("article")).to_be_visible()
    tried = len(push.hellos)
    await page.get_by_role("button", name="Try now").click()
    await push.until(lambda: len(push.hellos) > tried)
    push.view = view()
    push.refusal = None  # only now: a panel that came back by itself would have no button
    await expect(page.locator("[data-phase=online]")).to_be_visible()
    await expect(page.locator("article")).to_have_count(0)
    await expect(page.locator(".banner")).to_be_hidden()


async def test_names_are_text_and_never_markup(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    hostile = {"name": HOSTILE, "number": HOSTILE, "queue": HOSTILE, "device": HOSTILE}
    push.journal = [record_of("r", remote_name=HOSTILE, remote_number=HOSTILE, queue=HOSTILE, redirecting_id=HOSTILE)]
    page = await open_page()
    await push.show(CtiEventName.CALL_STARTED, call("a", **hostile))
    await expect(page.locator("article h3")).to_have_text(HOSTILE)
    await expect(page.locator("[data-record=r] .title")).to_have_text(HOSTILE)
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator("[data-record=r] dl")).to_contain_text(HOSTILE)
    await expect(page.locator("cti-panel img, cti-panel script")).to_have_count(0)
    assert await page.evaluate("window.pwned") is None


async def test_an_element_that_leaves_the_page_stops_listening(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    page = await open_page()
    await page.evaluate("window.panel = document.querySelector('cti-panel'); panel.remove()")
    await push.show(CtiEventName.CALL_STARTED, call("a"))
    async with asyncio.timeout(30):
        while not await page.evaluate("panel.model.activeCalls.length"):
            await asyncio.sleep(0.01)
    assert await page.evaluate("panel.shadowRoot.querySelectorAll('article').length") == 0
    await page.evaluate("document.querySelector('main').append(panel)")
    await expect(page.locator("article")).to_have_count(1)
