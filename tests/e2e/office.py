"""The whole system with a PBX that behaves: its telephones do what people and commands tell them."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
from cti_devstack.demo import put_people
from cti_devstack.pbx import Asterisk, Pbx
from cti_devstack.stack import Stack
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer
from cti_simulators.scenario import Scenario, parse

from tests.running import DEADLINE_S

TENANT = "demo"
SERVICES = ("call-journal", "directory", "push")
SETTINGS = {
    "TRUNKLINE_ASTERISK_ANSWER_BY": "notify",
    "TRUNKLINE_ASTERISK_HOLD_BY": "notify",
    "TRUNKLINE_ASTERISK_ORIGINATE_CONTEXT": "internal",
    "TRUNKLINE_ASTERISK_LEASE_TTL_S": "2",
    "TRUNKLINE_PUSH_LEASE_TTL_S": "2",
}
T = TypeVar("T")


class Telephones(Protocol):
    """A simulated PBX in the test's own loop."""

    async def perform(self, scenario: Scenario) -> None:
        """What people do."""
        ...


class Company:
    """Operators 101–104 with telephones that obey, their contacts, and the services, whatever the PBX is."""

    def __init__(self, stack: Stack, telephones: Telephones, hands: ThreadPoolExecutor) -> None:
        self.stack = stack
        self._telephones = telephones
        self._hands = hands

    async def do(self, work: Callable[..., T], *arguments: object) -> T:
        """Do blocking work on the processes, in the thread that started them."""
        return await asyncio.get_running_loop().run_in_executor(self._hands, work, *arguments)

    async def people(self, text: str) -> None:
        """What people do at their telephones (see `cti_simulators.scenario.text`)."""
        async with asyncio.timeout(DEADLINE_S):
            await self._telephones.perform(parse(text))

    async def ask(self, service: str, path: str, body: dict[str, Any] | None = None, *, over: int = 0) -> Any:
        """What an administrator is answered by `directory` or `journal`; a body is posted, or put over that version."""
        base = {"directory": self.stack.directory_url, "journal": self.stack.journal_url}[service]
        headers = {"Authorization": f"Bearer {self.stack.issuer.token('boss', TENANT, ('admin',))}"}
        headers |= {"If-Match": f'"{over}"'} if over else {}
        async with httpx.AsyncClient(base_url=base, timeout=DEADLINE_S) as client:
            method = "GET" if body is None else "PUT" if over else "POST"
            answer = await client.request(method, path, json=body, headers=headers)
        answer.raise_for_status()
        return answer.json()

    def link(self, user: str, *roles: str) -> str:
        """A sign-in link."""
        token = self.stack.issuer.token(user, TENANT, roles or ("operator",))
        return f"{self.stack.panel_url}/#token={token}"


class Office(Company):
    """A company with an Asterisk."""

    def __init__(self, stack: Stack, asterisk: AsteriskServer, hands: ThreadPoolExecutor) -> None:
        super().__init__(stack, asterisk, hands)
        self.asterisk = asterisk

    def legs(self, number: str) -> int:
        """How many calls a telephone has, as it knows itself."""
        return len(self.asterisk.exchange.pbx.phones[number].legs)

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
    try:
        async with served(state, Asterisk(asterisk.port), SETTINGS | settings) as (stack, hands):
            yield Office(stack, asterisk, hands)
    finally:
        await asterisk.stop()


@asynccontextmanager
async def served(state: Path, pbx: Pbx, settings: Mapping[str, str]) -> AsyncIterator[tuple[Stack, ThreadPoolExecutor]]:
    """All services of a company with this PBX, and the thread that they were started in."""
    with ThreadPoolExecutor(1) as hands:
        stack = Stack(
            state, print, tenant=TENANT, panel_port=0, journal_port=0, directory_port=0, pbx=pbx, settings=settings
        )
        loop = asyncio.get_running_loop()
        admin = stack.issuer.token("test", TENANT, ("admin",))
        people = partial(put_people, stack.directory_url, admin, pbx.name, pbx.credentials)
        try:
            await loop.run_in_executor(hands, stack.start)
            await loop.run_in_executor(hands, people)
            yield stack, hands
        finally:
            await loop.run_in_executor(hands, stack.stop)
        # In order, and within its deadline: a service that hangs is killed and ends with -9.
        names = (*SERVICES, f"connector-{pbx.name}")
        assert {name: stack.service(name).exit_code for name in names} == dict.fromkeys(names, 0)
