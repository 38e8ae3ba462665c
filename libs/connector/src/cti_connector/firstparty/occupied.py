"""Which devices have a call, as the events that are told say."""

from collections.abc import Iterable

from cti_model.calls import Call


class Occupied:
    """Devices with a living connection, and whose connection is whose; from the state that each event carries."""

    def __init__(self, calls: Iterable[Call] = ()) -> None:
        self._calls: dict[str, dict[str, str]] = {}
        for call in calls:
            self.take(call)

    def take(self, call: Call) -> None:
        """A call as it is now."""
        living = {each.connection_id: each.device.number for each in call.connections if each.alive}
        if call.alive and living:
            self._calls[call.call_id] = living
        else:
            self._calls.pop(call.call_id, None)

    def __contains__(self, device: object) -> bool:
        return any(device in living.values() for living in self._calls.values())

    def device_of(self, connection_id: str) -> str:
        """Whose device a living connection is at; empty when it is not known."""
        return next((each[connection_id] for each in self._calls.values() if connection_id in each), "")
