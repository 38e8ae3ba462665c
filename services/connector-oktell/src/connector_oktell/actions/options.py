"""How this installation wants things done: from the settings, as values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """See the settings of the same names. `dated`: the build date of the Oktell that is spoken with."""

    conference: bool = False
    listen: bool = False
    pickup_extension: str = ""
    dated: int = 150416
