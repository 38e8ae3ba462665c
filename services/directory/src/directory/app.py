"""directory, from tables to API, bucket and answers over NATS. Read top to bottom: this is the service."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg
import httpx
from cti_bus import Bucket, Service, answer, connect, ensure
from cti_bus.streams import DIRECTORY
from cti_model import subjects
from cti_runtime import Progress, Runtime, run_until_stopped, serve_asgi
from cti_runtime.auth import identification
from cti_store import Pool
from litestar import Litestar
from opentelemetry import metrics as otel

from directory.api.app import api
from directory.external import Breaker, Cache, External
from directory.feed import Feed
from directory.handout import Handout
from directory.lookup import Lookup
from directory.settings import NAME, DirectorySettings
from directory.store.migrate import migrate
from directory.store.planning import lookups
from directory.telemetry import Metrics, metrics


async def serve(settings: DirectorySettings, runtime: Runtime) -> None:
    """Migrate, then answer and tell until stopped."""
    listening = runtime.health.step("http")
    measured = metrics(otel.get_meter("directory"))
    progress = Progress(settings.stuck_s + settings.tell_poll_s)
    runtime.health.progress("telling", progress)
    await migrate(settings.database_url)
    pool: Pool
    numbers: Pool
    async with (
        asyncpg.create_pool(settings.database_url, min_size=1, max_size=settings.pool_size) as pool,
        lookups(settings.database_url, settings.pool_size) as numbers,
        connected_external(settings, measured) as external,
        await connect(settings.nats_url, runtime.instance) as bus,
    ):
        await ensure(bus, settings.nats_replicas)
        lookup = Lookup(numbers, settings.rules, measured, external, settings.identify_at_once)
        feed = Feed(
            pool,
            Bucket(bus, DIRECTORY.name.removeprefix("KV_")),
            measured,
            progress,
            poll_s=settings.tell_poll_s,
            compare_s=settings.compare_s,
        )
        app = api(
            identification(settings),
            pool=pool,
            lookup=lookup,
            defaults=settings.rules,
            vault=settings.vault(),
            metrics=measured,
            changed=feed.wake,
            import_mb=settings.import_mb,
        )
        served = asyncio.Event()
        service = Service(name=NAME, endpoint="identify", description="Says who is behind a number.")
        handout = Handout(pool, settings.vault(), settings.keys_of_connectors(), measured)
        giving = Service(
            name=f"{NAME}-credentials", endpoint="credentials", description="Hands out credentials to PBXs' connectors."
        )
        async with (
            await answer(bus, subjects.ALL_IDENTIFY, lookup.reply, group=NAME, at_once=True, service=service),
            await answer(bus, subjects.ALL_CREDENTIALS, handout.reply, group=NAME, at_once=True, service=giving),
        ):
            await run_until_stopped(
                served, _serve(app, settings, runtime, listening, served), feed.run(), bus.watch_closed()
            )


async def _serve(
    app: Litestar, settings: DirectorySettings, runtime: Runtime, listening: Callable[[], None], served: asyncio.Event
) -> None:
    """Answer until stopped; open requests are finished before the rest ends."""
    try:
        await serve_asgi(
            app, settings.http_host, settings.http_port, runtime.stopping, on_started=lambda *_: listening()
        )
    finally:
        served.set()


@asynccontextmanager
async def connected_external(settings: DirectorySettings, measured: Metrics) -> AsyncIterator[External | None]:
    """The other system that is asked for unknown numbers; None when none is set."""
    if not settings.external_url:
        yield None
        return
    token = settings.external_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(headers=headers, timeout=settings.external_timeout_s) as client:
        yield External(
            client,
            settings.external_url,
            settings.external_name,
            measured,
            timeout_s=settings.external_timeout_s,
            cache=Cache(settings.external_ttl_s, settings.external_cache),
            breaker=Breaker(settings.external_failures, settings.external_pause_s),
        )
