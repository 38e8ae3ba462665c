"""How a simulated FreeSWITCH is set up: its agents and queues, and what each number does. Frozen."""

from collections.abc import Mapping

from msgspec import Struct

RING_ALL, LONGEST_IDLE = "ring-all", "longest-idle-agent"


class QueuePlan(Struct, frozen=True):
    """A queue of mod_callcenter. `agents`: its tiers, users in order of position.

    `ring_s`: an agent's telephone rings so long (`leg_timeout`); who did not take the call is left alone for
    `retry_s`. `give_up_s`: a caller is thrown out after so long (`max-wait-time`), 0 for never.
    """

    name: str
    strategy: str
    agents: tuple[str, ...] = ()
    ring_s: float = 12.0
    retry_s: float = 2.0
    give_up_s: float = 30.0
    wrap_up_s: float = 5.0


class Plan(Struct, frozen=True):
    """The dialplan by number. `agents`: mod_callcenter's agents, each with its status at the beginning.

    A number from outside leads to what `dids` says; `74950000` before a user's number leads to that user. The numbers
    from `first_slot` to `last_slot` are the slots of the valet parking lot, `valet_number` takes the first free one.
    Who waits there for `slot_s` goes on at `slot_orbit`; 0: for ever. `consult_code`: what is typed before a number in
    order to consult it (`att_xfer`); empty: nothing.
    """

    queues: tuple[QueuePlan, ...] = ()
    agents: Mapping[str, str] = {}
    queue_numbers: Mapping[str, str] = {}
    rooms: frozenset[str] = frozenset()
    fifo_in: Mapping[str, str] = {}
    fifo_out: Mapping[str, str] = {}
    dids: Mapping[str, str] = {}
    park_number: str = "9199"
    pickup_prefix: str = "*8"
    valet_number: str = "700"
    consult_code: str = ""
    first_slot: int = 701
    last_slot: int = 720
    slot_s: float = 0.0
    slot_orbit: str = ""


def standard(agents: Mapping[str, str] | None = None, tiers: tuple[str, ...] | None = None) -> Plan:
    """The exchange of the scenarios. `agents`: status by user; `tiers`: those of them who are in the queues (all)."""
    seated = tuple(agents or ()) if tiers is None else tiers
    return Plan(
        queues=(QueuePlan("support", RING_ALL, seated), QueuePlan("sales", LONGEST_IDLE, seated, ring_s=5.0)),
        agents=dict(agents or {}),
        queue_numbers={"5000": "support", "5001": "sales"},
        rooms=frozenset({"3001"}),
        fifo_in={"5100": "sales"},
        fifo_out={"5101": "sales"},
        dids={"74950000200": "5000", "74950000201": "5001", "74950003001": "3001"},
    )
