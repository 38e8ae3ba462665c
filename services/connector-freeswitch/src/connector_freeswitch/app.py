"""connector-freeswitch, from the wire to the bus. Read top to bottom: this is the service."""

import asyncio
import re

from cti_bus import connect, ensure
from cti_connector.host import Begin, Host, Source
from cti_connector.link import Link, Listener
from cti_connector.live import Known
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
    recorder = settings.recorder("esl")
    finished = asyncio.Event()
    async with await connect(settings.nats_url, runtime.instance) as bus:
        await ensure(bus, settings.nats_replicas)
        host = Host(bus, settings.hosted(), _begin(settings, measured), runtime.instance, measured, recorder=recorder)
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

        return Link(settings.link(), settings.opening(), open_session, listener)

    return begin
