"""The life of a connector's process, the same for every PBX kind: connected to NATS, standing by or leading."""

import asyncio
from collections.abc import Callable

from cti_bus import Bus, connect, ensure
from cti_runtime import Runtime, run_until_stopped
from opentelemetry import metrics as otel

from cti_connector.host import Begin, Host
from cti_connector.settings import HostedSettings
from cti_connector.telemetry import Metrics, metrics


async def serve_host(
    settings: HostedSettings, runtime: Runtime, begin: Callable[[Bus, Metrics], Begin], *, name: str, ending: str
) -> None:
    """Connect to NATS, stand by or lead, and carry events from the PBX to the bus until stopped.

    `name`: of the meter. `ending`: of the files into which the raw link is recorded. Raises `BusClosed`, and
    `StartFailed` when a folder cannot be written.
    """
    settings.make_folders()
    measured = metrics(otel.get_meter(name))
    recorder = settings.recorder(ending)
    finished = asyncio.Event()
    async with await connect(settings.nats_url, runtime.instance) as bus:
        await ensure(bus, settings.nats_replicas)
        host = Host(bus, settings.hosted(), begin(bus, measured), runtime.instance, measured, recorder=recorder)
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
