"""Strangers who were passed on: no line of theirs tells with whom they talk, only who else is in the call does."""

from cti_model.calls import ConnectionState, DeviceKind, Direction
from cti_model.events import Originated

from connector_oktell.translate.state import Box
from connector_oktell.translate.turn import Turn, leg_of


def waits_outside(turn: Turn, box: Box) -> None:
    """A stranger whom nobody talks with any more waits until somebody answers: a telephone, a queue or a menu has them.

    To be told when it is known that they were passed on: whoever hung up leaves nobody behind.
    """
    talking = [each for each in box.living() if each.talking]
    if len(talking) == 1 and talking[0].device.kind is DeviceKind.TRUNK:
        turn.say(box, Originated(leg=leg_of(talking[0]), dialled=""))


def rings_inside(box: Box) -> bool:
    """Whether a telephone of the company rings in a call: for who is there, if others have left."""
    ringing = (each for each in box.living() if each.state is ConnectionState.ALERTING)
    return any(each.direction is Direction.IN and each.device.kind is DeviceKind.EXTENSION for each in ringing)
