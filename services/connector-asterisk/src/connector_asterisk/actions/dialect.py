"""Which Asterisk it is, and what its manager interface can do. From the banner, the only thing it says by itself."""

import re
from dataclasses import dataclass
from typing import Final

_BANNER: Final = re.compile(r"Asterisk Call Manager/(\d+)\.(\d+)")


@dataclass(frozen=True)
class Dialect:
    """One major version of Asterisk."""

    major: int = 11

    @property
    def own_channel_ids(self) -> bool:
        """Whether an Originate may name the Uniqueid of its channel (`ChannelId`)."""
        return self.major >= 12

    @property
    def blind_transfer(self) -> bool:
        """Whether the action `BlindTransfer` exists. In 11 it is an unknown command."""
        return self.major >= 12

    @property
    def cancel_transfer(self) -> bool:
        """Whether the action `CancelAtxfer` exists in every release of this version (13 has it from 13.18 on)."""
        return self.major >= 16

    @property
    def notify_in_dialog(self) -> bool:
        """Whether `PJSIPNotify` takes a channel: the telephone then knows which of its calls is meant."""
        return self.major >= 18

    @property
    def bridges_told(self) -> bool:
        """Whether who is in a conference is told by the events of bridges."""
        return self.major >= 12


def dialect_of(banner: str) -> Dialect:
    """The dialect behind a banner such as `Asterisk Call Manager/11.0.0` (Asterisk 22).

    The interface has a version of its own: 1.x up to Asterisk 11, 2.x in 12 and 13, and from 3.x (Asterisk 14) on it
    goes up with Asterisk. What does not say its version is spoken to like the oldest.
    """
    found = _BANNER.search(banner)
    if found is None or found[1] in ("0", "1"):
        return Dialect(11)
    version = int(found[1])
    return Dialect(13 if version == 2 else version + 11)
