"""Who is to be signed in at the PBX, and with what."""

from collections.abc import AsyncGenerator, Collection, Container
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Operator:
    """A user at one PBX. `device`: their extension there; `login` and `secret`: what they sign in with.

    `credential` names the version of these two: another one when either was changed. The secret is in no text that is
    made of an operator.
    """

    user: str
    device: str
    login: str
    secret: str = field(repr=False)
    credential: str = ""


class Operators(Protocol):
    """Who is to be signed in now."""

    def changes(self, occupied: Container[str]) -> AsyncGenerator[Collection[Operator], None]:
        """All of them, each user once: at first as soon as they are known, and again after each change, for ever.

        `occupied`: the devices that have a call now: their users stay.
        """
        ...
