"""A headless Chromium of this machine, for tests. Needs the extra `testing`."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAKE_MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""Arguments for a microphone that beeps, and that every page is let use."""


def find_chromium() -> str | None:
    """The path of a browser: `CHROMIUM`, else an installed one; None where there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@asynccontextmanager
async def chromium(path: str, *more: str) -> AsyncIterator[Browser]:
    """The browser at `path`, with `more` arguments, closed at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*_ARGUMENTS, *more])
        yield browser
        await browser.close()
