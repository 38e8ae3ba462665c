"""Why a channel ended and who ended it, from Asterisk's hang-up causes, dial states and hang-up requests.

Source: recordings of Asterisk 11, 13 and 22 against what the telephones saw. The hang-up cause decides before
DialStatus: a declined call is told by cause 21 alone (22 says NOANSWER, 13 and 11 say BUSY).
"""

from datetime import datetime

from cti_model.calls import Cause, Connection, Direction

from connector_asterisk.channels import TOGETHER, Channel, source_of, telephone_of, telephones_beyond

# Q.850 causes as Asterisk sends them in `Hangup`.
_BY_HANGUP = {
    1: Cause.UNREACHABLE,  # unallocated number
    2: Cause.UNREACHABLE,
    3: Cause.UNREACHABLE,  # no route to destination
    17: Cause.BUSY,
    18: Cause.NO_ANSWER,
    19: Cause.NO_ANSWER,
    20: Cause.UNREACHABLE,  # subscriber absent
    21: Cause.REJECTED,
    22: Cause.UNREACHABLE,
    26: Cause.ANSWERED_ELSEWHERE,
    27: Cause.UNREACHABLE,
    28: Cause.UNREACHABLE,
    34: Cause.CONGESTION,
    38: Cause.CONGESTION,
    41: Cause.CONGESTION,
    42: Cause.CONGESTION,
    58: Cause.CONGESTION,
}
_BY_DIAL_STATUS = {
    "BUSY": Cause.BUSY,
    "NOANSWER": Cause.NO_ANSWER,
    "CANCEL": Cause.CANCELLED,
    "CONGESTION": Cause.CONGESTION,
    "CHANUNAVAIL": Cause.UNREACHABLE,
}
_REFUSALS = frozenset({Cause.BUSY, Cause.REJECTED, Cause.UNREACHABLE, Cause.CONGESTION})


def cause_of(channel: Channel, connection: Connection, at: datetime) -> Cause:
    """Why this channel's connection ended."""
    if channel.transferred:
        return Cause.TRANSFERRED
    if channel.picked_up:
        return Cause.ANSWERED_ELSEWHERE
    if channel.redirected and not channel.asked:
        return Cause.REDIRECTED
    if channel.parked and not channel.asked:
        return Cause.PARKED
    if connection.answered_at is not None:
        return Cause.NORMAL
    if connection.direction is Direction.IN:
        return _cause_of_called(channel, connection, at)
    return _cause_of_caller(channel)


def refusal_of(channel: Channel) -> Cause | None:
    """Why a called telephone could not be reached or refused; None where it did neither."""
    if channel.cut:
        return None
    cause = _BY_HANGUP.get(channel.hangup_cause or 0)
    if cause is None:
        cause = _BY_DIAL_STATUS.get(channel.dial_status)
    return cause if cause in _REFUSALS else None


def _cause_of_called(channel: Channel, connection: Connection, at: datetime) -> Cause:
    if channel.cut:
        return Cause.CANCELLED
    caller = source_of(channel)
    by_cause = _BY_HANGUP.get(channel.hangup_cause or 0)
    if by_cause in _REFUSALS or by_cause is Cause.ANSWERED_ELSEWHERE:
        return by_cause
    if caller is not None and any(_took_it(each, channel) for each in caller.dials):
        return Cause.ANSWERED_ELSEWHERE
    if caller is not None and caller.gave_up:
        return Cause.ABANDONED if connection.queue else Cause.CANCELLED
    return _BY_DIAL_STATUS.get(channel.dial_status, Cause.NO_ANSWER)


def _took_it(other: Channel, channel: Channel) -> bool:
    """Whether another telephone, rung together with this one, talks with the caller now."""
    return other is not channel and other.up and other.gone_at is None and not other.transferred


def _cause_of_caller(channel: Channel) -> Cause:
    if channel.gave_up:
        return Cause.REJECTED if channel.prompted and not channel.lifted else Cause.CANCELLED
    by_cause = _BY_HANGUP.get(channel.hangup_cause or 0)
    if by_cause is not None:
        return by_cause
    if channel.connection is not None and channel.connection.queue:
        return Cause.NO_ANSWER  # the queue sent it away
    if channel.dial_status:
        return _BY_DIAL_STATUS.get(channel.dial_status, Cause.UNKNOWN)
    if channel.prompted and not channel.lifted:
        return Cause.NO_ANSWER
    statuses = [each.dial_status for each in channel.dials if each.dial_status]
    return _BY_DIAL_STATUS.get(statuses[-1], Cause.UNKNOWN) if statuses else Cause.UNKNOWN


def released_by(channel: Channel, at: datetime) -> str:
    """The connection whose telephone ended this one; empty where Asterisk or a manager did."""
    if channel.asked or channel.transferred:
        return channel.connection_id
    for peer in telephones_beyond(channel):
        if peer.asked and not peer.transferred and _together(peer, at):
            return peer.connection_id
    rung = channel.dialled_by is not None or channel.prompted
    if not channel.up and refusal_of(channel) is not None and rung:
        return channel.connection_id  # 13 and 11 name nobody when a telephone refuses
    caller = source_of(channel)
    if caller is not None and not channel.up and caller.asked:
        return caller.connection_id
    for called in channel.dials:
        real = telephone_of(called)
        if real is not None and not real.up and not channel.peers and (real.asked or refusal_of(real) is not None):
            return real.connection_id
    return ""


def _together(peer: Channel, at: datetime) -> bool:
    return peer.gone_at is None or at - peer.gone_at < TOGETHER
