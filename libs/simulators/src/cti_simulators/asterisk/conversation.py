"""One manager session of the replaying server: what it answers of the replayed calls. No I/O."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cti_simulators.asterisk.live import Headers, LiveChannels, headers
from cti_simulators.asterisk.session import Session, response

_ASTERISK: Final = {"11.0.0": "22.10.1", "2.10.6": "13.38.3", "1.3": "11.25.3"}  # manager's version: Asterisk's


@dataclass(frozen=True)
class House:
    """What all sessions of a server share. `users`: name to secret. `clock`: epoch seconds."""

    users: dict[str, str]
    version: str
    clock: Callable[[], float]
    rng: random.Random
    started: float
    live: LiveChannels = field(default_factory=LiveChannels)

    @property
    def old(self) -> bool:
        """Whether it speaks as Asterisk 11 and older do."""
        return self.version.startswith("1.")

    @property
    def tells_uptime(self) -> bool:
        """Whether `FullyBooted` has `Uptime`: 22 does, 13 does not."""
        return int(self.version.split(".")[0]) >= 5


class Conversation(Session):
    """A session on a `House`."""

    def __init__(self, house: House) -> None:
        super().__init__(house.version, house.clock, house.rng)
        self._house = house
        self._answers |= {
            b"corestatus": self._status,
            b"coresettings": self._settings,
            b"coreshowchannels": self._channels,
        }

    def wants(self, block: bytes) -> bool:
        """Whether an event goes to this client: it is let in and has not masked the event's class away."""
        return self.let_in and not self.masked(headers(block).get("Privilege", b""))

    def _secret(self, user: str) -> str | None:
        return self._house.users.get(user)

    def _welcome(self) -> bytes:
        booted = "Event: FullyBooted\r\nPrivilege: system,all\r\n"
        if self._house.tells_uptime:
            booted += "Uptime: {0}\r\nLastReload: {0}\r\n".format(int(self._house.clock() - self._house.started))
        event = f"{booted}Status: Fully Booted\r\n\r\n".encode()
        return event if self.wants(event) else b""

    def _status(self, action: Headers) -> bytes:
        since = datetime.fromtimestamp(self._house.started, UTC)
        date, time = f"{since:%Y-%m-%d}", f"{since:%H:%M:%S}"
        dates = {"CoreStartupDate": date, "CoreStartupTime": time, "CoreReloadDate": date, "CoreReloadTime": time}
        return response(action, "Success", **dates, CoreCurrentCalls=str(len(self._house.live)))

    def _settings(self, action: Headers) -> bytes:
        asterisk = _ASTERISK.get(self._house.version, "22.10.1")
        return response(
            action, "Success", AMIversion=self._house.version, AsteriskVersion=asterisk, SystemName="", CoreMaxCalls="0"
        )

    def _channels(self, action: Headers) -> bytes:
        house = self._house
        tag = b"\r\nActionID: " + action["actionid"] if "actionid" in action else b""
        items = house.live.listing(house.clock(), old=house.old)
        start = response(action, "Success", EventList="start", Message="Channels will follow")
        end = b"Event: CoreShowChannelsComplete%s\r\nEventList: Complete\r\nListItems: %d\r\n\r\n" % (tag, len(items))
        return start + b"".join(b"Event: CoreShowChannel%s\r\n%s\r\n\r\n" % (tag, item) for item in items) + end
