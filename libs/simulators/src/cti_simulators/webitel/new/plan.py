"""How a simulated Webitel is set up: users, queues, announcements. Frozen; the running state is elsewhere."""

from collections.abc import Mapping

from msgspec import Struct

from cti_simulators.freeswitch.exchange import Manners


class UserPlan(Struct, frozen=True):
    """A user with a telephone. `agent_id`: as an agent of the call centre; 0: is none.

    `online`: the agent was left online, as Webitel remembers it whether or not they have a link.
    """

    id: int
    number: str
    name: str
    token: str
    agent_id: int = 0
    supervisor: bool = False
    online: bool = False


class QueuePlan(Struct, frozen=True):
    """An inbound queue: one agent at a time is offered the call. `members`: agents' numbers.

    `reporting`: the agent has to report after the call, within `processing_s`; else there is `wrap_s` of pause.
    `missed_s`: so long an agent who let a call pass gets none.
    """

    id: int
    name: str
    number: str
    members: tuple[str, ...]
    reporting: bool = False
    processing_s: float = 30.0
    wrap_s: float = 2.0
    missed_s: float = 5.0


class Plan(Struct, frozen=True):
    """The whole domain. `announcements`: numbers that a flow answers by itself, without ever bridging; `rooms`: by
    number, the conferences where all who call talk with each other; `flows`: numbers that a flow sends to another one.

    `ping_interval_ms`: how often a client has to ping, as `hello` says it; 0: it says nothing. `recorded`: the end of a
    talk tells that it was recorded.
    """

    users: tuple[UserPlan, ...]
    queues: tuple[QueuePlan, ...] = ()
    announcements: tuple[str, ...] = ("3000",)
    rooms: tuple[str, ...] = ("3001", "74950003001")
    flows: Mapping[str, str] = {}
    domain: str = "demo.local"
    domain_id: int = 1
    node: str = "fs-1"
    ping_interval_ms: int = 30_000
    recorded: bool = False
    manners: Manners = Manners()

    def user(self, number: str) -> UserPlan | None:
        """The user with this telephone."""
        return next((each for each in self.users if each.number == number), None)

    def queue(self, number: str) -> QueuePlan | None:
        """The queue that is called by this number."""
        return next((each for each in self.queues if each.number == number), None)


def token_of(number: str) -> str:
    """The access token of a user of the standard plan."""
    return f"token-{number}"


def standard() -> Plan:
    """Users 101 to 104 (ids 11 to 14, agents 1 to 4, 104 a supervisor), and one queue."""
    users = tuple(
        UserPlan(10 + each, f"10{each}", f"User 10{each}", token_of(f"10{each}"), each, supervisor=each == 4)
        for each in range(1, 5)
    )
    return Plan(users, (QueuePlan(5, "support", "74950000200", ("101", "102")),))
