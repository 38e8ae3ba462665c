"""What each telephone does, by the calls that it is in: mod_callcenter knows of no call outside its queues.

Kept up by the calls' own states, so that the work of an event is that of the connections of its call, however many
calls live. Pure.
"""

from cti_model.agents import DeviceState
from cti_model.calls import Call, ConnectionState


class Telephones:
    """The telephones that have a call, by number, each with what it does in each of its calls."""

    def __init__(self) -> None:
        self._does: dict[str, dict[str, DeviceState]] = {}
        self._in: dict[str, tuple[str, ...]] = {}

    def see(self, call: Call) -> set[str]:
        """A call is so now. The numbers that are in it, or were when it was seen last."""
        does = _done_in(call)
        before = self._in.pop(call.call_id, ())
        for number in before:
            if number not in does:
                self._leaves(number, call.call_id)
        for number, state in does.items():
            self._does.setdefault(number, {})[call.call_id] = state
        if does:
            self._in[call.call_id] = tuple(does)
        return {*before, *does}

    def _leaves(self, number: str, call_id: str) -> None:
        calls = self._does[number]
        del calls[call_id]
        if not calls:
            del self._does[number]

    def get(self, number: str) -> DeviceState | None:
        """In use, or ringing; None for a telephone that has no call."""
        does = self._does.get(number)
        if not does:
            return None
        return DeviceState.IN_USE if DeviceState.IN_USE in does.values() else DeviceState.RINGING


def _done_in(call: Call) -> dict[str, DeviceState]:
    """What the telephones do that are in a call now."""
    found: dict[str, DeviceState] = {}
    for each in call.connections if call.alive else ():
        number = each.device.number
        if each.alive and found.get(number) is not DeviceState.IN_USE:
            rings = each.state is ConnectionState.ALERTING
            found[number] = DeviceState.RINGING if rings else DeviceState.IN_USE
    return found
