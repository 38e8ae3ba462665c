"""How a simulated Oktell is set up: users, queues, menus, its version. Frozen; the running state is elsewhere."""

from msgspec import Struct, field


class UserPlan(Struct, frozen=True):
    """A user with a telephone. `auto_answer`: the telephone obeys the exchange when that asks it to answer."""

    login: str
    number: str
    name: str
    password: str
    supervisor: bool = False
    """May listen to the calls of others."""
    auto_answer: bool = True
    registered: bool = True
    """The telephone is plugged in."""


class QueuePlan(Struct, frozen=True):
    """A call-centre queue: all free members ring; nobody waits longer than `give_up_s`."""

    number: str
    name: str
    members: tuple[str, ...]
    ring_s: float = 12.0
    retry_s: float = 2.0
    give_up_s: float = 30.0


class MenuPlan(Struct, frozen=True):
    """A voice menu (IVR): each key leads to a number."""

    number: str
    name: str
    keys: dict[str, str]


class Version(Struct, frozen=True):
    """What `getversion` says. `dated`: yymmdd; clients judge by it what the server can do."""

    build: str = "2.12.0.150420"
    dated: int = 150420
    webserverport: int = 4055


class Plan(Struct, frozen=True):
    """The whole exchange."""

    users: tuple[UserPlan, ...]
    queues: tuple[QueuePlan, ...] = ()
    menus: tuple[MenuPlan, ...] = ()
    pickup_code: str = "*8"
    """Before a number: pick up what rings there."""
    dids: dict[str, str] = {}
    """Number from outside to the one inside that it leads to."""
    lunches: dict[int, str] = field(default_factory=lambda: {1: "Обед", 2: "Перерыв"})
    version: Version = Version()
    most_online: int = 0
    """Of the licence; 0: no limit."""
    extension_ring_s: float = 10.0
    did_ring_s: float = 20.0
    outside_ring_s: float = 60.0
    back_ring_s: float = 30.0
    ring_after_s: float = 0.01
    tone_s: float = 0.5
    """So long a caller hears that a number is busy, or does not exist."""
    lifts_after_s: float = 0.0
    """Whose own telephone rings back lifts it by itself after so long; 0: a scenario says when."""
    outside_answers_after_s: float = 0.0
    """Whoever is called outside answers by itself after so long; 0: a scenario says when."""
    number_in_back_ring: bool = True
    """Whether the line info names the number that will be dialled while the operator's own telephone rings."""


def password_of(number: str) -> str:
    """The password of a user of the standard exchange."""
    return f"Oktell{number}"


def standard(telephones: int = 4) -> Plan:
    """Users u101-u104 (or more) with passwords `Oktell101`…; 101 may listen; queue 200 support, menu 300."""
    numbers = [str(101 + index) for index in range(telephones)]
    return Plan(
        users=tuple(
            UserPlan(f"u{number}", number, f"Operator {number}", password_of(number), supervisor=number == "101")
            for number in numbers
        ),
        queues=(QueuePlan("200", "support", ("102", "101")),),
        menus=(MenuPlan("300", "main menu", {"1": "101", "2": "200"}),),
        dids={f"74950000{number}": number for number in (*numbers, "200", "300")},
    )
