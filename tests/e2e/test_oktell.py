"""Oktell from an operator's browser to their own log-in there and back: no part of the system is replaced."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from cti_browser.chromium import go
from cti_simulators.oktell.plan import password_of
from msgspec.structs import replace
from playwright.async_api import Browser, expect

from tests.e2e.oktell import Eye, OktellOffice, eye, oktell_office
from tests.e2e.operating import IVAN, alive, card, press, transfer_to
from tests.running import DEADLINE_S, until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = {
    "TRUNKLINE_OKTELL_IN_USE_WAIT_S": "0.2",
    "TRUNKLINE_OKTELL_LICENCE_WAIT_S": "0.2",
    "OTEL_METRICS_EXPORTER": "console",
    "OTEL_METRIC_EXPORT_INTERVAL": "2000",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oktell")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(state: Path) -> AsyncIterator[OktellOffice]:
    async with oktell_office(state, **SETTINGS) as running:
        yield running


async def sees(watcher: Eye, condition: Callable[[dict], object]) -> None:
    """Read on until the view is so."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition(watcher.view):
            await watcher.next()


def talk(view: dict) -> tuple[str, str]:
    """The one call of a view: its id in the journal, and its state."""
    calls = view.get("calls", ())
    return (calls[0]["call_id"], calls[0]["state"]) if len(calls) == 1 else ("", "")


async def test_who_opens_the_panel_is_signed_in_and_two_of_one_call_see_one_call(company: OktellOffice) -> None:
    assert company.oktell.house.tried == {}
    async with eye(company, "101") as first, eye(company, "102") as second:
        await company.signed_in("101", "102")
        await company.people("101 calls 102; 102 rings; 102 answers")
        await sees(first, lambda view: talk(view)[1] == "connected")
        await sees(second, lambda view: talk(view)[1] == "connected")
        assert talk(first.view)[0] == talk(second.view)[0]
        await company.people("102 hangs up")
        for each in (first, second):
            await sees(each, lambda view: not view.get("calls"))
    await company.signed_in()
    assert company.oktell.house.tried == {"u101": 1, "u102": 1}


async def test_who_is_not_let_in_is_told_and_a_wrong_password_is_tried_once(company: OktellOffice, state: Path) -> None:
    house = company.oktell.house
    house.tried.clear()
    house.faults.desktop.add("u102")
    (held,) = (await company.ask("directory", "/v1/credentials?user_id=103"))["items"]
    wrong = {"user_id": "103", "pbx": "oktell", "login": "u103", "secret": "of-last-year"}
    await company.ask("directory", f"/v1/credentials/{held['id']}", wrong, over=held["version"])

    def reason(wanted: str) -> Callable[[dict], object]:
        return lambda view: [each["reason"] for each in view.get("errors", ())] == ([wanted] if wanted else [])

    async with (
        eye(company, "101") as well,
        eye(company, "102") as busy,
        eye(company, "103") as stranger,
        eye(company, "104") as fourth,
    ):
        await sees(busy, reason("in_use"))
        await sees(stranger, reason("wrong_password"))
        assert {each["name"] for each in stranger.events} == {"error"}
        await company.signed_in("101", "104")
        house.pbx.plan = replace(house.pbx.plan, most_online=1)
        house.faults.desktop.clear()
        await sees(busy, reason("licence"))
        tried = house.tried["u102"]
        await until(lambda: house.tried["u102"] >= tried + 3)
        assert house.tried["u103"] == 1, "a wrong password is not tried again"
        house.pbx.plan = replace(house.pbx.plan, most_online=0)
        await sees(busy, reason(""))
        right = wrong | {"secret": password_of("103")}
        await company.ask("directory", f"/v1/credentials/{held['id']}", right, over=held["version"] + 1)
        await sees(stranger, reason(""))
        await company.signed_in("101", "102", "103", "104")
        assert house.tried["u103"] == 2
        for each in (well, fourth):
            assert each.view.get("errors", ()) == ()
    log = state / "logs" / "connector-oktell.log"
    await until(lambda: counted(log) == {"in_use", "wrong_password", "licence"})
    assert "of-last-year" not in log.read_text()


def counted(log: Path) -> set[str]:
    """The reasons for which the connector's metric has refusals."""
    said = log.read_text()
    found = set()
    for each in re.finditer(r'"name": "trunkline\.connector\.operators\.refused"', said):
        metric = said[each.end() :].partition('"aggregation_temporality"')[0]
        found |= set(re.findall(r'"reason": "(\w+)"', metric))
    return found


async def test_the_panel_answers_holds_and_transfers_as_with_every_pbx(company: OktellOffice, browser: Browser) -> None:
    errors: list[str] = []

    async def sit(user: str):
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await go(page, company.link(user))
        await page.locator("cti-panel [data-phase=online]").wait_for()
        return page

    page, other = await sit("101"), await sit("103")
    await company.signed_in("101", "103")
    await company.people(IVAN)
    await press(card(page, "Ivan Petrov. Incoming call, ringing"), "Answer")
    talking = card(page, "Ivan Petrov. Talking")
    await press(talking, "Hold")
    held = card(page, "Ivan Petrov. On hold, held by you")
    await press(held, "Resume")
    await press(talking, "Transfer")
    await transfer_to(page, "103")
    await press(talking, "Transfer now")
    await press(card(other, "Ivan Petrov. Incoming call, ringing"), "Answer")
    await expect(card(other, "Ivan Petrov. Talking")).to_be_visible()
    await expect(alive(page)).to_have_count(0)
    await press(card(other, "Ivan Petrov. Talking"), "End")
    await expect(alive(other)).to_have_count(0)
    for each in (page, other):
        await each.context.close()
    assert errors == []
