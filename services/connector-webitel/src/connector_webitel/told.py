"""What of Webitel's history the stream has already: what a former leader told, whose memory is not ours."""

from typing import Any

from cti_bus import Bus, newest_at_leader
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.calls import Call
from cti_model.envelope import BadEnvelope, decode_call
from cti_model.ids import call_id

from connector_webitel.new.state import State
from connector_webitel.new.wire import text


class Stream:
    """Looks calls up by the ids that they have for us. A call that is over there is over in the picture too."""

    def __init__(self, bus: Bus, state: State) -> None:
        self._bus = bus
        self._state = state

    async def has(self, item: dict[str, Any]) -> bool:
        """Whether a leg that the picture does not know was told; what cannot be read was. Raises `NoAnswer`."""
        uid, state = text(item, "id"), self._state
        if uid in state.legs or uid in state.over:
            return False  # the picture knows better
        parent = text(item, "parent_id")
        for root, teller in ((parent, uid), (parent, ""), (uid, "")):
            try:
                call = await self._call(root, teller) if root else None
            except BadEnvelope:
                return True
            if call is None:
                continue
            if not call.alive and root not in state.boxes:
                state.forget(root)
            if root == uid or any(uid in each.native_ids for each in (*call.connections, *call.left)):
                return True
        return False

    async def _call(self, root: str, teller: str) -> Call | None:
        """The call that began with a leg; `teller`: the leg that told it first, where that was another one."""
        state = self._state
        subject = subjects.calls_of(state.tenant, state.pbx, call_id(state.tenant, state.pbx, teller, root))
        found = await newest_at_leader(self._bus, EVENTS.name, subject)
        return decode_call(found.body).call if found is not None else None
