"""An operator's state at Oktell as agent events. The states are the user's own, in the call centre or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cti_model.agents import Agent, AgentEvent, AgentState, DeviceState, Membership, tell_agent
from cti_model.events import Origin
from msgspec.structs import replace

from connector_oktell.wire import number, text

QUEUE: Final = "call-centre"
"""Oktell knows one call centre, which an operator is in or not; what queues there are it does not tell them."""
REDIRECT: Final = "redirect"
"""Why an operator's calls go elsewhere."""
READY, BREAK, OFF, BUSY, RESERVED, NO_PHONE = 1, 2, 3, 5, 6, 7
_STATES: Final = {
    0: AgentState.LOGGED_OUT,
    READY: AgentState.READY,
    BREAK: AgentState.NOT_READY,
    OFF: AgentState.NOT_READY,
    BUSY: AgentState.BUSY,
    RESERVED: AgentState.BUSY,
    NO_PHONE: AgentState.UNAVAILABLE,
}
_DEVICES: Final = {
    READY: DeviceState.IDLE,
    BREAK: DeviceState.IDLE,
    OFF: DeviceState.IDLE,
    BUSY: DeviceState.IN_USE,
    NO_PHONE: DeviceState.UNAVAILABLE,
}


@dataclass(frozen=True)
class UserState:
    """What `getuserstate`, `setuserstate` and `userstatechanged` say; `state` is Oktell's number of it."""

    state: int
    on_call_centre: bool = False
    on_lunch: bool = False
    on_redirect: bool = False
    lunch: str = ""


def user_state(fields: Mapping[str, Any]) -> UserState | None:
    """The state in a message; None where it has none."""
    all_fields = dict(fields)
    state = number(all_fields, "userstateid")
    if state is None:
        return None
    return UserState(
        state,
        bool(fields.get("oncallcenter")),
        bool(fields.get("onlunch")),
        bool(fields.get("onredirect")),
        text(all_fields, "lunchreasonid"),
    )


class Agents:
    """The operators as agents. `lunch`: the names of the kinds of break, by Oktell's id."""

    def __init__(self, tenant: str, pbx: str) -> None:
        self._tenant = tenant
        self._pbx = pbx
        self.lunch: dict[int | str, str] = {}
        self.known: dict[str, Agent] = {}

    def restore(self, agents: Iterable[Agent]) -> None:
        """Go on with agents as they were last told."""
        for each in agents:
            self.known[each.device] = each

    def take(
        self, device: str, name: str, said: UserState, at: datetime, origin: Origin = Origin.OBSERVED
    ) -> list[AgentEvent]:
        """The event that an operator's state means; none when nothing changed."""
        state, reason = _STATES.get(said.state, AgentState.NOT_READY), self._reason(said)
        before = self.known.get(device)
        queues: tuple[Membership, ...] = ()
        if said.on_call_centre:
            part = (before.membership(QUEUE) if before is not None else None) or Membership(queue=QUEUE, dynamic=True)
            since = part.since if part.state is state and part.since is not None else at
            paused = state is AgentState.NOT_READY
            queues = (replace(part, paused=paused, reason=reason, state=state, since=since),)
        same = before is not None and (before.state, before.reason) == (state, reason)
        after = Agent(
            tenant=self._tenant,
            pbx=self._pbx,
            device=device,
            version=before.version if before is not None else 0,
            name=name,
            device_state=_DEVICES.get(said.state, DeviceState.UNKNOWN),
            queues=queues,
            state=state,
            reason=reason,
            since=before.since if before is not None and same else at,
        )
        event = tell_agent(before, after, at, at, origin)
        self.known[device] = event.agent if event is not None else after
        return [event] if event is not None else []

    def _reason(self, said: UserState) -> str:
        if said.state == BREAK or (said.state == BUSY and said.on_lunch and said.on_call_centre):
            return next((name for lunch, name in self.lunch.items() if str(lunch) == said.lunch), "break")
        if said.state == OFF:
            return "dnd"
        return REDIRECT if said.on_redirect else ""
