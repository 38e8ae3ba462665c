"""Who is at the other side: looked up, chosen, created, linked."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cti_browser.testing import PushServer, record_of
from cti_model.view import CtiEvent, CtiEventName
from msgspec import structs
from playwright.async_api import expect

from .acting import ANNA, LEAD, NUMBER, PETER, MakeCall, OpenPage, press, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_calls_is_looked_up_chosen_or_created(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    push.pages = {"/v1/identify": {"candidates": [ANNA]}, "/v1/accounts/a1": {"name": "OOO Romashka"}}
    page = await open_page()
    card = page.locator("article")
    await push.show(CtiEventName.CALL_STARTED, call("a", number=NUMBER))
    await expect(card).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    await expect(card.locator(".company")).to_have_text("Head of sales · OOO Romashka")
    await expect(card.locator(".number")).to_have_text("+7 916 123-45-67")
    push.pages["/v1/identify"] = {"candidates": [ANNA, PETER]}
    await page.evaluate("window.told = []; addEventListener('linkcontact', (e) => told.push(e.detail.candidate.id))")
    await push.show(CtiEventName.CALL_STARTED, call("b", number="79160000000"))
    await expect(card).to_contain_text("2 people have this number. Who is it?")
    await page.route("**/v1/records/*/links", lambda route: route.fulfill(json={"version": 1}))
    push.pages["/v1/records/b/annotation"] = {"version": 0, "links": []}
    await page.get_by_role("button", name="Peter Romanov").click()
    await expect(card).to_have_attribute("aria-label", "Peter Romanov. Incoming call, ringing")
    assert await page.evaluate("told") == ["2"]
    push.pages["/v1/identify"] = {"candidates": []}
    made = json.dumps({"id": "9", "name": "Olga Orlova"})
    await page.route("**/v1/contacts", lambda route: route.fulfill(status=201, body=made))
    await push.show(CtiEventName.CALL_STARTED, call("c", number="79161111111"))
    await press(page, "Create contact")
    await page.get_by_label("Name", exact=True).fill("Olga Orlova")
    await press(page, "Save")
    await expect(card).to_have_attribute("aria-label", "Olga Orlova. Incoming call, ringing")
    # What the call itself brings needs no question.
    asked = len([each for each in push.requests if "identify" in each])
    frame = {"type": "update", "epoch": push.epoch, "version": push.version + 1, "origin": "observed"}
    told = {"id": "d", "call_id": "d", "pbx": "office", "device": "101", "direction": "in", "state": "alerting"}
    told |= {"number": "79162222222", "party": {"name": "Elena", "candidates": [ANNA | {"name": "Elena"}]}}
    told |= {"started_at": datetime.now(UTC), "state_since": datetime.now(UTC)}
    seen = {"tenant": "demo", "user": "101", "calls": [told], "current_call": "d"}
    frame |= {"occurred_at": datetime.now(UTC), "events": [{"name": "callStarted", "call": told}], "view": seen}
    await push.send(frame)
    await expect(card).to_have_attribute("aria-label", "Elena. Incoming call, ringing")
    assert len([each for each in push.requests if "identify" in each]) == asked


async def test_a_choice_is_linked_in_the_journal_and_seen_in_every_tab(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    case = {"kind": "case", "id": "77", "label": "Lost parcel"}
    push.pages = {"/v1/identify": {"candidates": [ANNA, PETER]}, "/v1/accounts/a1": {"name": "OOO Romashka"}}
    push.view = view(call("a", number=NUMBER))
    page, other = await open_page(), await open_page()
    await expect(other.get_by_role("button", name="Anna Petrova")).to_be_visible()
    writes: list[tuple[str, Any]] = []

    async def write(route: Any) -> None:
        writes.append((route.request.headers["if-match"], route.request.post_data_json["links"]))
        meanwhile = {"version": 3, "links": [{"kind": "contact", "id": "9", "label": "Somebody else"}, case]}
        kept = meanwhile if len(writes) == 1 else {"version": 4, "links": writes[-1][1]}
        push.pages["/v1/records/a/annotation"] = kept
        await route.fulfill(status=412 if len(writes) == 1 else 200, json=kept)

    await page.route("**/v1/records/a/links", write)
    await page.get_by_role("button", name="Anna Petrova").click()
    # The journal has no row yet; then somebody else writes first.
    await push.until(lambda: push.missing.count("/v1/records/a/annotation") > 2)
    push.pages["/v1/records/a/annotation"] = {"version": 2, "links": []}
    await expect(page.locator(".toast[role=status]")).to_have_text("Linked: Anna Petrova")
    mine = [
        {"kind": "contact", "id": "1", "label": "Anna Petrova"},
        {"kind": "account", "id": "a1", "label": "OOO Romashka"},
    ]
    assert writes == [('"2"', mine), ('"3"', [*mine, case])]
    written = CtiEvent(name=CtiEventName.CALL_INFO_CHANGED, call=push.view.calls[0], database_id="a")
    row = structs.replace(push.view.calls[0], database_id="a")
    await push.tell(written, view=view(row))
    await expect(other.locator("article")).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    await expect(other.locator(".identification")).to_be_hidden()
    await other.reload()
    await expect(other.locator("article")).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")


async def test_a_row_is_linked_with_somebody_found_by_name(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [record_of("r", remote_number=NUMBER, remote_name="")]
    push.pages = {
        "/v1/identify": {"candidates": []},
        "/v1/records/r/annotation": {"version": 0, "note": "", "result": "", "links": []},
        "/v1/search": {"by_name": [{"id": "7", "kind": "contact", "name": "Ivan Petrov", "job": "Head of sales"}]},
    }
    page = await open_page()
    writes: list[Any] = []

    async def write(route: Any) -> None:
        writes.append(route.request.post_data_json["links"])
        await route.fulfill(json={"version": 1})

    await page.route("**/v1/records/r/links", write)
    row = page.locator("[data-record=r]")
    await row.locator("summary").click()
    # An operator may not make contacts; who is there already can be linked.
    await expect(row.get_by_role("button", name="Create contact")).to_have_count(0)
    await press(page, "Find by name")
    await page.get_by_label("Name", exact=True).fill("ivan")
    await row.get_by_role("button", name="Ivan Petrov").click()
    await expect(row.locator(".tags")).to_have_text("Contact: Ivan Petrov")
    await expect(page.locator(".toast[role=status]")).to_have_text("Linked: Ivan Petrov")
    assert writes == [[{"kind": "contact", "id": "7", "label": "Ivan Petrov"}]]
