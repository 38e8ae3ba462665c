"""How to read one installation: what its owner chooses about the events that its Asterisk becomes.

The choices are those of Creatio's Messaging Service, under its names in the comments, so that a site can keep them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

MEMBER = "Local/{0}@from-queue/n"
RECORDING_VARIABLE = "MIXMONITOR_FILENAME"


@dataclass(frozen=True)
class Reading:
    """The choices of one installation.

    `delivered_on_ringing`: a call is delivered when the telephone says that it rings; if not, as soon as Asterisk
    dials it, for telephones and gateways that never say so (sendRingStartedOnRingingState).
    `queue_member`: the interface of a user in queues, `{0}` for the extension (queueExtensionFormat). An outside line
    that rings for such a member is that user's telephone.
    `packet_info`: names of AMI headers and channel variables that are carried into `call.info` under the same names
    (packetInfoConfig). Nothing of either kind leaves the connector unless it is named here.
    `recordings`: tell when MixMonitor starts and stops.
    """

    delivered_on_ringing: bool = True
    queue_member: str = MEMBER
    packet_info: tuple[str, ...] = ()
    recordings: bool = True

    @cached_property
    def _member(self) -> re.Pattern[str]:
        before, _, after = self.queue_member.partition("{0}")
        # Channels of it are named without the option behind the slash: `Local/103@from-queue-0000000a;2`.
        return re.compile(
            re.escape(before) + r"(\w+)" + re.escape(after.partition("/")[0]) + r"(?:-[0-9a-f]+;[12])?(?:/.*)?"
        )

    def interface_of(self, extension: str) -> str:
        """The interface by which queues know the user of an extension."""
        return self.queue_member.replace("{0}", extension)

    def extension_of(self, interface: str) -> str:
        """The extension of a queue member, by its interface or by a channel of it; empty when it is no such."""
        found = self._member.fullmatch(interface)
        return found[1] if found is not None else ""

    @cached_property
    def variables(self) -> frozenset[str]:
        """The channel variables of which every change matters."""
        return frozenset((*self.packet_info, *((RECORDING_VARIABLE,) if self.recordings else ())))

    def sieve(self) -> Mapping[str, re.Pattern[bytes]]:
        """By event name, what an event must contain to be worth reading: half of all frames are VarSet."""
        names = b"|".join(re.escape(name.encode()) for name in sorted(self.variables))
        return {"VarSet": re.compile(rb"\r\nVariable: _{0,2}(?:" + names + rb")\r\n")}
