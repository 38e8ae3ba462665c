"""A Webitel of the new generation for a demonstration."""

from msgspec.structs import replace

from cti_simulators.demonstration import NAMES
from cti_simulators.freeswitch.demo import MANNERS
from cti_simulators.webitel.new.plan import Plan, standard

_WRAP_S = 6.0  # long enough to be seen


def plan() -> Plan:
    """The standard domain with people who have names, and lift and answer by themselves.

    Of the queue's agents 102 is online; another who goes online, from a panel, is offered calls too.
    """
    bare = standard()
    users = tuple(replace(each, name=NAMES[each.number], online=each.number == "102") for each in bare.users)
    queues = tuple(replace(each, wrap_s=_WRAP_S) for each in bare.queues)
    return replace(bare, users=users, queues=queues, manners=MANNERS)
