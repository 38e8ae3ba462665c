"""connector-freeswitch, from the wire to the bus. Read top to bottom: this is the service."""

import re

from cti_connector.host import Begin, Source
from cti_connector.link import Link, Listener
from cti_connector.live import Known
from cti_connector.serving import serve_host
from cti_connector.telemetry import Metrics
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_freeswitch.state import State
from cti_runtime import Runtime

from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from connector_freeswitch.settings import FreeSwitchSettings


async def serve(settings: FreeSwitchSettings, runtime: Runtime) -> None:
    """Connect to NATS, stand by or lead, and carry events from FreeSWITCH to the bus until stopped."""
    await serve_host(
        settings, runtime, lambda _bus, measured: _begin(settings, measured), name="connector_freeswitch", ending="esl"
    )


def _begin(settings: FreeSwitchSettings, measured: Metrics) -> Begin:
    naming = Naming(re.compile(settings.extension_pattern), settings.domain)
    reading = Reading(settings.packet_info, settings.recordings, settings.park_number)

    def begin(known: Known, listener: Listener) -> Source:
        picture = Picture(State(settings.tenant, settings.pbx, naming, reading=reading))
        picture.restore([each.call for each in known.calls], [each.agent for each in known.agents])

        def open_session() -> EventSocketSession:
            return EventSocketSession(
                picture,
                settings.password.get_secret_value(),
                user=settings.user,
                max_frame_bytes=settings.max_frame_mib << 20,
                frames=measured.frames_of(settings.pbx),
                options=settings.options(),
            )

        return Link(settings.link(), settings.opening(), open_session, listener)

    return begin
