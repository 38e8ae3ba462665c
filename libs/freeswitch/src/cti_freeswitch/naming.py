"""The names of FreeSWITCH: channels, profiles, users, numbers, and how one installation uses them."""

import re
from dataclasses import dataclass, field

from cti_model.calls import Device, DeviceKind

_PSEUDO = frozenset({"loopback", "null", "error", "pickup"})
_UNKNOWN = frozenset({"", "0000000000", "unknown", "anonymous", "default"})
_NO_NAMES = frozenset({"", "Outbound Call", "Inbound Call", "unknown", "Anonymous"})


@dataclass(frozen=True)
class Naming:
    """`extension`: which users are telephones. `domain`: whose; empty: of every domain."""

    extension: re.Pattern[str] = field(default_factory=lambda: re.compile(r"\d{2,6}"))
    domain: str = ""

    def is_internal(self, number: str) -> bool:
        """Whether a number is one of the company's own."""
        return self.extension.fullmatch(number) is not None

    def extension_of(self, user: str) -> str:
        """The extension of `102@demo.local`; empty when it is none of ours."""
        number, _, domain = user.partition("@")
        ours = not self.domain or not domain or domain == self.domain
        return number if ours and self.is_internal(number) else ""

    def device(self, name: str, presence: str, gateway: str) -> Device:
        """The device behind a channel: a user by its presence id, else the trunk that it goes through."""
        technology, _, rest = name.partition("/")
        profile = rest.partition("/")[0] if technology == "sofia" else ""
        extension = self.extension_of(presence)
        if extension:
            return Device(number=extension, kind=DeviceKind.EXTENSION, native=f"{technology}/{presence}")
        trunk = gateway or profile or technology
        return Device(number=trunk, kind=DeviceKind.TRUNK, native=f"{technology}/{trunk}")


def is_pseudo(name: str) -> bool:
    """Whether a channel is FreeSWITCH's own plumbing, which is no party."""
    return name.partition("/")[0] in _PSEUDO


def number_of(value: str) -> str:
    """A number, or empty for what FreeSWITCH writes in place of one."""
    return "" if value in _UNKNOWN else value


def name_of(value: str, number: str) -> str:
    """A name, or empty for what FreeSWITCH writes in place of one."""
    return "" if value in _NO_NAMES or value == number else value


def plain(name: str) -> str:
    """A queue, fifo or number without its domain: `support` of `support@demo.local`."""
    return name.partition("@")[0]
