"""What Asterisk says of a telephone's state: by name, by number, by the bits of a hint. Pure."""

from cti_model.agents import DeviceState

from connector_asterisk.naming import whole

_BY_NUMBER = {
    "1": DeviceState.IDLE,
    "2": DeviceState.IN_USE,
    "3": DeviceState.IN_USE,
    "4": DeviceState.UNAVAILABLE,
    "5": DeviceState.UNAVAILABLE,
    "6": DeviceState.RINGING,
    "7": DeviceState.IN_USE,
    "8": DeviceState.IN_USE,  # on hold: of whom, the drivers disagree
}
_BY_NAME = {
    "NOT_INUSE": DeviceState.IDLE,
    "INUSE": DeviceState.IN_USE,
    "BUSY": DeviceState.IN_USE,
    "INVALID": DeviceState.UNAVAILABLE,
    "UNAVAILABLE": DeviceState.UNAVAILABLE,
    "RINGING": DeviceState.RINGING,
    "RINGINUSE": DeviceState.IN_USE,
    "ONHOLD": DeviceState.IN_USE,
}
_NO_TELEPHONES = frozenset({"Local", "Queue", "Custom", "hint", "Confbridge", "Park"})
_IN_USE, _UNAVAILABLE, _RINGING = 0b10011, 0b00100, 0b01000


def state_named(name: str) -> DeviceState:
    """The state of `DeviceStateChange`."""
    return _BY_NAME.get(name, DeviceState.UNKNOWN)


def state_numbered(number: str) -> DeviceState | None:
    """The state of a queue member's telephone; None where the number says nothing."""
    return _BY_NUMBER.get(number)


def state_of_hint(status: str) -> DeviceState:
    """The state of a hint: bits, or -1 for a hint that is gone."""
    bits = whole(status)
    if bits is None or bits & _UNAVAILABLE:
        return DeviceState.UNAVAILABLE
    if bits & _IN_USE:
        return DeviceState.IN_USE
    return DeviceState.RINGING if bits & _RINGING else DeviceState.IDLE


def telephone_of(device: str) -> str:
    """The device, or nothing where it is a queue, a hint, or one leg of a Local channel."""
    return device if device.partition("/")[0] not in _NO_TELEPHONES else ""
