"""The Calls section: paging, paths, filters, export."""

from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from cti_browser.testing import PushServer, record_of
from playwright.async_api import expect

from .acting import LEAD, PATH, OpenPage, press

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_calls_page_goes_on_and_draws_paths(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [msgspec.to_builtins(record_of(f"r{at}", minutes=at)) | {"user": "102"} for at in range(60)]
    push.pages = {"/v1/calls/call-r0": PATH, "/v1/users": {"items": [{"id": "102", "name": "Boris Smirnov"}]}}
    page = await open_page()
    await press(page, "Calls")
    rows = page.locator(".calls-page details")
    await expect(rows).to_have_count(50)
    await press(page, "Show earlier calls")
    await expect(rows).to_have_count(60)
    await rows.first.locator("summary").click()
    lanes = rows.first.locator(".lane")
    await expect(lanes).to_have_count(2)
    spans = (
        await lanes.nth(1)
        .locator(".bar-span")
        .evaluate_all("bars => bars.map((bar) => [bar.dataset.span, bar.style.left, bar.style.width])")
    )
    assert spans == [
        ["ring", "25%", "25%"],
        ["talk", "50%", "25%"],
        ["hold", "75%", "12.5%"],
        ["talk", "87.5%", "12.5%"],
    ]
    spoken = rows.first.locator("ol li").nth(1)
    await expect(spoken).to_have_text(
        "Anna K.: Ringing, lasting 00:10, Talk, lasting 00:10, Hold, lasting 00:05, Talk, lasting 00:05"
    )
    await rows.first.locator("summary").press("End")
    await expect(rows.last.locator("summary")).to_be_focused()
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 60")
    await expect(rows.first.locator(".user")).to_have_text("Boris Smirnov")


async def test_the_calls_page_asks_for_what_its_filters_say(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [record_of("r", queue="sales")]
    push.pages = {"/v1/users": {"items": [{"id": "102", "name": "Boris Smirnov"}]}}
    page = await open_page(timezone_id="Europe/Moscow")
    await press(page, "Calls")
    await expect(page.locator(".calls-page details")).to_have_count(1)

    async def asks(**wanted: str) -> None:
        await push.until(lambda: all(wanted.items() <= asked(each).items() for each in push.requests[-2:]))

    await page.get_by_label("Name or number").last.fill("8 (916) 123")
    await asks(number="8 (916) 123")
    await page.get_by_label("Name or number").last.fill("anna")
    await page.get_by_label("Outcome").select_option("missed")
    await asks(text="anna", outcome="missed", alive="false")
    await expect(page.locator(".calls-page .empty")).to_contain_text("No calls like these.")
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 0")
    push.estimate = 123_456
    await press(page, "Clear filters")
    await expect(page.get_by_label("Name or number").last).to_be_focused()
    await expect(page.locator(".calls-page details")).to_have_count(1)
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: about 120,000")
    await page.get_by_label("Period").select_option("dates")
    await page.get_by_label("From").fill("2026-01-05")
    await page.get_by_label("To", exact=True).fill("2026-01-06")
    dates = {"from": "2026-01-04T21:00:00.000Z", "to": "2026-01-06T21:00:00.000Z"}
    await page.get_by_label("User").select_option("102")
    await page.get_by_label("Queue", exact=True).fill("sales")
    await page.get_by_label("Recording").select_option("true")
    await asks(user="102", queue="sales", recorded="true", **dates)
    for kind, name in (("csv", "For spreadsheets (CSV)"), ("jsonl", "For programs (JSON Lines)")):
        push.pages["/v1/calls/export"] = "a file"
        await press(page, "Export")
        async with page.expect_download() as download:
            await press(page, name)
        assert (await download.value).suggested_filename == f"calls.{kind}"
        assert {"format": kind, "queue": "sales", "recorded": "true", **dates}.items() <= asked(
            push.requests[-1]
        ).items()


async def test_a_list_that_cannot_be_read_offers_no_older_calls_of_the_last_one(
    push: PushServer, open_page: OpenPage
) -> None:
    push.journal = [record_of(f"r{at}", minutes=at) for at in range(60)]
    page = await open_page()
    await press(page, "Calls")
    more = page.locator(".calls-page").get_by_role("button", name="Show earlier calls")
    await expect(more).to_be_visible()
    push.journal = None
    await page.get_by_label("Outcome").select_option("missed")
    await expect(page.locator(".calls-page details")).to_have_count(0)
    await expect(page.locator(".calls-page .empty")).to_be_visible()
    await expect(more).to_be_hidden()


def asked(request: str) -> dict[str, str]:
    """The query of a request."""
    return dict(parse_qsl(urlsplit(request).query))
