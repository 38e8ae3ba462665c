"""One company with the old engine over WebSockets and a real NATS: a service account for all, or each user alone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Container, Mapping
from contextlib import asynccontextmanager
from typing import Any

from connector_webitel.app import serve
from connector_webitel.old.actions import Options
from connector_webitel.old.site import OldSite
from connector_webitel.settings import WebitelSettings
from connector_webitel.tending import Tended
from cti_connector.conversation import LinkSettings
from cti_connector.firstparty import Operator, Pool, PoolSettings
from cti_connector.host import Host, HostSettings, Source
from cti_connector.link import Listener
from cti_connector.live import Known
from cti_connector.telemetry import metrics
from cti_connector.testing import Site, serving
from cti_connector.transport import websocket
from cti_runtime.lifecycle import Runtime
from cti_simulators.webitel.old import Account, WebitelOldServer
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

DOMAIN = "demo.local"
USERS = ("101", "102", "103")
SERVICE = "500"
SITE = OldSite("demo", "webitel", DOMAIN, options=Options(), call_centre=True)
LINK = LinkSettings(snapshot_interval_s=600, backoff_first_s=0.05, refused_wait_s=600)


class Shift:
    """Who is to be signed in, by user."""

    def __init__(self, users: Collection[str]) -> None:
        self._operators = {user: operator(user) for user in users}
        self._changed = asyncio.Event()

    def employ(self, user: str, secret: str, version: str) -> None:
        """The directory has another secret of this user."""
        self._operators[user] = operator(user, secret, version)
        self._changed.set()

    def go_home(self) -> None:
        """Nobody is to be signed in any more."""
        self._operators.clear()
        self._changed.set()

    async def changes(self, _: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        """See `cti_connector.firstparty.Operators`."""
        while True:
            self._changed.clear()
            yield tuple(self._operators.values())
            await self._changed.wait()


def operator(user: str, secret: str = "", version: str = "c/1") -> Operator:
    return Operator(f"u{user}", user, user, secret or f"pw-{user}", version)


class Here(Site[WebitelOldServer]):
    """`problem`: what is wrong with its links. `settings`: further ones of the service. `shift`: who is signed in.

    `link`: the bounds of each user's link. `measures`: what they count.
    """

    settings: Mapping[str, Any]
    shift: Shift
    link: LinkSettings = LINK
    measures: InMemoryMetricReader
    problem: Callable[[], str | None] = staticmethod(lambda: "not begun")

    @property
    def tries(self) -> int:
        """How often anybody came to sign in."""
        return [name for name, _ in self.pbx.seen].count("auth")

    def refusals(self) -> dict[str, int]:
        """How many log-ins were counted as refused, by reason."""
        return counted(self.measures, "trunkline.connector.operators.refused")


async def _service_account(here: Here, nats_url: str, runtime: Runtime) -> None:
    """The service as it is deployed."""
    wanted = WebitelSettings(
        nats_url=nats_url,
        tenant="demo",
        generation="old",
        url=here.pbx.url,
        domain=DOMAIN,
        account=f"{SERVICE}@{DOMAIN}",
        secret=f"pw-{SERVICE}",
        call_centre=True,
        snapshot_interval_s=600,
    )
    wanted = wanted.model_copy(update=here.settings)
    here.problem = lambda: next(iter(runtime.health.failures(live=False).values()), None)
    await serve(wanted, runtime)


async def _each_user(here: Here, users: tuple[str, ...], runtime: Runtime) -> None:
    """The users without a directory."""
    here.shift, here.measures = Shift(users), InMemoryMetricReader()
    measured = metrics(MeterProvider([here.measures]).get_meter("test"))

    def begin(known: Known, listener: Listener) -> Source:
        picture = SITE.picture([each.call for each in known.calls], [each.agent for each in known.agents])
        source = Pool(
            PoolSettings("demo", "webitel", here.link, stagger_s=0.0),
            here.shift,
            websocket(here.pbx.url),
            lambda who: SITE.user_session(picture, who.login, who.secret),
            listener,
            measured,
            known,
        )
        here.problem = source.problem
        return Tended(source, picture.quiet, listener)

    await Host(here.bus, HostSettings("demo", "webitel"), begin, "test", measured).run(runtime.stopping)


@asynccontextmanager
async def company(
    nats_url: str,
    users: tuple[str, ...],
    settings: Mapping[str, Any] | None = None,
    link: LinkSettings = LINK,
    **pbx_settings: Any,
) -> AsyncIterator[Here]:
    """With a link for each of the users; without users, the service with a service account, and these settings."""
    accounts = {user: Account(f"pw-{user}", agent="Available") for user in (*USERS, SERVICE)}
    here = Here(WebitelOldServer(accounts, **pbx_settings), "webitel")
    here.settings, here.link = settings or {}, link

    async def run(runtime: Runtime) -> None:
        await (_each_user(here, users, runtime) if users else _service_account(here, nats_url, runtime))

    async with here.opened(nats_url), serving("connector-webitel", run):
        await here.until(lambda: here.problem() is None)
        await here.linked(*(users or USERS))
        yield here


def counted(reader: InMemoryMetricReader, name: str) -> dict[str, int]:
    """A counter by its attribute `reason`."""
    data = reader.get_metrics_data()
    found = [
        point
        for resource in (data.resource_metrics if data is not None else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
        for point in metric.data.data_points
    ]
    return {str(point.attributes["reason"]): point.value for point in found}
