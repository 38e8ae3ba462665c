"""A command and all that is needed to say it to the engine. Pure but for `State`, which is only looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from cti_freeswitch import desk
from cti_freeswitch.asking import Asking
from cti_freeswitch.channels import Channel
from cti_freeswitch.event import Event

from connector_webitel.old.wire import Request

Plan = desk.Plan[Request]
"""Its steps are the engine's commands."""


@dataclass(frozen=True)
class Options:
    """How this installation wants things done.

    `auto_answer`: a channel variable on which the operator's own telephone lifts itself (depends on its maker), as
    `sip_h_Call-Info=answer-after=0`; empty: it rings.
    """

    auto_answer: str = ""


@dataclass(frozen=True)
class Ask(Asking):
    """A command, the picture that it is asked in, whose domain it is, and who says it.

    `account`: the user whose connection it goes over; empty for the service account. `tell`: gives the picture an event
    that the engine will not tell: what a command of ours means for the far leg.
    """

    options: Options
    domain: str
    account: str
    tell: Callable[[Event], None]

    @property
    def user(self) -> str:
        """The requester's telephone, as `101@demo.local`."""
        return f"{self.request.device}@{self.domain}"

    @property
    def auto_answer(self) -> dict[str, str]:
        """As an argument of a command that rings the requester's telephone."""
        return {"auto_answer_param": self.options.auto_answer} if self.options.auto_answer else {}

    def new_legs(self, to: str) -> list[Channel]:
        """The requester's telephone as it rings to call `to`."""
        return [
            each
            for each in self.state.channels.values()
            if each.prompted
            and each.connection is not None
            and each.connection.device.number == self.request.device
            and each.connection.remote.number in ("", to)
        ]
