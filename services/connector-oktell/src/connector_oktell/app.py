"""connector-oktell, from the wire to the bus. Read top to bottom: this is the service."""

from cti_bus import Bus
from cti_connector.firstparty import Operator, Operators, Pool
from cti_connector.host import Begin, Source
from cti_connector.link import Link, Listener
from cti_connector.live import Known
from cti_connector.serving import serve_host
from cti_connector.telemetry import Metrics
from cti_runtime import Runtime

from connector_oktell.operatorform import OperatorForm
from connector_oktell.picture import Picture
from connector_oktell.serverform import ServerForm
from connector_oktell.session import Form, OktellSession
from connector_oktell.settings import OktellSettings
from connector_oktell.translate import State
from connector_oktell.wire import Credentials


async def serve(settings: OktellSettings, runtime: Runtime, operators: Operators | None = None) -> None:
    """Connect to NATS, stand by or lead, and carry events from Oktell to the bus until stopped.

    `operators`: who is to be signed in; None: whom the directory has.
    """

    def begin(bus: Bus, measured: Metrics) -> Begin:
        if settings.form == "server":
            return _between_servers(settings, measured)
        return _by_operators(settings, operators or settings.operators(bus), measured)

    await serve_host(settings, runtime, begin, name="connector_oktell", ending="oktell")


def _by_operators(settings: OktellSettings, operators: Operators, measured: Metrics) -> Begin:
    """A link for each operator, signed in as they are."""

    def begin(known: Known, listener: Listener) -> Source:
        picture = _picture(settings, known)
        address = settings.address()

        def open_session(operator: Operator) -> OktellSession:
            form = OperatorForm(
                picture,
                operator.device,
                Credentials(operator.login, operator.secret),
                skip_ping=address.redirected,
                redirected=address.redirect,
                options=settings.options(),
            )
            return _session(settings, form, measured)

        return Pool(settings.pool(), operators, address.open, open_session, listener, measured, known)

    return begin


def _between_servers(settings: OktellSettings, measured: Metrics) -> Begin:
    """One link for all users. Experimental: see `wire.peering`."""

    def begin(known: Known, listener: Listener) -> Source:
        picture = _picture(settings, known)

        def open_session() -> OktellSession:
            return _session(settings, ServerForm(picture, settings.pace(), options=settings.options()), measured)

        return Link(settings.link(), settings.server(), open_session, listener)

    return begin


def _session(settings: OktellSettings, form: Form, measured: Metrics) -> OktellSession:
    most, frames = settings.max_frame_mib << 20, measured.frames_of(settings.pbx)
    return OktellSession(form, max_frame_bytes=most, frames=frames)


def _picture(settings: OktellSettings, known: Known) -> Picture:
    picture = Picture(State(settings.tenant, settings.pbx, records=settings.records))
    picture.restore([each.call for each in known.calls], [each.agent for each in known.agents])
    return picture
