"""How a simulated exchange is set up: telephones, queues, numbers, managers. Frozen; the running state is elsewhere."""

import enum

from msgspec import Struct

TRUNK = "trunk"
"""The name of the telephone line to the public network, as in `PJSIP/trunk-0000002a`."""


class Control(enum.StrEnum):
    """How a telephone on the desk obeys a NOTIFY from the exchange (as uaCSTA telephones do)."""

    NONE = "none"
    DESK = "desk"
    """`Event: talk` answers what rings, or takes back what is held; `Event: hold` puts on hold."""


class Telephone(Struct, frozen=True):
    """An extension with its SIP telephone. `registered`: the telephone is plugged in."""

    number: str
    name: str
    registered: bool = True
    control: Control = Control.DESK
    ring_after_s: float = 0.01


class MemberPlan(Struct, frozen=True):
    """A static member. `interface`: `101` for a telephone, `Local/104@agents` for a Local channel."""

    interface: str
    name: str


class QueuePlan(Struct, frozen=True):
    """A queue. `strategy`: `ringall` or `rrmemory`. `give_up_s`: a caller is thrown out after so long, 0 for never."""

    name: str
    strategy: str
    members: tuple[MemberPlan, ...]
    ring_s: float = 12.0
    retry_s: float = 2.0
    give_up_s: float = 30.0
    wrapup_s: float = 0.0
    answers: bool = True
    """Whether the caller is answered before the queue, as for an announcement."""


class Manager(Struct, frozen=True):
    """Who may log in to AMI. `read`, `write`: classes as in manager.conf."""

    secret: str
    read: frozenset[str] = frozenset({"all"})
    write: frozenset[str] = frozenset({"all"})


class Plan(Struct, frozen=True):
    """The whole exchange.

    `lifts_after_s`: so soon somebody lifts a telephone that rings because a command asked it to call;
    `outside_answers_after_s`: so soon somebody outside answers. 0: only when a scenario or a command says so.
    """

    telephones: tuple[Telephone, ...]
    queues: tuple[QueuePlan, ...]
    did_telephones: dict[str, str]
    """Number from outside to extension."""
    did_queues: dict[str, str]
    did_locals: dict[str, str]
    """Number from outside to a Local channel, such as `101@internal/n`."""
    did_conferences: dict[str, str]
    conferences: frozenset[str]
    forwards: dict[str, str]
    """Extension to the one that it forwards to in the dialplan."""
    extension_ring_s: float = 10.0
    did_ring_s: float = 20.0
    outside_ring_s: float = 60.0
    park_number: str = "700"
    first_slot: int = 701
    last_slot: int = 720
    park_s: float = 8.0
    lifts_after_s: float = 0.0
    outside_answers_after_s: float = 0.0


_QUEUES = (
    QueuePlan("support", "ringall", (MemberPlan("102", "Agent 102"), MemberPlan("101", "Agent 101")), wrapup_s=5.0),
    QueuePlan("sales", "rrmemory", (MemberPlan("102", "Agent 102"), MemberPlan("101", "Agent 101")), ring_s=5.0),
    QueuePlan(
        "localq",
        "ringall",
        (MemberPlan("Local/104@agents", "Agent 104"), MemberPlan("Local/103@agents/n", "Agent 103")),
        answers=False,
    ),
)


def standard(telephones: int = 4) -> Plan:
    """The exchange of the recordings: 101-104 (or more), queues support, sales and localq, a trunk."""
    numbers = [str(101 + index) for index in range(telephones)]
    return Plan(
        telephones=tuple(Telephone(number, f"Operator {number}") for number in numbers),
        queues=_QUEUES,
        did_telephones={f"74950000{number}": number for number in numbers},
        did_queues={"74950000200": "support", "74950000201": "sales", "74950000202": "localq"},
        did_locals={"74950000500": "101@internal", "74950000501": "101@internal/n"},
        did_conferences={"74950003001": "3001"},
        conferences=frozenset({"3001"}),
        forwards={},
    )
