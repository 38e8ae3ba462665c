"""The panel and its page in a real browser: what is seen, heard and reached by keyboard."""

import asyncio
import base64
import json
import re
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from cti_browser.testing import PushServer, record_of
from cti_model.calls import ConnectionState, Direction, Outcome
from cti_model.operators import Refusal
from cti_model.view import CallView, CtiEvent, CtiEventName, ErrorView, UserView
from msgspec.structs import replace
from playwright.async_api import Locator, Page, Route, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

OpenPage = Callable[..., Awaitable[Page]]
MakeCall = Callable[..., CallView]
HOSTILE = '<img src=x onerror="window.pwned=1">\'"--></script><script>window.pwned=1</script>'


def view(*calls: CallView) -> UserView:
    return UserView(tenant="demo", user="101", calls=calls, current_call=calls[0].id if calls else "")


async def steps(timer: Locator, told: float, seconds: int) -> None:
    """Wait until a timer steps that showed so many seconds when the page was told; it is not ahead of the clock.

    It may be a second behind: the server's clock comes with a frame, and the frame takes its time.
    """
    before = await timer.inner_text()
    await expect(timer).not_to_have_text(before)
    *_, minutes, shown = map(int, (await timer.inner_text()).split(":"))
    assert seconds <= 60 * minutes + shown <= seconds + time.monotonic() - told + 1


def heard(page: Page, politeness: str) -> Any:
    return page.locator(f"cti-panel [aria-live={politeness}]")


async def test_a_call_from_ringing_to_the_history(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    await expect(page.get_by_text("No calls right now")).to_be_visible()
    anna: dict[str, Any] = {"number": "79161234567", "name": "Anna Petrova", "queue": "Sales"}
    told = time.monotonic()
    await push.show(CtiEventName.CALL_STARTED, call("a", age=14, **anna))
    card = page.locator("article")
    await expect(card).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    for text in ("AP", "Anna Petrova", "+7 916 123-45-67", "Queue Sales"):
        await expect(card.get_by_text(text, exact=True)).to_be_visible()
    await steps(card.get_by_role("timer"), told, 14)
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Anna Petrova, 79161234567, Queue Sales")
    await expect(page).to_have_title("Anna Petrova is calling")

    told = time.monotonic()
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", age=300, talking=133, **anna))
    await expect(card.get_by_text("Talking", exact=True)).to_be_visible()
    await expect(card.get_by_text("Incoming", exact=True)).to_be_visible()
    await steps(card.get_by_role("timer"), told, 133)
    await expect(heard(page, "polite")).to_contain_text("Connected: Anna Petrova")
    await expect(page).to_have_title("Trunkline")

    told = time.monotonic()
    await push.show(CtiEventName.HOLD, call("a", age=4000, talking=41, state=ConnectionState.HELD, **anna))
    await expect(card.get_by_text("On hold, held by you")).to_be_visible()
    await steps(card.locator(".since"), told, 41)

    requests = len(push.requests)
    now = datetime.now(UTC)
    ended = {"state": ConnectionState.NULL, "ended_at": now, "outcome": Outcome.ANSWERED}
    ended["answered_at"] = now - timedelta(seconds=3725)
    over = call("a", age=4000, talking=3725, **{**anna, **ended})
    await push.show(CtiEventName.CALL_FINISHED, over)
    await expect(card.get_by_text("Call ended")).to_be_visible()
    await expect(card.get_by_role("timer")).to_have_text("1:02:05")
    await expect(heard(page, "polite")).to_contain_text("Call ended: Anna Petrova. Answered")
    # The journal is later than the event: the panel asks until the record is there.
    push.journal = [record_of("a", minutes=0.1, outcome=None, ended_by=None, ended_at=None)]
    await push.until(lambda: len(push.requests) >= requests + 2)
    push.journal = [record_of("a", minutes=0.1)]
    await expect(page.locator("[data-record=a]")).to_be_visible()
    await page.evaluate("document.querySelector('cti-panel').setAttribute('linger', '0.5')")
    await push.show(CtiEventName.CALL_FINISHED, over)
    await expect(card).to_have_count(0)


async def test_the_states_in_words(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    card = page.locator("article")
    out = Direction.OUT
    anna = {"name": "Anna"}
    for shown, words in [
        (call("a", state=ConnectionState.INITIATED, direction=out), "Dialling"),
        (call("a", direction=out), "Ringing at the other side"),
        (call("a", talking=1, held_by_remote=True, **anna), "On hold, held by Anna"),
        (call("a", talking=1, held_by_remote=True, state=ConnectionState.HELD), "On hold, held by both sides"),
        (call("a", state=ConnectionState.QUEUED), "Waiting in a queue"),
        (call("a", state=ConnectionState.FAILED, direction=out), "The call cannot be put through"),
    ]:
        await push.show(CtiEventName.CALL_INFO_CHANGED, shown)
        await expect(card.get_by_text(words, exact=True)).to_be_visible()
    now = datetime.now(UTC)
    for outcome, words in [
        (Outcome.MISSED, "Missed"),
        (Outcome.BUSY, "Busy"),
        (Outcome.NO_ANSWER, "No answer"),
        (Outcome.REJECTED, "Declined"),
        (Outcome.CANCELLED, "Cancelled"),
        (Outcome.FAILED, "Failed"),
        (Outcome.ANSWERED_ELSEWHERE, "Answered elsewhere"),
        (Outcome.ABANDONED, "Caller gave up"),
    ]:
        ended = call("a", state=ConnectionState.NULL, ended_at=now, outcome=outcome)
        await push.show(CtiEventName.CALL_FINISHED, ended)
        await expect(card.get_by_text(words, exact=True)).to_be_visible()


async def test_a_consultation_stands_under_its_call(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    held = call("a", talking=40, state=ConnectionState.HELD, name="Boris Ivanov")
    consult = call(
        "b", talking=5, name="Claire Dubois", direction=Direction.OUT, parent_id="a", internal=True, number="105"
    )
    push.view = view(held, consult)
    page = await open_page()
    nested = page.locator("[data-call=a] + ul [data-call=b]")
    await expect(nested).to_contain_text("Consultation during the call with Boris Ivanov")
    await expect(nested).to_contain_text("105 · internal")
    # The parent ends: the consultation becomes a call of its own right and keeps its element.
    await push.show(CtiEventName.CURRENT_CALL_CHANGED, call("b", talking=5, name="Claire Dubois"))
    await expect(page.locator("[data-call=a]")).to_have_count(0)
    await expect(page.locator("[data-call=b]")).to_be_visible()


async def test_a_card_says_who_passed_the_call_on(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    card = page.locator("article")
    await push.show(CtiEventName.CALL_STARTED, call("a", redirecting_id="103", redirection_id="101"))
    await expect(card.get_by_text("Transferred by 103", exact=True)).to_be_visible()
    await push.show(CtiEventName.CALL_INFO_CHANGED, call("a", talking=5))
    await expect(card).not_to_contain_text("Transferred")
    passed_on = {"redirecting_id": "101", "redirection_id": "102", "outcome": Outcome.ANSWERED}
    ended = {"state": ConnectionState.NULL, "ended_at": datetime.now(UTC)}
    await push.show(CtiEventName.CALL_FINISHED, call("a", talking=5, **passed_on, **ended))
    await expect(card.get_by_text("Transferred to 102", exact=True)).to_be_visible()
    await expect(card.get_by_text("Call ended")).to_be_visible()


async def test_there_is_no_button_for_what_cannot_be_asked(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a"), call("b", talking=5))
    page = await open_page()
    await expect(page.locator("article")).to_have_count(2)
    await expect(page.locator("article").get_by_role("button")).to_have_count(0)


async def test_replayed_events_ring_nobody(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    await push.kick(1001)
    await push.show(CtiEventName.CALL_STARTED, call("a", name="Anna Petrova"))
    ended = call(
        "a", state=ConnectionState.NULL, ended_at=datetime.now(UTC), outcome=Outcome.MISSED, name="Anna Petrova"
    )
    await push.show(CtiEventName.CALL_FINISHED, ended)
    push.journal = [record_of("a", outcome=Outcome.MISSED)]
    await push.until(lambda: len(push.hellos) == 2)
    await expect(page.locator("[data-record=a]")).to_be_visible()
    # A live call after the replay: were the replayed one shown or said, it would be beside this one.
    await push.show(CtiEventName.CALL_STARTED, call("b", name="Boris Ivanov"))
    await expect(page.locator("[data-call=b]")).to_be_visible()
    await expect(page.locator("article")).to_have_count(1)
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Boris Ivanov")
    await expect(heard(page, "polite")).not_to_contain_text("Anna")


async def test_a_phone_that_still_rings_after_a_resume_is_told(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    page = await open_page()
    await push.kick(1001)
    await push.show(CtiEventName.CALL_STARTED, call("a", name="Anna Petrova"))
    await expect(heard(page, "assertive")).to_have_text("Incoming call: Anna Petrova")
    await expect(page.locator("[data-tone=ringing]")).to_be_visible()


async def test_a_lost_connection_keeps_the_picture_and_says_how_old_it_is(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a", talking=5))
    page = await open_page()
    await expect(page.locator("article")).to_be_visible()
    push.refusal = 4003
    await push.kick(1001)
    await expect(page.get_by_text("The connection is lost. What you see is as of").first).to_be_visible()
    await expect(page.locator("article")).to_be_visible()
    tried = len(push.hellos)
    await page.get_by_role("button", name="Try now").click()
    await push.until(lambda: len(push.hellos) > tried)
    push.view = view()
    push.refusal = None  # only now: a panel that came back by itself would have no button
    await expect(page.locator("[data-phase=online]")).to_be_visible()
    await expect(page.locator("article")).to_have_count(0)
    await expect(page.locator(".banner")).to_be_hidden()


async def test_names_are_text_and_never_markup(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    hostile = {"name": HOSTILE, "number": HOSTILE, "queue": HOSTILE, "device": HOSTILE}
    push.journal = [record_of("r", remote_name=HOSTILE, remote_number=HOSTILE, queue=HOSTILE, redirecting_id=HOSTILE)]
    page = await open_page()
    await push.show(CtiEventName.CALL_STARTED, call("a", **hostile))
    await expect(page.locator("article h3")).to_have_text(HOSTILE)
    await expect(page.locator("[data-record=r] .title")).to_have_text(HOSTILE)
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator("[data-record=r] dl")).to_contain_text(HOSTILE)
    await expect(page.locator("cti-panel img, cti-panel script")).to_have_count(0)
    assert await page.evaluate("window.pwned") is None


async def test_the_history_tells_what_became_of_each_call(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [
        record_of("a", queue="Sales"),
        record_of("b", minutes=9, outcome=Outcome.MISSED, answered_at=None, talk_s=0.0, hold_s=0.0, remote_name=""),
        record_of(
            "c", minutes=60 * 24 * 40, direction=Direction.OUT, outcome=Outcome.NO_ANSWER, talk_s=0.0, hold_s=0.0
        ),
        record_of("live", minutes=1, outcome=None, ended_by=None, ended_at=None),
    ]
    page = await open_page()
    row = page.locator("[data-record=a] summary")
    await expect(row).to_contain_text("Incoming · Answered · +7 916 123-45-67 · Queue Sales")
    await expect(row.locator(".times")).to_have_text("rang 00:07talked 03:05on hold 00:41")
    await expect(page.locator("[data-record=b] summary")).to_contain_text("Incoming · Missed")
    await expect(page.locator("[data-record=b] .times")).to_have_text("rang 00:07")
    await expect(page.locator("[data-record=c] summary")).to_contain_text("Outgoing · No answer")
    await expect(page.locator("[data-record=live]")).to_have_count(0)
    await page.get_by_role("tab", name="Missed").click()
    await expect(page.locator("[data-record=a]")).to_have_count(0)
    await expect(page.locator("[data-record=b]")).to_be_visible()


async def test_a_history_that_fails_can_be_asked_again(push: PushServer, open_page: OpenPage) -> None:
    push.journal = None
    page = await open_page()
    await expect(page.get_by_text("The history cannot be read now.")).to_be_visible()
    push.journal = []
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("No calls yet")).to_be_visible()


async def tabbed(page: Page) -> str:
    """Press the tabulator key; what has the focus then."""
    await page.keyboard.press("Tab")
    focus = "document.querySelector('cti-panel').shadowRoot.activeElement"
    label: str = await page.evaluate(
        f"((each) => each?.ariaLabel || each?.labels?.[0]?.innerText || each?.innerText.trim() || '')({focus})"
    )
    return label


async def test_everything_is_reached_by_keyboard(push: PushServer, open_page: OpenPage) -> None:
    missed = {"outcome": Outcome.MISSED, "talk_s": 0.0}
    push.journal = [record_of(f"r{each}", minutes=each + 1, **missed) for each in range(30)]
    page = await open_page()
    await expect(page.locator("details")).to_have_count(25)
    # Pages, settings, the field to dial with its keypad and button, the tabs: in the order in which they are read.
    stops = [await tabbed(page) for _ in range(8)]
    assert stops == ["Phone", "Calls", "No queues", "Settings", "Number or name", "Dial pad", "Call", "All"]
    outline = "getComputedStyle(document.querySelector('cti-panel').shadowRoot.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("ArrowRight")
    tab = page.get_by_role("tab", name="Missed")
    await expect(tab).to_be_focused()
    await expect(tab).to_have_attribute("aria-selected", "true")
    await push.until(lambda: "outcome=missed" in push.requests[-1])
    await expect(page.locator("details")).to_have_count(25)
    await page.keyboard.press("Tab")
    first = page.locator("summary").first
    await expect(first).to_be_focused()
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator("details").first).to_have_attribute("open", "")
    # A refresh in the background leaves the focus where it is.
    push.journal = [record_of("new", minutes=0.1, **missed), *push.journal]
    await push.tell(CtiEvent(name=CtiEventName.CALL_SAVED), view=view())
    await expect(page.locator("[data-record=new]")).to_be_visible()
    await expect(page.locator("[data-record=r0] summary")).to_be_focused()
    assert [await tabbed(page) for _ in range(4)] == ["Note", "Result", "Save", "Call back: Anna Petrova"]
    while await tabbed(page) != "Show earlier calls":
        pass
    await page.keyboard.press("Enter")
    await expect(page.locator("details")).to_have_count(31)
    await expect(page.locator("[data-record=r25] summary")).to_be_focused()
    await expect(page.get_by_role("button", name="Show earlier calls")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["calls", "empty", "lost", "signed out"])
async def test_axe_finds_nothing(
    push: PushServer, open_page: OpenPage, call: MakeCall, scheme: str, state: str
) -> None:
    if state in ("calls", "lost"):
        push.view = view(
            call("a", talking=40, state=ConnectionState.HELD, name="Boris Ivanov", number="102"),
            call(
                "b",
                talking=5,
                name="Claire Dubois",
                direction=Direction.OUT,
                parent_id="a",
                internal=True,
                number="105",
            ),
            call("c", number="79161234567", queue="Sales"),
            call("d", state=ConnectionState.FAILED, direction=Direction.OUT, name="Denis"),
            call("e", state=ConnectionState.QUEUED, direction=Direction.OUT, name="Elena"),
        )
        outcomes = list(Outcome)
        push.journal = [
            record_of(f"r{at}", minutes=at * 9, outcome=each, queue="Sales") for at, each in enumerate(outcomes)
        ]
    page = await open_page(None if state == "signed out" else "token-1", color_scheme=scheme)
    if state == "calls":
        ended = call("f", state=ConnectionState.NULL, ended_at=datetime.now(UTC), outcome=Outcome.MISSED, name="Fedor")
        await push.show(CtiEventName.CALL_FINISHED, ended, *push.view.calls)
        await expect(page.locator("article")).to_have_count(6)
        await page.locator("summary").first.click()
    if state == "lost":
        push.refusal = 4003
        await push.kick(1001)
        await expect(page.locator(".banner")).to_be_visible()
    report = await Axe().run(page)
    assert report.violations_count == 0, report.generate_report()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("language", ["en-GB", "ru-RU"])
async def test_nothing_is_wider_than_the_screen(
    push: PushServer, open_page: OpenPage, call: MakeCall, width: int, language: str
) -> None:
    long = "Константинопольский-Задунайский-Преображенский" * 2
    push.view = view(
        call(
            "a", talking=4000, state=ConnectionState.HELD, held_by_remote=True, name=long, number="7" * 40, queue=long
        ),
        call("b", talking=5, name=long, direction=Direction.OUT, parent_id="a", device=long),
    )
    push.journal = [record_of("r", remote_name=long, remote_number="9" * 40, queue=long)]
    page = await open_page(viewport={"width": width, "height": 800}, locale=language)
    await page.locator("summary").click()
    assert await page.evaluate("document.scrollingElement.scrollWidth") == width
    boxes = [await each.bounding_box() for each in await page.locator("section").all()]
    assert len(boxes) == (2 + 1)
    now, past = (each for each in boxes[:2] if each)
    assert (past["y"] == now["y"]) == (width == 1280)


async def test_russian(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", name="Анна Петрова"))
    page = await open_page(locale="ru-RU")
    await expect(page.get_by_text("Входящий звонок", exact=True)).to_be_visible()
    await expect(page.get_by_text("На связи")).to_be_visible()
    await expect(page.locator("article")).to_contain_text("АП")
    assert await page.evaluate("document.documentElement.lang") == "ru"
    ru, en = [
        await page.evaluate(f"import('/panel/messages.js').then((m) => Object.values(m.messagesFor('{language}')))")
        for language in ("ru", "en")
    ]
    assert not [each for each in ru if each in en and re.sub(r"\{\w+\}", "", each).strip(" :·,")]  # words, not forms


async def test_the_history_is_that_of_the_tokens_user(push: PushServer, open_page: OpenPage) -> None:
    claims = (
        base64.urlsafe_b64encode(json.dumps({"sub": "оператор 101?"}, ensure_ascii=False).encode()).decode().rstrip("=")
    )
    await open_page(f"header.{claims}.signature")
    await push.until(lambda: bool(push.requests))
    assert parse_qs(urlsplit(push.requests[0]).query) == {
        "user": ["оператор 101?"],
        "alive": ["false"],
        "limit": ["25"],
    }


async def test_the_token_leaves_the_address_bar_and_stays_in_the_tab(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page("secret-token")
    assert page.url == push.url
    await page.reload()
    await page.locator("[data-phase=online]").wait_for()
    assert [each["token"] for each in push.hellos] == ["secret-token", "secret-token"]


async def test_without_a_token_and_after_a_refusal_the_page_asks_for_one(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page(None)
    await expect(page.get_by_role("heading", name="Sign in to see your calls")).to_be_visible()
    assert push.hellos == []
    push.refusal = 4500
    await page.get_by_label("Access token").fill("bad-token")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your sign-in is no longer valid")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    # A new sign-in link opened in the same tab changes the fragment alone.
    push.refusal = None
    await page.evaluate("location.hash = '#token=good-token'")
    await page.locator("[data-phase=online]").wait_for()
    await expect(page.get_by_label("Access token")).to_be_hidden()
    assert [each["token"] for each in push.hellos] == ["bad-token", "good-token"]
    assert page.url == push.url


async def test_a_password_leads_in_and_its_token_is_renewed_until_it_cannot_be(
    push: PushServer, open_page: OpenPage
) -> None:
    push.documents["/login"] = "<h1>Password</h1>"
    page = await open_page(None, path="?lang=ru")
    way = page.get_by_role("link", name="Войти по паролю")
    assert (await way.get_attribute("href")) == "login?lang=ru"
    renewals: list[str] = []

    async def renew(route: Route) -> None:
        renewals.append(route.request.headers["authorization"])
        again = len(renewals) == 1
        await route.fulfill(status=200 if again else 401, json={"token": "newer"} if again else {})

    await page.route("**/v1/login/renew", renew)
    await page.evaluate("location.hash = '#token=first'")
    await page.locator("[data-phase=online]").wait_for()
    await push.send({"type": "expiring", "expires_at": datetime.now(UTC)})
    await push.until(lambda: {"type": "renew", "token": "newer"} in push.frames)
    push.refused_tokens = {"newer"}
    await push.kick(4500)
    await expect(way).to_be_visible()
    assert renewals == ["Bearer first", "Bearer newer"]
    assert await page.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
async def test_nothing_moves_for_those_who_wish_so(
    push: PushServer, open_page: OpenPage, call: MakeCall, wish: str, moves: bool
) -> None:
    push.view = view(call("a"))
    page = await open_page(reduced_motion=wish)
    await expect(page.locator("article")).to_be_visible()
    names = await page.evaluate(
        """(() => { const root = document.querySelector("cti-panel").shadowRoot;
        return [...root.querySelectorAll("*")].flatMap((each) => ["", "::after"].map((part) =>
        getComputedStyle(each, part || null).animationName)).filter((name) => name !== "none"); })()"""
    )
    assert bool(names) == moves


async def test_an_element_that_leaves_the_page_stops_listening(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    page = await open_page()
    await page.evaluate("window.panel = document.querySelector('cti-panel'); panel.remove()")
    await push.show(CtiEventName.CALL_STARTED, call("a"))
    async with asyncio.timeout(30):
        while not await page.evaluate("panel.model.activeCalls.length"):
            await asyncio.sleep(0.01)
    assert await page.evaluate("panel.shadowRoot.querySelectorAll('article').length") == 0
    await page.evaluate("document.querySelector('main').append(panel)")
    await expect(page.locator("article")).to_have_count(1)


async def test_a_log_in_that_the_pbx_refuses_stands_there_until_it_is_mended(
    push: PushServer, open_page: OpenPage
) -> None:
    wrong = ErrorView(pbx="board", device="201", reason=Refusal.IN_USE, message="used by x", since=datetime.now(UTC))
    nothing = UserView(tenant="demo", user="101")
    page, notice = await open_page(), "board does not let you in as 201: the account is signed in elsewhere."
    await push.tell(CtiEvent(name=CtiEventName.ERROR, error=wrong), view=replace(nothing, errors=(wrong,)))
    await expect(page.locator(".notices")).to_contain_text(notice)
    later = await open_page()
    await expect(later.locator(".notices")).to_contain_text(notice)
    assert (await Axe().run(later)).violations_count == 0
    told = replace(wrong, reason=Refusal.OTHER, message="account expired")
    await push.tell(CtiEvent(name=CtiEventName.ERROR, error=told), view=replace(nothing, errors=(told,)))
    await expect(later.locator(".notices")).to_contain_text("account expired")
    await push.tell(view=nothing)
    for each in (page, later):
        await expect(each.locator(".notices")).to_be_empty()
