"""What docs/protocol.md says and needs no server: its numbers, its statuses, what has its time, who may watch."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cti_bus import NoAnswer
from cti_bus.streams import COMMANDS
from cti_model.commands import ErrorCode
from cti_model.journal import MOST_CANDIDATES
from cti_model.queues import MOST_WAITING, RECENTLY
from cti_model.view import UserView
from cti_runtime import Progress
from cti_runtime.auth import Identity
from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import BadFrame, decode
from push.gateway.frames import MAX_FRAME_BYTES, MOST_WATCHED, Cursor, Pong, PresenceFrame, Watch, WatchedFrame
from push.gateway.history import History, Snapshot
from push.gateway.hub import Hub, Passing
from push.gateway.queues import LOST, PACE_S
from push.gateway.sessions import spread
from push.gateway.timetable import EXPIRING_S, MOVING_MS, Timetable
from push.gateway.watches import Watches
from push.settings import PushSettings
from push.transports import asking, sse

from .conftest import TENANT

DOCUMENT = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text()
KIB = 1024
DAY_S = 86_400


def default(setting: str) -> float:
    value = PushSettings.model_fields[setting].default
    assert isinstance(value, (int, float))
    return value


NUMBERS = [
    f"`hello` must come within {default('hello_s'):g} s",
    f"has asked nothing after {default('hello_s'):g} s",
    f"limited: {default('frames_per_s'):g} a second and {default('bytes_per_s') / KIB:g} KiB a second, four times that "
    f"at once, {MAX_FRAME_BYTES // KIB} KiB each",
    f"{EXPIRING_S:g} s before the token ends",
    f"more than {default('commands_per_s'):g} commands a second or has {default('commands_at_once'):g} at work",
    f"after the deadline ({default('command_deadline_s'):g} s)",
    f"`users` are up to {MOST_WATCHED}",
    f"the longest first, at most {MOST_WAITING}",
    {10: "`candidates` are at most ten"}[MOST_CANDIDATES],
    {7: "within seven days"}[RECENTLY.days],
    {0.5: "at most twice a second"}[PACE_S],
    {DAY_S: "waits for longer than a day"}[int(LOST.total_seconds())],
    {DAY_S: "gets its result, for a day"}[int(COMMANDS.max_age_s or 0)],
    {300: "expire within five minutes"}[int(default("presence_ttl_s"))],
]


@pytest.mark.parametrize("words", NUMBERS)
def test_its_numbers_are_those_of_the_code(words):
    assert words in re.sub(r"\s+", " ", DOCUMENT)


def test_the_statuses_of_refused_commands_are_those_of_its_table():
    rows = re.findall(r"^\| (\d{3})(?:, (\d{3}))? \| (.*) \|$", DOCUMENT, re.MULTILINE)
    listed = {(ErrorCode(code), int(last or first)) for first, last, said in rows for code in codes_in(said)}
    assert listed == {(code, status) for code, (status, _) in asking._STATUS.items()}


def codes_in(said: str) -> Iterator[str]:
    return (each for each in re.findall(r"`([a-z_]+)`", said) if each in {code.value for code in ErrorCode})


def test_what_a_later_version_adds_to_a_frame_is_ignored():
    assert decode('{"type": "pong", "later": {"a": [1]}}') == Pong()
    assert decode('{"type": "presence", "later": null, "state": "idle"}') == PresenceFrame("idle")


def test_so_many_may_be_watched_and_not_one_more():
    def watch(count: int) -> str:
        return msgspec.json.encode({"type": "watch", "users": [str(100 + n) for n in range(count)]}).decode()

    frame = decode(watch(MOST_WATCHED))
    assert isinstance(frame, Watch)
    assert len(frame.users) == MOST_WATCHED
    with pytest.raises(BadFrame, match="users"):
        decode(watch(MOST_WATCHED + 1))


def due(times: Timetable, now: float, wall: float) -> list[str | int]:
    """What has its time, by its type; a close as its code."""
    told: list[str | int] = []
    try:
        told.extend(str(type(frame).__struct_config__.tag) for frame in times.due(now, wall))
    except SessionClosed as closed:
        told.append(closed.code)
    return told


def test_a_token_is_told_to_end_once_and_ends_unless_it_is_renewed():
    times = Timetable(expires_at=1000.0, ping_s=1e9, now=0.0)
    assert times.next(0.0, 900.0) == 40.0
    assert due(times, 39.0, 939.0) == []
    assert due(times, 40.0, 940.0) == ["expiring"]
    assert due(times, 41.0, 941.0) == []
    assert times.next(41.0, 941.0) == 100.0
    times.renew(2000.0)
    assert due(times, 101.0, 1001.0) == []
    assert due(times, 1045.0, 1945.0) == ["expiring"]
    assert due(times, 1100.0, 2000.0) == [Close.UNAUTHORIZED]
    assert due(Timetable(1000.0, 1e9, 0.0), 0.0, 990.0) == ["expiring"]


def test_pings_are_by_a_clock_that_does_not_jump():
    times = Timetable(expires_at=1e6, ping_s=20.0, now=0.0)
    assert times.next(0.0, 0.0) == 20.0
    assert due(times, 19.0, 5000.0) == []
    assert [due(times, now, -5000.0) for now in (20.0, 21.0, 39.9, 40.0)] == [["ping"], [], [], ["ping"]]


def test_who_is_sent_away_is_told_when_to_come_back_and_closed():
    times = Timetable(expires_at=1e6, ping_s=1e9, now=0.0)
    times.leave(7.0)
    times.leave(9.0)
    assert times.next(0.0, 0.0) == 7.0
    assert due(times, 6.9, 0.0) == []
    first = next(times.due(7.0, 0.0))
    assert MOVING_MS[0] <= first.after_ms <= MOVING_MS[1]
    times.leave(7.0)
    assert due(times, 7.0, 0.0) == ["moving", Close.RESUME]


def test_clients_leave_one_after_the_other():
    assert spread(4, within_s=8.0, per_s=2.0) == [0.0, 0.5, 1.0, 1.5]
    assert spread(4, within_s=1.0, per_s=2.0) == [0.0, 0.25, 0.5, 0.75]
    assert (spread(0, 8.0, 2.0), spread(2, 0.0, 2.0)) == ([], [0.0, 0.0])


class Past(History):
    """A history without a stream. `everybody`: who has one. `away`: nobody can be asked."""

    def __init__(self) -> None:
        super().__init__(None, TENANT, "life")
        self.everybody: list[str] = []
        self.away = False

    async def snapshot(self, user, cursor, at_least=0):
        if self.away:
            raise NoAnswer("away")
        return Snapshot("epoch", 3, UserView(tenant=TENANT, user=user), recovered=False)

    async def all(self, seen):
        return {user: await self.snapshot(user, None) for user in self.everybody}


def identity(*roles: str) -> Identity:
    return Identity("104", TENANT, frozenset(roles), expires_at=1e12)


class Desk:
    """One session's watches, and what the bus tells of others."""

    def __init__(self) -> None:
        self.hub = Hub(None, TENANT, max_frames=8, max_bytes=65_536, progress=Progress(60.0))
        self.past = Past()
        self.mailbox = self.hub.open()
        self.watches = Watches(self.hub, self.past, self.mailbox, "104")
        self.version = 3

    async def watch(self, role: str, *users: str) -> str:
        """How a watch is answered: by an error's code, or by snapshots."""
        answer = await self.watches.watch(identity(role), Watch(users=users))
        if answer is None:
            self.watches.begun(await self.mailbox.take())
        return answer.code if answer is not None else "watched"

    async def tell(self, user: str, version: int) -> None:
        update = {"epoch": "epoch", "version": version, "occurred_at": "", "origin": "", "events": [], "view": {}}
        await self.hub._hand_out(user, msgspec.json.encode(update))

    async def hears_of(self, user: str) -> bool:
        self.version += 1
        await self.tell(user, self.version)
        self.mailbox.wake()
        came = await self.mailbox.take()
        return isinstance(came, Passing) and self.watches.admit(came) is not None


async def test_what_may_not_be_watched_changes_nothing_and_what_cannot_be_had_ends_the_watch():
    desk = Desk()
    assert await desk.watch("supervisor", "101") == "watched"
    assert await desk.hears_of("101")
    desk.past.away = True
    assert await desk.watch("operator", "102") == "forbidden"
    assert await desk.watch("supervisor", "1.*") == "bad_frame"
    assert await desk.hears_of("101")
    assert await desk.watch("supervisor", "102") == "unavailable"
    assert [await desk.hears_of("101"), await desk.hears_of("102")] == [False, False]


async def test_snapshots_come_in_portions_and_what_happens_meanwhile_after_the_last_once():
    desk = Desk()
    desk.past.everybody = [str(1000 + n) for n in range(MOST_WATCHED + 1)]
    assert await desk.watches.watch(identity("supervisor"), Watch(all=True)) is None
    first, second = await desk.mailbox.take(), await desk.mailbox.take()
    assert isinstance(first, WatchedFrame)
    assert isinstance(second, WatchedFrame)
    assert [(len(each.views), each.more) for each in (first, second)] == [(MOST_WATCHED, True), (1, False)]
    assert sorted(first.views | second.views) == desk.past.everybody
    for version in (3, 4):
        await desk.tell("1000", version)
    early = [await desk.mailbox.take() for _ in range(2)]
    assert [desk.watches.admit(each) for each in early if isinstance(each, Passing)] == [None, None]
    assert desk.watches.begun(first) == []
    told = [msgspec.json.decode(each.data) for each in desk.watches.begun(second)]
    assert [(each["type"], each["user"], each["version"]) for each in told] == [("watch_update", "1000", 4)]


@pytest.mark.parametrize("last", [None, "", "epoch", "epoch:", "epoch:x", "epoch:-1", ":" * 9, "epoch:" + "9" * 30])
def test_what_is_no_cursor_is_a_first_visit(last):
    assert sse._cursor(last) is None
    assert sse._cursor("ep:och:7") == Cursor("ep:och", 7)
