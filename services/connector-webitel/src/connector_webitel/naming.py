"""Names that both generations share."""

from typing import Final

CENTRE: Final = "callcenter"
"""Webitel does not tell an agent their queues: one part of this name stands for all that they are in."""
