"""An Oktell for a demonstration."""

from msgspec.structs import replace

from cti_simulators.demonstration import LIFTS_AFTER_S, NAMES, OUTSIDE_ANSWERS_AFTER_S
from cti_simulators.oktell.plan import Plan, standard


def plan() -> Plan:
    """The standard exchange with people who lift what rings back, and answer outside, by themselves."""
    bare = standard(len(NAMES))
    users = tuple(replace(each, name=NAMES[each.number]) for each in bare.users)
    return replace(bare, users=users, lifts_after_s=LIFTS_AFTER_S, outside_answers_after_s=OUTSIDE_ANSWERS_AFTER_S)
