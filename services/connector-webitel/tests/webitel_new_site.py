"""One company with Webitel's engine of today: the whole service over WebSockets and a real NATS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from connector_webitel.app import serve
from connector_webitel.settings import WebitelSettings
from cti_connector.testing import DEADLINE_S, Directory, Site, serving
from cti_simulators.webitel.new import WebitelNewServer, token_of
from cti_simulators.webitel.new.plan import Plan

OPERATORS = ("101", "102", "103")


class NewSite(Site[WebitelNewServer]):
    """One company with Webitel and a directory. `settings` are the service's, which runs from `start` until `stop`."""

    directory: Directory
    settings: WebitelSettings

    def __init__(self, pbx: WebitelNewServer) -> None:
        super().__init__(pbx, "webitel")
        self._service = AsyncExitStack()

    async def employ(self, device: str, token: str, version: str = "c/1") -> None:
        """The directory has this user, with a telephone and a token."""
        user = f"u{device}"
        await self.directory.user(user, device)
        await self.directory.credential(user, device, token, version)

    def asked(self, action: str) -> list[dict]:
        """With what the engine was asked for an action, over the links that there are now."""
        return [data for link in self.pbx.connections for name, data in link.asked if name == action]

    async def away(self, deeds: str) -> None:
        """This happens while no link is there."""
        self.pbx.faults.deaf = True
        self.pbx.cut()
        await self.until(lambda: not self.pbx.connections)
        await self.people(deeds)
        self.pbx.faults.deaf = False

    async def start(self, links: int = len(OPERATORS)) -> None:
        """Run the service, until so many operators are let in."""
        service = serving("connector-webitel", lambda runtime: serve(self.settings, runtime))
        await self._service.enter_async_context(service)
        async with asyncio.timeout(DEADLINE_S):
            await self.pbx.clients(links)

    async def stop(self) -> None:
        """Stop the service in order."""
        await self._service.aclose()


@asynccontextmanager
async def site(
    nats_url: str, wrong: tuple[str, ...] = (), *, plan: Plan | None = None, rest: bool = False, **settings: Any
) -> AsyncIterator[NewSite]:
    """With a token for each operator, that of some being wrong."""
    here = NewSite(WebitelNewServer(plan))
    async with here.opened(nats_url):
        here.directory = Directory(here.bus, "demo", "webitel")
        bounds = {"snapshot_interval_s": 600, "stagger_s": 0, "rest_url": here.pbx.rest_url if rest else "", **settings}
        here.settings = WebitelSettings(
            nats_url=nats_url,
            tenant="demo",
            url=here.pbx.url,
            credentials_key=Directory.KEY,
            sign_in="always",
            **bounds,
        )
        for each in OPERATORS:
            await here.employ(each, "wrong" if each in wrong else token_of(each))
        async with await here.directory.answering():
            try:
                await here.start(len(OPERATORS) - len(wrong))
                yield here
            finally:
                await here.stop()
