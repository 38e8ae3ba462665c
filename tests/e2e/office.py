"""The whole system with an Asterisk that behaves: its telephones do what people and commands tell them."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
from cti_devstack.demo import put_people
from cti_devstack.pbx import Asterisk
from cti_devstack.stack import Stack
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import parse

from tests.running import DEADLINE_S

TENANT = "demo"
SERVICES = ("call-journal", "directory", "push", "connector-asterisk")
SETTINGS = {
    "TRUNKLINE_ASTERISK_ANSWER_BY": "notify",
    "TRUNKLINE_ASTERISK_HOLD_BY": "notify",
    "TRUNKLINE_ASTERISK_ORIGINATE_CONTEXT": "internal",
    "TRUNKLINE_ASTERISK_LEASE_TTL_S": "2",
    "TRUNKLINE_PUSH_LEASE_TTL_S": "2",
}
T = TypeVar("T")


class Office:
    """A company: operators 101–104 with telephones that obey, their contacts, and the services."""

    def __init__(self, stack: Stack, asterisk: AsteriskServer, hands: ThreadPoolExecutor) -> None:
        self.stack = stack
        self.asterisk = asterisk
        self._hands = hands

    async def do(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work on the processes, in the thread that started them."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, work, *arguments)

    async def people(self, text: str) -> None:
        """What people do at their telephones (see `cti_simulators.scenario.text`)."""
        async with asyncio.timeout(DEADLINE_S):
            await self.asterisk.perform(parse(text))

    async def ask(self, service: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What an administrator is answered by `directory` or `journal`; with a body it is posted."""
        base = {"directory": self.stack.directory_url, "journal": self.stack.journal_url}[service]
        token = self.stack.issuer.token("boss", TENANT, ("admin",))
        async with httpx.AsyncClient(base_url=base, timeout=DEADLINE_S) as client:
            method = "GET" if body is None else "POST"
            answer = await client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return answer.json()

    def legs(self, number: str) -> int:
        """How many calls a telephone has, as it knows itself."""
        return len(self.asterisk.exchange.pbx.phones[number].legs)

    def link(self, user: str, *roles: str) -> str:
        """A sign-in link."""
        token = self.stack.issuer.token(user, TENANT, roles or ("operator",))
        return f"{self.stack.panel_url}/#token={token}"

    async def hang_up_all(self) -> None:
        """Nobody talks any more: the next test begins in silence."""
        exchange = self.asterisk.exchange
        exchange.take_down()
        self.asterisk.pump()
        await self.people("wait until quiet")


@asynccontextmanager
async def office(state: Path, **settings: str) -> AsyncIterator[Office]:
    """Start everything, and stop it at the end. `settings`: further environment variables of the services."""
    asterisk = AsteriskServer("22", {"cti": Manager("cti-secret")}, rng=random.Random(5))
    await asterisk.start()
    with ThreadPoolExecutor(1) as hands:
        stack = Stack(
            state,
            print,
            tenant=TENANT,
            panel_port=0,
            journal_port=0,
            directory_port=0,
            pbx=Asterisk(asterisk.port),
            settings=SETTINGS | settings,
        )
        here = Office(stack, asterisk, hands)
        try:
            await here.do(stack.start)
            await here.do(put_people, stack.directory_url, stack.issuer.token("test", TENANT, ("admin",)))
            yield here
        finally:
            await here.do(stack.stop)
            await asterisk.stop()
        # In order, and within its deadline: a service that hangs is killed and ends with -9.
        assert {name: stack.service(name).exit_code for name in SERVICES} == dict.fromkeys(SERVICES, 0)
