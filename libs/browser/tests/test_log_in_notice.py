"""A log-in that a PBX refuses, on the screen of who was there and of who comes later."""

from datetime import UTC, datetime

import pytest
from cti_browser.testing import PushServer
from cti_model.operators import Refusal
from cti_model.view import CtiEvent, CtiEventName, ErrorView
from msgspec.structs import replace
from playwright.async_api import expect

from .acting import OpenPage, look, view

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_log_in_that_the_pbx_refuses_stands_there_until_it_is_mended(
    push: PushServer, open_page: OpenPage
) -> None:
    wrong = ErrorView(pbx="board", device="201", reason=Refusal.IN_USE, message="used by x", since=datetime.now(UTC))
    page, notice = await open_page(), "board does not let you in as 201: the account is signed in elsewhere."
    await push.tell(CtiEvent(name=CtiEventName.ERROR, error=wrong), view=replace(view(), errors=(wrong,)))
    await expect(page.locator(".notices")).to_contain_text(notice)
    later = await open_page()
    await expect(later.locator(".notices")).to_contain_text(notice)
    await look(later, "a notice")
    told = replace(wrong, reason=Refusal.OTHER, message="account expired")
    await push.tell(CtiEvent(name=CtiEventName.ERROR, error=told), view=replace(view(), errors=(told,)))
    await expect(later.locator(".notices")).to_contain_text("account expired")
    await push.tell(view=view())
    for each in (page, later):
        await expect(each.locator(".notices")).to_be_empty()
