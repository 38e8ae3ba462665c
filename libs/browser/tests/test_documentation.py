"""The examples of docs/browser-sdk.md run, and print what the page says."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cti_browser.chromium import go
from cti_browser.testing import PushServer
from cti_model.calls import Command, ConnectionState, Outcome
from cti_model.view import CallView, CtiEventName, UserView
from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).parents[3]
EXAMPLE = re.compile(r"^## (.+?)$.*?^```js\n(.*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
EXAMPLES = EXAMPLE.findall((ROOT / "docs/browser-sdk.md").read_text())
PACKAGE = json.loads((ROOT / "libs/browser/package.json").read_text())
TALKING = (Command.CLEAR, Command.HOLD, Command.CONSULT)


async def test_all_examples_are_found() -> None:
    text = (ROOT / "docs/browser-sdk.md").read_text()
    assert len(EXAMPLES) == text.count("```js") == text.count("```text") >= 6


@pytest.mark.parametrize(("title", "code", "printed"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
async def test_an_example_prints_what_the_page_says(
    browser: Browser, push: PushServer, call: Callable[..., CallView], title: str, code: str, printed: str
) -> None:
    ringing = call("a", number="79161234567", allowed=(Command.CLEAR, Command.ANSWER))
    push.view = UserView(tenant="demo", user="101", calls=(ringing,), current_call="a")
    telephone = Telephone(push, call)
    push.answer_to = telephone.obey
    push.refused_tokens = {""}
    context = await browser.new_context()
    page = await context.new_page()
    lines: list[str] = []
    page.on("console", lambda message: lines.append(message.text) if message.type == "log" else None)
    page.on("pageerror", lambda error: lines.append(f"error: {error}"))
    push.documents["/example.html"] = page_of(push, code)
    await go(page, push.url + "example.html")
    async with asyncio.timeout(20):
        while lines[: printed.count("\n")] != printed.splitlines():
            assert lines == printed.splitlines()[: len(lines)], title
            await asyncio.sleep(0.02)
    await context.close()
    await telephone.hang_up()


def page_of(push: PushServer, code: str) -> str:
    """A page that runs an example, with the package under its names."""
    start = "./src/cti_browser/static"
    name = PACKAGE["name"]
    imports = {name + key[1:]: path.removeprefix(start) for key, path in PACKAGE["exports"].items()}
    url = push.url.replace("http", "ws") + "v1/stream"
    body, given = json.dumps({"imports": imports}), f"const url = {url!r}, token = 'token-1';"
    return f"""<!doctype html><title>Example</title><script type="importmap">{body}</script><body>
        <script type="module">{given}\n{code}</script></body>"""


class Telephone:
    """Does what is asked, and tells."""

    def __init__(self, push: PushServer, call: Callable[..., CallView]) -> None:
        self._push = push
        self._call = call
        self._deeds: list[asyncio.Task[None]] = []

    def obey(self, frame: dict[str, Any]) -> dict[str, Any]:
        about: dict[str, Any] = {"number": "79161234567", "talking": 1}
        name, more = {
            "answer": (CtiEventName.COMMUTATION_STARTED, {"allowed": TALKING}),
            "hold": (CtiEventName.HOLD, {"state": ConnectionState.HELD, "allowed": (Command.CLEAR, Command.RETRIEVE)}),
            "clear": (CtiEventName.CALL_FINISHED, {"ended_at": datetime.now(UTC), "outcome": Outcome.ANSWERED}),
        }[frame["verb"]]
        shown = self._call("a", **{**about, **more})
        self._deeds.append(asyncio.create_task(self._push.show(name, shown)))
        return {"outcome": "observed", "connection_id": "a"}

    async def hang_up(self) -> None:
        await asyncio.gather(*self._deeds)
