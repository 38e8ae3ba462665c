"""The supervisor's page."""

import pytest
from cti_browser.testing import PushServer
from playwright.async_api import expect

from .acting import LEAD, MakeCall, OpenPage, press, sent, show_team, waits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_supervisor_sees_the_team_and_listens(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    users = [{"id": "102", "name": "Boris Smirnov"}, {"id": "103", "name": "Clara Weber"}]
    push.pages = {"/v1/users": {"items": users}, "/v1/waiting": [waits("1", "Olga Orlova", 75), waits("2", "", 8)]}
    page = await open_page()
    await show_team(push, page, call)
    await expect(page.locator(".member h3")).to_have_text(["Boris Smirnov", "Clara Weber", "104"])
    await expect(page.locator(".team-page .summary")).to_have_text("1 on calls · 0 ready · 1 paused · 2 waiting")
    queue = page.locator("[data-queue=support]")
    await expect(queue.locator(".queue-agents li")).to_have_text(["1 on calls", "1 paused"])
    await expect(queue.locator(".waiting .title")).to_have_text(["Olga Orlova", "+7 916 123-45-67"])
    await expect(queue.locator(".waiting time").first).to_contain_text("01:")
    push.pages["/v1/waiting"] = []
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


async def test_the_team_is_for_supervisors(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await expect(page.get_by_role("button", name="Calls", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Team")).to_be_hidden()
