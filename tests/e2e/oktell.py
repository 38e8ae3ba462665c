"""The whole system with an Oktell that behaves: operators are signed in there while a browser of theirs is here."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from cti_devstack import pbx
from cti_simulators.oktell.plan import standard
from cti_simulators.oktell.server import OktellServer
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.office import Company, served
from tests.running import DEADLINE_S, until

SETTINGS = {
    "TRUNKLINE_OKTELL_SIGN_IN": "online",
    "TRUNKLINE_OKTELL_GRACE_S": "0",
    "TRUNKLINE_OKTELL_LEASE_TTL_S": "2",
    "TRUNKLINE_PUSH_LEASE_TTL_S": "2",
}


class OktellOffice(Company):
    """A company with an Oktell."""

    def __init__(self, stack: Any, oktell: OktellServer, hands: Any) -> None:
        super().__init__(stack, oktell, hands)
        self.oktell = oktell

    async def signed_in(self, *users: str) -> None:
        """Wait until these operators, and nobody else, are signed in at Oktell, and their lines are listened to."""
        wanted = {f"u{user}" for user in users}

        def there() -> bool:
            sessions = self.oktell.connections
            listened = {each.user.login for each in sessions if each.user and "linestatechanged" in each.subscribed}
            return listened == set(self.oktell.house.online) == wanted

        await until(there)


@asynccontextmanager
async def oktell_office(state: Path, **settings: str) -> AsyncIterator[OktellOffice]:
    """Start everything, and stop it at the end. `settings`: further environment variables of the services."""
    oktell = OktellServer(standard(), rng=random.Random(5))
    await oktell.start()
    try:
        async with served(state, pbx.oktell(oktell.port), SETTINGS | settings) as (stack, hands):
            yield OktellOffice(stack, oktell, hands)
    finally:
        await oktell.stop()


class Eye:
    """A client of push that only looks: the newest view of one user."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.view: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []

    async def next(self) -> None:
        """The next frame."""
        frame = json.loads(await self._socket.recv())
        self.view = frame.get("view", self.view)
        self.events += frame.get("events", ())


@asynccontextmanager
async def eye(company: Company, user: str) -> AsyncIterator[Eye]:
    """Signed in at push, as a browser is."""
    address = company.stack.panel_url.replace("http", "ws", 1) + "/v1/stream"
    token = company.stack.issuer.token(user, company.stack.tenant, ("operator",))
    async with connect(address, open_timeout=DEADLINE_S) as socket:
        await socket.send(json.dumps({"type": "hello", "token": token}))
        yield Eye(socket)
