"""What a scenario is made of: who does what, to whom, when."""

from enum import StrEnum

from msgspec import Struct


class Verb(StrEnum):
    """What somebody does. The value is how the text says it."""

    CALL = "calls"
    RING = "rings"
    """Nobody's deed: wait until this telephone rings."""
    ANSWER = "answers"
    DECLINE = "declines"
    BUSY = "is busy"
    """Refuses the call that rings; if none does, all that come until `is free`."""
    FREE = "is free"
    HANG_UP = "hangs up"
    HOLD = "holds"
    RETRIEVE = "retrieves"
    CONSULT = "consults"
    """Hold the talk, if it is not held yet, and call somebody else."""
    COMPLETE = "completes transfer"
    """Join the held party and the consulted one, who may still ring, and be out of it."""
    CANCEL = "cancels transfer"
    """Hang up on the consulted one and take the held party back."""
    TRANSFER = "transfers to"
    """Blind."""
    PARK = "parks"
    UNPARK = "retrieves parked"
    PICK_UP = "picks up"
    """The call that rings at the target; at any telephone of the same group without a target."""
    JOIN = "joins queue"
    LEAVE = "leaves queue"
    PAUSE = "pauses queue"
    UNPAUSE = "unpauses queue"
    SEND = "sends"
    COMMAND = "@"
    """What a program that controls the exchange does, by name; whoever plays the scenario knows how."""
    WAIT = "wait"
    QUIET = "wait until quiet"
    """Until there is no call left in the exchange."""


class Actor(Struct, frozen=True):
    """Somebody with a telephone.

    `key` tells people apart within a scenario; `outside`: a subscriber of the public network, whose calls come and
    go by a trunk. `number` is empty for an anonymous caller. `name` is what the caller's display says.
    """

    key: str
    number: str
    name: str = ""
    outside: bool = False


NOBODY = Actor("", "")


class Step(Struct, frozen=True):
    """One sentence. `after_s`: seconds since the step before it. `line`: where it stands in the text.

    `other` is the key by which the outside subscriber who is called goes from then on.
    """

    line: int
    actor: Actor
    verb: Verb
    target: str = ""
    after_s: float = 0.0
    other: str = ""


class Scenario(Struct, frozen=True):
    """Steps in order."""

    steps: tuple[Step, ...]
