"""One system and one browser for all tests of the session; a context with its page for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from cti_browser.chromium import FAKE_MEDIA, chromium, find_chromium, go
from playwright.async_api import Browser, Page, expect

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
