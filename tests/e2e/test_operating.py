"""What an operator does in the panel, down to the telephones and back: no part of the system is replaced."""

import pytest
from playwright.async_api import expect

from tests.e2e.office import Office
from tests.e2e.operating import BLOCKED, IVAN, Desk, alive, card, dial, press, talks_with_ivan, transfer_to
from tests.running import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_caller_is_identified_answered_held_and_noted(company: Office, desk: Desk) -> None:
    page = await desk("101")
    await company.people(IVAN)
    ringing = card(page, "Ivan Petrov. Incoming call, ringing")
    await expect(ringing.locator(".company")).to_have_text("Head of sales · OOO Romashka")
    await press(ringing, "Answer")
    await press(card(page, "Ivan Petrov. Talking"), "Hold")
    held = card(page, "Ivan Petrov. On hold, held by you")
    await press(held, "Resume")
    await expect(card(page, "Ivan Petrov. Talking")).to_be_visible()
    await press(card(page, "Ivan Petrov. Talking"), "End")
    await expect(alive(page)).to_have_count(0)
    assert company.legs("101") == 0

    row = page.locator("details[data-record]").first
    await expect(row).to_contain_text("Incoming · Answered")
    await row.locator("summary").click()
    await expect(row.locator(".story")).to_contain_text("101 talked")
    await row.get_by_label("Note").fill("Wants an offer")
    await press(row, "Save")
    await expect(page.get_by_text("Saved.")).to_be_visible()
    await press(page, "Calls")
    line = page.locator(".calls-page details").first
    await line.locator("summary").click()
    await expect(line.locator(".lane").first).to_be_visible()
    await expect(line.locator("[data-span=hold].bar-span")).to_have_count(1)


async def test_one_of_several_is_chosen_and_the_journal_keeps_it(company: Office, desk: Desk) -> None:
    shared = [{"value": "+7 916 555-00-11", "kind": "phone"}]
    for name in ("Pavel Volkov", "Petra Volkova"):
        await company.ask("directory", "/v1/contacts", {"name": name, "communications": shared})
    page = await desk("102")
    other = await desk("102", within=page.context)
    await company.people("trunk 79165550011 calls 74950000102 as c1; 102 rings")
    await expect(other.get_by_text("2 people have this number. Who is it?")).to_be_visible()
    await page.get_by_role("button", name="Petra Volkova").click()
    for tab in (page, other):
        await expect(card(tab, "Petra Volkova. Incoming call, ringing")).to_be_visible()
    await press(card(page, "Petra Volkova. Incoming call, ringing"), "Decline")
    await expect(alive(page)).to_have_count(0)
    row = page.locator("details[data-record]").first
    await expect(row.locator(".title")).to_have_text("Petra Volkova")
    kept = await company.ask("journal", f"/v1/records/{await row.get_attribute('data-record')}/annotation")
    assert [(each["kind"], each["label"]) for each in kept["links"]] == [("contact", "Petra Volkova")]


async def test_a_double_click_rings_the_telephone_once(company: Office, desk: Desk) -> None:
    page, other = await desk("101"), await desk("102")
    await page.get_by_role("combobox", name="Number or name").fill("boris")
    await page.get_by_role("option", name="Boris Smirnov").click()
    own = page.locator("article")
    await expect(own).to_have_count(1)
    await company.people("101 rings; 101 answers; 102 rings")
    await press(other.locator("article[data-tone=ringing]"), "Answer")
    await expect(card(page, "Talking")).to_be_visible()
    await press(card(page, "Talking"), "End")
    await expect(alive(page)).to_have_count(0)
    await expect(alive(other)).to_have_count(0)
    await page.get_by_role("combobox", name="Number or name").fill("103")
    await page.get_by_role("button", name="Call", exact=True).dblclick()
    await expect(alive(page)).to_have_count(1)
    assert company.legs("101") == 1
    await company.people("101 answers; 103 rings")
    assert (company.legs("101"), company.legs("103")) == (1, 1)


async def test_a_consultation_and_the_transfer_after_it(company: Office, desk: Desk) -> None:
    page, other = await desk("101"), await desk("102")
    talking = await talks_with_ivan(company, page)
    await press(talking, "Transfer")
    await transfer_to(page, "102")
    await press(talking, "Consult first")
    # The operator's own telephone rings first, and already stands under the call that it is about.
    await company.people("101 rings")
    await expect(page.locator(".consultations article")).to_be_visible()
    await company.people("101 answers; 102 rings")
    await press(other.locator("article[data-tone=ringing]"), "Answer")
    consultation = page.locator(".consultations article[data-tone=talking]")
    await press(consultation, "Complete transfer")
    await expect(card(other, "Ivan Petrov. Talking")).to_be_visible()
    await expect(alive(page)).to_have_count(0)
    assert (company.legs("101"), company.legs("102")) == (0, 1)


async def test_a_consultation_that_leads_back_to_the_caller(company: Office, desk: Desk) -> None:
    page = await desk("101")
    talking = await talks_with_ivan(company, page)
    await press(talking, "Transfer")
    await transfer_to(page, "102")
    await press(talking, "Consult first")
    await company.people("101 rings; 101 answers; 102 rings")
    await press(page.locator(".consultations article"), "Back to caller")
    await expect(card(page, "Ivan Petrov. Talking")).to_be_visible()
    await expect(alive(page)).to_have_count(1)


async def test_a_blind_transfer(company: Office, desk: Desk) -> None:
    page, other = await desk("101"), await desk("103")
    talking = await talks_with_ivan(company, page)
    await press(talking, "Transfer")
    await transfer_to(page, "103")
    await press(talking, "Transfer now")
    await press(card(other, "Ivan Petrov. Incoming call, ringing"), "Answer")
    await expect(card(other, "Ivan Petrov. Talking")).to_be_visible()
    await expect(alive(page)).to_have_count(0)


async def test_what_the_exchange_refuses_is_said_and_changes_nothing(company: Office, desk: Desk) -> None:
    page = await desk("101")
    await dial(page, "102")
    await expect(page.locator("article")).to_have_count(1)
    await company.people("101 declines")
    await expect(alive(page)).to_have_count(0)
    talking = await talks_with_ivan(company, page)
    await press(talking, "Transfer")
    await transfer_to(page, "999")
    await press(talking, "Transfer now")
    await expect(page.locator(".toast[role=alert]")).to_be_visible()
    await expect(talking).to_be_visible()
    assert company.legs("101") == 1


async def test_a_reload_and_a_cut_network_in_mid_call(company: Office, desk: Desk) -> None:
    page = await desk("101")
    talking = await talks_with_ivan(company, page)
    shown = await talking.get_attribute("data-call")
    await page.reload()
    await press(talking, "Hold")
    held = card(page, "Ivan Petrov. On hold, held by you")
    await expect(held).to_have_attribute("data-call", shown or "")
    await page.context.set_offline(True)
    await expect(page.locator("cti-panel [data-phase=offline]")).to_be_visible()
    await company.people("101 retrieves")
    await expect(held).to_be_visible()
    await page.context.set_offline(False)
    await expect(talking).to_have_attribute("data-call", shown or "")
    await press(talking, "End")
    await expect(alive(page)).to_have_count(0)


async def test_two_tabs_show_the_same_and_one_of_them_leads(company: Office, desk: Desk) -> None:
    first = await desk("101")
    second = await desk("101", within=first.context)
    talking = await talks_with_ivan(company, first)
    await press(card(second, "Ivan Petrov. Talking"), "Hold")
    await expect(card(first, "Ivan Petrov. On hold, held by you")).to_be_visible()
    await press(card(first, "Ivan Petrov. On hold, held by you"), "Resume")
    await expect(card(second, "Ivan Petrov. Talking")).to_be_visible()
    locks = await first.evaluate("navigator.locks.query().then(({ held, pending }) => [held.length, pending.length])")
    assert locks == [1, 1]
    await press(talking, "End")
    await expect(alive(second)).to_have_count(0)


async def test_a_server_that_is_restarted_in_mid_call(company: Office, desk: Desk) -> None:
    page = await desk("101")
    talking = await talks_with_ivan(company, page)
    shown = await talking.get_attribute("data-call")
    push = company.stack.service("push")
    await company.do(push.kill9)
    await expect(page.locator(".banner")).to_be_visible()
    await company.people("101 holds")
    await company.do(push.start)
    await until(lambda: company.do(company.stack.is_ready, "push"))
    held = card(page, "Ivan Petrov. On hold, held by you")
    await expect(held).to_have_attribute("data-call", shown or "")
    await press(held, "Resume")
    await expect(card(page, "Ivan Petrov. Talking")).to_be_visible()


async def test_where_no_websocket_gets_through(company: Office, desk: Desk) -> None:
    page = await desk("101", script=BLOCKED)
    talking = await talks_with_ivan(company, page)
    await press(talking, "Hold")
    held = card(page, "Ivan Petrov. On hold, held by you")
    await press(held, "Resume")
    await expect(talking).to_be_visible()
    assert company.legs("101") == 1
