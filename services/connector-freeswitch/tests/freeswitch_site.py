"""One company with a FreeSWITCH that behaves: the service over TCP and a real NATS."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from connector_freeswitch.app import serve
from connector_freeswitch.settings import FreeSwitchSettings
from cti_connector.testing import Site, serving
from cti_simulators.freeswitch.faults import User
from cti_simulators.freeswitch.plan import standard
from cti_simulators.freeswitch.server import FreeSwitchServer


@asynccontextmanager
async def site(
    nats_url: str, front: ssl.SSLContext | None = None, users: Mapping[str, User] | None = None, **settings
) -> AsyncIterator[Site[FreeSwitchServer]]:
    """`front`: TLS before the event socket. `users`: who may log in beside. Ready when a command is answered."""
    pbx = FreeSwitchServer("s3cret", plan=standard({"101": "Available"}), tls=front, users=users)
    here = Site(pbx, settings.get("pbx", "freeswitch"))
    async with here.opened(nats_url):
        usual = {"port": here.pbx.port, "password": "s3cret", "domain": "demo.local", "snapshot_interval_s": 600}
        wanted = FreeSwitchSettings(nats_url=nats_url, **{**usual, **settings})
        async with serving("connector-freeswitch", lambda runtime: serve(wanted, runtime)):
            await here.linked("101")
            yield here
