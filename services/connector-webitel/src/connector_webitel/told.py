"""What the stream has already: what a former leader told, whose memory is not ours."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

import structlog
from cti_bus import Bus, NoAnswer, newest_at_leader, since
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.calls import Call
from cti_model.envelope import BadEnvelope, decode_call

from connector_webitel.new.state import State, call_of
from connector_webitel.new.wire import text

_log = structlog.get_logger(__name__)
_AGAIN_S: Final = 0.5
_REMEMBERED: Final = timedelta(hours=2)  # few legs live longer, and reading them delays a take-over


async def over(bus: Bus, tenant: str, pbx: str, now: Callable[[], datetime]) -> list[Call]:
    """The calls that were told to be over in the last two hours, in that order; waits while NATS is away."""
    subject = subjects.event_of_calls(tenant, pbx, "cleared")
    while True:
        await bus.wait_connected()
        found: list[Call] = []
        try:
            async for message in since(bus, EVENTS.name, subject, stored_from=now() - _REMEMBERED):
                try:
                    found.append(decode_call(message.body).call)
                except BadEnvelope as error:
                    _log.error("a call that is over cannot be read", subject=message.subject, error=str(error))
            return found
        except NoAnswer as error:
            _log.warning("calls that are over not read yet", reason=str(error))
            await asyncio.sleep(_AGAIN_S)


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
        try:
            for root in filter(None, (text(item, "parent_id"), uid)):
                for life in count():
                    call = await self._call(root, life)
                    if call is None:
                        break
                    if not call.alive:
                        state.end(call)
                        if root not in state.boxes:
                            state.forget(root)
                    if root == uid or any(uid in each.native_ids for each in (*call.connections, *call.left)):
                        return True
        except BadEnvelope:
            return True
        return False

    async def _call(self, root: str, life: int) -> Call | None:
        """The call that began with a leg, or one after that."""
        state = self._state
        subject = subjects.calls_of(state.tenant, state.pbx, call_of(state, root, life))
        found = await newest_at_leader(self._bus, EVENTS.name, subject)
        return decode_call(found.body).call if found is not None else None
