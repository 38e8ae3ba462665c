"""As many calls as a bench wants, made of the recordings that the simulator plays: real frames, ids of their own."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cti_simulators.asterisk import recordings
from cti_simulators.asterisk.restamp import Ids, Restamp, on_floor
from cti_simulators.asterisk.script import script
from cti_simulators.traces import Trace

TRACES = Path(__file__).parents[1] / "data" / "traces"
BANNER = b"Asterisk Call Manager/11.0.0\r\n"
PORTION_BYTES = 16 * 1024  # a busy socket gives some tens of events at a time
_NUMBER = b"@@number"  # eight bytes: the place of eight digits
_PAUSE_S = 1.0  # between two calls of one lane

PLAIN = frozenset({"a_internal_caller_hangup", "c_internal_no_answer", "d_internal_busy", "g_inbound_answered"})
"""What most calls of a day are: answered, not answered, busy. The other recordings hold, transfer and queue."""
_TELLING_EVERY = 20


class _FormIds(Ids):
    """Ids with a place in them for the number of the call."""

    def uniqueid(self, born: float) -> bytes:
        return super().uniqueid(born) + _NUMBER

    def suffix(self) -> bytes:
        return super().suffix() + _NUMBER

    def uuid(self) -> bytes:
        return super().uuid() + _NUMBER


@dataclass(frozen=True, eq=False)
class Form:
    """A recorded call as a form: filled in with a number below 10**8 it is a new call on the same telephones."""

    name: str
    portions: tuple[tuple[float, bytes], ...]  # seconds since its first bytes, whole blocks

    def filled(self, number: int) -> Iterator[tuple[float, bytes]]:
        """The portions of one call."""
        digits = b"%08d" % number
        return ((after_s, data.replace(_NUMBER, digits)) for after_s, data in self.portions)


@cache
def forms() -> tuple[Form, ...]:
    """All recorded calls, on the telephones 101–104."""
    return tuple(_form(trace) for trace in recordings())


def _form(trace: Trace) -> Form:
    beats = script(trace)
    restamp = Restamp(_FormIds("bench"), lambda then: then)
    return Form(trace.name, tuple((beat.t - beats[0].t, restamp(b"".join(beat.blocks))) for beat in beats))


@cache
def elsewhere(form: Form, floor: int) -> Form:
    """The same on other telephones: 111–114 on floor 1."""
    return Form(form.name, tuple((after_s, on_floor(data, floor)) for after_s, data in form.portions))


def every_kind(number: int) -> Form:
    """Each recording as often as any other."""
    each = forms()
    return each[(number + number // len(each)) % len(each)]


def mostly_plain(number: int) -> Form:
    """Plain calls, and now and then one of the others."""
    plain = number % _TELLING_EVERY != 0
    each = _of_kind(plain)
    return each[(number if plain else number // _TELLING_EVERY) % len(each)]


@cache
def _of_kind(plain: bool) -> tuple[Form, ...]:
    return tuple(form for form in forms() if (form.name in PLAIN) == plain)


Choose = Callable[[int], Form]


class BusyLine:
    """`count` calls, `lanes` at a time, as one stream of (seconds, bytes) in the order of time; the banner comes first.

    Each lane has telephones of its own (101–104, 111–114, …), as no two people share one; its calls are a second
    apart. The lanes begin within `spread_s`. Lines whose numbers (`first` and following) differ share no id.
    """

    def __init__(
        self, count: int, *, first: int = 0, lanes: int = 20, choose: Choose = every_kind, spread_s: float = _PAUSE_S
    ) -> None:
        self._numbers = iter(range(first, first + count))
        self._choose = choose
        self._waiting: list[tuple[float, int, bytes, Iterator[tuple[float, bytes]], float]] = []
        for lane in range(lanes):
            self._begin_call(lane, spread_s * lane / lanes)

    def __iter__(self) -> Iterator[tuple[float, bytes]]:
        yield 0.0, BANNER
        while self._waiting:
            at, lane, data, rest, began = heapq.heappop(self._waiting)
            yield at, data
            if not self._go_on(lane, rest, began):
                self._begin_call(lane, at + _PAUSE_S)

    def _begin_call(self, lane: int, at: float) -> None:
        number = next(self._numbers, None)
        if number is not None:
            self._go_on(lane, elsewhere(self._choose(number), lane).filled(number), at)

    def _go_on(self, lane: int, rest: Iterator[tuple[float, bytes]], began: float) -> bool:
        """Put the next portion of a lane's call in its place; False when the call is over."""
        following = next(rest, None)
        if following is None:
            return False
        after_s, data = following
        heapq.heappush(self._waiting, (began + after_s, lane, data, rest, began))
        return True


def in_portions(data: bytes) -> list[bytes]:
    """Bytes as a busy socket gives them."""
    return [data[at : at + PORTION_BYTES] for at in range(0, len(data), PORTION_BYTES)]


def gathered(line: Iterable[tuple[float, bytes]]) -> list[tuple[float, bytes]]:
    """The portions of a line as they are read under load: what comes meanwhile is read at once, at the last instant."""
    found: list[tuple[float, bytes]] = []
    waiting: list[bytes] = []
    at = 0.0
    for at, data in line:
        waiting.append(data)
        if sum(map(len, waiting)) >= PORTION_BYTES:
            found.append((at, b"".join(waiting)))
            waiting = []
    if waiting:
        found.append((at, b"".join(waiting)))
    return found


def frames_in(line: Iterable[tuple[float, bytes]]) -> int:
    """How many frames these are."""
    return sum(data.count(b"\r\n\r\n") for _, data in line)
