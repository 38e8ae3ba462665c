"""A command and all that is needed to say what it means on the wire. Pure but for `State`, which is only looked at."""

from dataclasses import dataclass

from cti_freeswitch import desk
from cti_freeswitch.asking import Asking

from connector_freeswitch.actions.options import Options

Plan = desk.Plan[str]
"""Its steps are API commands."""


@dataclass(frozen=True)
class Ask(Asking):
    """A command, the picture that it is asked in, and how this installation wants things done."""

    options: Options
