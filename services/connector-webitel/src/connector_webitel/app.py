"""connector-webitel, from the wire to the bus. Read top to bottom: this is the service."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import httpx
import structlog
from cti_bus import Bus
from cti_connector.firstparty import Operator, Pool
from cti_connector.host import Begin, Source
from cti_connector.link import Link, Listener, now
from cti_connector.live import Known
from cti_connector.serving import serve_host
from cti_connector.session import LinkRefused, Turn
from cti_connector.telemetry import Metrics
from cti_connector.transport import trust
from cti_freeswitch.naming import Naming
from cti_freeswitch.reading import Reading
from cti_runtime import Runtime

from connector_webitel.backfill import Backfill
from connector_webitel.masked import masked, of_hello, of_links
from connector_webitel.new.actions import FEATURES
from connector_webitel.new.picture import Picture
from connector_webitel.new.session import EngineSession
from connector_webitel.new.state import State
from connector_webitel.new.translate import tick
from connector_webitel.old.actions import Options
from connector_webitel.old.recordings import abandoned
from connector_webitel.old.session import OldSession
from connector_webitel.old.site import OldSite
from connector_webitel.old.wire import Secret, Token
from connector_webitel.overhearing import Overhearing
from connector_webitel.rest import Rest
from connector_webitel.settings import WebitelSettings
from connector_webitel.tending import Tended
from connector_webitel.told import Stream, over

_log = structlog.get_logger(__name__)


async def serve(settings: WebitelSettings, runtime: Runtime) -> None:
    """Connect to NATS, stand by or lead, and carry events from Webitel to the bus until stopped."""
    generation = _new if settings.generation == "new" else _old
    await serve_host(
        settings,
        runtime,
        lambda bus, measured: generation(settings, bus, measured),
        name="connector_webitel",
        ending="webitel",
    )


def _new(settings: WebitelSettings, bus: Bus, measured: Metrics) -> Begin:
    """The generation of today: a link for each operator, signed in by token."""

    def begin(known: Known, listener: Listener) -> Source:
        features = FEATURES if settings.commands else ()
        inside = re.compile(settings.extension_pattern)
        picture = Picture(State(settings.tenant, settings.pbx, features, inside=inside))
        before = [each.event for each in known.operators]
        picture.restore([each.call for each in known.calls], [each.agent for each in known.agents], before)
        heard: dict[str, datetime] = {}
        told_of = {each.device: each.occurred_at for each in before}
        backfill = _backfill(settings, bus, picture.state, measured) if settings.rest_url else None

        def refused(device: str, what: str, reason: str) -> None:
            _log.warning("question refused", what=what, device=device, reason=reason)
            measured.refusals_of(settings.pbx)(what)

        def open_session(operator: Operator) -> EngineSession:
            return EngineSession(
                picture,
                operator.device,
                operator.secret,
                heard,
                max_frame_bytes=settings.max_frame_mib << 20,
                frames=measured.frames_of(settings.pbx),
                refused=partial(refused, operator.device),
                away=backfill.missed if backfill is not None else None,
                before=told_of.get(operator.device),
            )

        operators, opening = settings.operators(bus), masked(settings.opening(), of_hello)
        hearing = Overhearing(listener, picture.state.seats.hear)
        pool = Pool(settings.pool(), operators, opening, open_session, hearing, measured, known)

        async def remember() -> None:
            picture.remember(await over(bus, settings.tenant, settings.pbx, now), now())

        def passes(at: datetime, turn: Turn) -> None:
            turn.events += tick(picture.state, at)

        beside = [backfill.run] if backfill is not None else []
        return Tended(pool, passes, listener, before=remember, beside=beside)

    return begin


def _backfill(settings: WebitelSettings, bus: Bus, state: State, measured: Metrics) -> Backfill:
    client = httpx.AsyncClient(verify=trust(settings.tls_ca_file), timeout=settings.rest_timeout_s)
    rest = Rest(client, settings.rest_url, settings.token_of_rest())
    most, refused = timedelta(hours=settings.backfill_h), measured.refusals_of(settings.pbx)
    return Backfill(rest, state, Stream(bus, state).has, most=most, refused=refused)


def account_refused(pbx: str, measured: Metrics) -> Callable[[LinkRefused], None]:
    """Counts the refused log-ins of a service account as an operator's are: nobody is heard meanwhile."""

    def refused(error: LinkRefused) -> None:
        _log.error("service account refused", reason=error.reason.value, error=str(error))
        measured.operators_refused.add(1, {"pbx": pbx, "reason": error.reason.value})

    return refused


def _old(settings: WebitelSettings, bus: Bus, measured: Metrics) -> Begin:
    """The engine of 3.x: one link of a service account, or a link for each operator."""
    site = OldSite(
        settings.tenant,
        settings.pbx,
        settings.domain,
        naming=Naming(re.compile(settings.extension_pattern), settings.domain),
        reading=Reading(
            settings.packet_info, recordings=settings.records, file_wait=timedelta(seconds=settings.records_wait_s)
        ),
        options=Options(settings.auto_answer) if settings.commands else None,
        call_centre=settings.call_centre,
        max_frame_bytes=settings.max_frame_mib << 20,
        frames=measured.frames_of(settings.pbx),
        recordings_refused=lambda reason: _log.warning("recordings refused", reason=reason),
    )

    secret = settings.secret_of_account()
    credential = Token(settings.token_key, secret) if settings.token_key else Secret(settings.account, secret)

    def begin(known: Known, listener: Listener) -> Source:
        picture = site.picture([each.call for each in known.calls], [each.agent for each in known.agents])

        def of_account() -> OldSession:
            return site.domain_session(picture, credential)

        def of_user(operator: Operator) -> OldSession:
            return site.user_session(picture, operator.login, operator.secret)

        opening = masked(settings.opening(), of_links)
        if settings.account:
            refused = account_refused(settings.pbx, measured)
            return Link(settings.link(), opening, of_account, listener, refused=refused)
        operators = settings.operators(bus)
        pool = Pool(settings.pool(), operators, opening, of_user, listener, measured, known)

        def passes(at: datetime, turn: Turn) -> None:
            picture.quiet(at, turn)
            turn.events += abandoned(picture.state, at)

        return Tended(pool, passes, listener)

    return begin
