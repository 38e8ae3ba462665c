"""Why a channel ended and who ended it, from FreeSWITCH's hang-up causes and dispositions.

Source: recordings of FreeSWITCH 1.10.12 with what the telephones did; causes that no recording has are those of
its `switch_call_cause_t` by their Q.850 meaning.
"""

from datetime import timedelta
from typing import Final

from cti_model.calls import Cause, Connection, Direction

from cti_freeswitch.channels import Channel

TOGETHER = timedelta(seconds=2)
"""Channels that end within this end for the same reason."""
BY_NAME: Final = {
    "UNALLOCATED_NUMBER": Cause.UNREACHABLE,
    "NO_ROUTE_TRANSIT_NET": Cause.UNREACHABLE,
    "NO_ROUTE_DESTINATION": Cause.UNREACHABLE,
    "USER_BUSY": Cause.BUSY,
    "NO_USER_RESPONSE": Cause.NO_ANSWER,
    "NO_ANSWER": Cause.NO_ANSWER,
    "PROGRESS_TIMEOUT": Cause.NO_ANSWER,
    "MEDIA_TIMEOUT": Cause.NO_ANSWER,
    "ALLOTTED_TIMEOUT": Cause.NO_ANSWER,
    "RECOVERY_ON_TIMER_EXPIRE": Cause.NO_ANSWER,
    "ORIGINATOR_CANCEL": Cause.CANCELLED,
    "CALL_REJECTED": Cause.REJECTED,
    "DECLINE": Cause.REJECTED,
    "REDIRECTION_TO_NEW_DESTINATION": Cause.REDIRECTED,
    "LOSE_RACE": Cause.ANSWERED_ELSEWHERE,
    "PICKED_OFF": Cause.ANSWERED_ELSEWHERE,
    "SUBSCRIBER_ABSENT": Cause.UNREACHABLE,
    "USER_NOT_REGISTERED": Cause.UNREACHABLE,
    "NUMBER_CHANGED": Cause.UNREACHABLE,
    "DESTINATION_OUT_OF_ORDER": Cause.UNREACHABLE,
    "INVALID_NUMBER_FORMAT": Cause.UNREACHABLE,
    "INCOMPATIBLE_DESTINATION": Cause.UNREACHABLE,
    "GATEWAY_DOWN": Cause.UNREACHABLE,
    "INVALID_GATEWAY": Cause.UNREACHABLE,
    "NORMAL_CIRCUIT_CONGESTION": Cause.CONGESTION,
    "NETWORK_OUT_OF_ORDER": Cause.CONGESTION,
    "NORMAL_TEMPORARY_FAILURE": Cause.CONGESTION,
    "SWITCH_CONGESTION": Cause.CONGESTION,
    "REQUESTED_CHAN_UNAVAIL": Cause.CONGESTION,
    "CRASH": Cause.LOST,
    "SYSTEM_SHUTDOWN": Cause.LOST,
}
"""What a hang-up cause says of a call that was not answered; a cause that is not here says nothing of itself."""
_REFUSALS = frozenset({Cause.BUSY, Cause.REJECTED, Cause.UNREACHABLE, Cause.CONGESTION})
_ASKS = ("recv_bye", "recv_cancel", "recv_refuse")


def asks(disposition: str) -> bool:
    """Whether a hang-up disposition says that the telephone itself ended it (a BYE, CANCEL or refusal came)."""
    return disposition in _ASKS


def refusal_of(channel: Channel) -> Cause | None:
    """Why a called telephone could not be reached or refused; None where it did neither."""
    cause = BY_NAME.get(channel.hangup_cause)
    return cause if cause in _REFUSALS and not channel.cut else None


def cause_of(channel: Channel, connection: Connection) -> Cause:
    """Why this channel's connection ended."""
    if channel.transferred:
        return Cause.TRANSFERRED
    if channel.picked_up:
        return Cause.ANSWERED_ELSEWHERE
    by_name = BY_NAME.get(channel.hangup_cause)
    if by_name is Cause.LOST:
        return by_name
    if connection.answered_at is not None:
        return Cause.NORMAL
    if connection.direction is Direction.IN:
        return _cause_of_called(channel, connection, by_name)
    if channel.asked or channel.cut:
        refused = channel.prompted and not channel.lifted
        return Cause.REJECTED if refused else Cause.CANCELLED
    if by_name is None and connection.queue:
        return Cause.NO_ANSWER
    return by_name or Cause.UNKNOWN


def _cause_of_called(channel: Channel, connection: Connection, by_name: Cause | None) -> Cause:
    if channel.cut:
        return Cause.CANCELLED
    if by_name in _REFUSALS or by_name is Cause.ANSWERED_ELSEWHERE:
        return by_name
    caller = channel.originator
    if caller is not None and any(each is not channel and each.up and each.gone_at is None for each in caller.dials):
        return Cause.ANSWERED_ELSEWHERE
    if caller is not None and (caller.asked or caller.cut):
        return Cause.ABANDONED if connection.queue else Cause.CANCELLED
    return by_name or Cause.NO_ANSWER


def released_by(channel: Channel) -> str:
    """The connection whose telephone ended this one; empty where FreeSWITCH or a manager did."""
    if channel.asked or channel.transferred:
        return channel.connection_id
    if channel.cut:
        return ""
    peer = channel.peer
    if peer is not None and peer.asked and not peer.transferred and _together(peer, channel):
        return peer.connection_id
    if not channel.up and channel.originator is not None and refusal_of(channel) is not None:
        return channel.connection_id
    caller = channel.originator
    if caller is not None and not channel.up and caller.asked:
        return caller.connection_id
    return channel.refused_by if peer is None and not channel.outbound else ""


def _together(peer: Channel, channel: Channel) -> bool:
    return peer.gone_at is None or channel.gone_at is None or channel.gone_at - peer.gone_at < TOGETHER
