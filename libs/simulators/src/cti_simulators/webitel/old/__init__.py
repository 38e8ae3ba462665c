"""A simulated engine of Webitel's old generation, on a simulated FreeSWITCH.

A WebSocket with the engine's envelope; telephones that behave; a user's own legs in the engine's own selection of
headers, or the whole domain's events to who subscribes. Not simulated: rights of roles, TOTP, media, conferences.
"""

from cti_simulators.webitel.old.server import WebitelOldServer
from cti_simulators.webitel.old.users import Account

__all__ = ["Account", "WebitelOldServer"]
