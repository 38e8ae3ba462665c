"""What a call's buttons are, and what is sent for them."""

import pytest
from cti_browser.testing import PushServer
from cti_model.calls import Command, ConnectionState, Direction
from cti_model.view import CtiEventName
from playwright.async_api import expect

from .acting import CONSULTING, NUMBER, TALKING, MakeCall, OpenPage, press, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_what_a_call_allows_has_a_button(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    buttons = page.locator("article").get_by_role("button")
    for allowed, names in (
        ((Command.CLEAR, Command.ANSWER), ["Answer", "Decline"]),
        ((Command.CLEAR,), ["Decline"]),
        ((), []),
    ):
        await push.show(CtiEventName.LINE_STATE_CHANGED, call("a", number=NUMBER, allowed=allowed))
        await expect(buttons).to_have_text(names)
    talking = call("a", number=NUMBER, talking=4, allowed=TALKING)
    await push.show(CtiEventName.COMMUTATION_STARTED, talking)
    await expect(buttons).to_have_text(["Hold", "Mute", "Transfer", "Keypad", "Record", "Park", "End"])
    held = call("a", talking=4, state=ConnectionState.HELD, allowed=(Command.CLEAR, Command.RETRIEVE))
    consult = call("b", direction=Direction.OUT, talking=1, parent_id="a", allowed=CONSULTING)
    await push.show(CtiEventName.CALL_STARTED, consult, held)
    await expect(buttons).to_have_text(["Resume", "End", "Complete transfer", "Join all", "Back to caller"])


async def test_there_is_no_button_for_what_cannot_be_asked(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a"), call("b", talking=5))
    page = await open_page()
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("article").get_by_role("button")).to_have_count(0)


async def test_buttons_send_and_a_double_click_sends_once(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING))
    page = await open_page()
    await page.get_by_role("button", name="Hold").dblclick()
    await press(page, "Mute")
    await expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
    await press(page, "Keypad")
    await page.get_by_role("group", name="Keypad").get_by_role("button", name="5").dblclick()
    await expect(page.locator(".digits")).to_have_text("55")
    await press(page, "Transfer")
    await expect(page.locator(".dtmf")).to_be_hidden()
    await expect(page.get_by_role("combobox", name="Transfer to number or name")).to_be_focused()
    await page.keyboard.type("102")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Consult first")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".transfer")).to_be_hidden()
    await expect(page.get_by_role("button", name="Transfer", exact=True)).to_be_focused()
    await press(page, "Park")
    await press(page, "End")
    await push.until(lambda: len(push.commands) == 7)
    assert [(each["verb"], each.get("to") or each.get("digits")) for each in push.commands] == [
        ("hold", None),
        ("mute", None),
        ("send_digits", "5"),
        ("send_digits", "5"),
        ("consult", "102"),
        ("park", None),
        ("clear", None),
    ]


async def test_a_failure_is_said_and_the_focus_stays(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING))
    page = await open_page()
    push.answer_to = lambda _: {"outcome": "failed", "error": "refused", "message": "No such extension"}
    hold = page.get_by_role("button", name="Hold")
    await hold.focus()
    await page.keyboard.press("Enter")
    toast = page.get_by_role("alert")
    await expect(toast).to_have_text("The telephone system refused: No such extension")
    await expect(hold).to_be_focused()
    push.answer_to = lambda _: {"outcome": "unknown", "error": "lost"}
    await press(page, "Park")
    await expect(toast.last).to_contain_text("Nobody knows whether that worked.")
    await toast.last.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(1)
    # What was pressed becomes another button under the finger: it keeps the focus.
    resumable = (Command.CLEAR, Command.RETRIEVE)
    await push.show(CtiEventName.HOLD, call("a", talking=4, state=ConnectionState.HELD, allowed=resumable))
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()


async def test_numbers_and_names_are_dialled(push: PushServer, open_page: OpenPage) -> None:
    push.pages = {
        "/v1/search": {"by_name": [{"id": "7", "kind": "contact", "name": "Ivan Petrov", "job": "Head of sales"}]},
        "/v1/contacts/7": {
            "communications": [{"value": "8 (495) 739-70-12", "label": "work"}, {"value": "+79161234567", "label": ""}]
        },
    }
    page = await open_page()
    field = page.get_by_role("combobox", name="Number or name")
    await field.fill("+7 (916) 123-45-67")
    await press(page, "Call")
    await expect(field).to_have_value("")
    await press(page, "Dial pad")
    for key in ("1", "0", "2", "hash"):
        await page.get_by_role("group", name="Keypad").get_by_role("button", name=key).click()
    await expect(field).to_have_value("102#")
    await field.press("Enter")
    await expect(field).to_have_value("")
    await field.fill("ivan")
    await expect(page.get_by_role("option")).to_have_text(["IPIvan PetrovHead of sales"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.get_by_role("option")).to_have_count(2)
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await push.until(lambda: len(push.commands) == 3)
    assert [each["to"] for each in push.commands] == ["+79161234567", "102#", "84957397012"]
    await expect(field).to_have_value("")
    await field.fill("iv")
    await press(page, "Call")
    await expect(page.locator(".toast[role=alert]")).to_contain_text("choose somebody from the list")
    assert len(push.commands) == 3


async def test_a_directory_that_does_not_give_somebodys_numbers_is_told(push: PushServer, open_page: OpenPage) -> None:
    push.pages = {"/v1/search": {"by_name": [{"id": "7", "kind": "contact", "name": "Ivan Petrov"}]}}
    page = await open_page()
    field = page.get_by_role("combobox", name="Number or name")
    await field.fill("ivan")
    await expect(page.get_by_role("option")).to_have_text(["IPIvan Petrov"])
    await field.press("Enter")
    await expect(page.locator(".toast")).to_have_count(1)
    assert push.missing == ["/v1/contacts/7"]
    await expect(field).to_have_value("ivan")
