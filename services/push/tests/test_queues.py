"""Who waits in queues: pushed to those who watch the people that the queues serve."""

from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
from cti_bus import Publisher, newest_of_each
from cti_bus.streams import USERS
from cti_directory import owners_of
from cti_model import subjects
from cti_model.queues import MOST_WAITING, Caller, Place, Queue, QueueUpdate, queue_after
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from opentelemetry import metrics as otel
from push.gateway.queues import PACE_S, Queues, QueueWatch
from push.projector import queues as projected
from push.projector.ledger import Ledger
from push.projector.partition import WHOLE
from push.projector.queues import emptied, step_queues
from push.telemetry import metrics

from .client import Client, Dial, http
from .conftest import TENANT, recorded, token

BY_NUMBER = owners_of(None)
CALL = recorded("n1_queue_ringall")
QUEUED = next(at for at, event in enumerate(CALL) if any(each.state == "queued" for each in event.call.connections))
NAME = next(each.queue for each in CALL[QUEUED].call.connections if each.state == "queued")
NOW = datetime.now(UTC)
BOSS = {"roles": ["supervisor"]}


def told(events, latest=None, ours=lambda _: True):
    latest = latest or projected.Queues()
    updates = []
    for seq, event in events:
        for update in step_queues(latest, event, seq, BY_NUMBER, ours):
            latest.put(update)
            updates.append(update)
    return updates, latest


def now(events):
    """The recorded call as it would be if it had begun just now."""
    shift = NOW - events[0].occurred_at

    def moved(value):
        if isinstance(value, datetime):
            return value + shift
        if isinstance(value, msgspec.Struct):
            return replace(value, **{name: moved(getattr(value, name)) for name in value.__struct_fields__})
        return tuple(map(moved, value)) if isinstance(value, tuple) else value

    return [moved(event) for event in events]


def test_who_comes_into_a_queue_waits_until_an_agent_answers():
    updates, latest = told(enumerate(CALL, 1))
    waiting = [[each.number for each in update.queue.waiting] for update in updates]
    assert waiting[0] == ["79161234567"]
    assert waiting[-1] == []
    (queue,) = (latest.get(place).queue for place in {update.queue.place for update in updates})
    assert queue.queue == NAME
    assert set(queue.rang) == {"101", "102"}
    assert latest.of_call(CALL[0].call.call_id) == set()
    assert len(updates) < len(CALL) / 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, len(CALL)), st.integers(0, len(CALL)))
def test_events_that_come_again_change_nothing(once, again):
    first, latest = told(enumerate(CALL[:once], 1))
    rest, latest = told(list(enumerate(CALL, 1))[min(once, again) :], latest)
    assert [*first, *rest] == told(enumerate(CALL, 1))[0]


def test_a_queue_that_is_anothers_or_has_no_subject_is_left_out():
    assert told(enumerate(CALL, 1), ours=lambda key: key != f"{CALL[0].call.pbx}/{NAME}")[0] == []
    assert subjects.queue("t", "p", "Sales. 1 > 2*%") == "cti.t.queue.p.Sales%2E%201%20%3E%202%2A%25"
    assert subjects.queue("t", "p", "\u2028") != subjects.queue("t", "p", " 28")
    waits = CALL[QUEUED].call
    endless = [replace(each, queue="x" * 200) if each.queue else each for each in waits.connections]
    assert told([(1, replace(CALL[QUEUED], call=replace(waits, connections=tuple(endless))))])[0] == []


def test_a_crowded_queue_is_bounded_and_the_longest_waiting_stay():
    crowd = tuple(
        Caller(id=f"{at:04}", call_id=f"c{at}", since=NOW - timedelta(days=400)) for at in range(MOST_WAITING)
    )
    queue = Queue(tenant=TENANT, pbx=CALL[0].call.pbx, queue=NAME, waiting=crowd)
    assert queue_after(queue, CALL[QUEUED]) is queue
    fewer = replace(queue, waiting=crowd[1:])
    assert len(queue_after(fewer, CALL[QUEUED]).waiting) == MOST_WAITING


def test_in_another_life_of_the_streams_nobody_waits_and_it_is_known_whom_a_queue_serves():
    update = told(enumerate(CALL[: len(CALL) // 2], 1))[0][-1]
    assert (emptied(update).queue.waiting, emptied(update).source_seq) == ((), 0)
    assert emptied(update).queue.rang == update.queue.rang


class Line:
    """Queues as the hub has them, and one session's watch on a clock of the test."""

    def __init__(self) -> None:
        self.queues = Queues()
        self.woken = 0
        self.seq = 0
        self.watch = QueueWatch(self.queues, self.wake)

    def wake(self) -> None:
        self.woken += 1

    def put(self, name, *seconds, rang=None, pbx="office"):
        waiting = tuple(Caller(id=f"{name}{s}", call_id="c", since=NOW - timedelta(seconds=s)) for s in seconds)
        queue = Queue(tenant=TENANT, pbx=pbx, queue=name, waiting=waiting, rang=rang or {})
        self.seq += 1
        self.queues.take(self.seq, msgspec.json.encode(QueueUpdate(source_seq=1, occurred_at=NOW, queue=queue)))

    def frame(self):
        found = self.watch.frame(self.watch.due, NOW)
        return found and {each.queue: [caller.id for caller in each.waiting] for each in found.queues}


async def test_what_changes_within_the_pace_is_told_together_and_nobody_is_told_what_they_know():
    line = Line()
    line.put("sales", 5)
    line.put("quiet")
    line.watch.start(None)
    assert line.frame() == {"sales": ["sales5"]}
    assert line.watch.due == float("inf")
    told_at = line.watch._next
    line.put("support", 9)
    line.put("sales")
    line.put("support", 9, 7)
    line.put("quiet")
    assert line.woken == 5
    assert line.watch.due == told_at
    assert told_at > PACE_S
    assert line.frame() == {"sales": [], "support": ["support9", "support7"]}
    line.put("quiet")
    assert line.frame() is None
    line.watch.stop()
    line.put("sales", 3)
    assert line.watch.due == float("inf")


async def test_a_team_hears_of_its_queues_until_a_week_after_they_rang_it_last():
    line = Line()
    today = NOW.date()
    line.put("ours", 5, rang={"102": today - timedelta(days=7)})
    line.put("former", 6, rang={"102": today - timedelta(days=8)})
    line.put("theirs", 7, rang={"103": today})
    line.put("ours", 7, rang={"103": today}, pbx="branch")
    line.put("lost its end", 100_000, rang={"102": today})
    line.watch.start(frozenset({"101", "102"}))
    assert line.frame() == {"ours": ["ours5"]}
    line.put("theirs", 7, rang={"103": today, "101": today})
    line.put("ours", 5, rang={"102": date(2020, 1, 1)})
    assert line.frame() == {"ours": [], "theirs": ["theirs7"]}


async def queues(client: Client) -> dict:
    frame = await client.next("queues")
    return {each["queue"]: [caller["number"] for caller in each["waiting"]] for each in frame["queues"]}


async def test_a_supervisor_hears_who_waits_and_anew_after_a_reconnect(pushing, tell, bus):
    call = now(CALL)
    async with pushing() as port:
        dial = Dial(port)
        boss, _ = await dial("boss", claims=BOSS)
        await boss.say("watch", all=True, queues=True)
        assert await queues(boss) == {}
        await tell(call[: QUEUED + 1])
        assert await queues(boss) == {NAME: ["79161234567"]}
        await boss.socket.close()
        again, _ = await dial("boss", claims=BOSS)
        await again.say("watch", all=True, queues=True)
        frame = await again.next("queues")
        assert frame["whole"]
        (queue,) = frame["queues"]
        assert set(queue) == {"pbx", "queue", "waiting"}
        assert queue["waiting"][0]["call_id"] == call[0].call.call_id
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            asked = {"headers": {"Authorization": f"Bearer {token('boss', **BOSS)}"}}
            assert (await http.get("/v1/queues", **asked)).json() == frame
            assert (await http.get("/v1/queues?user=555", **asked)).json()["queues"] == []
            mine = {"headers": {"Authorization": f"Bearer {token('101')}"}}
            assert (await http.get("/v1/queues", **mine)).status_code == 403
        await again.say("watch", all=True)
        await again.next("watched")
        await tell(call[QUEUED + 1 :])
        await again.say("watch", all=True, queues=True)
        while await queues(again) != {}:
            pass
    found = [each async for each in newest_of_each(bus, USERS.name, subjects.queues_of(TENANT))]
    assert [each.subject for each in found] == [subjects.queue(TENANT, call[0].call.pbx, NAME)]


async def test_an_instance_that_starts_later_knows_who_waits_already(pushing, tell):
    call = now(CALL)
    async with pushing() as port:
        boss, _ = await Dial(port)("boss", claims=BOSS)
        await boss.say("watch", all=True, queues=True)
        await queues(boss)
        await tell(call[: QUEUED + 1])
        await queues(boss)
    async with pushing() as port:
        boss, _ = await Dial(port)("boss", claims=BOSS)
        await boss.say("watch", all=True, queues=True)
        assert await queues(boss) == {NAME: ["79161234567"]}
        await tell(call[QUEUED + 1 :])
        assert await queues(boss) == {NAME: []}


async def test_rights_are_those_of_watching(pushing, tell):
    call = now(CALL)
    async with pushing() as port:
        dial = Dial(port)
        mine, _ = await dial("lead", claims=BOSS | {"team": ["102"]})
        others, _ = await dial("other", claims=BOSS | {"team": ["555"]})
        for client in (mine, others):
            await client.say("watch", all=True, queues=True)
            assert await queues(client) == {}
        operator, _ = await dial("101")
        await operator.say("watch", all=True, queues=True)
        assert (await operator.next("error"))["code"] == "forbidden"
        await tell(call[: QUEUED + 3])
        assert await queues(mine) == {NAME: ["79161234567"]}
        async with http(port) as client:
            for claims, asked, found in (
                (BOSS | {"team": ["102"]}, "", [NAME]),
                (BOSS | {"team": ["555"]}, "", []),
                (BOSS, "?user=555&user=102", [NAME]),
            ):
                headers = {"Authorization": f"Bearer {token('lead', **claims)}"}
                answer = (await client.get(f"/v1/queues{asked}", headers=headers)).json()
                assert [each["queue"] for each in answer["queues"]] == found
        await others.say("watch", all=True, queues=True)
        assert await queues(others) == {}
        assert [each["type"] for each in operator.frames].count("queues") == 0


async def test_of_all_that_changed_in_a_queue_until_a_flush_the_newest_state_is_stored(bus):
    changes, _ = told(enumerate(CALL, 1))
    place = changes[0].queue.place

    async def noted(*updates: QueueUpdate) -> Ledger:
        async with Publisher(bus) as publisher:
            ledger = Ledger(bus, publisher, TENANT, "life", WHOLE, metrics(otel.get_meter("test")))
            await ledger.load()
            for update in updates:
                ledger.note(update, str(update.source_seq))
            await ledger.flush()
            await ledger.flush()
            return ledger

    async def stored() -> int:
        return (await bus.js.stream_info(USERS.name)).state.messages

    await noted(*changes[:-1])
    assert await stored() == 1
    assert (await noted()).queues.get(place) == changes[-2]
    await noted(changes[-1])
    assert await stored() == 2
    assert (await noted()).queues.get(place) == changes[-1]


async def test_a_frame_names_the_pbx_of_a_queue():
    line = Line()
    line.put("sales", 5)
    line.watch.start(None)
    frame = line.watch.frame(line.watch.due, NOW)
    assert frame is not None
    assert [Place(each.pbx, each.queue) for each in frame.queues] == [Place("office", "sales")]
