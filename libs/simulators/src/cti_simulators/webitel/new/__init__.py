"""A simulated engine of Webitel's new generation (22 and later), on a simulated FreeSWITCH.

A WebSocket with the engine's envelope, a user's own legs as mod_grpc tells them, the lists that flow_manager's table
gives, and a little of REST. Not simulated: rights of roles, chats, media, SIP.
"""

from cti_simulators.webitel.new.faults import Faults
from cti_simulators.webitel.new.plan import Plan, QueuePlan, UserPlan, standard, token_of
from cti_simulators.webitel.new.server import WebitelNewServer

__all__ = ["Faults", "Plan", "QueuePlan", "UserPlan", "WebitelNewServer", "standard", "token_of"]
