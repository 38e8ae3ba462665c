"""What a command means on the wire, and how its success is seen. Pure but for `State`, which is only looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from cti_connector.sight import Seen
from cti_freeswitch.agents import Agents
from cti_freeswitch.asking import Asking

from connector_freeswitch.actions.options import Options


@dataclass(frozen=True)
class Plan:
    """How to carry out a command.

    `steps` are API commands, sent one after the other, each when the one before it succeeded. Its effect is there when
    `seen` says so; without `seen`, when the last step succeeded. `sent` runs when the last step goes out, `refused`
    takes back what planning and `sent` prepared. `harmless`: error texts that mean that what was wanted is so already.
    """

    steps: tuple[str, ...] = ()
    seen: Seen | None = None
    sent: Callable[[], None] | None = None
    refused: Callable[[], None] | None = None
    harmless: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask(Asking):
    """A command and all that is needed to plan it."""

    agents: Agents
    options: Options
