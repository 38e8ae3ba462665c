"""What an operator does in the panel, and what is sent for it: dialling, buttons, status, settings, pages."""

import io
import json
import wave
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from cti_browser.testing import PushServer, record_of
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState, Direction, Outcome
from cti_model.view import AgentView, CallView, CtiEvent, CtiEventName, QueueView, UserView
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

OpenPage = Callable[..., Awaitable[Page]]
MakeCall = Callable[..., CallView]
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


async def test_only_what_a_call_allows_has_a_button(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page()
    buttons = page.locator("article").get_by_role("button")
    for allowed, names in (
        ((Command.CLEAR, Command.ANSWER), ["Answer", "Decline"]),
        ((Command.CLEAR,), ["Decline"]),
        ((), []),
    ):
        await push.show(CtiEventName.LINE_STATE_CHANGED, call("a", number=NUMBER, allowed=allowed))
        await expect(buttons).to_have_text(names)
    talking = call("a", number=NUMBER, talking=4, allowed=TALKING)
    await push.show(CtiEventName.COMMUTATION_STARTED, talking)
    await expect(buttons).to_have_text(["Hold", "Mute", "Transfer", "Keypad", "Record", "Park", "End"])
    held = call("a", talking=4, state=ConnectionState.HELD, allowed=(Command.CLEAR, Command.RETRIEVE))
    consult = call("b", direction=Direction.OUT, talking=1, parent_id="a", allowed=CONSULTING)
    await push.show(CtiEventName.CALL_STARTED, consult, held)
    await expect(buttons).to_have_text(["Resume", "End", "Complete transfer", "Join all", "Back to caller"])


async def test_buttons_send_and_a_double_click_sends_once(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING))
    page = await open_page()
    await page.get_by_role("button", name="Hold").dblclick()
    await press(page, "Mute")
    await expect(page.get_by_role("button", name="Unmute")).to_have_attribute("aria-pressed", "true")
    await press(page, "Keypad")
    await page.get_by_role("group", name="Keypad").get_by_role("button", name="5").dblclick()
    await expect(page.locator(".digits")).to_have_text("55")
    await press(page, "Transfer")
    await expect(page.locator(".dtmf")).to_be_hidden()
    await expect(page.get_by_role("combobox", name="Transfer to number or name")).to_be_focused()
    await page.keyboard.type("102")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Consult first")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".transfer")).to_be_hidden()
    await press(page, "Park")
    await press(page, "End")
    await push.until(lambda: len(push.commands) == 7)
    assert [(each["verb"], each.get("to") or each.get("digits")) for each in push.commands] == [
        ("hold", None),
        ("mute", None),
        ("send_digits", "5"),
        ("send_digits", "5"),
        ("consult", "102"),
        ("park", None),
        ("clear", None),
    ]


async def test_a_failure_is_said_and_the_focus_stays(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING))
    page = await open_page()
    push.answer_to = lambda _: {"outcome": "failed", "error": "refused", "message": "No such extension"}
    hold = page.get_by_role("button", name="Hold")
    await hold.focus()
    await page.keyboard.press("Enter")
    toast = page.get_by_role("alert")
    await expect(toast).to_have_text("The telephone system refused: No such extension")
    await expect(hold).to_be_focused()
    push.answer_to = lambda _: {"outcome": "unknown", "error": "lost"}
    await press(page, "Park")
    await expect(toast.last).to_contain_text("Nobody knows whether that worked.")
    await toast.last.get_by_role("button", name="Dismiss").click()
    await expect(toast).to_have_count(1)
    # What was pressed becomes another button under the finger: it keeps the focus.
    resumable = (Command.CLEAR, Command.RETRIEVE)
    await push.show(CtiEventName.HOLD, call("a", talking=4, state=ConnectionState.HELD, allowed=resumable))
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()


async def test_numbers_and_names_are_dialled(push: PushServer, open_page: OpenPage) -> None:
    push.pages = {
        "/v1/search": {"by_name": [{"id": "7", "kind": "contact", "name": "Ivan Petrov", "job": "Head of sales"}]},
        "/v1/contacts/7": {
            "communications": [{"value": "8 (495) 739-70-12", "label": "work"}, {"value": "+79161234567", "label": ""}]
        },
    }
    page = await open_page()
    field = page.get_by_role("combobox", name="Number or name")
    await field.fill("+7 (916) 123-45-67")
    await press(page, "Call")
    await expect(field).to_have_value("")
    await press(page, "Dial pad")
    for key in ("1", "0", "2", "hash"):
        await page.get_by_role("group", name="Keypad").get_by_role("button", name=key).click()
    await expect(field).to_have_value("102#")
    await field.press("Enter")
    await expect(field).to_have_value("")
    await field.fill("ivan")
    await expect(page.get_by_role("option")).to_have_text(["Ivan PetrovHead of sales"])
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.get_by_role("option")).to_have_count(2)
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await push.until(lambda: len(push.commands) == 3)
    assert [each["to"] for each in push.commands] == ["+79161234567", "102#", "84957397012"]
    await expect(field).to_have_value("")
    await field.fill("iv")
    await press(page, "Call")
    await expect(page.get_by_role("alert")).to_contain_text("choose somebody from the list")
    assert len(push.commands) == 3


async def test_who_calls_is_looked_up_chosen_or_created(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    push.pages = {"/v1/identify": {"candidates": [ANNA]}, "/v1/accounts/a1": {"name": "OOO Romashka"}}
    page = await open_page()
    card = page.locator("article")
    await push.show(CtiEventName.CALL_STARTED, call("a", number=NUMBER))
    await expect(card).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    await expect(card.locator(".company")).to_have_text("Head of sales · OOO Romashka")
    await expect(card.locator(".number")).to_have_text("+7 916 123-45-67")
    push.pages["/v1/identify"] = {"candidates": [ANNA, PETER]}
    await page.evaluate("window.told = []; addEventListener('linkcontact', (e) => told.push(e.detail.candidate.id))")
    await push.show(CtiEventName.CALL_STARTED, call("b", number="79160000000"))
    await expect(card).to_contain_text("2 people have this number. Who is it?")
    await page.route("**/v1/records/*/links", lambda route: route.fulfill(json={"version": 1}))
    push.pages["/v1/records/b/annotation"] = {"version": 0, "links": []}
    await page.get_by_role("button", name="Peter Romanov").click()
    await expect(card).to_have_attribute("aria-label", "Peter Romanov. Incoming call, ringing")
    assert await page.evaluate("told") == ["2"]
    push.pages["/v1/identify"] = {"candidates": []}
    made = json.dumps({"id": "9", "name": "Olga Orlova"})
    await page.route("**/v1/contacts", lambda route: route.fulfill(status=201, body=made))
    await push.show(CtiEventName.CALL_STARTED, call("c", number="79161111111"))
    await press(page, "Create contact")
    await page.get_by_label("Name", exact=True).fill("Olga Orlova")
    await press(page, "Save")
    await expect(card).to_have_attribute("aria-label", "Olga Orlova. Incoming call, ringing")
    # What the call itself brings needs no question.
    asked = len([each for each in push.requests if "identify" in each])
    frame = {"type": "update", "epoch": push.epoch, "version": push.version + 1, "origin": "observed"}
    told = {"id": "d", "call_id": "d", "pbx": "office", "device": "101", "direction": "in", "state": "alerting"}
    told |= {"number": "79162222222", "party": {"name": "Elena", "candidates": [ANNA | {"name": "Elena"}]}}
    told |= {"started_at": datetime.now(UTC), "state_since": datetime.now(UTC)}
    seen = {"tenant": "demo", "user": "101", "calls": [told], "current_call": "d"}
    frame |= {"occurred_at": datetime.now(UTC), "events": [{"name": "callStarted", "call": told}], "view": seen}
    await push.send(frame)
    await expect(card).to_have_attribute("aria-label", "Elena. Incoming call, ringing")
    assert len([each for each in push.requests if "identify" in each]) == asked


async def test_a_choice_is_linked_in_the_journal_and_seen_in_every_tab(
    push: PushServer, open_page: OpenPage, call: MakeCall
) -> None:
    case = {"kind": "case", "id": "77", "label": "Lost parcel"}
    push.pages = {"/v1/identify": {"candidates": [ANNA, PETER]}, "/v1/accounts/a1": {"name": "OOO Romashka"}}
    push.view = view(call("a", number=NUMBER))
    page, other = await open_page(), await open_page()
    await expect(other.get_by_role("button", name="Anna Petrova")).to_be_visible()
    writes: list[tuple[str, Any]] = []

    async def write(route: Any) -> None:
        writes.append((route.request.headers["if-match"], route.request.post_data_json["links"]))
        meanwhile = {"version": 3, "links": [{"kind": "contact", "id": "9", "label": "Somebody else"}, case]}
        kept = meanwhile if len(writes) == 1 else {"version": 4, "links": writes[-1][1]}
        push.pages["/v1/records/a/annotation"] = kept
        await route.fulfill(status=412 if len(writes) == 1 else 200, json=kept)

    await page.route("**/v1/records/a/links", write)
    await page.get_by_role("button", name="Anna Petrova").click()
    # The journal has no row yet; then somebody else writes first.
    await push.until(lambda: push.missing.count("/v1/records/a/annotation") > 2)
    push.pages["/v1/records/a/annotation"] = {"version": 2, "links": []}
    await expect(page.locator(".toast[role=status]")).to_have_text("Linked: Anna Petrova")
    mine = [
        {"kind": "contact", "id": "1", "label": "Anna Petrova"},
        {"kind": "account", "id": "a1", "label": "OOO Romashka"},
    ]
    assert writes == [('"2"', mine), ('"3"', [*mine, case])]
    written = CtiEvent(name=CtiEventName.CALL_INFO_CHANGED, call=push.view.calls[0], database_id="a")
    await push.tell(written, view=push.view)
    await expect(other.locator("article")).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")
    await expect(other.locator(".identification")).to_be_hidden()
    await other.reload()
    await expect(other.locator("article")).to_have_attribute("aria-label", "Anna Petrova. Incoming call, ringing")


async def test_a_row_is_linked_with_somebody_found_by_name(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [record_of("r", remote_number=NUMBER, remote_name="")]
    push.pages = {
        "/v1/identify": {"candidates": []},
        "/v1/records/r/annotation": {"version": 0, "note": "", "result": "", "links": []},
        "/v1/search": {"by_name": [{"id": "7", "kind": "contact", "name": "Ivan Petrov", "job": "Head of sales"}]},
    }
    page = await open_page()
    writes: list[Any] = []

    async def write(route: Any) -> None:
        writes.append(route.request.post_data_json["links"])
        await route.fulfill(json={"version": 1})

    await page.route("**/v1/records/r/links", write)
    row = page.locator("[data-record=r]")
    await row.locator("summary").click()
    # An operator may not make contacts; who is there already can be linked.
    await expect(row.get_by_role("button", name="Create contact")).to_have_count(0)
    await press(page, "Find by name")
    await page.get_by_label("Name", exact=True).fill("ivan")
    await row.get_by_role("button", name="Ivan Petrov").click()
    await expect(row.locator(".tags")).to_have_text("Contact: Ivan Petrov")
    await expect(page.locator(".toast[role=status]")).to_have_text("Linked: Ivan Petrov")
    assert writes == [[{"kind": "contact", "id": "7", "label": "Ivan Petrov"}]]


async def test_status_reasons_and_queues(push: PushServer, open_page: OpenPage) -> None:
    push.view = view(agents=(agent(),))
    page = await open_page()
    status = page.get_by_role("button", name="Ready")
    await expect(status).to_contain_text("03:0")
    await status.press("Enter")
    menu = page.get_by_role("dialog", name="Status")
    await menu.get_by_role("button", name="Lunch").click()
    await expect(menu).to_be_hidden()
    paused = agent(AgentState.NOT_READY, "lunch")
    await push.tell(CtiEvent(name=CtiEventName.AGENT_STATE_CHANGED, agent=paused), view=view(agents=(paused,)))
    lunch = page.locator("[data-menu=agent]")
    await expect(lunch).to_contain_text("Lunch")
    await lunch.click()
    await menu.get_by_role("button", name="Take calls of the queue: support").click()
    await menu.get_by_role("button", name="Leave the queue: support").click()
    await menu.get_by_label("Name of a queue").fill("sales")
    await menu.get_by_role("button", name="Join").click()
    await push.until(lambda: len(push.commands) == 4)
    await page.keyboard.press("Escape")
    await expect(menu).to_be_hidden()
    assert sent(push) == [
        {"verb": "set_agent_state", "agent_state": "lunch", "reason": "lunch"},
        {"verb": "queue_unpause", "queue": "support"},
        {"verb": "queue_logout", "queue": "support"},
        {"verb": "queue_login", "queue": "sales"},
    ]


async def test_settings_are_kept_in_the_browser(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    page = await open_page()
    await press(page, "Settings")
    await page.get_by_label("Phone that dials").select_option("branch:201")
    await page.get_by_label("Ring in this browser").uncheck()
    await page.get_by_label("Language").select_option("ru")
    await expect(page.get_by_text("На связи")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "ru"
    await page.reload()
    await page.locator("[data-phase=online]").wait_for()
    await page.get_by_role("combobox", name="Номер или имя").fill("102")
    await press(page, "Вызов")
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "make_call", "to": "102", "pbx": "branch", "device": "201"}]
    await press(page, "Настройки")
    await expect(page.get_by_label("Звонить в браузере")).not_to_be_checked()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_one_tab_notifies_of_a_ringing_call(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    page = await open_page(permissions=["notifications"])
    fake = """() => { window.notes = []; window.Notification = class { static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, { body, tag }) { notes.push([title, body, tag]); } close() { notes.push("closed"); } }; }"""
    for tab in (page, await page.context.new_page()):
        await tab.goto(push.url + "#token=t")
        await tab.locator("[data-phase=online]").wait_for()
        await tab.evaluate(fake)
    await press(page, "Settings")
    await page.get_by_label("Desktop notifications").check()
    ringing = call("a", number=NUMBER, name="Anna Petrova", age=1, queue="support")
    await push.show(CtiEventName.CALL_STARTED, ringing)
    await push.show(CtiEventName.COMMUTATION_STARTED, call("a", number=NUMBER, name="Anna Petrova", talking=1))
    pages = page.context.pages
    for tab in pages:
        await expect(tab.locator("[data-tone=talking]")).to_be_visible()
    told = [await tab.evaluate("window.notes") for tab in pages]
    assert sorted(told, key=len)[1] == [["Anna Petrova is calling", "+7 916 123-45-67 · Queue support", "a"], "closed"]
    assert min(told, key=len) == []


async def test_history_calls_back_and_takes_notes_and_results(push: PushServer, open_page: OpenPage) -> None:
    push.journal = [record_of("r", remote_number=NUMBER)]
    push.pages = {
        "/v1/calls/call-r": {"call": {}, "story": "101 talked 35 s", "path": [], "records": [], "timeline": []},
        "/v1/records/r/annotation": {"version": 2, "note": "An old note", "result": ""},
    }
    page = await open_page()
    await page.evaluate("document.querySelector('cti-panel').setAttribute('results', 'Sold, Call later')")
    await press(page, "Call back: Anna Petrova")
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "make_call", "to": NUMBER}]
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator(".story")).to_have_text("101 talked 35 s")
    note = page.get_by_label("Note")
    await expect(note).to_have_value("An old note")
    writes: list[tuple[str | None, str | None]] = []

    async def write(route: Any) -> None:
        writes.append((route.request.headers.get("if-match"), route.request.post_data))
        stale = len(writes) == 1
        await route.fulfill(status=412 if stale else 200, body="{}" if stale else '{"version": 4, "note": "x"}')

    await page.route("**/v1/records/r/note", write)
    await page.route("**/v1/records/r/result", write)
    push.pages["/v1/records/r/annotation"] = {"version": 3, "note": "A colleague's", "result": ""}
    await note.fill("Wants an offer")
    await press(page, "Save")
    await expect(page.get_by_role("alert")).to_contain_text("A colleague's")
    result = page.get_by_label("Result")
    assert await page.locator("datalist option").evaluate_all("all => all.map((each) => each.value)") == [
        "Sold",
        "Call later",
    ]
    await result.fill("Sold")
    await press(page, "Save")
    await expect(page.locator(".toast[role=status]")).to_have_text("Saved.")
    mine = '{"note":"Wants an offer"}'
    assert writes == [('"2"', mine), ('"3"', mine), ('"4"', '{"result":"Sold"}')]
    # The row comes again with what was written: it stays open, and what is being written now stays too.
    await note.fill("Wants two")
    push.journal = [{**msgspec.to_builtins(push.journal[0]), "result": "Sold"}]
    await page.evaluate("document.querySelector('cti-panel').model.dispatchEvent(new Event('callSaved'))")
    await expect(page.locator("[data-record=r] .about").first).to_contain_text("Sold")
    await expect(note).to_have_value("Wants two")


async def test_a_missed_call_says_whether_somebody_called_back(push: PushServer, open_page: OpenPage) -> None:
    vain: dict[str, Any] = {"outcome": Outcome.MISSED, "answered_at": None}
    push.journal = [record_of("r", **vain), record_of("s", minutes=9, **vain), record_of("t", internal=True, **vain)]
    back = {"user": "102", "at": datetime.now(UTC), "direction": "out", "call_id": "later"}
    push.pages = {"/v1/missed": {"items": [{"call_id": "call-r", "called_back": None}, {"call_id": "call-s"}]}}
    page = await open_page()
    await expect(page.locator("[data-record]")).to_have_count(3)
    await expect(page.locator(".called-back")).to_have_count(0)
    await page.get_by_role("tab", name="Missed").click()
    await expect(page.locator("[data-record=r] .called-back")).to_have_text("Not called back")
    push.pages["/v1/missed"]["items"][1]["called_back"] = back
    await page.evaluate("document.querySelector('cti-panel').model.dispatchEvent(new Event('callSaved'))")
    await expect(page.locator("[data-record=s] .called-back")).to_contain_text("Called back: Today")
    # Who calls inside the company is nobody to be called back.
    await expect(page.locator("[data-record=t] .called-back")).to_have_count(0)


def recording(name: str, **fields: Any) -> dict[str, Any]:
    base = {"id": name, "connection_id": "r", "device": "101", "state": "stored", "started_at": None}
    return base | {"duration_s": 35.2, "audible": True, "gone_because": None} | fields


def silence(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(int(16000 * seconds)))
    return made.getvalue()


async def test_a_recording_plays_in_place_and_goes_on_when_its_link_is_over(
    push: PushServer, open_page: OpenPage
) -> None:
    push.journal = [record_of("r")]
    gone = recording("b", audible=False, state="gone", gone_because="older than 90 days")
    push.pages = {"/v1/calls/call-r/recordings": {"items": [recording("a"), gone]}}
    page = await open_page()
    links: list[str] = []

    async def link(route: Any) -> None:
        links.append(route.request.method)
        # As a journal with an address of its own for others gives them.
        await route.fulfill(json={"url": f"https://journal.example/v1/listen/l{len(links)}", "expires_at": ""})

    heard: list[str] = []

    async def listen(route: Any) -> None:
        heard.append(route.request.url.rsplit("/", 1)[1])
        over = heard[-1] == "l1"
        await route.fulfill(**({"status": 401} if over else {"body": silence(30), "content_type": "audio/wav"}))

    await page.route("**/v1/recordings/a/link", link)
    await page.route("**/v1/listen/*", listen)
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator(".recordings")).to_contain_text("The recording is no longer kept: older than 90 days")
    await press(page, "Play the recording · 101 · 00:35")
    player = page.locator("audio")
    await expect(player).to_be_focused()
    await expect(player).to_have_attribute("src", push.url + "v1/listen/l2")
    await page.wait_for_function(
        "player => !player.paused && player.currentTime > 0", arg=await player.element_handle()
    )
    assert (links, heard[:2]) == (["POST", "POST"], ["l1", "l2"])


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


async def test_the_calls_page_goes_on_and_draws_paths(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [msgspec.to_builtins(record_of(f"r{at}", minutes=at)) | {"user": "102"} for at in range(60)]
    push.pages = {"/v1/calls/call-r0": PATH, "/v1/users": {"items": [{"id": "102", "name": "Boris Smirnov"}]}}
    page = await open_page()
    await press(page, "Calls")
    rows = page.locator(".calls-page details")
    await expect(rows).to_have_count(50)
    await press(page, "Show earlier calls")
    await expect(rows).to_have_count(60)
    await rows.first.locator("summary").click()
    lanes = rows.first.locator(".lane")
    await expect(lanes).to_have_count(2)
    spans = (
        await lanes.nth(1)
        .locator(".bar-span")
        .evaluate_all("bars => bars.map((bar) => [bar.dataset.span, bar.style.left, bar.style.width])")
    )
    assert spans == [
        ["ring", "25%", "25%"],
        ["talk", "50%", "25%"],
        ["hold", "75%", "12.5%"],
        ["talk", "87.5%", "12.5%"],
    ]
    spoken = rows.first.locator("ol li").nth(1)
    await expect(spoken).to_have_text(
        "Anna K.: Ringing, lasting 00:10, Talk, lasting 00:10, Hold, lasting 00:05, Talk, lasting 00:05"
    )
    await rows.first.locator("summary").press("End")
    await expect(rows.last.locator("summary")).to_be_focused()
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 60")
    await expect(rows.first.locator(".user")).to_have_text("Boris Smirnov")


async def test_the_calls_page_asks_for_what_its_filters_say(push: PushServer, open_page: OpenPage) -> None:
    push.about = LEAD
    push.journal = [record_of("r", queue="sales")]
    push.pages = {"/v1/users": {"items": [{"id": "102", "name": "Boris Smirnov"}]}}
    page = await open_page(timezone_id="Europe/Moscow")
    await press(page, "Calls")
    await expect(page.locator(".calls-page details")).to_have_count(1)

    async def asks(**wanted: str) -> None:
        await push.until(lambda: all(wanted.items() <= asked(each).items() for each in push.requests[-2:]))

    await page.get_by_label("Name or number").last.fill("8 (916) 123")
    await asks(number="8 (916) 123")
    await page.get_by_label("Name or number").last.fill("anna")
    await page.get_by_label("Outcome").select_option("missed")
    await asks(text="anna", outcome="missed", alive="false")
    await expect(page.locator(".calls-page .empty")).to_contain_text("No calls like these.")
    await expect(page.locator(".calls-page .summary")).to_have_text("Found: 0")
    await press(page, "Clear filters")
    await expect(page.get_by_label("Name or number").last).to_be_focused()
    await expect(page.locator(".calls-page details")).to_have_count(1)
    await page.get_by_label("Period").select_option("dates")
    await page.get_by_label("From").fill("2026-01-05")
    await page.get_by_label("To", exact=True).fill("2026-01-06")
    dates = {"from": "2026-01-04T21:00:00.000Z", "to": "2026-01-06T21:00:00.000Z"}
    await page.get_by_label("User").select_option("102")
    await page.get_by_label("Queue", exact=True).fill("sales")
    await page.get_by_label("Recording").select_option("true")
    await asks(user="102", queue="sales", recorded="true", **dates)
    for kind, name in (("csv", "For spreadsheets (CSV)"), ("jsonl", "For programs (JSON Lines)")):
        push.pages["/v1/calls/export"] = "a file"
        await press(page, "Export")
        async with page.expect_download() as download:
            await press(page, name)
        assert (await download.value).suggested_filename == f"calls.{kind}"
        assert {"format": kind, "queue": "sales", "recorded": "true", **dates}.items() <= asked(
            push.requests[-1]
        ).items()


def asked(request: str) -> dict[str, str]:
    """The query of a request."""
    return dict(parse_qsl(urlsplit(request).query))


async def show_team(push: PushServer, page: Page, call: MakeCall) -> None:
    await press(page, "Team")
    await push.until(lambda: {"type": "watch", "all": True} in push.frames)
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


def waits(call_id: str, name: str, seconds: float) -> dict[str, Any]:
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    return {"call_id": call_id, "pbx": "office", "queue": "support", "number": NUMBER, "name": name, "since": since}


async def test_a_supervisor_sees_the_team_and_listens(push: PushServer, open_page: OpenPage, call: MakeCall) -> None:
    push.about = LEAD
    users = [{"id": "102", "name": "Boris Smirnov"}, {"id": "103", "name": "Clara Weber"}]
    push.pages = {"/v1/users": {"items": users}, "/v1/waiting": [waits("1", "Olga Orlova", 75), waits("2", "", 8)]}
    page = await open_page()
    await show_team(push, page, call)
    await expect(page.locator(".member h3")).to_have_text(["Boris Smirnov", "Clara Weber", "104"])
    await expect(page.locator(".team-page .summary")).to_have_text("1 on calls · 0 ready · 1 paused · 2 waiting")
    queue = page.locator("[data-queue=support]")
    await expect(queue.locator(".queue-agents li")).to_have_text(["1 on calls", "1 paused"])
    await expect(queue.locator(".waiting .title")).to_have_text(["Olga Orlova", "+7 916 123-45-67"])
    await expect(queue.locator(".waiting time").first).to_contain_text("01:")
    push.pages["/v1/waiting"] = []
    await expect(queue.locator(".waiting")).to_have_text("Nobody waits.")
    boris = page.locator("[data-user='102']")
    await expect(boris.locator(".timer")).to_contain_text("03:2")
    await expect(boris).to_contain_text("John Müller")
    await page.get_by_role("button", name="Listen: John Müller").click()
    await push.until(lambda: len(push.commands) == 1)
    assert sent(push) == [{"verb": "listen", "connection_id": "x", "pbx": "office"}]
    push.answer_to = lambda _: {"outcome": "failed", "error": "not_supported"}
    await page.get_by_role("button", name="Whisper: John Müller").click()
    await expect(page.get_by_role("alert")).to_contain_text("cannot do this")
    await expect(boris.get_by_role("button")).to_have_text(["Listen", "Barge in"])
    await page.get_by_label("Find people").fill("clara")
    await expect(page.locator(".member")).to_have_count(1)
    await press(page, "Phone")
    await push.until(lambda: {"type": "unwatch"} in push.frames)


async def test_the_team_is_for_supervisors(push: PushServer, open_page: OpenPage) -> None:
    page = await open_page()
    await expect(page.get_by_role("button", name="Calls", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="Team")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(
    push: PushServer, open_page: OpenPage, call: MakeCall, scheme: str
) -> None:
    push.about = LEAD
    push.journal = [record_of("r", remote_number=NUMBER)]
    push.pages = {"/v1/calls/call-r": PATH, "/v1/users": {"items": []}, "/v1/identify": {"candidates": [ANNA, PETER]}}
    push.pages["/v1/records/r/annotation"] = {"version": 0, "note": "", "result": ""}
    talking = call("a", number=NUMBER, talking=4, allowed=TALKING)
    push.view = view(talking, call("c", number="102", allowed=(Command.CLEAR, Command.ANSWER)), agents=(agent(),))
    page = await open_page(color_scheme=scheme)

    async def look(at: str) -> None:
        report = await Axe().run(page)
        found = [(each["id"], each["nodes"][0]["html"]) for each in report.response["violations"]]
        assert found == [], at

    await press(page, "Transfer")
    await page.locator("[data-record=r] summary").click()
    await expect(page.locator("[data-record=r] .story")).not_to_be_empty()
    push.answer_to = lambda _: {"outcome": "failed", "error": "busy"}
    await press(page, "Park")
    await expect(page.get_by_role("alert")).to_be_visible()
    await look("phone")
    await page.locator("[data-action=keypad]:visible").click()
    await page.locator("[data-menu=agent]").click()
    await look("menu")
    await page.keyboard.press("Escape")
    await press(page, "Settings")
    await look("settings")
    await page.keyboard.press("Escape")
    await press(page, "Calls")
    await page.locator(".calls-page summary").first.click()
    await expect(page.locator(".path")).to_be_visible()
    await look("calls")
    await show_team(push, page, call)
    await look("team")


@pytest.mark.parametrize("width", [320, 768])
async def test_no_page_is_wider_than_the_screen(
    push: PushServer, open_page: OpenPage, call: MakeCall, width: int
) -> None:
    push.about = LEAD | {"name": "Константинопольский-Задунайский-Преображенский" * 2}
    long = "Константинопольский-Задунайский" * 3
    push.journal = [record_of("r", remote_name=long, remote_number="9" * 40, queue=long)]
    push.pages = {"/v1/calls/call-r": PATH, "/v1/users": {"items": [{"id": "102", "name": long}]}}
    push.view = view(call("a", number=NUMBER, talking=4, allowed=TALKING), agents=(agent(AgentState.NOT_READY, long),))
    page = await open_page(viewport={"width": width, "height": 800}, locale="ru-RU")

    async def fits(at: str) -> None:
        assert await page.evaluate("document.scrollingElement.scrollWidth") == width, at

    await fits("phone")
    await page.locator("[data-action=keypad]").click()
    await fits("keypad")
    await page.locator("[data-page=calls]").click()
    await page.locator(".calls-page summary").first.click()
    await expect(page.locator(".path")).to_be_visible()
    await fits("calls")
    await page.locator("[data-page=team]").click()
    await push.until(lambda: {"type": "watch", "all": True} in push.frames)
    member = UserView(tenant="demo", user="102", calls=(call("x", talking=2, name=long, queue=long),))
    await push.send({"type": "watched", "views": {"102": {"epoch": "e", "version": 1, "view": member}}})
    await expect(page.locator(".member")).to_be_visible()
    await fits("team")
