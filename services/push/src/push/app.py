"""push, from the stream to the sockets. Read top to bottom: this is the service."""

import asyncio
import zlib
from collections.abc import Callable
from functools import partial
from typing import Final

import httpx
from cti_api.signin import Verify, verification
from cti_browser import static_dir
from cti_bus import Bus, Lease, connect, ensure
from cti_directory import DirectoryCopy, by_settings, owners_of
from cti_runtime import Progress, Runtime, run_until_stopped, serve_asgi
from litestar import Litestar
from opentelemetry import metrics as otel

from push.gateway.commands import Commands
from push.gateway.history import History
from push.gateway.hub import Hub
from push.gateway.limits import Budgets, Places
from push.gateway.people import People
from push.gateway.presence import Presence
from push.gateway.sessions import Sessions
from push.gateway.shared import Shared
from push.openapi import DOCUMENT, PROBLEMS, http_routes
from push.projector.app import Projector
from push.projector.lives import life_of_the_streams
from push.projector.partition import Partition, partitions
from push.settings import PushSettings
from push.signin import password_issuer
from push.telemetry import Metrics, metrics
from push.transports.pages import for_other_origins, panel_routes
from push.transports.peer import Limits
from push.transports.proxied import proxied_routes
from push.transports.tms.endpoint import Installation, tms_route
from push.transports.websocket import websocket_route
from push.transports.wire import BoundedHttp, BoundedWebSocket, Bounds

_TURN_S: Final = 0.3


async def serve(settings: PushSettings, runtime: Runtime) -> None:
    """Project and serve until stopped."""
    listening = runtime.health.step("http")
    measured = metrics(otel.get_meter("push"))
    timeout = httpx.Timeout(settings.journal_timeout_s)
    async with (
        await connect(settings.nats_url, runtime.instance) as bus,
        httpx.AsyncClient(base_url=settings.journal_url, timeout=timeout) as journal,
        httpx.AsyncClient(
            base_url=settings.directory_url, timeout=httpx.Timeout(settings.directory_timeout_s)
        ) as people,
        httpx.AsyncClient() as issuer,
    ):
        verify = verification(settings, issuer)
        await ensure(bus, settings.nats_replicas)
        life = await life_of_the_streams(bus)
        directory = DirectoryCopy(bus, settings.tenant)
        hub = _hub(settings, runtime, bus)
        presence = Presence(bus, settings.tenant, runtime.instance, measured, ttl_s=settings.presence_ttl_s)
        sessions = _sessions(settings, bus, life, hub, directory, presence, verify, measured)
        runtime.health.check("drain", lambda: "clients are sent away" if sessions.draining.is_set() else None)
        app = _app(settings, sessions, journal, people)
        served = asyncio.Event()
        await run_until_stopped(
            served,
            hub.run(),
            directory.run(),
            presence.run(),
            _project(settings, runtime, bus, life, measured, directory),
            _serve(hub, directory, sessions, app, settings, runtime, listening, served),
            bus.watch_closed(),
        )


def _app(
    settings: PushSettings, sessions: Sessions, journal: httpx.AsyncClient, directory: httpx.AsyncClient
) -> Litestar:
    addresses = Places("address", settings.address_connections)
    limits = Limits(settings.hello_s, settings.frames_per_s, settings.bytes_per_s, addresses)
    installation = Installation(settings.tms_users, settings.tms_codes)
    tms = [tms_route(sessions, settings.origins, limits, installation)] if settings.tms else []
    return Litestar(
        route_handlers=[
            *tms,
            websocket_route(sessions, settings.origins, limits),
            *http_routes(sessions, addresses, password_issuer(settings)),
            *proxied_routes(journal, directory),
            panel_routes(static_dir(), settings.web_phone_sockets, settings.photo_origins),
        ],
        cors_config=for_other_origins(settings.origins),
        openapi_config=DOCUMENT,
        exception_handlers=PROBLEMS,
        logging_config=None,  # the service's own logging stays: JSON lines, secrets hidden
    )


def _sessions(
    settings: PushSettings,
    bus: Bus,
    life: str,
    hub: Hub,
    directory: DirectoryCopy,
    presence: Presence,
    verify: Verify,
    measured: Metrics,
) -> Sessions:
    history = History(bus, settings.tenant, life)
    people = People(bus, directory, settings.tenant, settings.users)
    commands = Commands(
        bus,
        settings.tenant,
        history,
        hub,
        people,
        measured,
        Budgets(settings.commands_per_s, settings.commands_burst),
        at_once=settings.commands_at_once,
        deadline_s=settings.command_deadline_s,
    )

    return Sessions(
        Shared(settings.tenant, history, hub, people, commands, presence, verify, measured, settings.ping_s),
        per_user=settings.user_connections,
        per_tenant=settings.tenant_connections,
        drain_s=settings.drain_s,
        drain_per_s=settings.drain_per_s,
    )


def _hub(settings: PushSettings, runtime: Runtime, bus: Bus) -> Hub:
    progress = Progress(settings.stuck_s)
    runtime.health.progress("gateway", progress)
    return Hub(
        bus,
        settings.tenant,
        max_frames=settings.queue_frames,
        max_bytes=settings.queue_bytes,
        progress=progress,
    )


async def _project(
    settings: PushSettings, runtime: Runtime, bus: Bus, life: str, measured: Metrics, directory: DirectoryCopy
) -> None:
    """Lead, or stand by for, each share of the users."""
    await directory.loaded.wait()
    owners = owners_of(directory, by_settings(settings.users))
    shares = partitions(settings.projector_partitions)
    going = [Progress(settings.stuck_s, waiting_deadline_s=float("inf")) for _ in shares]  # a standby waits for ever
    runtime.health.check("projector", lambda: next(filter(None, (each.stuck() for each in going)), None), live=True)

    async def lead(partition: Partition, progress: Progress) -> None:
        # Instances that start together each begin with another share, so that none takes them all.
        turn = (partition.number - zlib.crc32(runtime.instance.encode())) % len(shares)
        await asyncio.sleep(turn * _TURN_S)
        lease = Lease(bus, partition.lease_key(settings.tenant), runtime.instance, settings.lease_ttl_s)
        projector = Projector(
            bus,
            settings.tenant,
            life,
            owners,
            measured,
            progress,
            batch=settings.batch,
            partition=partition,
        )
        await projector.run(lease)

    async with asyncio.TaskGroup() as group:
        for partition, progress in zip(shares, going, strict=True):
            group.create_task(lead(partition, progress))


async def _serve(
    hub: Hub,
    directory: DirectoryCopy,
    sessions: Sessions,
    app: Litestar,
    settings: PushSettings,
    runtime: Runtime,
    listening: Callable[[], None],
    served: asyncio.Event,
) -> None:
    """Serve until stopped; the clients are sent away before the rest ends.

    A session that opened before the hub reads would miss what happens meanwhile; one that opened before the directory
    is known would be a stranger's.
    """
    drained = asyncio.Event()

    async def drain() -> None:
        await runtime.stopping.wait()
        await sessions.drain()
        drained.set()

    # Twice the ping: so long may a client be silent, too.
    bounds = Bounds(settings.hello_s, 2 * settings.ping_s, settings.frames_per_s, sessions.flooded)
    draining = asyncio.create_task(drain())
    try:
        await hub.reading.wait()
        await directory.loaded.wait()
        await serve_asgi(
            app,
            settings.http_host,
            settings.http_port,
            drained,
            on_started=lambda *_: listening(),
            http=partial(BoundedHttp, bounds),
            ws=partial(BoundedWebSocket, bounds),
            ws_max_size=1024 * 1024,
            ws_ping_interval=None,  # the protocol has its own pings, which say more
            forwarded_allow_ips=settings.trusted_proxies,
        )
    finally:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        served.set()
