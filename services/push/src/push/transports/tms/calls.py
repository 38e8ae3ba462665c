"""A call of the view as the TMS protocol writes it: GUIDs of directions, numbers of states, bits of features. Pure."""

from enum import IntEnum, IntFlag
from typing import Any, Final

from cti_model.calls import Command, ConnectionState, Direction
from cti_model.view import CallView


class CallState(IntEnum):
    """GeneralizedCallState."""

    NONE = 0
    ALERTING = 1
    CONNECTED = 2
    HOLDED = 3
    CONFERENCED = 4
    UNKNOWN = 5
    BUSY = 6


class Features(IntFlag):
    """CallFeaturesSet: what a client may ask of a call, or of the line."""

    NOTHING = 0
    RECALL = 0x1
    DIAL = 0x2
    ANSWER = 0x4
    DROP = 0x8
    HOLD = 0x10
    UNHOLD = 0x20
    SETUP_TRANSFER = 0x40
    COMPLETE_TRANSFER = 0x80
    BLIND_TRANSFER = 0x100
    MAKE_CONSULT_CALL = 0x200
    DTMF = 0x400


_FEATURE_OF: Final = {
    Command.ANSWER: Features.ANSWER,
    Command.CLEAR: Features.DROP,
    Command.HOLD: Features.HOLD,
    Command.RETRIEVE: Features.UNHOLD,
    Command.BLIND_TRANSFER: Features.BLIND_TRANSFER,
    Command.CONSULT: Features.MAKE_CONSULT_CALL,
    Command.SEND_DIGITS: Features.DTMF,
}
_NOT_IN_A_CONSULTATION: Final = Features.BLIND_TRANSFER | Features.MAKE_CONSULT_CALL
_DIRECTION: Final = {
    Direction.OUT: "53f71b5f-7e17-4cf5-bf14-6a59212db422",
    Direction.IN: "1d96a65f-2131-4916-8825-2d142b1000b2",
}
_STATE: Final = {
    ConnectionState.INITIATED: CallState.ALERTING,
    ConnectionState.ALERTING: CallState.ALERTING,
    ConnectionState.QUEUED: CallState.ALERTING,
    ConnectionState.CONNECTED: CallState.CONNECTED,
    ConnectionState.HELD: CallState.HOLDED,
    ConnectionState.FAILED: CallState.BUSY,
}


def state_of(call: CallView) -> CallState:
    """The state of a call; an ended one has none."""
    return CallState.NONE if call.ended_at is not None else _STATE.get(call.state, CallState.UNKNOWN)


def features_of(call: CallView, calls: tuple[CallView, ...]) -> Features:
    """What may be asked of a call now, given all calls of the user.

    The client completes a transfer on the call that is consulted about, where we allow it on the consultation.
    """
    features = Features.NOTHING
    for command in call.allowed:
        features |= _FEATURE_OF.get(command, Features.NOTHING)
    if call.parent_id and any(each.id == call.parent_id for each in calls):
        return features & ~_NOT_IN_A_CONSULTATION
    consultations = [each for each in calls if each.parent_id == call.id]
    if consultations:
        features &= ~_NOT_IN_A_CONSULTATION
    if any(Command.COMPLETE_TRANSFER in each.allowed for each in (call, *consultations)):
        features |= Features.COMPLETE_TRANSFER
    return features


def serialized(call: CallView, features: Features) -> dict[str, Any]:
    """The call with every field that the client keeps and that is not empty; `state` and features always."""
    outward = call.direction is Direction.OUT
    fields = {
        "id": call.id,
        "databaseUId": call.database_id,
        "deviceId": call.device,
        "callerId": call.device if outward else call.number,
        "calledId": call.number if outward else call.device,
        "direction": _DIRECTION[call.direction],
        "redirectingId": call.redirecting_id,
        "redirectionId": call.redirection_id,
    }
    return {
        **{name: value for name, value in fields.items() if value},
        "state": int(state_of(call)),
        "callFeaturesSet": int(features),
    }
