"""Who a user is: name and extensions, as the directory tells them on the bus, else as the settings do."""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from cti_bus import Bucket, Bus
from cti_directory import DirectoryCopy
from cti_model import subjects
from cti_runtime.auth import Identity

from push.gateway.frames import Extension
from push.gateway.rights import Person

_FRESH_S: Final = 5.0
"""How old what we know of the connectors may be."""


class People:
    """Looks into the copy of the directory, which has to be loaded, and at the connectors; raises `NoAnswer`.

    A user that neither directory nor settings know has the extension of their own number at every PBX that has a
    connector, unless it is somebody else's.
    """

    def __init__(
        self,
        bus: Bus,
        directory: DirectoryCopy,
        tenant: str,
        users: Mapping[str, list[str]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._leases = Bucket(bus, "cti_leases")
        self._tenant = tenant
        self._users = users
        self._owned = {extension for extensions in users.values() for extension in extensions}
        self._clock = clock
        self._asking = asyncio.Lock()
        self._pbxs: tuple[float, tuple[str, ...]] = (float("-inf"), ())

    async def of(self, identity: Identity) -> Person:
        """The user that a token speaks for."""
        return await self.person(identity.user)

    async def person(self, user: str) -> Person:
        """A user."""
        entry = self._directory.user(self._tenant, user)
        now = datetime.now(UTC)
        extensions = entry.extensions if entry is not None else ()
        found = [Extension(each.pbx, each.extension) for each in extensions if each.holds(now)]
        for wanted in self._users.get(user, ()):
            pbx, separator, device = wanted.rpartition(":")
            pbxs = (pbx,) if separator else await self._connected()
            found += [Extension(each, device) for each in pbxs]
        if not found and entry is None:
            found = [Extension(pbx, user) for pbx in await self._connected() if self._free(pbx, user, now)]
        name, active = (entry.name, entry.active) if entry is not None else ("", True)
        return Person(user, name, active, tuple(dict.fromkeys(found)))

    def _free(self, pbx: str, number: str, at: datetime) -> bool:
        """Whether nobody has the extension."""
        if number in self._owned or f"{pbx}:{number}" in self._owned:
            return False
        return not self._directory.users_of(self._tenant, pbx, number, at)

    async def _connected(self) -> tuple[str, ...]:
        """The PBXs that a connector leads now, by their leases."""
        async with self._asking:  # one asks for all who come meanwhile
            asked_at, pbxs = self._pbxs
            if self._clock() - asked_at >= _FRESH_S:
                keys = subjects.leases_of_pbxs(self._tenant)
                pbxs = tuple(sorted([entry.key.rsplit(".", 1)[1] async for entry in self._leases.entries(keys)]))
                self._pbxs = (self._clock(), pbxs)
            return pbxs
