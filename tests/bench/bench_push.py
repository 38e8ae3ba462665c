"""The gateway against a server that does next to nothing (`bare.py`), in the same run, with the same clients.

Memory of an idle socket that has signed in and got its snapshot (of the bare one: its echo). Milliseconds from before
an update is published to NATS until its bytes are at the client. Updates a second when they are published as fast as
NATS takes them. Seconds until all clients are whole again that were cut off at once, each with its cursor.

Clients offer compression, as browsers do, and both servers compress. Each is one process; push stores and reads every
update in a stream, the bare one only hands on what passes.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import nats as nats_client
from connector_asterisk.replay import events_of
from cti_bus import Bus, Publisher, connect, ensure, life_of
from cti_devstack.keys import ISSUER, Issuer
from cti_devstack.ports import free_port, port_is_free
from cti_devstack.process import Child
from cti_directory import owners_of
from cti_model import subjects
from cti_model.view import UserUpdate
from msgspec.structs import replace
from push.projector.ledger import COMPLETE, LIFE
from push.projector.step import epoch_of, step
from push.projector.views import Views

from tests.bench.bench_latency import percentile
from tests.bench.calls import BusyLine
from tests.bench.rows import Row, row, scaled
from tests.bench.servers import nats
from tests.bench.sockets import DEADLINE_S, Sock, at_once

IDLE = 10_000
LIVE = 2000
PER_S = 1000
SECONDS = 10.0
BURST = 20_000
TENANT = "bench"


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    return asyncio.run(_run(scale))


@dataclass
class Server:
    """One of the two: how a client of it says hello, and how something is sent to that client."""

    name: str
    child: Child
    port: int
    path: str
    hello: Callable[[int], bytes]
    publish: Callable[[int], "asyncio.Future[None] | None"]
    resume: Callable[[int], bytes] | None = None

    async def client(
        self, user: int, heard: Callable[[bytes, float], None] | None = None, *, again: bool = False
    ) -> Sock:
        """A client that has said hello and been answered; one that is turned away comes back, as clients do."""
        for wait_s in (0.1, 0.5, 1.0, 2.0, 4.0):
            sock = Sock(self.path, heard)
            await sock.opened(self.port)
            sock.send(self.resume(user) if again and self.resume else self.hello(user))
            try:
                await sock.first
            except ConnectionError:
                await asyncio.sleep(wait_s)
            else:
                return sock
        raise ConnectionError(f"{self.name} turned a client away again and again")

    def resident(self) -> int:
        """Bytes of memory."""
        for line in Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise OSError("the system does not tell the resident memory")


async def _run(scale: float) -> list[Row]:
    idle, live = scaled(IDLE, scale, 40), scaled(LIVE, scale, 20)
    rows: list[Row] = []
    measured: dict[str, list[tuple[str, str, float]]] = {}
    for make in (_bare, _push):
        with nats() as url, TemporaryDirectory(prefix="trunkline-bench-") as folder:
            async with make(url, Path(folder)) as server:
                found = [(f"memory of an idle socket of {idle}", "KiB", await _memory(server, idle) / 1024)]
                clients = await _Clients.opened(server, live)
                delays = await clients.delays(max(1.0, SECONDS * scale), round(PER_S * min(1.0, live / LIVE * 4)))
                found += [
                    (f"publish to socket, {PER_S} updates/s over {live} sockets, p{at}", "ms", percentile(delays, at))
                    for at in (50, 99)
                ]
                found.append(("updates to sockets", "updates/s", await clients.throughput(scaled(BURST, scale, 400))))
                found.append((f"{live} clients cut off at once, until all are whole", "s", await clients.storm()))
            measured[server.name] = found
    for (what, unit, value), (_, _, baseline) in zip(measured["push"], measured["bare"], strict=True):
        rows.append(row("push", what, unit, value, baseline, "a bare WebSocket server, the same clients"))
    return rows


async def _memory(server: Server, count: int) -> float:
    """Bytes of the server for each socket."""
    warm = await at_once([partial(server.client, user) for user in range(20)])
    before = server.resident()
    socks = await at_once([partial(server.client, user) for user in range(20, count)])
    await asyncio.sleep(1.0)  # what was only needed to begin is given back
    taken = (server.resident() - before) / len(socks)
    for sock in (*warm, *socks):
        sock.cut()
    return max(1.0, taken)


@dataclass
class _Clients:
    """One client for each user, and when what was sent to it came."""

    server: Server
    socks: list[Sock]
    came: list[list[float]]
    expected: int = 0
    all_came: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    async def opened(cls, server: Server, count: int) -> "_Clients":
        made = cls(server, [], [[] for _ in range(count)])
        made.socks = await at_once([partial(server.client, user, partial(made._heard, user)) for user in range(count)])
        return made

    def _heard(self, user: int, data: bytes, at: float) -> None:
        if len(data) < 400 or data.startswith(b'{"type":"welcome"'):
            return
        self.came[user].append(at)
        self.expected -= 1
        if self.expected == 0:
            self.all_came.set()

    async def _all(self, expected: int, send: Callable[[], "asyncio.Future[None]"]) -> None:
        self.came[:] = [[] for _ in self.came]
        self.expected = expected
        self.all_came.clear()
        await send()
        async with asyncio.timeout(DEADLINE_S):
            await self.all_came.wait()

    async def delays(self, seconds: float, per_s: int) -> list[float]:
        """Milliseconds from publishing to the socket, at an even pace."""
        count = round(seconds * per_s)
        sent: list[tuple[int, float]] = []

        async def send() -> None:
            began = time.time()
            for number in range(count):
                late = began + number / per_s - time.time()
                if late > 0:
                    await asyncio.sleep(late)
                user = number % len(self.socks)
                sent.append((user, time.time()))
                await self.server.publish(user)

        await self._all(count, send)
        turns = [iter(each) for each in self.came]
        return [(next(turns[user]) - at) * 1000 for user, at in sent]

    async def throughput(self, count: int) -> float:
        """Updates a second, as fast as they can be had."""

        async def send() -> None:
            for number in range(count):
                await self.server.publish(number % len(self.socks))

        began = time.time()
        await self._all(count, send)
        return count / (time.time() - began)

    async def storm(self) -> float:
        """Seconds until all are whole again after all were cut."""
        for sock in self.socks:
            sock.cut()
        await asyncio.gather(*(sock.closed for sock in self.socks))
        began = time.time()
        again = [partial(self.server.client, user, again=True) for user in range(len(self.socks))]
        back = await at_once(again, len(self.socks))
        seconds = time.time() - began
        if self.server.resume is not None:
            whole = [msgspec.json.decode(sock.first.result())["recovered"] for sock in back]
            assert all(whole), f"{whole.count(False)} of {len(whole)} clients are not whole"
        for sock in back:
            sock.cut()
        return seconds


@asynccontextmanager
async def _started(name: str, folder: Path, command: list[str], port: int, **environment: str) -> AsyncIterator[Child]:
    child = Child(name, [sys.executable, *command], folder / f"{name}.log", {**os.environ, **environment})
    child.start()
    try:
        await asyncio.to_thread(child.wait_until, lambda: not port_is_free(port), DEADLINE_S)
        yield child
    finally:
        child.kill9()


@asynccontextmanager
async def _bare(url: str, folder: Path) -> AsyncIterator[Server]:
    port = free_port()
    body = msgspec.json.encode(_updates()[0])
    async with _started("bare", folder, [str(Path(__file__).with_name("bare.py")), str(port), url], port) as child:
        client = await nats_client.connect(url)
        yield Server(
            "bare", child, port, "/", lambda user: b"%d" % user, lambda user: client.publish(f"bare.{user}", body)
        )
        await client.close()


@asynccontextmanager
async def _push(url: str, folder: Path) -> AsyncIterator[Server]:
    port = free_port()
    issuer = Issuer(folder / "keys")
    settings = {
        "NATS_URL": url, "TENANT": TENANT, "HTTP_PORT": str(port), "JWT_KEY_FILE": str(issuer.public_key),
        "JWT_ISSUER": ISSUER, "ADDRESS_CONNECTIONS": str(IDLE * 2), "LOG_LEVEL": "warning",
    }  # fmt: skip
    environment = {f"TRUNKLINE_PUSH_{name}": value for name, value in settings.items()}
    async with (
        _started("push", folder, ["-m", "push"], port, **environment) as child,
        await connect(url, "bench") as bus,
        Publisher(bus) as publisher,
    ):
        await ensure(bus)
        teller = Teller(bus, publisher, await life_of(bus, "CTI_EVENTS", "CTI_USERS"))
        tokens = [issuer.token(str(user), TENANT) for user in range(LIVE)]

        def hello(user: int) -> bytes:
            token = tokens[user] if user < LIVE else issuer.token(str(user), TENANT)
            return msgspec.json.encode({"type": "hello", "token": token})

        def resume(user: int) -> bytes:
            cursor = {"epoch": teller.epoch(user), "version": teller.versions[user]}
            return msgspec.json.encode({"type": "hello", "token": tokens[user], "cursor": cursor})

        yield Server("push", child, port, "/v1/stream", hello, teller.publish, resume)


class Teller:
    """Publishes users' updates, as a projector does."""

    def __init__(self, bus: Bus, publisher: Publisher, life: str) -> None:
        self._publisher = publisher
        self._life = life
        self._update = _updates()[0]
        self.versions = [0] * IDLE * 2

    def epoch(self, user: int) -> str:
        """Of a user's history."""
        return epoch_of(TENANT, str(user), self._life)

    async def publish(self, user: int) -> None:
        """The next update of a user."""
        self.versions[user] += 1
        update = replace(
            self._update,
            epoch=self.epoch(user),
            version=self.versions[user],
            occurred_at=datetime.now(UTC),
            view=replace(self._update.view, tenant=TENANT, user=str(user)),
        )
        headers = {COMPLETE: "0", LIFE: self._life}
        await self._publisher.publish(subjects.user(TENANT, str(user)), msgspec.json.encode(update), headers)


def _updates() -> list[UserUpdate]:
    """Updates of a real call in which somebody talks."""
    found: list[UserUpdate] = []
    latest = Views()
    for seq, event in enumerate(events_of(BusyLine(1)), 1):
        for update in step(latest, event, seq, owners_of(None), "life"):
            latest[update.view.user] = update
            if update.view.calls and update.view.calls[0].answered_at is not None:
                found.append(update)
    return found
