"""The history: rows, notes, call back, recordings."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import Direction, Outcome
from playwright.async_api import expect

from .acting import NUMBER, OpenPage, press, recording, sent, silence

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_history_tells_what_became_of_each_call(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [
        record_of("a", queue="Sales"),
        record_of("b", minutes=9, outcome=Outcome.MISSED, answered_at=None, talk_s=0.0, hold_s=0.0, remote_name=""),
        record_of(
            "c", minutes=60 * 24 * 40, direction=Direction.OUT, outcome=Outcome.NO_ANSWER, talk_s=0.0, hold_s=0.0
        ),
        record_of("live", minutes=1, outcome=None, ended_by=None, ended_at=None),
    ]
    page = await open_page()
    row = page.locator("[data-record=a] summary")
    await expect(row).to_contain_text("Incoming · Answered · +7 916 123-45-67 · Queue Sales")
    await expect(row.locator(".times")).to_have_text("rang 00:07talked 03:05on hold 00:41")
    await expect(page.locator("[data-record=b] summary")).to_contain_text("Incoming · Missed")
    await expect(page.locator("[data-record=b] .times")).to_have_text("rang 00:07")
    await expect(page.locator("[data-record=c] summary")).to_contain_text("Outgoing · No answer")
    await expect(page.locator("[data-record=live]")).to_have_count(0)
    await page.get_by_role("tab", name="Missed").click()
    await expect(page.locator("[data-record=a]")).to_have_count(0)
    await expect(page.locator("[data-record=b]")).to_be_visible()


async def test_a_history_that_fails_can_be_asked_again(push: PushServer, open_page: OpenPage) -> None:
    push.journal = None
    page = await open_page()
    await expect(page.get_by_text("The history cannot be read now.")).to_be_visible()
    push.journal = []
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("No calls yet")).to_be_visible()


async def test_the_history_is_that_of_the_tokens_user(push: PushServer, open_page: OpenPage) -> None:
    claims = (
        base64.urlsafe_b64encode(json.dumps({"sub": "оператор 101?"}, ensure_ascii=False).encode()).decode().rstrip("=")
    )
    await open_page(f"header.{claims}.signature")
    await push.until(lambda: bool(push.requests))
    assert parse_qs(urlsplit(push.requests[0]).query) == {
        "user": ["оператор 101?"],
        "alive": ["false"],
        "limit": ["25"],
    }


async def test_history_calls_back_and_takes_notes_and_results(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [record_of("r", remote_number=NUMBER)]
    push.pages = {
        "/v1/calls/call-r": {"call": {}, "story": "101 talked 35 s", "path": [], "records": [], "timeline": []},
        "/v1/records/r/annotation": {"version": 2, "note": "An old note", "result": ""},
    }
    page = await open_page()
    await page.evaluate("document.querySelector('cti-panel').setAttribute('results', 'Sold, Call later')")
    await press(page, "Call back: Anna Petrova")
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "make_call", "to": NUMBER}]
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator(".story")).to_have_text("101 talked 35 s")
    note = page.get_by_label("Note")
    await expect(note).to_have_value("An old note")
    writes: list[tuple[str | None, str | None]] = []

    async def write(route: Any) -> None:
        writes.append((route.request.headers.get("if-match"), route.request.post_data))
        stale = len(writes) == 1
        await route.fulfill(status=412 if stale else 200, body="{}" if stale else '{"version": 4, "note": "x"}')

    await page.route("**/v1/records/r/note", write)
    await page.route("**/v1/records/r/result", write)
    push.pages["/v1/records/r/annotation"] = {"version": 3, "note": "A colleague's", "result": ""}
    await note.fill("Wants an offer")
    await press(page, "Save")
    await expect(page.get_by_role("alert")).to_contain_text("A colleague's")
    result = page.get_by_label("Result")
    assert await page.locator("datalist option").evaluate_all("all => all.map((each) => each.value)") == [
        "Sold",
        "Call later",
    ]
    await result.fill("Sold")
    await press(page, "Save")
    await expect(page.locator(".toast[role=status]")).to_have_text("Saved.")
    mine = '{"note":"Wants an offer"}'
    assert writes == [('"2"', mine), ('"3"', mine), ('"4"', '{"result":"Sold"}')]
    # The row comes again with what was written: it stays open, and what is being written now stays too.
    await note.fill("Wants two")
    push.journal = [{**msgspec.to_builtins(push.journal[0]), "result": "Sold"}]
    await page.evaluate("document.querySelector('cti-panel').model.dispatchEvent(new Event('callSaved'))")
    await expect(page.locator("[data-record=r] .about").first).to_contain_text("Sold")
    await expect(note).to_have_value("Wants two")


async def test_a_missed_call_says_whether_somebody_called_back(push: PushServer, open_page: OpenPage) -> None:
    vain: dict[str, Any] = {"outcome": Outcome.MISSED, "answered_at": None}
    push.journal = [record_of("r", **vain), record_of("s", minutes=9, **vain), record_of("t", internal=True, **vain)]
    back = {"user": "102", "at": datetime.now(UTC), "direction": "out", "call_id": "later"}
    push.pages = {"/v1/missed": {"items": [{"call_id": "call-r", "called_back": None}, {"call_id": "call-s"}]}}
    page = await open_page()
    await expect(page.locator("[data-record]")).to_have_count(3)
    await expect(page.locator(".called-back")).to_have_count(0)
    await page.get_by_role("tab", name="Missed").click()
    await expect(page.locator("[data-record=r] .called-back")).to_have_text("Not called back")
    push.pages["/v1/missed"]["items"][1]["called_back"] = back
    await page.evaluate("document.querySelector('cti-panel').model.dispatchEvent(new Event('callSaved'))")
    await expect(page.locator("[data-record=s] .called-back")).to_contain_text("Called back: Today")
    # Who calls inside the company is nobody to be called back.
    await expect(page.locator("[data-record=t] .called-back")).to_have_count(0)


async def test_a_recording_plays_in_place_and_goes_on_when_its_link_is_over(
    push: PushServer, open_page: OpenPage
) -> None:
    push.journal = [record_of("r")]
    gone = recording("b", audible=False, state="gone", gone_because="older than 90 days")
    push.pages = {"/v1/calls/call-r/recordings": {"items": [recording("a"), gone]}}
    page = await open_page()
    links: list[str] = []

    async def link(route: Any) -> None:
        links.append(route.request.method)
        # As a journal with an address of its own for others gives them.
        await route.fulfill(json={"url": f"https://journal.example/v1/listen/l{len(links)}", "expires_at": ""})

    heard: list[str] = []

    async def listen(route: Any) -> None:
        heard.append(route.request.url.rsplit("/", 1)[1])
        over = heard[-1] == "l1"
        await route.fulfill(**({"status": 401} if over else {"body": silence(30), "content_type": "audio/wav"}))

    await page.route("**/v1/recordings/a/link", link)
    await page.route("**/v1/listen/*", listen)
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator(".recordings")).to_contain_text("The recording is no longer kept: older than 90 days")
    await press(page, "Play the recording · 101 · 00:35")
    player = page.locator("audio")
    await expect(player).to_be_focused()
    await expect(player).to_have_attribute("src", push.url + "v1/listen/l2")
    await page.wait_for_function(
        "player => !player.paused && player.currentTime > 0", arg=await player.element_handle()
    )
    assert (links, heard[:2]) == (["POST", "POST"], ["l1", "l2"])
