"""connector-oktell, from the wire to the bus. Read top to bottom: this is the service."""

import asyncio

from cti_bus import connect, ensure
from cti_connector.firstparty import Operator, Operators, Pool
from cti_connector.host import Begin, Host, Source
from cti_connector.link import Listener
from cti_connector.live import Known
from cti_connector.telemetry import Metrics, metrics
from cti_runtime import Runtime, run_until_stopped
from opentelemetry import metrics as otel

from connector_oktell.picture import Picture
from connector_oktell.session import OktellSession
from connector_oktell.settings import OktellSettings
from connector_oktell.translate import State
from connector_oktell.wire import Credentials


async def serve(settings: OktellSettings, runtime: Runtime, operators: Operators | None = None) -> None:
    """Connect to NATS, stand by or lead, and carry events from Oktell to the bus until stopped.

    `operators`: who is to be signed in; None: whom the directory has.
    """
    measured = metrics(otel.get_meter("connector_oktell"))
    recorder = settings.recorder("oktell")
    finished = asyncio.Event()
    async with await connect(settings.nats_url, runtime.instance) as bus:
        await ensure(bus, settings.nats_replicas)
        begin = _begin(settings, operators or settings.operators(bus), measured)
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


def _begin(settings: OktellSettings, operators: Operators, measured: Metrics) -> Begin:
    def begin(known: Known, listener: Listener) -> Source:
        picture = Picture(State(settings.tenant, settings.pbx))
        picture.restore([each.call for each in known.calls], [each.agent for each in known.agents])
        address = settings.address()

        def open_session(operator: Operator) -> OktellSession:
            return OktellSession(
                picture,
                operator.device,
                Credentials(operator.login, operator.secret),
                skip_ping=address.redirected,
                redirected=address.redirect,
                max_frame_bytes=settings.max_frame_mib << 20,
                frames=lambda fate, count: measured.frames.add(count, {"pbx": settings.pbx, "fate": fate}),
                options=settings.options(),
            )

        return Pool(settings.pool(), operators, address.open, open_session, listener, measured, known)

    return begin
