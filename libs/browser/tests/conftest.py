"""One Chromium for all tests of a worker; a server, a context and a page for each test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cti_browser.chromium import FAKE_MEDIA, chromium, find_chromium, go
from cti_browser.testing import PushServer, push_server
from cti_model.calls import ConnectionState, Direction
from cti_model.view import CallView
from playwright.async_api import Browser, Page, expect

expect.set_options(timeout=30_000)  # a busy machine draws late
LINGER = "document.querySelector('cti-panel')?.setAttribute('linger', '600')"
"""A call that has ended stays in sight for as long as a test looks at it."""
RECORD = """(names) => {
  window.seen = [];
  const panel = document.querySelector("cti-panel");
  for (const name of [...names, "connected"]) panel.model.addEventListener(name, (event) => {
    const { call, replay, digits, recovered, activeCalls } = event.detail ?? {};
    window.seen.push({ name, call: call?.id, replay, digits, recovered, active: activeCalls?.map((each) => each.id) });
  });
}"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium here: make setup-browser")
    async with chromium(path) as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def speaking() -> AsyncIterator[Browser]:
    """A browser whose microphone beeps, and which is let use it."""
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium here: make setup-browser")
    async with chromium(path, *FAKE_MEDIA) as launched:
        yield launched


@pytest_asyncio.fixture(loop_scope="session")
async def push() -> AsyncIterator[PushServer]:
    async with push_server() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, push: PushServer) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens the page; an error in it that nobody caught fails the test."""
    contexts = []
    errors: list[str] = []

    async def open_it(token: str | None = "token-1", *, path: str = "", **options: Any) -> Page:
        context = await browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **options})
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        await go(page, push.url + path + (f"#token={token}" if token else ""))
        await page.evaluate(LINGER)
        if token and push.refusal is None:
            await page.locator("cti-panel [data-phase=online]").wait_for()
        return page

    yield open_it
    for context in contexts:
        await context.close()
    assert errors == []


@pytest.fixture
def record() -> str:
    """A script that writes the model's events of the given names down in `window.seen`."""
    return RECORD


@pytest.fixture
def call() -> Callable[..., CallView]:
    """A call of user 101 that has been ringing for `age` seconds; what else it is by keywords."""

    def make(call_id: str, *, age: float = 10, talking: float | None = None, **fields: Any) -> CallView:
        now = datetime.now(UTC)
        since = now - timedelta(seconds=age if talking is None else talking)
        state = ConnectionState.ALERTING if talking is None else ConnectionState.CONNECTED
        base: dict[str, Any] = {
            "call_id": f"call-{call_id}",
            "pbx": "office",
            "device": "101",
            "direction": Direction.IN,
            "state": state,
            "started_at": now - timedelta(seconds=age),
            "state_since": since,
            "answered_at": None if talking is None else since,
        }
        return CallView(id=call_id, **{**base, **fields})

    return make
