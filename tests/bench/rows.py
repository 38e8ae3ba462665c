"""What a bench tells: rows, each a value against a baseline that was measured in the same run on the same input."""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping

from msgspec import Struct


class Row(Struct, frozen=True, kw_only=True):
    """One line of the table. `ratio` is value / baseline: for rates above 1 is better, for times and bytes below 1."""

    bench: str
    what: str
    value: float
    unit: str
    baseline: float
    against: str
    ratio: float


def row(bench: str, what: str, unit: str, value: float, baseline: float, against: str) -> Row:
    """A row with its ratio, rounded to what a measurement on a shared machine can mean."""
    return Row(
        bench=bench,
        what=what,
        value=_rounded(value),
        unit=unit,
        baseline=_rounded(baseline),
        against=against,
        ratio=round(value / baseline, 2),
    )


def _rounded(value: float) -> float:
    return round(value) if value >= 1000 else float(f"{value:.3g}")


def table(rows: Iterable[Row]) -> str:
    """Rows for people, two lines each."""
    return "\n".join(
        f"{each.value:>11,} {each.unit:9}{each.what}\n{each.ratio:>10}x of {each.baseline:,}: {each.against}"
        for each in rows
    )


def medians(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each contender, after one round that warms up; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, work in contenders.items():
            gc.collect()
            began = time.perf_counter()
            work()
            if number:
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


async def medians_of(contenders: Mapping[str, Callable[[int], Awaitable[float]]], rounds: int) -> dict[str, float]:
    """The same for contenders that time themselves: each is told the number of the round and returns its seconds."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, work in contenders.items():
            gc.collect()
            seconds = await work(number)
            if number:
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def scaled(full: int, scale: float, least: int = 1) -> int:
    """A bench's size; `scale` 1 is what `make bench` runs."""
    return max(least, round(full * scale))
