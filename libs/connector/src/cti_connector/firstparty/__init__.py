"""First-party links: one for each operator, signed in at the PBX as that operator."""

from cti_connector.firstparty.following import DirectoryOperators, FollowingSettings
from cti_connector.firstparty.operators import Operator, Operators
from cti_connector.firstparty.pool import Pool, PoolSettings
from cti_connector.firstparty.seat import OpenOperatorSession
from cti_connector.firstparty.settings import FirstPartySettings

__all__ = [
    "DirectoryOperators",
    "FirstPartySettings",
    "FollowingSettings",
    "OpenOperatorSession",
    "Operator",
    "Operators",
    "Pool",
    "PoolSettings",
]
