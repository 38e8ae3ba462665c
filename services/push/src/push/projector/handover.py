"""What becomes of an agent's state when a telephone is given to another user. Pure."""

from collections.abc import Callable
from datetime import datetime

from cti_model.directory import Owners
from cti_model.events import Origin
from cti_model.view import AgentView, UserUpdate, UserView

from push.projector.step import everybody, handover, next_update, usable
from push.projector.views import Device, Views


def handed_over(
    latest: Views,
    device: Device,
    tenant: str,
    owners: Owners,
    at: datetime,
    source_seq: int,
    life: str,
    ours: Callable[[str], bool] = everybody,
) -> list[UserUpdate]:
    """The next updates when a device with an agent is somebody else's now: who had it is no agent there any more.

    Who has it is from then on what that one was, when both are ours; else with the agent's next event. Nothing when it
    did not change hands. A call that goes on stays with who began it, as in the journal. `source_seq`: of the last
    event that all were told of.
    """
    holders = latest.agents.get(device, frozenset())
    have = tuple(user for user in owners(tenant, device.pbx, device.number, at) if usable(user))
    if not holders or holders == {*have}:
        return []
    agent = _agent_of(latest[min(holders)].view, device)
    told: list[UserUpdate] = []
    for user in filter(ours, sorted({*holders, *have})):
        last = latest.get(user)
        seq = max(source_seq, last.source_seq) if last is not None else source_seq
        project_it = handover(device, agent if user in have else None)
        after = next_update(last, user, tenant, project_it, seq, at, Origin.OBSERVED, life)
        if after is not None:
            told.append(after)
    return told


def _agent_of(view: UserView, device: Device) -> AgentView:
    return next(each for each in view.agents if (each.pbx, each.device) == device)
