"""What tests of the panel have in common: people, calls, a journal's answers, and what somebody does with the mouse."""

import asyncio
import io
import wave
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from cti_browser.testing import PushServer
from cti_model.agents import AgentState
from cti_model.calls import Command
from cti_model.view import AgentView, CallView, QueueView, UserView
from playwright.async_api import Page, expect

OpenPage = Callable[..., Awaitable[Page]]
MakeCall = Callable[..., CallView]
EVERYTHING: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
"""Beside what axe looks for by itself: targets of 24 pixels (WCAG 2.2, 2.5.8)."""
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What another colour scheme can change."""
MODEL = "document.querySelector('cti-panel').model"


TALKING = (
    *(Command.CLEAR, Command.HOLD, Command.SEND_DIGITS, Command.CONSULT, Command.BLIND_TRANSFER),
    *(Command.MUTE, Command.UNMUTE, Command.PARK, Command.START_RECORDING),
)


CONSULTING = (Command.CLEAR, Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER, Command.CONFERENCE)


ANNA = {"id": "1", "kind": "contact", "name": "Anna Petrova", "number": "+7 916 123-45-67", "match": "e164"}
ANNA |= {"detail": "Head of sales", "account_id": "a1"}


PETER = ANNA | {"id": "2", "name": "Peter Romanov", "detail": "Accountant", "account_id": None}


LEAD: dict[str, Any] = {"name": "Anna Kuznetsova", "roles": ["operator", "supervisor", "admin"]}
LEAD["extensions"] = [{"pbx": "office", "device": "101"}, {"pbx": "branch", "device": "201"}]


NUMBER = "79161234567"
WATCH = {"type": "watch", "all": True, "queues": True}
"""What the supervisor's page asks for."""


def view(*calls: CallView, agents: tuple[AgentView, ...] = ()) -> UserView:
    current = calls[0].id if calls else ""
    return UserView(tenant="demo", user="101", calls=calls, current_call=current, agents=agents)


def agent(state: AgentState = AgentState.READY, reason: str = "") -> AgentView:
    queue = QueueView(queue="support", state=state, reason=reason)
    since = datetime.now(UTC) - timedelta(minutes=3)
    return AgentView(pbx="office", device="101", state=state, reason=reason, since=since, queues=(queue,))


def sent(push: PushServer) -> list[dict[str, Any]]:
    return [{key: value for key, value in each.items() if key not in ("id", "type")} for each in push.commands]


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


def heard(page: Page, politeness: str) -> Any:
    return page.locator(f"cti-panel [aria-live={politeness}]")


def recording(name: str, **fields: Any) -> dict[str, Any]:
    base = {"id": name, "connection_id": "r", "device": "101", "state": "stored", "started_at": None}
    return base | {"duration_s": 35.2, "audible": True, "gone_because": None} | fields


def silence(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(16000 * seconds)))
    return made.getvalue()


def happened(kind: str, second: float, connection: str) -> dict[str, Any]:
    at = datetime(2026, 1, 1, 10, tzinfo=UTC) + timedelta(seconds=second)
    return {"version": 1, "kind": kind, "occurred_at": at, "connection_id": connection, "device": connection}


PATH = {
    "call": {"connections": [{"connection_id": "101", "device": {"number": "101"}, "party": {"name": "Anna K."}}]},
    "story": "79161234567 → 101 talked 35 s",
    "path": [],
    "records": [],
    "timeline": [
        happened("originated", 0, "t1"),
        happened("queued", 0, "t1"),
        happened("delivered", 10, "101"),
        happened("established", 20, "101"),
        happened("held", 30, "101"),
        happened("retrieved", 35, "101"),
        happened("connection_cleared", 40, "101"),
        happened("connection_cleared", 40, "t1"),
    ],
}


async def show_team(push: PushServer, page: Page, call: MakeCall) -> None:
    await page.locator("[data-page=team]").click()
    await push.until(lambda: WATCH in push.frames)
    busy = call(
        "x", talking=200, device="102", name="John Müller", number="49301234567", queue="support", allowed=TALKING
    )
    people = {
        "102": UserView(tenant="demo", user="102", calls=(busy,), agents=(agent(AgentState.BUSY),)),
        "103": UserView(tenant="demo", user="103", agents=(agent(AgentState.NOT_READY, "lunch"),)),
        "104": UserView(tenant="demo", user="104"),
    }
    views = {user: {"epoch": "e", "version": 1, "view": each} for user, each in people.items()}
    await push.send({"type": "watched", "views": {user: views.pop(user) for user in ("104",)}, "more": True})
    await push.send({"type": "watched", "views": views})
    await expect(page.locator(".member")).to_have_count(3)


def waits(key: str, name: str, seconds: float) -> dict[str, Any]:
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    return {"id": key, "call_id": f"call-{key}", "number": NUMBER, "name": name, "since": since}


async def show_waiting(
    push: PushServer, *waiting: dict[str, Any], queue: str = "support", pbx: str = "office", whole: bool = False
) -> None:
    queues = [{"pbx": pbx, "queue": queue, "waiting": waiting}]
    await push.send({"type": "queues", "queues": queues, "whole": whole})


async def look(page: Page, at: str) -> None:
    """Let axe look at the page as it is, light, and at its colours when it is dark; it must find nothing."""
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE_SCRIPT)
    for scheme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
        await page.emulate_media(color_scheme=scheme)
        # To list also what passed takes as long again.
        report = await page.evaluate("(options) => axe.run(options)", {**rules, "resultTypes": ["violations"]})
        found = [
            (each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"]) for each in report["violations"]
        ]
        assert not found, f"{at}, {scheme}: {found}"


async def seen(page: Page, *names: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = await page.evaluate("window.seen")
    return [each for each in events if each["name"] in names]


async def until(page: Page, condition: str) -> None:
    # The page's Content-Security-Policy forbids the `eval` by which playwright's own wait_for_function polls.
    async with asyncio.timeout(30):
        while not await page.evaluate(condition):
            await asyncio.sleep(0.01)
