"""connector-webitel, from the wire to the bus. Read top to bottom: this is the service."""

import asyncio
from datetime import datetime

from cti_bus import Bus, connect, ensure
from cti_connector.firstparty import Operator, Operators, Pool
from cti_connector.host import Begin, Host, Source
from cti_connector.link import Listener
from cti_connector.live import Known
from cti_connector.telemetry import Metrics, metrics
from cti_runtime import Runtime, run_until_stopped
from cti_runtime.errors import SettingsError
from opentelemetry import metrics as otel

from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.settings import WebitelSettings


async def serve(settings: WebitelSettings, runtime: Runtime) -> None:
    """Connect to NATS, stand by or lead, and carry events from Webitel to the bus until stopped."""
    measured = metrics(otel.get_meter("connector_webitel"))
    recorder = settings.recorder("webitel")
    finished = asyncio.Event()
    async with await connect(settings.nats_url, runtime.instance) as bus:
        await ensure(bus, settings.nats_replicas)
        begin = _new(settings, _operators(settings, bus), measured)
        host = Host(bus, settings.hosted(), begin, runtime.instance, measured, recorder=recorder)
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


def _operators(settings: WebitelSettings, bus: Bus) -> Operators:
    try:
        return settings.operators(bus)
    except ValueError as error:
        raise SettingsError([f"TRUNKLINE_WEBITEL_CREDENTIALS_KEY: {error}"]) from error


def _new(settings: WebitelSettings, operators: Operators, measured: Metrics) -> Begin:
    """The generation of today: a link for each operator, signed in by token."""

    def begin(known: Known, listener: Listener) -> Source:
        picture = Picture(State(settings.tenant, settings.pbx))
        picture.restore(each.call for each in known.calls)
        heard: dict[str, datetime] = {}

        def open_session(operator: Operator) -> EngineSession:
            return EngineSession(
                picture,
                operator.device,
                operator.secret,
                heard,
                max_frame_bytes=settings.max_frame_mib << 20,
                frames=lambda fate, count: measured.frames.add(count, {"pbx": settings.pbx, "fate": fate}),
            )

        return Pool(settings.pool(), operators, settings.opening(), open_session, listener, measured, known)

    return begin
