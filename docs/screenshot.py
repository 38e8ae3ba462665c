"""`make screenshot`: the picture in the README, taken in Chromium from the running demo.

Starts the demo in a folder of its own, signs in as operator 101, and waits until there is something to see: a history
of several outcomes, and a consultation during a call. Looks best where the panel's first font is (Debian: fonts-inter).
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from cti_devstack.demo import put_people
from cti_devstack.ports import free_port
from cti_devstack.stack import Stack
from playwright.sync_api import Page, sync_playwright

WIDTH, HEIGHT, SCALE = 1100, 760, 2
DEADLINE_MS = 10 * 60_000
CHROMIUM_ARGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
ENOUGH = """() => {
  const panel = document.querySelector("cti-panel").shadowRoot;
  const marks = [...panel.querySelectorAll("#records .mark")].slice(0, 5).map((mark) => mark.dataset.tone);
  return marks.length === 5 && new Set(marks).size > 2
    && panel.querySelector(".consultations .card[data-tone=talking]")
    && panel.querySelector(".calls > .call > .card[data-tone=held]");
}"""


def main() -> None:
    """Write the picture to the file given as the only argument."""
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/screenshot.py FILE.png")
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder), _say, panel_port=free_port())
        try:
            stack.start()
            put_people(stack.directory_url, stack.issuer.token("demo", stack.tenant, ("admin",)))
            _picture(stack.link("101"), Path(sys.argv[1]))
        finally:
            stack.stop()


def _picture(link: str, target: Path) -> None:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        page: Page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, locale="en-GB"
        )
        page.goto(link)
        _say("waiting for a call worth showing")
        page.wait_for_function(ENOUGH, timeout=DEADLINE_MS)
        page.wait_for_timeout(700)  # cards fade in
        page.screenshot(path=target)
        browser.close()
    _say(f"wrote {target}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
