"""A headless Chromium of this machine, for tests. Needs the extra `testing`."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Error, Page, async_playwright

# Of two lists Chromium takes the last, so playwright's own are here again. The two popups of the address bar, which
# nobody sees, are a page and a process of their own for each window: a third of what a test costs.
_WITHOUT = (
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose"),
    *("HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying"),
    *("OptimizationHints", "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning", "AimEnabled"),
    *("WebUIOmniboxAimPopup", "WebUIOmniboxPopup"),
)
_ARGUMENTS = (
    f"--disable-features={','.join(_WITHOUT)}",
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
_CHANGED = "net::ERR_NETWORK_CHANGED"
_TRIES = 10


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


async def go(page: Page, url: str) -> None:
    """Open a page whole: once more where Chromium dropped a part of it because a network interface came or went.

    So it does on a machine where Docker starts or ends a container meanwhile.
    """
    dropped: list[str] = []
    page.on("requestfailed", lambda request: dropped.append(request.url) if request.failure == _CHANGED else None)
    for _ in range(_TRIES):
        dropped.clear()
        try:
            await page.goto(url)
        except Error as error:
            if _CHANGED not in str(error):
                raise
            continue
        if not dropped:
            return
        await page.goto("about:blank")  # the same address with another fragment would load nothing
    raise AssertionError(f"the network of this machine does not come to rest: {dropped}")
