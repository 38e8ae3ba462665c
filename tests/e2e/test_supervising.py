"""What a supervisor sees and does, and a telephone in the browser; no part of the system is replaced."""

import httpx
import pytest
from cti_simulators.webphone.sip import SipServer
from playwright.async_api import expect

from tests.e2e.office import TENANT, Office
from tests.e2e.operating import IVAN, WEB_PHONE, Desk, alive, card, press, talks_with_ivan
from tests.running import DEADLINE_S

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_agent_pauses_and_a_supervisor_sees_and_listens(company: Office, desk: Desk) -> None:
    page, lead = await desk("101"), await desk("104", "supervisor")
    status = page.locator("[data-menu=agent]")
    await expect(status).to_contain_text("Ready")
    await status.click()
    await press(page.locator(".menu"), "Lunch")
    await expect(status).to_contain_text("Lunch")
    await press(lead, "Team")
    member = lead.locator("[data-user='101']")
    await expect(member).to_contain_text("Anna Kuznetsova")
    await expect(member).to_contain_text("Lunch")
    await status.click()
    await press(page.locator(".menu"), "Ready")
    await expect(status).to_contain_text("Ready")
    await talks_with_ivan(company, page)
    await expect(member.locator("[data-tone=talking]")).to_be_visible()
    await member.get_by_role("button", name="Listen").click()
    await company.people("104 rings; 104 answers")
    assert company.legs("104") == 1
    # Nobody of that queue answers: the caller waits, and the supervisor sees it.
    queue = lead.locator("[data-queue=support]")
    await expect(queue.locator(".waiting")).to_have_text("Nobody waits.")
    await company.people("+79260001122 calls 74950000200")
    await expect(queue.locator(".waiting .title")).to_have_text("+7 926 000-11-22")
    await company.hang_up_all()
    await expect(queue.locator(".waiting")).to_have_text("Nobody waits.")
    # What happened is in the Calls section, and the next call comes there by itself when it has ended.
    await press(lead, "Calls")
    rows = lead.locator(".calls-page details", has_text="Ivan Petrov")
    await expect(rows).to_have_count(1)
    await lead.mouse.move(1, 1)
    await talks_with_ivan(company, page)
    await company.hang_up_all()
    await expect(rows).to_have_count(2)


async def test_a_call_is_answered_and_spoken_on_in_the_browser(company: Office, desk: Desk, webrtc: SipServer) -> None:
    """The account comes from the directory, the call's events from the exchange, its sound by WebRTC."""
    account = {
        "user_id": "101",
        "pbx": "asterisk",
        "kind": "sip",
        "url": webrtc.url,
        "uri": "sip:101@sim.invalid",
        "secret": "secret-of-101",
    }
    admin = {"Authorization": f"Bearer {company.stack.issuer.token('boss', TENANT, ('admin',))}"}
    async with httpx.AsyncClient(base_url=company.stack.directory_url, timeout=DEADLINE_S) as directory:
        made = await directory.post("/v1/web-phones", json=account, headers=admin)
        assert made.status_code == 201, made.text
    page = await desk("101", script=WEB_PHONE)
    await expect(page.locator(".phone-strip").get_by_role("status")).to_have_text("Ready for calls")
    await company.people(IVAN)
    native = await webrtc.call("79161234567", "Ivan")
    ringing = card(page, "Ivan Petrov. Incoming call, ringing")
    await press(ringing, "Answer")
    await webrtc.told.until("answer")
    await webrtc.peers[native].hears(20)
    await company.people("101 answers")
    talking = card(page, "Ivan Petrov. Talking")
    await press(talking, "Mute")
    await expect(talking.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
    await press(talking, "End")
    await webrtc.told.until("bye")
    await company.people("101 hangs up")
    await expect(alive(page)).to_have_count(0)
