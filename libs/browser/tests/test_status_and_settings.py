"""The user as agent, and what is kept in the browser."""

import pytest
from cti_browser.chromium import go
from cti_browser.testing import PushServer
from cti_model.agents import AgentState
from cti_model.view import CtiEvent, CtiEventName
from playwright.async_api import expect

from .acting import LEAD, NUMBER, MakeCall, OpenPage, agent, heard, press, sent, until, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_status_reasons_and_queues(push: PushServer, open_page: OpenPage) -> None:
    push.view = view(agents=(agent(),))
    page = await open_page()
    status = page.get_by_role("button", name="Ready")
    await expect(status).to_contain_text("03:0")
    await status.press("Enter")
    menu = page.get_by_role("dialog", name="Status")
    await menu.get_by_role("button", name="Lunch").click()
    await expect(menu).to_be_hidden()
    paused = agent(AgentState.NOT_READY, "lunch")
    await push.tell(CtiEvent(name=CtiEventName.AGENT_STATE_CHANGED, agent=paused), view=view(agents=(paused,)))
    lunch = page.locator("[data-menu=agent]")
    await expect(lunch).to_contain_text("Lunch")
    await lunch.click()
    await menu.get_by_role("button", name="Take calls of the queue: support").click()
    await menu.get_by_role("button", name="Leave the queue: support").click()
    await menu.get_by_label("Name of a queue").fill("sales")
    await menu.get_by_role("button", name="Join").click()
    await push.until(lambda: len(push.commands) == 4)
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    assert sent(push) == [
        {"verb": "set_agent_state", "agent_state": "lunch", "reason": "lunch"},
        {"verb": "queue_unpause", "queue": "support"},
        {"verb": "queue_logout", "queue": "support"},
        {"verb": "queue_login", "queue": "sales"},
    ]


async def test_settings_are_kept_in_the_browser(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    page = await open_page()
    await press(page, "Settings")
    await page.get_by_label("Phone that dials").select_option("branch:201")
    await page.get_by_label("Ring in this browser").uncheck()
    await page.get_by_label("Language").select_option("ru")
    await expect(page.get_by_text("На связи")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "ru"
    await page.reload()
    await page.locator("[data-phase=online]").wait_for()
    await page.get_by_role("combobox", name="Номер или имя").fill("102")
    await press(page, "Вызов")
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "make_call", "to": "102", "pbx": "branch", "device": "201"}]
    await press(page, "Настройки")
    await expect(page.get_by_label("Звонить в браузере")).not_to_be_checked()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_one_tab_notifies_of_a_ringing_call(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page(permissions=["notifications"])
    fake = """() => { window.notes = []; window.Notification = class { static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body, tag }) { notes.push([title, body, tag]); } close() { notes.push("closed"); } };
        window.beeps = 0; window.setInterval = () => 1; // the first ring, and not one that comes later
        const made = BaseAudioContext.prototype.createOscillator;
        BaseAudioContext.prototype.createOscillator = function () { beeps += 1; return made.call(this); }; }"""
    for tab in (page, await page.context.new_page()):
        await go(tab, push.url + "#token=t")
        await tab.locator("[data-phase=online]").wait_for()
        await tab.evaluate(fake)
    await press(page, "Settings")
    await page.get_by_label("Desktop notifications").check()
    await push.show(CtiEventName.CALL_STARTED, call("a", number=NUMBER, age=1, queue="support"))
    # Who it is comes a moment later, and takes the number's place.
    ringing = call("a", number=NUMBER, name="Anna Petrova", age=1, queue="support")
    await push.show(CtiEventName.CALL_INFO_CHANGED, ringing)
    await expect(heard(page, "polite")).to_have_text("Anna Petrova")
    await expect(page).to_have_title("Anna Petrova is calling")
    await until(page, "window.beeps === 4")
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", number=NUMBER, name="Anna Petrova", talking=1))
    pages = page.context.pages
    for tab in pages:
        await expect(tab.locator("[data-tone=talking]")).to_be_visible()
    told = [await tab.evaluate("window.notes") for tab in pages]
    assert sorted(told, key=len)[1] == [
        ["+7 916 123-45-67 is calling", "Queue support", "a"],
        ["Anna Petrova is calling", "+7 916 123-45-67 · Queue support", "a"],
        "closed",
    ]
    assert min(told, key=len) == []
    # The next one is heard as soon, though the sound was put to sleep meanwhile.
    await push.show(CtiEventName.CALL_STARTED, call("b", number=NUMBER, age=1))
    await until(page, "window.beeps === 8")
