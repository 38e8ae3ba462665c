"""call-journal, from the stream to rows to the API. Read top to bottom: this is the service."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import httpx
from cti_api.serving import serve_api
from cti_api.signin import identification
from cti_bus import (
    Bus,
    Parking,
    PositionLost,
    Publisher,
    Reader,
    answer,
    connect,
    ensure,
    life_and_end,
    life_of,
    process,
)
from cti_bus.streams import EVENTS
from cti_directory import DirectoryCopy, Questions, by_settings, owners_of
from cti_model import subjects
from cti_runtime import Progress, Runtime, run_until_stopped
from cti_store import Pool
from opentelemetry import metrics as otel

from call_journal.api.app import api
from call_journal.audio.listening import listening as recordings
from call_journal.consumer import Consumer
from call_journal.identification.identifier import FILTERS, Identifier
from call_journal.nights import nights
from call_journal.relay import Relay
from call_journal.responder import Responder
from call_journal.settings import NAME, JournalSettings, secret
from call_journal.store.masks import Masks
from call_journal.store.migrate import migrate
from call_journal.store.positions import keep_position
from call_journal.store.writer import Writer
from call_journal.telemetry import Metrics, metrics

IDENTIFIES = f"{NAME}-identification"
"""The consumer whose position is up to where numbers are identified."""


async def serve(settings: JournalSettings, runtime: Runtime) -> None:
    """Migrate, then project and answer until stopped."""
    listening = runtime.health.step("http")
    measured = metrics(otel.get_meter("call_journal"))
    await migrate(settings.database_url)
    pool: Pool
    async with (
        asyncpg.create_pool(settings.database_url, min_size=1, max_size=settings.pool_size) as pool,
        await connect(settings.nats_url, runtime.instance) as bus,
        httpx.AsyncClient() as issuer,
        recordings(settings) as sounds,
    ):
        await ensure(bus, settings.nats_replicas)
        measured = metrics(otel.get_meter("call_journal"))
        key = secret(settings.erasure_key, settings.erasure_key_file, "erasure_key")
        masks = Masks(key)
        await masks.check(pool)
        app = api(pool, identification(settings, issuer), sounds, key, integrator_notes=settings.integrator_notes)
        directory = DirectoryCopy(bus)
        responder = Responder(pool, settings.questions_at_once, lambda: bus.max_payload, measured.asked)
        served = asyncio.Event()
        async with await answer(bus, subjects.ALL_HISTORY, responder.reply, group=NAME, at_once=True):
            await run_until_stopped(
                served,
                serve_api(app, settings, runtime, listening, served),
                directory.run(),
                _project(settings, runtime, bus, pool, directory, measured, masks),
                _identify(settings, runtime, bus, pool, directory, measured),
                _relay(settings, runtime, bus, pool, measured),
                *([nights(settings, sounds.places, measured)] if settings.night else []),
                bus.watch_closed(),
            )


async def _project(
    settings: JournalSettings,
    runtime: Runtime,
    bus: Bus,
    pool: Pool,
    directory: DirectoryCopy,
    measured: Metrics,
    masks: Masks | None = None,
) -> None:
    """Read the stream from where the rows end, and write. Whose rows they are is decided when they are written."""
    progress = Progress(settings.stuck_s)
    runtime.health.progress("projection", progress)
    await directory.loaded.wait()
    owners = owners_of(directory, by_settings(settings.users))
    async with Publisher(bus) as publisher:

        async def one_life(life: str, last_seq: int) -> None:
            writer = Writer(pool, NAME, EVENTS.name, announce=True, masks=masks)
            at = await writer.begin(life, last_seq)
            consumer = Consumer(writer, measured, at.stream_seq, at.base, owners)
            filters, batch = [subjects.ALL_CALLS, subjects.ALL_AGENTS, subjects.ALL_IDENTIFIED], settings.batch
            async with Reader(
                bus, EVENTS.name, filters, at.stream_seq, batch=batch, observer=progress, life=life
            ) as reader:
                parking = Parking(bus, publisher, NAME)
                await parking.load()
                await process(reader, consumer.handle, ahead=consumer.ahead, parking=parking, observer=progress)

        await _through_all_lives(settings, runtime, bus, one_life)


async def _identify(
    settings: JournalSettings, runtime: Runtime, bus: Bus, pool: Pool, directory: DirectoryCopy, measured: Metrics
) -> None:
    """Read the stream beside the projection, ask the directory who rings, and publish."""
    progress = Progress(settings.stuck_s)
    runtime.health.progress("identification", progress)
    await directory.loaded.wait()
    questions = Questions(bus, timeout_s=settings.identify_timeout_s, at_once=settings.identify_at_once)
    async with Publisher(bus) as publisher, asyncio.TaskGroup() as group:
        identifier = Identifier(bus, publisher, questions, directory, measured, progress)
        for _ in range(settings.identify_at_once):
            group.create_task(identifier.work())
        group.create_task(keep_position(pool, IDENTIFIES, EVENTS.name, lambda: identifier.position))

        async def one_life(life: str, last_seq: int) -> None:
            at = await Writer(pool, IDENTIFIES, EVENTS.name).begin(life, last_seq)
            async with Reader(bus, EVENTS.name, FILTERS, at.stream_seq, observer=progress, life=life) as reader:
                await identifier.read(reader, life)

        await _through_all_lives(settings, runtime, bus, one_life)


async def _through_all_lives(
    settings: JournalSettings, runtime: Runtime, bus: Bus, one_life: Callable[[str, int], Awaitable[None]]
) -> None:
    """Read until the stream is another one (`PositionLost`): then the next life is read from its beginning."""
    while True:
        life, last_seq = await life_and_end(bus, EVENTS.name)
        try:
            await one_life(life, last_seq)
        except PositionLost as error:
            await ensure(bus, settings.nats_replicas)
            if await life_of(bus, EVENTS.name) == life:
                raise  # the same stream, but shorter: it lost its end, and nobody can tell what it will be again
            runtime.log.warning("the call events are another stream than before", reason=str(error))


async def _relay(settings: JournalSettings, runtime: Runtime, bus: Bus, pool: Pool, measured: Metrics) -> None:
    """Publish what rows and users' notes have to tell. What is left at the end is published at the next start."""
    progress = Progress(settings.stuck_s)
    runtime.health.progress("relay", progress)
    async with Publisher(bus) as publisher:
        await Relay(pool, publisher, measured, progress).run()
