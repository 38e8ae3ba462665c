"""What became of a user's part in a call: the one place that decides it, for the live view and the journal."""

from cti_model.calls import Call, Cause, Connection, Direction, EndedBy, Outcome

_CALLED = {
    Cause.ANSWERED_ELSEWHERE: Outcome.ANSWERED_ELSEWHERE,
    Cause.REJECTED: Outcome.REJECTED,
    Cause.BUSY: Outcome.BUSY,
    Cause.UNREACHABLE: Outcome.FAILED,
    Cause.CONGESTION: Outcome.FAILED,
    Cause.ABANDONED: Outcome.ABANDONED,
}
_CALLING = {
    Cause.BUSY: Outcome.BUSY,
    Cause.REJECTED: Outcome.REJECTED,
    Cause.NO_ANSWER: Outcome.NO_ANSWER,
    Cause.CANCELLED: Outcome.CANCELLED,
    Cause.ABANDONED: Outcome.CANCELLED,
    Cause.TRANSFERRED: Outcome.CANCELLED,  # it still rang there: whoever answers then talks to somebody else
}


def outcome(call: Call, ended: Connection) -> Outcome:
    """The outcome of a connection of `call` that has just ended.

    Answered means that it talked to the other party; a queue or an announcement is nobody. A phone that stopped
    ringing is `answered_elsewhere` when another one took the call, `abandoned` when the caller gave up waiting in a
    queue, else `missed`.
    """
    if ended.answered_at is not None:
        return Outcome.ANSWERED
    cause = ended.cause or Cause.UNKNOWN
    if ended.direction is Direction.IN:
        return _CALLED.get(cause, Outcome.MISSED)
    if cause is Cause.NORMAL and ended.ended_by is EndedBy.SELF:
        return Outcome.CANCELLED
    return _CALLING.get(cause, Outcome.FAILED)
