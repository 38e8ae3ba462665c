"""Operators as the directory has them, who are signed in in a browser or always."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Container, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from cti_bus import Bucket, Bus, NoAnswer
from cti_bus.streams import PRESENCE
from cti_directory import DirectoryCopy
from cti_directory.asking import CredentialQuestions
from cti_directory.credentials import ConnectorKey, Credential
from cti_model import subjects

from cti_connector.firstparty.operators import Operator
from cti_connector.firstparty.presence import Presence
from cti_connector.link import now

_log = structlog.get_logger(__name__)
_BELIEVED = timedelta(seconds=60)  # that the directory has no secret for a version: its vault may lack a key for now


@dataclass(frozen=True)
class FollowingSettings:
    """Of one PBX. `when`: operators are signed in `always`, or while a browser of theirs is (`online`) and `grace_s`
    longer. `look_s`: seconds between looks for what changes by itself (an extension's period, a grace, a call's end),
    and between questions to a directory that did not answer.
    """

    tenant: str
    pbx: str
    when: Literal["always", "online"] = "online"
    grace_s: float = 120.0
    look_s: float = 5.0


class DirectoryOperators:
    """Active users with an extension on this PBX and a credential for it. Implements `Operators`.

    While the directory is away those whose credential is known stay as they are, and new ones have to wait.
    """

    def __init__(
        self, bus: Bus, settings: FollowingSettings, key: ConnectorKey, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._bus = bus
        self._settings = settings
        self._clock = clock
        self._news = asyncio.Event()
        self._copy = DirectoryCopy(bus, settings.tenant, self._news.set)
        self._presence = Presence(settings.grace_s)
        self._questions = CredentialQuestions(bus, key, settings.tenant, settings.pbx, clock)
        self._known: dict[str, Credential] = {}
        self._without: dict[str, tuple[str, datetime]] = {}  # versions without secret, and how long so

    async def changes(self, occupied: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        """See `Operators`. Raises `BusClosed`."""
        async with self._following() as check:
            told: frozenset[Operator] | None = None
            while True:
                self._news.clear()
                check()
                wanted = self._wanted(occupied)
                if wanted is not None:
                    whole = await self._learn(wanted)
                    found = frozenset(self._operators(wanted))
                    if found != told and (whole or told is not None):
                        told = found
                        yield found
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.look_s):
                        await self._news.wait()

    def _wanted(self, occupied: Container[str]) -> dict[str, tuple[str, str]] | None:
        """Device and credential's version of each user who is to be signed in now; None: not known yet."""
        if not self._copy.loaded.is_set() or not self._presence.known:
            return None
        tenant, pbx, at = self._settings.tenant, self._settings.pbx, self._clock()
        found = {}
        versions = self._copy.credentials(tenant, pbx)
        self._known = {user: each for user, each in self._known.items() if user in versions}
        for user, version in versions.items():
            device = self._device_of(user, at)
            if device and (self._settings.when == "always" or self._presence.here(user, at) or device in occupied):
                found[user] = (device, version)
        return found

    def _device_of(self, user: str, at: datetime) -> str:
        """The user's first extension of this PBX at present; empty: none."""
        entry = self._copy.user(self._settings.tenant, user)
        if entry is None or not entry.active:
            return ""
        mine = (each.extension for each in entry.extensions if each.pbx == self._settings.pbx and each.holds(at))
        return next(mine, "")

    async def _learn(self, wanted: Mapping[str, tuple[str, str]]) -> bool:
        """Ask for what is not known in its present version; whether all is known that there is."""
        asked = {user: version for user, (_, version) in wanted.items() if not self._knows(user, version)}
        if not asked:
            return True
        try:
            found = await self._questions.ask(list(asked))
        except NoAnswer as error:
            _log.warning("credentials not known yet", users=len(asked), reason=str(error))
            return False
        self._known |= found
        until = self._clock() + _BELIEVED
        self._without |= {user: (version, until) for user, version in asked.items() if user not in found}
        return True

    def _knows(self, user: str, version: str) -> bool:
        known = self._known.get(user)
        if known is not None and known.credential == version:
            return True
        without, until = self._without.get(user, ("", self._clock()))
        return without == version and self._clock() < until

    def _operators(self, wanted: Mapping[str, tuple[str, str]]) -> list[Operator]:
        """Those whose credential is known, in its last known version."""
        known = ((device, self._known[user]) for user, (device, _) in wanted.items() if user in self._known)
        return [Operator(each.user, device, each.login, each.secret, each.credential) for device, each in known]

    @asynccontextmanager
    async def _following(self) -> AsyncGenerator[Callable[[], None], None]:
        """Keep the copies. What is given raises what ended one of them."""
        tasks = [asyncio.create_task(self._copy.run()), asyncio.create_task(self._follow_presence())]
        for task in tasks:
            task.add_done_callback(lambda _: self._news.set())

        def check() -> None:
            for task in tasks:
                if task.done():
                    task.result()

        try:
            yield check
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow_presence(self) -> None:
        bucket = Bucket(self._bus, PRESENCE.name.removeprefix("KV_"))
        watching: Any = bucket.watch(subjects.presence_of_tenant(self._settings.tenant))
        async with aclosing(watching) as watch:
            async for seen in watch:
                self._presence.take(seen, self._clock())
                self._news.set()
