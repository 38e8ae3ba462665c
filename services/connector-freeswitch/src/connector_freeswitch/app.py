"""connector-freeswitch, from the wire to the bus. Read top to bottom: this is the service."""

import asyncio
import re
from datetime import UTC, datetime

from cti_bus import connect, ensure
from cti_connector.conversation import LinkSettings
from cti_connector.host import Begin, Host, HostSettings, Source
from cti_connector.link import Link, Listener
from cti_connector.live import Known
from cti_connector.recorder import FileRecorder
from cti_connector.telemetry import Metrics, metrics
from cti_freeswitch.channels import Reading, State
from cti_freeswitch.naming import Naming
from cti_runtime import Runtime, run_until_stopped
from opentelemetry import metrics as otel

from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from connector_freeswitch.settings import FreeSwitchSettings


async def serve(settings: FreeSwitchSettings, runtime: Runtime) -> None:
    """Connect to NATS, stand by or lead, and carry events from FreeSWITCH to the bus until stopped."""
    measured = metrics(otel.get_meter("connector_freeswitch"))
    recorder = _recorder(settings)
    finished = asyncio.Event()
    async with await connect(settings.nats_url, runtime.instance) as bus:
        await ensure(bus, settings.nats_replicas)
        host = Host(
            bus, _host_settings(settings), _begin(settings, measured), runtime.instance, measured, recorder=recorder
        )
        runtime.health.check("pbx", host.problem)
        runtime.health.check("nats", lambda: None if bus.is_connected else "NATS is away")

        async def run() -> None:
            await host.run(runtime.stopping)
            finished.set()

        try:
            await run_until_stopped(finished, run(), bus.watch_closed())
        finally:
            if recorder is not None:
                recorder.close()


def _begin(settings: FreeSwitchSettings, measured: Metrics) -> Begin:
    naming = Naming(re.compile(settings.extension_pattern), settings.domain)
    reading = Reading(settings.packet_info, recordings=settings.recordings)

    def begin(known: Known, listener: Listener) -> Source:
        picture = Picture(State(settings.tenant, settings.pbx, naming, reading=reading))
        picture.restore([each.call for each in known.calls], [each.agent for each in known.agents])

        def open_session() -> EventSocketSession:
            return EventSocketSession(
                picture,
                settings.password.get_secret_value(),
                user=settings.user,
                max_frame_bytes=settings.max_frame_mib << 20,
                frames=lambda fate, count: measured.frames.add(count, {"pbx": settings.pbx, "fate": fate}),
                options=settings.options(),
            )

        return Link(_link_settings(settings), open_session, listener)

    return begin


def _link_settings(settings: FreeSwitchSettings) -> LinkSettings:
    return LinkSettings(
        host=settings.host,
        port=settings.port,
        login_s=settings.login_s,
        ping_interval_s=settings.ping_interval_s,
        ping_deadline_s=settings.ping_deadline_s,
        silence_s=settings.silence_s,
        snapshot_interval_s=settings.snapshot_interval_s,
        snapshot_deadline_s=settings.snapshot_deadline_s,
        refused_wait_s=settings.refused_wait_s,
    )


def _host_settings(settings: FreeSwitchSettings) -> HostSettings:
    return HostSettings(
        tenant=settings.tenant,
        pbx=settings.pbx,
        lease_ttl_s=settings.lease_ttl_s,
        window=settings.window,
        outbox_memory=settings.outbox_memory,
        outbox_folder=settings.outbox_dir,
        outbox_disk_bytes=settings.outbox_disk_mib << 20,
        raw_to_bus=settings.raw_to_bus,
        trace_agents=settings.trace_queues_state,
        commands=settings.max_commands if settings.commands else 0,
    )


def _recorder(settings: FreeSwitchSettings) -> FileRecorder | None:
    if settings.record_dir is None:
        return None
    stem = f"{settings.pbx}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    return FileRecorder(settings.record_dir, stem, "esl")
