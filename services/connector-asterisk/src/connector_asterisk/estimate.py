"""When something happened that nobody saw: between which instants, and which of them counts."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from connector_asterisk.channels import Channel, State
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.translate.turn import Turn

_SECOND = timedelta(seconds=1)


class When(NamedTuple):
    """`told` is the instant that counts; it was between the other two."""

    not_before: datetime
    told: datetime
    not_after: datetime

    def put(self, turn: Turn) -> None:
        """Let what `turn` tells from now on have happened then."""
        turn.occurred_at = self.told
        turn.within = (
            self.not_before if self.not_before < self.told else None,
            self.not_after if self.not_after > self.told else None,
        )


def began(item: SnapshotChannel, at: datetime, sure_at: datetime | None) -> When:
    """When a channel of a list told at `at` appeared: the middle of what its age and its Uniqueid leave open.

    The age is in whole seconds, and so is the instant in the Uniqueid, which is only used where it does not
    contradict: Asterisk's clock may not be ours. A channel that we do not know appeared after `sure_at`.
    """
    latest = at if item.duration is None else at - timedelta(seconds=item.duration)
    earliest = latest - _SECOND
    second = _second_of(item.uid)
    if second is not None:
        if item.duration is None and second <= at:
            earliest, latest = second, min(at, second + _SECOND)
        elif second <= latest and earliest <= second + _SECOND:
            earliest, latest = max(earliest, second), min(latest, second + _SECOND)
    if sure_at is not None and sure_at <= latest:
        earliest = max(earliest, sure_at)
    return When(earliest, earliest + (latest - earliest) / 2, latest)


def _second_of(uid: str) -> datetime | None:
    """The second in which a channel was made: `1795169601` of `1795169601.599` or `pbx1-1795169601.599`."""
    seconds = uid.rpartition(".")[0].rpartition("-")[2]
    return datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() and len(seconds) < 12 else None


def known_until(state: State, channel: Channel, otherwise: datetime) -> datetime:
    """Until when we know how it stood with a channel; what we missed of it happened later."""
    connection = channel.connection
    if connection is None:
        return state.sure_at or otherwise
    return max(connection.changed_at, state.sure_at) if state.sure_at else connection.changed_at


def ended(state: State, channel: Channel, at: datetime) -> When:
    """When a channel that is not there any more ended: told at the latest instant, since it was shown until then.

    Nothing lives longer than the Asterisk that it lived in.
    """
    alive = min(at, known_until(state, channel, at))
    latest = at
    if state.booted_at is not None and alive < state.booted_at < at:
        latest = state.booted_at
    return When(alive, latest, latest)


def changed(since: datetime, at: datetime) -> When:
    """When a telephone that is up now was answered: told at the earliest, since telephones ring shortly."""
    since = min(since, at)
    return When(since, since, at)
