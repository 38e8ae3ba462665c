"""One system and one browser for all tests of the session; a context with its page for each test."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from cti_browser.chromium import FAKE_MEDIA, chromium, find_chromium, go
from cti_simulators.webphone.sip import SipServer, sip_server
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.e2e.office import Office, office
from tests.e2e.operating import Desk
from tests.running import DEADLINE_S, Running, running

expect.set_options(timeout=DEADLINE_S * 1000)
LINGER = "document.querySelector('cti-panel').setAttribute('linger', '600')"
"""A call that has ended stays in sight for as long as a test looks at it."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium here: make setup-browser")
    async with chromium(path, *FAKE_MEDIA) as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("site"), TRUNKLINE_PUSH_LEASE_TTL_S="2") as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def panel_of(browser: Browser, site: Running) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens the panel by an operator's sign-in link; an error in the page that nobody caught fails the test."""
    contexts = []
    errors: list[str] = []

    async def open_it(operator: str, **options: Any) -> Page:
        context = await browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await go(page, site.stack.link(operator))
        await page.evaluate(LINGER)
        await page.locator("cti-panel [data-phase=online]").wait_for()
        return page

    yield open_it
    for context in contexts:
        await context.close()
    assert errors == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def webrtc() -> AsyncIterator[SipServer]:
    """Where the company's exchange takes browsers as telephones."""
    async with sip_server("secret-of-101") as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(
    browser: Browser, webrtc: SipServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    sockets = json.dumps([webrtc.url.removesuffix("/ws")])
    async with office(tmp_path_factory.mktemp("office"), TRUNKLINE_PUSH_WEB_PHONE_SOCKETS=sockets) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def desk(browser: Browser, company: Office) -> AsyncIterator[Desk]:
    """Signs an operator in, in a browser of their own; an error in a page that nobody caught fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    async def sit(
        user: str, *roles: str, script: str = "", within: BrowserContext | None = None, **options: Any
    ) -> Page:
        context = within or await browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
        contexts.append(context)
        page = await context.new_page()
        if script:
            await page.add_init_script(script)
        page.on("pageerror", lambda error: errors.append(str(error)))
        await go(page, company.link(user, *roles))
        await page.locator("cti-panel [data-phase=online]").wait_for()
        return page

    yield sit
    await company.hang_up_all()
    for context in contexts:
        await context.close()
    assert errors == []
