"""What users set of themselves: state, lunch, call centre, redirect."""

from collections.abc import Mapping

from cti_simulators.oktell import queues
from cti_simulators.oktell.pbx import Pbx
from cti_simulators.oktell.state import User, UserState

_CHOSEN = (UserState.READY, UserState.BREAK, UserState.OFF, UserState.RESERVED)


def set_state(pbx: Pbx, user: User, wanted: Mapping[str, object]) -> bool:
    """`setuserstate`, any of its fields; told when something changes. False for a state that nobody can choose.

    A call goes on whatever is chosen: while there is one the state is busy, afterwards the chosen one.
    """
    state = wanted.get("userstateid")
    if state is not None and state != UserState.BUSY:
        if state not in _CHOSEN:
            return False
        user.chosen = UserState(int(str(state)))
        user.lunch = 0
    reason = wanted.get("lunchreasonid")
    if isinstance(reason, int) and reason:
        user.chosen, user.lunch = UserState.BREAK, reason
    for field, name in (("oncallcenter", "on_call_centre"), ("onccmanual", "manual"), ("onredirect", "redirects")):
        if field in wanted:
            setattr(user, name, bool(wanted[field]))
    before = user.told
    pbx.settle(user.line)
    if user.told is before:
        pbx.tell_state(user)
    queues.members_changed(pbx)
    return True


def plug(pbx: Pbx, user: User, *, in_: bool) -> None:
    """The telephone is plugged in or out; without one the user's state is `no phone`."""
    user.registered = in_
    pbx.changed(user.line)
    pbx.settle(user.line)
