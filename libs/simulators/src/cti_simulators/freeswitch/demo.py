"""A FreeSWITCH for a demonstration: people with names who lift what rings back, and answer outside, by themselves."""

from cti_simulators.demonstration import LIFTS_AFTER_S, NAMES, OUTSIDE_ANSWERS_AFTER_S
from cti_simulators.freeswitch.exchange import Manners

MANNERS = Manners(LIFTS_AFTER_S, OUTSIDE_ANSWERS_AFTER_S, NAMES)
