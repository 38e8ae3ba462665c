"""A Webitel of the new generation for a demonstration."""

from msgspec.structs import replace

from cti_simulators.demonstration import NAMES
from cti_simulators.freeswitch.demo import MANNERS
from cti_simulators.webitel.new.plan import Plan, standard


def plan() -> Plan:
    """The standard domain with people who have names, and lift and answer by themselves."""
    bare = standard()
    users = tuple(replace(each, name=NAMES[each.number]) for each in bare.users)
    return replace(bare, users=users, manners=MANNERS)
