"""First-party links: one for each operator, signed in at the PBX as that operator."""

from cti_connector.firstparty.operators import Operator, Operators

__all__ = ["Operator", "Operators"]
