"""Pictures of what people see, to be looked at: `python libs/browser/tests/gallery.py DIR [SHOT ...]`.

Each shot in two languages, light and dark, at the widths where it makes sense, against a server whose calls and journal
are made up for it: long names, several calls at once, errors, nothing at all. The files are
`SHOT-LANGUAGE-SCHEME-WIDTH.png`. `WIDTHS`, `LANGUAGES`, `SCHEMES` in the environment, with commas, choose among them;
`FORCED=active` shows the colours that a user of high contrast gets instead of ours.
"""

import asyncio
import io
import os
import sys
import wave
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cti_browser.chromium import chromium, find_chromium
from cti_browser.testing import PushServer, push_server, record_of
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState, Direction, EndedBy, Outcome
from cti_model.view import AgentView, CallView, QueueView, UserView
from playwright.async_api import Browser, Page, Route

Shot = Callable[[PushServer, Page, str], Awaitable[None]]
NARROW, MIDDLE, WIDE = 320, 420, 1280
TALKING = (
    *(Command.CLEAR, Command.HOLD, Command.SEND_DIGITS, Command.CONSULT, Command.BLIND_TRANSFER),
    *(Command.MUTE, Command.UNMUTE, Command.PARK, Command.START_RECORDING),
)
CONSULTING = (Command.CLEAR, Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER, Command.CONFERENCE, Command.MUTE)
PEOPLE = {
    "102": "Boris Smirnov",
    "103": "Clara Weber",
    "104": "Dmitri Sokolov",
    "105": "Elena Kuznetsova-Preobrazhenskaya",
    "106": "Farid Aliyev",
}
LONG = "Константинопольский-Задунайский-Преображенский Вячеслав Всеволодович"
ROLES = ["operator", "supervisor", "admin"]


def call(key: str, *, age: float = 20, talking: float | None = None, **fields: Any) -> CallView:
    now = datetime.now(UTC)
    since = now - timedelta(seconds=age if talking is None else talking)
    base: dict[str, Any] = {
        "call_id": f"call-{key}",
        "pbx": "office",
        "device": "101",
        "direction": Direction.IN,
        "state": ConnectionState.ALERTING if talking is None else ConnectionState.CONNECTED,
        "started_at": now - timedelta(seconds=max(age, (talking or 0) + 6)),
        "state_since": since,
        "answered_at": None if talking is None else since,
    }
    return CallView(id=key, **{**base, **fields})


def agent(state: AgentState = AgentState.READY, reason: str = "", *, minutes: float = 14, **of: Any) -> AgentView:
    since = datetime.now(UTC) - timedelta(minutes=minutes)
    queues = tuple(QueueView(queue=each, state=state, reason=reason) for each in of.pop("queues", ("sales", "support")))
    return AgentView(pbx="office", device="101", state=state, reason=reason, since=since, queues=queues)


def view(*calls: CallView, user: str = "101", agents: tuple[AgentView, ...] | None = None) -> UserView:
    current = calls[0].id if calls else ""
    return UserView(
        tenant="demo", user=user, calls=calls, current_call=current, agents=(agent(),) if agents is None else agents
    )


def journal() -> list[Any]:
    """Two days of an operator: each outcome, people and bare numbers, queues, notes."""
    vain: dict[str, Any] = {"answered_at": None, "talk_s": 0.0, "hold_s": 0.0}
    day = 24 * 60
    rows: list[tuple[float, dict[str, Any]]] = [
        (4, {"remote_name": "Anna Petrova", "queue": "sales"}),
        (19, {"remote_name": "", "remote_number": "74957397012", "outcome": Outcome.MISSED, **vain}),
        (41, {"remote_name": "John Müller", "remote_number": "4930901820", "direction": Direction.OUT, "hold_s": 0.0}),
        (58, {"remote_name": "Boris Smirnov", "remote_number": "102", "internal": True, "ended_by": EndedBy.SELF}),
        (96, {"remote_name": "Olga Orlova", "direction": Direction.OUT, "outcome": Outcome.NO_ANSWER, **vain}),
        (140, {"remote_name": LONG, "remote_number": "79261112233", "queue": "support", "talk_s": 4271.0}),
        (171, {"remote_name": "", "remote_number": "", "outcome": Outcome.ANSWERED_ELSEWHERE, **vain}),
        (day + 20, {"remote_name": "Peter Romanov", "outcome": Outcome.ABANDONED, "queue": "support", **vain}),
        (day + 75, {"remote_name": "Igor Belov", "direction": Direction.OUT, "outcome": Outcome.BUSY, **vain}),
        (day + 90, {"remote_name": "Maria Lopez", "remote_number": "34911234567", "outcome": Outcome.REJECTED, **vain}),
    ]
    made = []
    for at, (minutes, fields) in enumerate(rows):
        row = {
            each: getattr(made_of(at, minutes, fields), each) for each in made_of(at, minutes, fields).__struct_fields__
        }
        user = ("101", "102", "105")[at % 3]
        made.append({**row, "user": user, "device": user})
    made[0] |= {"result": "Offer sent", "recorded": True}
    return made


def made_of(at: int, minutes: float, fields: dict[str, Any]) -> Any:
    return record_of(f"r{at}", minutes=minutes, **fields)


def happened(kind: str, second: float, connection: str) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=4) + timedelta(seconds=second)
    return {"version": 1, "kind": kind, "occurred_at": at, "connection_id": connection, "device": connection}


PATH = {
    "call": {
        "connections": [
            {
                "connection_id": "t1",
                "device": {"number": "trunk"},
                "party": {"number": "79161234567", "name": "Anna Petrova"},
            },
            {"connection_id": "101", "device": {"number": "101"}, "party": {"name": "Anna Kuznetsova"}},
            {"connection_id": "102", "device": {"number": "102"}, "party": {"name": "Boris Smirnov"}},
        ]
    },
    "story": "+79161234567 → sales → 101 talked 1:50 → 102 talked 1:15",
    "path": [],
    "records": [],
    "timeline": [
        happened("originated", 0, "t1"),
        happened("queued", 4, "t1"),
        happened("delivered", 16, "101"),
        happened("established", 23, "101"),
        happened("established", 23, "t1"),
        happened("held", 90, "101"),
        happened("delivered", 92, "102"),
        happened("established", 98, "102"),
        happened("retrieved", 130, "101"),
        happened("connection_cleared", 133, "101"),
        happened("connection_cleared", 208, "102"),
        happened("connection_cleared", 208, "t1"),
    ],
}


ANNA: dict[str, Any] = {
    "id": "1",
    "kind": "contact",
    "name": "Anna Petrova",
    "number": "+7 916 123-45-67",
    "match": "e164",
}
ANNA |= {"detail": "Head of sales", "account_id": "a1"}
PETER = ANNA | {"id": "2", "name": "Peter Romanov", "detail": "Accountant", "account_id": None}
CANDIDATES = [ANNA, PETER]


WAITING = [
    ("office", "support", "79261112233", LONG, 312),
    ("office", "support", "79035550022", "", 75),
    ("office", "sales", "4930901820", "John Müller", 8),
    ("branch", "sales", "", "", 21),
]


def waiting() -> list[dict[str, Any]]:
    queues: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for at, (pbx, queue, number, name, wait) in enumerate(WAITING):
        caller = {"id": f"w{at}", "call_id": f"w{at}", "number": number, "name": name, "since": since(wait)}
        queues.setdefault((pbx, queue), []).append(caller)
    return [{"pbx": pbx, "queue": queue, "waiting": callers} for (pbx, queue), callers in queues.items()]


def since(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def dress(push: PushServer) -> None:
    push.about = {"name": "Anna Kuznetsova", "roles": ROLES}
    push.about["extensions"] = [{"pbx": "office", "device": "101"}, {"pbx": "branch", "device": "201"}]
    push.view = view()
    push.journal = journal()
    users = {"items": [{"id": user, "name": name} for user, name in (("101", "Anna Kuznetsova"), *PEOPLE.items())]}
    found = [
        {"id": str(at), "kind": "contact", "name": name} for at, name in enumerate(["Ivan Petrov", "Ivana Novak", LONG])
    ]
    sound = {
        "id": "s",
        "connection_id": "r0",
        "device": "101",
        "state": "stored",
        "started_at": None,
        "duration_s": 185.2,
    }
    gone = sound | {"id": "g", "audible": False, "state": "gone", "gone_because": "older than 90 days"}
    push.pages = {
        "/v1/users": users,
        "/v1/identify": {"candidates": []},
        "/v1/accounts/a1": {"name": "OOO Romashka"},
        "/v1/search": {"by_name": [each | {"job": "Head of sales"} for each in found]},
        "/v1/calls/call-r0": PATH,
        "/v1/calls/call-r0/recordings": {"items": [sound | {"audible": True, "gone_because": None}, gone]},
        "/v1/records/r0/annotation": {"version": 1, "note": "Wants an offer for twelve seats.", "result": "Offer sent"},
        "/v1/missed": {"items": [{"call_id": "call-r1", "called_back": None}]},
    }


def consultation(push: PushServer) -> None:
    held = call("a", talking=252, number="79161234567", name="Anna Petrova", state=ConnectionState.HELD, queue="sales")
    allowed = (Command.CLEAR, Command.RETRIEVE)
    second = call("b", talking=14, number="102", name="Boris Smirnov", direction=Direction.OUT, internal=True)
    push.view = view(
        replaced(second, parent_id="a", allowed=CONSULTING),
        replaced(held, allowed=allowed),
        agents=(agent(AgentState.BUSY),),
    )


def replaced(view: CallView, **fields: Any) -> CallView:
    return CallView(**{**{name: getattr(view, name) for name in view.__struct_fields__}, **fields})


def busy(push: PushServer) -> None:
    ring = (Command.ANSWER, Command.CLEAR)
    push.view = view(
        call("a", talking=4271, number="79261112233", name=LONG, queue="Служба технической поддержки", allowed=TALKING),
        call(
            "b",
            talking=75,
            number="4930901820",
            name="John Müller",
            state=ConnectionState.HELD,
            allowed=(Command.RETRIEVE, Command.CLEAR),
        ),
        call("c", number="74957397012", age=9, queue="sales", allowed=ring),
        call("d", number="105", name="Elena Kuznetsova-Preobrazhenskaya", internal=True, age=3, allowed=ring),
        agents=(agent(AgentState.BUSY),),
    )
    push.answer_to = lambda _: {
        "outcome": "failed",
        "error": "refused",
        "message": "Extension 4711 is not reachable from this context",
    }


async def idle(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-record=r0]").wait_for()


async def incall(push: PushServer, page: Page, _: str) -> None:
    await page.locator(".consultations article").wait_for()


async def crowd(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-call=a] [data-action=park]").click()
    await page.locator(".toast").wait_for()


async def history(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-record=r0] summary").click()
    await page.locator("[data-record=r0] .recording").wait_for()
    await page.locator("[data-record=r0] .recording button").first.click()
    await page.locator("audio").wait_for()


async def missed(push: PushServer, page: Page, _: str) -> None:
    await page.locator("#tab-missed").click()
    await page.locator(".called-back").first.wait_for()


async def dial(push: PushServer, page: Page, _: str) -> None:
    await page.locator(".dialer button").first.click()
    await page.locator(".dialer input").fill("iva")
    await page.locator("[role=option]").first.wait_for()


async def settings(push: PushServer, page: Page, _: str) -> None:
    await page.locator(".who-am-i > button").last.click()


async def status(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-menu=agent]").click()


async def calls(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-page=calls]").click()
    await page.locator(".calls-page [data-record=r0]").wait_for()
    await page.wait_for_timeout(400)


async def path(push: PushServer, page: Page, _: str) -> None:
    await calls(push, page, _)
    await page.locator(".calls-page [data-record=r0] summary").click()
    await page.locator(".path").wait_for()
    await page.locator(".calls-page [data-record=r0] .recording").first.wait_for()


async def nothing(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-page=calls]").click()
    await page.locator(".calls-page .empty").wait_for()


def bare(push: PushServer) -> None:
    push.journal = []
    push.view = view(agents=())


async def team(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-page=team]").click()
    await push.until(lambda: any(frame["type"] == "watch" for frame in push.frames))
    people = {
        "102": view(
            call(
                "x",
                talking=254,
                name="John Müller",
                number="4930901820",
                queue="support",
                device="102",
                allowed=TALKING,
            ),
            user="102",
            agents=(agent(AgentState.BUSY),),
        ),
        "103": view(user="103", agents=(agent(AgentState.NOT_READY, "lunch", minutes=23),)),
        "104": view(
            call(
                "y",
                talking=61,
                name=LONG,
                number="79261112233",
                device="104",
                state=ConnectionState.HELD,
                allowed=TALKING,
            ),
            call(
                "z",
                talking=12,
                name="Clara Weber",
                number="103",
                internal=True,
                direction=Direction.OUT,
                device="104",
                parent_id="y",
                allowed=TALKING,
            ),
            user="104",
            agents=(agent(AgentState.BUSY, queues=("support",)),),
        ),
        "105": view(
            call("w", number="79035550011", age=8, device="105", queue="sales"),
            user="105",
            agents=(agent(queues=("sales",)),),
        ),
        "106": view(user="106", agents=()),
        "101": view(agents=(agent(minutes=2),)),
    }
    views = {user: {"epoch": "e", "version": 1, "view": each} for user, each in people.items()}
    await push.send({"type": "watched", "views": views})
    await push.send({"type": "queues", "queues": waiting(), "whole": True})
    await page.locator(".member").nth(5).wait_for()


async def alone(push: PushServer, page: Page, _: str) -> None:
    await page.locator("[data-page=team]").click()
    await push.until(lambda: any(frame["type"] == "watch" for frame in push.frames))
    await push.send({"type": "watched", "views": {}})
    await page.locator(".team-page .empty").wait_for()


ALL = (NARROW, MIDDLE, WIDE)
SHOTS: dict[str, tuple[Callable[[PushServer], None], Shot, tuple[int, ...]]] = {
    "idle": (lambda _: None, idle, ALL),
    "empty": (bare, lambda push, page, _: page.locator(".history .empty").wait_for(), ALL),
    "incall": (consultation, incall, ALL),
    "crowd": (busy, crowd, ALL),
    "history": (lambda _: None, history, ALL),
    "missed": (lambda _: None, missed, (MIDDLE,)),
    "dial": (lambda _: None, dial, (NARROW, WIDE)),
    "settings": (lambda _: None, settings, (NARROW, WIDE)),
    "status": (lambda _: None, status, (NARROW, WIDE)),
    "calls": (lambda _: None, calls, ALL),
    "path": (lambda _: None, path, ALL),
    "nothing": (bare, nothing, (NARROW, WIDE)),
    "team": (lambda _: None, team, ALL),
    "alone": (lambda _: None, alone, (NARROW, WIDE)),
}


def tone(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(16000 * seconds)))
    return made.getvalue()


async def take(browser: Browser, name: str, language: str, scheme: Any, width: int, target: Path) -> None:
    """One picture of the whole page."""
    prepare, go, _ = SHOTS[name]
    async with push_server() as push:
        dress(push)
        prepare(push)
        context = await browser.new_context(
            locale=f"{language}-{language.upper().replace('EN', 'GB')}",
            color_scheme=scheme,
            reduced_motion="reduce",
            forced_colors="active" if os.environ.get("FORCED") == "active" else "none",
            viewport={"width": width, "height": 860 if width > MIDDLE else 2400},
        )
        page = await context.new_page()

        async def link(route: Route) -> None:
            await route.fulfill(json={"url": "http://journal/v1/listen/a", "expires_at": ""})

        async def listen(route: Route) -> None:
            await route.fulfill(body=tone(185), content_type="audio/wav")

        async def identify(route: Route) -> None:
            digits = route.request.url.rpartition("=")[2]
            await route.fulfill(json={"candidates": CANDIDATES[: {"74957397012": 2, "79161234567": 1}.get(digits, 0)]})

        await page.route("**/v1/identify*", identify)
        await page.route("**/v1/recordings/*/link", link)
        await page.route("**/v1/listen/*", listen)
        await page.goto(f"{push.url}#token=t")
        await page.locator("cti-panel [data-phase=online]").wait_for()
        await go(push, page, language)
        await page.wait_for_timeout(250)
        await page.screenshot(path=target / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
        await context.close()


def chosen(variable: str, every: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, os.environ.get(variable, "").split(","))) or every


async def take_all(browser_path: str, target: Path, names: list[str]) -> None:
    """The pictures of these shots, as the environment narrows them down."""
    widths = {int(each) for each in chosen("WIDTHS", tuple(map(str, ALL)))}
    async with chromium(browser_path) as browser:
        for name in names:
            for language in chosen("LANGUAGES", ("en", "ru")):
                for scheme in chosen("SCHEMES", ("light", "dark")):
                    for width in widths.intersection(SHOTS[name][2]):
                        await take(browser, name, language, scheme, width, target)


def main() -> None:
    """Take the pictures that were asked for; all without a name."""
    if len(sys.argv) < 2 or not (browser_path := find_chromium()):
        sys.exit("usage: python gallery.py DIR [SHOT ...], where a chromium is")
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take_all(browser_path, target, sys.argv[2:] or list(SHOTS)))


if __name__ == "__main__":
    main()
