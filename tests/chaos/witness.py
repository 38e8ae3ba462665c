"""Who sees what happens: a reader of the streams, a tab of an operator, the rows of the journal."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import httpx
import msgspec
from cti_bus import Bus, Reader, Received, connect
from cti_bus.streams import EVENTS, USERS
from cti_model import subjects
from cti_model.envelope import decode_agent, decode_call, decode_journal
from cti_model.records import CallRecord
from cti_model.view import UserUpdate
from push.projector.step import Event
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.chaos.truth import Heard, Stored, updates
from tests.running import DEADLINE_S, TENANT, Running, until

_TOLD = ("version", "occurred_at", "origin", "events", "view")
_update = msgspec.json.Decoder(UserUpdate).decode


class Stream:
    """Everything that one stream has, as it comes; survives the server."""

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self._arrived = asyncio.Condition()

    async def count(self, at_least: int) -> None:
        """Wait until so many messages are there."""
        async with asyncio.timeout(DEADLINE_S), self._arrived:
            await self._arrived.wait_for(lambda: len(self.messages) >= at_least)

    async def more(self, number: int) -> None:
        """Wait until so many more have come from now on."""
        await self.count(len(self.messages) + number)

    async def read(self, bus: Bus, name: str, *subjects: str) -> None:
        """Until cancelled."""
        async with Reader(bus, name, list(subjects)) as reader:
            async for batch in reader:
                async with self._arrived:
                    self.messages.extend(batch)
                    self._arrived.notify_all()


class Streams:
    """The call events of the tenant, these with those of agents and the journal's, and what its users were told."""

    def __init__(self) -> None:
        self.calls = Stream()
        self.facts = Stream()
        self.users = Stream()

    @property
    def stored(self) -> Stored:
        """The call events so far."""
        return [(each.stream_seq, decode_call(each.body)) for each in self.calls.messages]

    @property
    def heard(self) -> Heard:
        """The call, agent and journal events so far."""
        return [(each.stream_seq, _event(each)) for each in self.facts.messages]

    @property
    def told(self) -> dict[str, list[UserUpdate]]:
        """The users' updates so far."""
        found: dict[str, list[UserUpdate]] = {}
        for message in self.users.messages:
            update = _update(message.body)
            found.setdefault(update.view.user, []).append(update)
        return found

    async def ended(self, calls: int) -> Stored:
        """Wait until so many calls have ended, and no other is alive; the call events."""

        def over() -> bool:
            alive = {event.call.call_id: event.call.alive for _, event in self.stored}
            return len(alive) == calls and not any(alive.values())

        await until(over)
        return self.stored


@asynccontextmanager
async def watching(site: Running) -> AsyncIterator[Streams]:
    """Read the streams from their beginning to the end of the block."""
    async with await connect(site.stack.nats.url, "witness", reconnect_wait_s=0.05) as bus:
        streams = Streams()
        reading = [
            asyncio.create_task(streams.calls.read(bus, EVENTS.name, subjects.calls_of_tenant(TENANT))),
            asyncio.create_task(
                streams.facts.read(
                    bus,
                    EVENTS.name,
                    subjects.calls_of_tenant(TENANT),
                    subjects.agents_of_tenant(TENANT),
                    subjects.journal_of_tenant(TENANT),
                )
            ),
            asyncio.create_task(streams.users.read(bus, USERS.name, subjects.users_of(TENANT))),
        ]
        try:
            yield streams
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)


class Tab:
    """An operator's browser tab without a screen: comes back whenever it was cut, with its cursor."""

    def __init__(self, site: Running, user: str) -> None:
        self._url = f"ws://127.0.0.1:{site.stack.panel_port}/v1/stream"
        self._token = site.stack.issuer.token(user, TENANT)
        self.welcomes: list[dict] = []
        self.updates: list[dict] = []

    @property
    def view(self) -> dict:
        """What it shows."""
        last = max([*self.welcomes, *self.updates], key=lambda each: each["version"])
        return last["view"]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._session()
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(0.05)

    async def _session(self) -> None:
        seen = self.updates or self.welcomes
        cursor = {"cursor": {name: seen[-1][name] for name in ("epoch", "version")}} if seen else {}
        async with dial(self._url) as socket:
            await socket.send(json.dumps({"type": "hello", "token": self._token, **cursor}))
            async for text in socket:
                frame = json.loads(text)
                if frame["type"] == "ping":
                    await socket.send('{"type": "pong"}')
                elif frame["type"] == "welcome":
                    self.welcomes.append(frame)
                elif frame["type"] == "update":
                    self.updates.append(frame)


@asynccontextmanager
async def tabs(site: Running, *users: str) -> AsyncIterator[list[Tab]]:
    """Tabs of these users, open from before the first call to the end of the block."""
    opened = [Tab(site, user) for user in users]
    running = [asyncio.create_task(tab.run()) for tab in opened]
    try:
        await until(lambda: all(tab.welcomes for tab in opened))
        yield opened
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _event(message: Received) -> Event:
    if subjects.is_journal(message.subject):
        return decode_journal(message.body)
    return decode_agent(message.body) if subjects.is_agent(message.subject) else decode_call(message.body)


async def everybody_was_told_once(streams: Streams, opened: dict[str, Tab], stored: Stored) -> None:
    """Stream and tabs have what the events mean for each user: each version once, and in the end the truth."""
    last = stored[-1][0]
    expected: dict[str, list[UserUpdate]] = {}

    def all_are_told() -> bool:
        """Asked anew each time: agents go on changing for a while after the last call."""
        heard = streams.heard
        expected.update(updates(heard))
        return (
            heard[-1][0] >= last
            and sum(map(len, expected.values())) == len(streams.users.messages)
            and all(len(tab.updates) >= len(expected[user]) for user, tab in opened.items())
        )

    await until(all_are_told)
    told = streams.told
    assert told.keys() == expected.keys()
    for user, wanted in expected.items():
        assert list(map(_plain_update, told[user])) == list(map(_plain_update, wanted))
    for user, tab in opened.items():
        _saw_everything_once(tab, expected[user])


def _saw_everything_once(tab: Tab, wanted: list[UserUpdate]) -> None:
    assert [each["version"] for each in tab.updates] == list(range(1, len(wanted) + 1))
    assert [welcome["recovered"] for welcome in tab.welcomes] == [False] + [True] * (len(tab.welcomes) - 1)
    assert len({each["epoch"] for each in (*tab.welcomes, *tab.updates)}) == 1
    assert [{name: each[name] for name in _TOLD} for each in tab.updates] == list(map(_plain_update, wanted))
    assert tab.view == _plain_update(wanted[-1])["view"]
    assert not tab.view.get("calls"), "no call is left over"


def _plain_update(update: UserUpdate) -> dict:
    plain = json.loads(msgspec.json.encode(update))
    return {name: plain[name] for name in _TOLD}


async def journal_has_read(site: Running, stored: Stored) -> None:
    """Wait until the journal has read these events; it may stand beyond them, where an agent's event came after."""

    last = stored[-1][0]
    stands_at = -1

    async def caught_up() -> bool:
        nonlocal stands_at
        try:
            stands_at = await position(site)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return stands_at >= last

    try:
        await until(caught_up)
    except TimeoutError as error:
        error.add_note(f"the journal stands at {stands_at}, not at {last}")
        raise


async def position(site: Running) -> int:
    """The stream sequence up to which the journal has written."""
    (row,) = await fetch(site, "SELECT stream_seq FROM position WHERE consumer = 'call-journal'") or [[0]]
    return row[0]


async def fetch(site: Running, query: str) -> list[asyncpg.Record]:
    """Rows of the journal's database."""
    connection = await asyncpg.connect(site.stack.postgres.url("trunkline"))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def ask(site: Running, **params: object) -> httpx.Response:
    """One page of the Calls section, as a supervisor sees it."""
    token = site.stack.issuer.token("boss", TENANT, ("supervisor",))
    async with httpx.AsyncClient(base_url=site.stack.journal_url, timeout=DEADLINE_S) as http:
        return await http.get("/v1/calls", params=params, headers={"Authorization": f"Bearer {token}"})


async def listed(site: Running) -> list[dict]:
    """All rows of the Calls section, page by page."""
    items: list[dict] = []
    cursor: dict = {}
    while True:
        answer = await ask(site, limit=7, **cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items.extend(page["items"])
        if page["next"] is None:
            return items
        cursor = {"cursor": page["next"]}


async def journal_says(site: Running, stored: Stored, expected: dict[str, CallRecord]) -> None:
    """Tables and API hold exactly what the stream means: every call, row and event once."""
    events = await fetch(site, "SELECT event_id, stream_seq FROM call_event ORDER BY stream_seq")
    assert [tuple(row) for row in events] == [(event.event_id, seq) for seq, event in stored]
    final = {event.call.call_id: event.call for _, event in stored}
    calls = await fetch(site, "SELECT call_id, version, ended_at FROM call")
    assert {tuple(row) for row in calls} == {(call.call_id, call.version, call.ended_at) for call in final.values()}
    assert len(calls) == len(final)
    records = await fetch(site, "SELECT * FROM call_record")
    assert len(records) == len(expected)
    assert {row["connection_id"]: _comparable(dict(row)) for row in records} == _plain(expected)
    items = await listed(site)
    assert len(items) == len(expected)
    assert {item["connection_id"]: _comparable(item) for item in items} == _plain(expected)


def _plain(expected: dict[str, CallRecord]) -> dict[str, dict]:
    return {key: _comparable(msgspec.to_builtins(record)) for key, record in expected.items()}


def _comparable(row: dict) -> dict:
    """A row from any source: only what a record says, instants as instants, durations to the microsecond."""
    found = {name: row[name] for name in CallRecord.__struct_fields__}
    for name in ("started_at", "answered_at", "ended_at"):
        if isinstance(found[name], str):
            found[name] = datetime.fromisoformat(found[name])
    for name in ("ring_s", "queue_s", "talk_s", "hold_s"):
        found[name] = round(found[name], 6)
    return found
