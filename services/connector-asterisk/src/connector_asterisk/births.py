"""When a channel truly began, where Asterisk tells it late; and by which setting of the PBX's clock it was named.

An AMI session that waits in a blocking action (an Originate that is not async) hears nothing; all that happened
meanwhile comes in one burst when the action ends, without times. The second in which a channel was made stands in
its Uniqueid, by the PBX's clock.
"""

import re
from collections import deque
from datetime import datetime, timedelta

_SECOND = re.compile(r"(?:^|-)(\d{9,10})\.\d+$")  # `1795169412.402`, or with the system's name before it
_SILENCE = timedelta(seconds=1)
_BURST = timedelta(milliseconds=500)
_LATE = timedelta(seconds=2)  # a Uniqueid tells whole seconds, so one that is less late may be on time
_KEPT = 32
_ANY_SECOND = re.compile(r"(?:^|-)(\d+)\.\d+$")  # a clock that was never set counts from 1970
_SETTING_S = 3600


def setting_of(uid: str, observed_at: datetime) -> str:
    """What tells a Uniqueid from an earlier one that is the same: by how many hours the PBX's clock differs from ours.

    Asterisk makes Uniqueids from the second and from a number that begins again when it starts. So they repeat when the
    clock was set back meanwhile, which a machine without a clock of its own does at each start. Empty for a clock that
    is right to half an hour. Of a channel that is found later than that, its age is in the number too: such a channel
    must not be named twice.
    """
    found = _ANY_SECOND.search(uid)
    if found is None:
        return ""
    hours = round((observed_at.timestamp() - int(found[1])) / _SETTING_S)
    return str(hours) if hours else ""


class Births:
    """Watches when frames come and how old channels are when they are first heard of."""

    def __init__(self) -> None:
        self._heard_at: datetime | None = None
        self._silent_from: datetime | None = None
        self._burst_at: datetime | None = None
        self._ages: deque[timedelta] = deque(maxlen=_KEPT)

    def hear(self, observed_at: datetime) -> None:
        """A frame came."""
        heard_at = self._heard_at
        if heard_at is not None and observed_at - heard_at > _SILENCE:
            self._silent_from, self._burst_at = heard_at, observed_at
        self._heard_at = observed_at

    def of(self, uid: str, observed_at: datetime) -> datetime | None:
        """The beginning of the second in which this channel was made, when its first frame came late; else None.

        On our clock, to a second. Known only when channels were heard of in time before, since their least age tells
        how far the two clocks are apart; and only behind a silence that covers that second.
        """
        found = _SECOND.search(uid)
        if found is None:
            return None
        made = datetime.fromtimestamp(int(found[1]), observed_at.tzinfo)
        age = observed_at - made
        usual = min(self._ages, default=age)
        if age - usual <= _LATE or not self._in_burst(observed_at):
            self._ages.append(age)
            return None
        born = made + usual
        return born if self._silent_from is not None and born > self._silent_from - _SILENCE else None

    def _in_burst(self, observed_at: datetime) -> bool:
        return self._burst_at is not None and observed_at - self._burst_at < _BURST
