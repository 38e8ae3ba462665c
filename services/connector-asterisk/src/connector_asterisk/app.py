"""connector-asterisk, from the wire to the bus. Read top to bottom: this is the service."""

import re

from cti_connector.host import Begin, Source
from cti_connector.link import Link, Listener
from cti_connector.live import Known
from cti_connector.serving import serve_host
from cti_connector.telemetry import Metrics
from cti_runtime import Runtime

from connector_asterisk.agents import Agents
from connector_asterisk.channels import Naming, State
from connector_asterisk.picture import Picture
from connector_asterisk.reading import Reading
from connector_asterisk.recorded import RecordedSource
from connector_asterisk.session import AmiSession
from connector_asterisk.settings import AsteriskSettings


async def serve(settings: AsteriskSettings, runtime: Runtime) -> None:
    """Connect to NATS, stand by or lead, and carry events from Asterisk to the bus until stopped."""
    await serve_host(
        settings, runtime, lambda _bus, measured: _begin(settings, measured), name="connector_asterisk", ending="ami"
    )


def _begin(settings: AsteriskSettings, measured: Metrics) -> Begin:
    naming = Naming(extension=re.compile(settings.extension_pattern))
    reading = Reading(
        delivered_on_ringing=settings.delivered_on_ringing,
        queue_member=settings.queue_member,
        packet_info=settings.packet_info,
        recordings=settings.recordings,
    )

    def begin(known: Known, listener: Listener) -> Source:
        everybody = settings.device_states == "all"
        agents = Agents(settings.tenant, settings.pbx, naming, settings.wrap_up_s, everybody=everybody)
        state = State(settings.tenant, settings.pbx, naming, reading=reading)
        picture = Picture(state, agents, auto_pause=settings.auto_pause_on_commutation_start)
        picture.restore([each.call for each in known.calls], [each.agent for each in known.agents])
        if settings.file_path is not None:
            return RecordedSource(settings.file_path, picture, listener)

        def open_session() -> AmiSession:
            return AmiSession(
                picture,
                settings.username,
                settings.secret.get_secret_value(),
                md5=settings.md5,
                max_frame_bytes=settings.max_frame_bytes,
                frames=measured.frames_of(settings.pbx),
                options=settings.options() if settings.commands else None,
                numbered=settings.numbered_events,
            )

        return Link(settings.link(), settings.opening(), open_session, listener)

    return begin
