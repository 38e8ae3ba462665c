"""Which commands a connection allows now (CtiModel's callFeaturesSet), limited to what its PBX can do at all."""

from cti_model.calls import Call, Command, Connection, ConnectionState, DeviceKind, Direction

_BY_STATE: dict[ConnectionState, frozenset[Command]] = {
    ConnectionState.INITIATED: frozenset({Command.CLEAR}),
    ConnectionState.ALERTING: frozenset({Command.CLEAR}),
    ConnectionState.QUEUED: frozenset({Command.CLEAR}),
    ConnectionState.FAILED: frozenset({Command.CLEAR}),
    ConnectionState.CONNECTED: frozenset(
        {
            Command.CLEAR,
            Command.HOLD,
            Command.SEND_DIGITS,
            Command.CONSULT,
            Command.BLIND_TRANSFER,
            Command.MUTE,
            Command.UNMUTE,
            Command.PARK,
            Command.START_RECORDING,
        }
    ),
    ConnectionState.HELD: frozenset({Command.CLEAR, Command.RETRIEVE}),
}
_CONSULTING = frozenset({Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER, Command.CONFERENCE})


def allowed(call: Call, connection: Connection) -> tuple[Command, ...]:
    """The commands of a user's connection, in the order of `call.features`; none for other devices or ended ones.

    A consultation (a call out with `consultation_of`) offers completing the transfer, or a conference of all three,
    when both sides talk, and cancelling it at any time; one within the same call (`consulted_by`) offers completing and
    cancelling it from when it rings there. A PBX does not tell whether a line is muted: both ways are
    offered. A recording can be stopped that we started, and one is enough.
    """
    if not call.features or not connection.alive or connection.device.kind is not DeviceKind.EXTENSION:
        return ()
    may = set(_BY_STATE.get(connection.state, frozenset()))
    if connection.state is ConnectionState.ALERTING and connection.direction is Direction.IN:
        may.add(Command.ANSWER)
    if call.consultation_of and connection.direction is Direction.OUT:
        may |= _CONSULTING if connection.talking else {Command.CANCEL_TRANSFER}
    if any(each.alive and each.consulted_by == connection.connection_id for each in call.connections):
        may |= {Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER}
    if connection.recordings:
        may -= {Command.START_RECORDING}
        may |= {Command.STOP_RECORDING}
    return tuple(each for each in call.features if each in may)
