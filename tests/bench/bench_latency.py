"""Milliseconds from the AMI socket to the browser's socket, with every service as a process of its own.

An AMI server in this process sends recorded calls, each frame stamped with the instant at which it is written
(`Timestamp`, as Asterisk does with `timestampevents=yes`); the connector, NATS, push and, beside them, the journal with
PostgreSQL do their work; here again, a WebSocket for each of the users takes the clock when an update has come. The
frames come at the recorded pace, sped up so that they make 200 call events a second; whether the system keeps up does
not change when they are sent. Counted are calls that begin, are answered, held and retrieved, and by themselves those
that end: the connector waits 20 ms for what else is said of a hang-up.

The baseline is the bare road: the same number of messages a second, of the size of an event, through TCP, NATS and a
WebSocket in two processes that do nothing else (`road.py`).
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from connector_asterisk.replay import events_of
from cti_simulators.asterisk import AmiReplayServer
from websockets.asyncio.client import connect

from tests.bench.browser import DEADLINE_S, Browser
from tests.bench.calls import BANNER, BusyLine
from tests.bench.road import relayed
from tests.bench.rows import Row, row, scaled
from tests.running import running

EVENTS_PER_S = 200
LANES = 50
WARM_S = 5.0
MEASURED_S = 20.0
RELAYED_S = 5.0
_SPREAD_S = 8.0  # lanes begin one after the other, so that they do not all ring at once
_QUIET_S = 0.5
_AT_ONCE = frozenset({"callStarted", "commutationStarted", "hold", "unhold"})
_ENDS = frozenset({"callFinished", "callBusy"})
_NEVER = "3600"  # the AMI server of this bench lists no channels: asked again, it would say that all calls are gone


@dataclass
class Delays:
    """Milliseconds from the PBX to the browser."""

    events_per_s: float
    at_once: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    bare = asyncio.run(relayed(max(1.0, RELAYED_S * scale), EVENTS_PER_S))
    ours = asyncio.run(_carried(scaled(LANES, scale, 5), max(1.0, WARM_S * scale), max(2.0, MEASURED_S * scale)))
    return [
        row(
            "latency",
            f"AMI socket to browser socket at {ours.events_per_s:.0f} events/s{kind}, p{at}",
            "ms",
            percentile(delays, at),
            percentile(bare, at),
            f"TCP → NATS → WebSocket, {EVENTS_PER_S} messages a second, p{at}",
        )
        for kind, delays in (("", ours.at_once), (" (ends)", ours.ends))
        for at in (50, 99)
    ]


def percentile(values: list[float], at: int) -> float:
    """The `at`-th percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[at - 1]


async def _carried(lanes: int, warm_s: float, measured_s: float) -> Delays:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        system = running(Path(folder), TRUNKLINE_ASTERISK_SNAPSHOT_INTERVAL_S=_NEVER)
        async with system as site, AsyncExitStack() as opened:
            browsers: list[Browser] = []
            for user in (f"1{lane}{telephone}" for lane in range(lanes) for telephone in range(1, 5)):
                url = f"ws://127.0.0.1:{site.stack.panel_port}/v1/stream"
                browser = Browser(await opened.enter_async_context(connect(url, open_timeout=DEADLINE_S)))
                await browser.sign_in(site.stack.issuer.token(user, site.stack.tenant))
                browsers.append(browser)
            began, rate = await _watched(browsers, _play(site.pbx, lanes, warm_s + measured_s))
    return _delays(browsers, began + warm_s, began + warm_s + measured_s, rate)


async def _watched(browsers: list[Browser], play: Coroutine[Any, Any, tuple[float, float]]) -> tuple[float, float]:
    """Send calls while all browsers read, until all has come."""
    reading = asyncio.gather(*(browser.read() for browser in browsers))
    playing = asyncio.create_task(play)
    try:
        await asyncio.wait((reading, playing), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            reading.result()  # a browser was closed
        played = playing.result()
        await _quiet(browsers)
        return played
    finally:
        reading.cancel()
        playing.cancel()
        await asyncio.gather(reading, playing, return_exceptions=True)


async def _play(server: AmiReplayServer, lanes: int, seconds: float) -> tuple[float, float]:
    """Send calls for so long: the epoch second at which that began, and the events a second that it came to."""
    speed = EVENTS_PER_S / _rate(lanes, _SPREAD_S, 4 * _SPREAD_S)
    await server.clients()
    began = time.time()
    for at, data in _line(lanes, seconds * speed):
        wait_s = began + at / speed - time.time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        stamp = b"\r\nTimestamp: %.6f\r\nPrivilege: " % time.time()
        await server.send(data.replace(b"\r\nPrivilege: ", stamp))
    return began, EVENTS_PER_S * seconds / (time.time() - began)


def _line(lanes: int, until_s: float) -> Iterator[tuple[float, bytes]]:
    """Calls at their recorded pace."""
    line = BusyLine(10**7, lanes=lanes, spread_s=_SPREAD_S)
    frames = itertools.islice(line, 1, None)  # the server has its own banner
    return itertools.takewhile(lambda portion: portion[0] < until_s, frames)


def _rate(lanes: int, since_s: float, until_s: float) -> float:
    """Call events a second that they make at that pace."""
    told = events_of(itertools.chain([(0.0, BANNER)], _line(lanes, until_s)))
    return sum(event.observed_at.timestamp() >= since_s for event in told) / (until_s - since_s)


async def _quiet(browsers: list[Browser]) -> None:
    """Wait until nothing more comes."""
    async with asyncio.timeout(DEADLINE_S):
        while time.time() - _last(browsers) < _QUIET_S:
            await asyncio.sleep(_QUIET_S / 10)


def _last(browsers: list[Browser]) -> float:
    """When the last update came; now when none came yet."""
    return max((each.updates[-1][0] for each in browsers if each.updates), default=time.time())


def _delays(browsers: list[Browser], since: float, until: float, events_per_s: float) -> Delays:
    """Of what happened between two epoch seconds."""
    found = Delays(events_per_s)
    for at, frame in itertools.chain.from_iterable(each.updates for each in browsers):
        if frame.occurred_at is not None and since <= (then := frame.occurred_at.timestamp()) < until:
            names = {event.name for event in frame.events}
            if names & _ENDS:
                found.ends.append((at - then) * 1000)
            elif names & _AT_ONCE:
                found.at_once.append((at - then) * 1000)
    return found
