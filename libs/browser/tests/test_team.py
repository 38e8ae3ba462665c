"""The supervisor's page."""

import pytest
from cti_browser.testing import PushServer
from playwright.async_api import expect

from .acting import LEAD, WATCH, MakeCall, OpenPage, press, sent, show_team, show_waiting, waits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_supervisor_sees_the_team_and_listens(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    users = [{"id": "102", "name": "Boris Smirnov"}, {"id": "103", "name": "Clara Weber"}]
    push.pages = {"/v1/users": {"items": users}}
    page = await open_page()
    await show_team(push, page, call)
    await show_waiting(push, waits("1", "Olga Orlova", 75), waits("2", "", 8), whole=True)
    await expect(page.locator(".member h3")).to_have_text(["Boris Smirnov", "Clara Weber", "104"])
    await expect(page.locator(".team-page .summary")).to_have_text("1 on calls · 0 ready · 1 paused · 2 waiting")
    queue = page.locator("[data-queue=support]")
    await expect(queue.locator(".queue-agents li")).to_have_text(["1 on calls", "1 paused"])
    await expect(queue.locator(".waiting .title")).to_have_text(["Olga Orlova", "+7 916 123-45-67"])
    await expect(queue.locator(".waiting time").first).to_contain_text("01:")
    await show_waiting(push)
    await expect(queue.locator(".waiting")).to_have_text("Nobody waits.")
    boris = page.locator("[data-user='102']")
    await expect(boris.locator(".timer")).to_contain_text("03:2")
    await expect(boris).to_contain_text("John Müller")
    await page.get_by_role("button", name="Listen: John Müller").click()
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "listen", "connection_id": "x", "pbx": "office"}]
    push.answer_to = lambda _: {"outcome": "failed", "error": "not_supported"}
    await page.get_by_role("button", name="Whisper: John Müller").click()
    await expect(page.get_by_role("alert")).to_contain_text("cannot do this")
    await expect(boris.get_by_role("button")).to_have_text(["Listen", "Barge in"])
    await page.get_by_label("Find people").fill("clara")
    await expect(page.locator(".member")).to_have_count(1)
    await press(page, "Phone")
    await push.until(lambda: {"type": "unwatch"} in push.frames)


async def test_who_waits_is_told_anew_after_a_reconnect_and_never_asked_for(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.about = LEAD
    page = await open_page()
    await show_team(push, page, call)
    waiting = page.locator("[data-queue=support] .waiting")
    await show_waiting(push, waits("1", "Olga Orlova", 75), whole=True)
    await expect(waiting.locator(".title")).to_have_text(["Olga Orlova"])
    push.frames.clear()
    await push.kick(1012)
    await push.until(lambda: WATCH in push.frames)
    await show_waiting(push, waits("2", "Igor Belov", 8), queue="sales", whole=True)
    await expect(waiting).to_have_text("Nobody waits.")
    await expect(page.locator("[data-queue=sales] .waiting .title")).to_have_text(["Igor Belov"])
    await show_waiting(push, queue="sales")
    await expect(page.locator("[data-queue=sales]")).to_have_count(0)
    assert [each for each in push.missing if "waiting" in each] == []


async def test_queues_of_one_name_at_two_pbxs_are_two(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    page = await open_page()
    await show_team(push, page, call)
    support = page.locator("[data-queue=support]")
    await expect(support).to_have_count(1)
    await expect(support.locator(".queue-pbx")).to_be_empty()
    await show_waiting(push, waits("1", "Olga Orlova", 75), pbx="branch")
    await show_waiting(push, waits("2", "Igor Belov", 8), queue="sales")
    await expect(support).to_have_count(2)
    office, branch = (page.locator(f"[data-queue=support][data-pbx={pbx}]") for pbx in ("office", "branch"))
    await expect(office.locator(".queue-pbx")).to_have_text("office")
    await expect(branch.locator(".queue-pbx")).to_have_text("branch")
    await expect(office.locator(".queue-agents li")).to_have_text(["1 on calls", "1 paused"])
    await expect(office.locator(".waiting")).to_have_text("Nobody waits.")
    await expect(branch.locator(".waiting .title")).to_have_text(["Olga Orlova"])
    await expect(page.locator("[data-queue=sales] .queue-pbx")).to_be_empty()


async def test_the_team_is_for_supervisors(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await expect(page.get_by_role("button", name="Calls", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Team")).to_be_hidden()
