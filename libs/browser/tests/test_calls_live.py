"""The Calls section while somebody reads it: new rows, rows that change, nothing that moves under the reader's hand."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.calls import ConnectionState, Outcome
from cti_model.view import CallView, CtiEvent, CtiEventName, UserView
from playwright.async_api import Page, Route, expect

from .acting import LEAD, PATH, MakeCall, OpenPage, press, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


def row(key: str, *, minutes: float, **fields: Any) -> dict[str, Any]:
    return {**msgspec.to_builtins(record_of(key, minutes=minutes)), "user": "101", **fields}


async def saved(push: PushServer, key: str, name: CtiEventName = CtiEventName.CALL_SAVED) -> None:
    await push.tell(CtiEvent(name=name, database_id=key), view=view())


async def listed(page: Page) -> list[str]:
    rows = page.locator(".calls-page details")
    return [str(await rows.nth(at).get_attribute("data-record")) for at in range(await rows.count())]


async def reads(push: PushServer, open_page: OpenPage, count: int = 3, **options: Any) -> Page:
    push.journal = [row(f"r{at}", minutes=10 + at) for at in range(count)]
    page = await open_page(**options)
    await press(page, "Calls")
    await expect(page.locator(".calls-page details")).to_have_count(min(count, 50))
    await page.mouse.move(1, 1)
    return page


async def test_a_call_that_ends_comes_in_at_the_top_by_itself(push: PushServer, open_page: OpenPage) -> None:
    page = await reads(push, open_page)
    # A long talk ends after a short one that began later: each has its place.
    push.journal = [row("short", minutes=1), *push.journal[:1], row("long", minutes=10.5), *push.journal[1:]]
    await saved(push, "long")
    await expect(page.locator(".calls-page details")).to_have_count(5)
    assert await listed(page) == ["short", "r0", "long", "r1", "r2"]
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 5")
    await expect(page.get_by_role("button", name="New calls")).to_have_count(0)


async def test_the_journal_may_write_a_call_a_while_after_its_end(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("new", talking=5))
    page = await reads(push, open_page)
    asked = len(push.requests)
    over = call("new", talking=5, state=ConnectionState.NULL, ended_at=datetime.now(UTC))
    await push.show(CtiEventName.CALL_FINISHED, over)
    await push.until(lambda: len(push.requests) > asked)
    await expect(page.locator(".calls-page details")).to_have_count(3)
    push.journal = [row("new", minutes=1), *(push.journal or [])]
    await expect(page.locator(".calls-page [data-record=new]")).to_be_visible()


async def test_while_the_first_page_is_on_its_way_the_section_says_so(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [row("r0", minutes=10)]
    page, gate = await open_page(), asyncio.Event()

    async def slowly(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await page.route("**/v1/calls?*", slowly)
    await press(page, "Calls")
    await expect(page.locator(".calls-page .empty")).to_have_text("Loading…")
    await expect(page.locator(".calls-page").get_by_role("button", name="Show earlier calls")).to_be_hidden()
    gate.set()
    await expect(page.locator(".calls-page [data-record=r0]")).to_be_visible()
    await expect(page.locator(".calls-page .empty")).to_be_hidden()


async def test_what_somebody_reads_stays_where_it_is_until_they_ask(push: PushServer, open_page: OpenPage) -> None:
    push.pages = {"/v1/calls/call-r1": PATH}
    page = await reads(push, open_page)
    await page.locator(".calls-page [data-record=r1] summary").click()
    await expect(page.locator(".calls-page .path")).to_be_visible()
    before = await page.locator(".calls-page [data-record=r1]").bounding_box()
    push.journal = [row("new", minutes=1), *push.journal]
    await saved(push, "new")
    fresh = page.get_by_role("button", name="New calls: 1")
    await expect(fresh).to_be_visible()
    push.journal = [row("newer", minutes=0.5), *push.journal]
    await saved(push, "newer")
    fresh = page.get_by_role("button", name="New calls: 2")
    await expect(fresh).to_be_visible()
    assert await page.locator(".calls-page [data-record=r1]").bounding_box() == before
    await fresh.click()
    assert await listed(page) == ["newer", "new", "r0", "r1", "r2"]
    await expect(page.locator(".calls-page [data-record=newer] summary")).to_be_focused()
    await expect(page.locator(".calls-page [data-record=r1]")).to_have_attribute("open", "")
    await expect(fresh).to_have_count(0)


async def test_who_reads_older_calls_or_has_scrolled_is_asked(push: PushServer, open_page: OpenPage) -> None:
    page = await reads(push, open_page, 60)
    await page.locator(".calls-page details").nth(30).scroll_into_view_if_needed()
    push.journal = [row("new", minutes=1), *push.journal]
    await saved(push, "new")
    await expect(page.get_by_role("button", name="New calls: 1")).to_be_in_viewport()
    await page.get_by_role("button", name="New calls: 1").click()
    await expect(page.locator(".calls-page [data-record=new] summary")).to_be_focused()
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await press(page, "Show earlier calls")
    await expect(page.locator(".calls-page details")).to_have_count(61)
    assert len(set(await listed(page))) == 61


async def test_after_many_new_calls_the_list_begins_anew(push: PushServer, open_page: OpenPage) -> None:
    page = await reads(push, open_page)
    push.journal = [row(f"n{at}", minutes=at / 60) for at in range(55)] + push.journal
    await saved(push, "n0")
    await expect(page.locator(".calls-page details")).to_have_count(50)
    await expect(page.locator(".calls-page").get_by_role("button", name="Show earlier calls")).to_be_visible()


async def test_a_row_changes_when_somebody_writes_about_it_wherever_it_is(
    push: PushServer, open_page: OpenPage
) -> None:
    page = await reads(push, open_page, 60)
    await press(page, "Show earlier calls")
    await expect(page.locator(".calls-page details")).to_have_count(60)
    note = {"version": 1, "note": "Wants an offer", "result": ""}
    push.pages = {"/v1/records/r0/annotation": note, "/v1/calls/call-r0": PATH}
    await page.locator(".calls-page [data-record=r0] summary").click()
    await expect(page.locator(".calls-page [data-record=r0]").get_by_label("Note")).to_have_value("Wants an offer")
    push.pages["/v1/records/r0/annotation"] = note | {"version": 2, "note": "Wants two", "result": "Sold"}
    push.journal = [row("r0", minutes=10, result="Sold", note="Wants two"), *push.journal[1:]]
    await saved(push, "r0", CtiEventName.CALL_INFO_CHANGED)
    await expect(page.locator(".calls-page [data-record=r0] summary")).to_contain_text("Sold")
    await expect(page.locator(".calls-page [data-record=r0]").get_by_label("Note")).to_have_value("Wants two")
    links = [{"kind": "contact", "id": "7", "label": "Olga Orlova"}]
    push.pages["/v1/calls/call-r55"] = PATH | {"records": [row("r55", minutes=65, links=links)]}
    await saved(push, "r55", CtiEventName.CALL_INFO_CHANGED)
    await expect(page.locator(".calls-page [data-record=r55] summary")).to_contain_text("Olga Orlova")


async def ended(push: PushServer, call: CallView, *, user: str) -> None:
    """The end of another user's call, and that its row was written."""
    update = {"user": user, "epoch": "e", "version": 2, "occurred_at": "2026-01-01T00:00:00Z", "origin": "observed"}
    events = [
        CtiEvent(name=CtiEventName.CALL_FINISHED, call=call),
        CtiEvent(name=CtiEventName.CALL_SAVED, database_id=call.id),
    ]
    theirs = UserView(tenant="demo", user=user)
    await push.send({"type": "watch_update", **update, "events": events, "view": theirs})


async def test_a_supervisor_sees_others_calls_come_and_the_journal_is_asked_for_these_alone(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.about = LEAD
    page = await reads(push, open_page, 60)
    await push.until(lambda: {"type": "watch", "all": True} in push.frames)
    await page.get_by_label("Outcome").select_option("answered")
    await push.until(lambda: sum("outcome=answered" in each for each in push.requests) == 2)
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 60")
    push.requests.clear()

    over = {"state": ConnectionState.NULL, "ended_at": datetime.now(UTC), "outcome": Outcome.ANSWERED}
    await ended(push, call("missed", **over | {"outcome": Outcome.MISSED}), user="102")
    await ended(push, call("long", age=7200, **over), user="102")  # began before all of the first page
    push.journal = [row("new", minutes=1, user="102"), *(push.journal or [])]
    await ended(push, call("new", **over), user="102")
    await expect(page.locator(".calls-page [data-record=new]")).to_be_visible()
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 61")
    assert [each.partition("?")[0] for each in push.requests] == ["/v1/calls"]
    await press(page, "Phone")
    await push.until(lambda: {"type": "unwatch"} in push.frames)


async def test_a_journal_that_is_away_for_a_moment_costs_no_row(push: PushServer, open_page: OpenPage) -> None:
    page = await reads(push, open_page)
    kept, push.journal = push.journal, None
    asked = len(push.requests)
    await saved(push, "new")
    await push.until(lambda: len(push.requests) > asked)
    push.journal = [row("new", minutes=1), *(kept or [])]
    await push.kick(1012)
    await expect(page.locator(".calls-page [data-record=new]")).to_be_visible()
    assert await listed(page) == ["new", "r0", "r1", "r2"]
