"""Call records of two runs of one scenario, side by side."""

from collections.abc import Iterable
from dataclasses import dataclass

from cti_model.records import CallRecord

TOLERANCE_S = 0.45
"""Between the scenario's round times and a recording's: the recorder's own pauses (up to 0.2 s, with network)."""


@dataclass(frozen=True)
class Row:
    """What must be the same however a call was made."""

    device: str
    direction: str
    internal: bool
    remote: str
    name: str
    outcome: str | None
    ended_by: str | None
    queue: str
    redirecting: str
    consultation: bool
    durations: tuple[float, float, float, float]

    def same(self, other: "Row") -> bool:
        """Whether two rows agree, durations within the tolerance."""
        pairs = zip(self.durations, other.durations, strict=True)
        return self.facts == other.facts and all(abs(mine - its) <= TOLERANCE_S for mine, its in pairs)

    @property
    def facts(self) -> tuple[object, ...]:
        """Everything but the durations."""
        return tuple(value for name, value in vars(self).items() if name != "durations")


def rows(records: Iterable[CallRecord]) -> list[Row]:
    """The rows of a run, by beginning (in steps that do not depend on who rang first) and device."""
    ordered = sorted(records, key=lambda each: (round(each.started_at.timestamp() * 5), each.device))
    return [
        Row(
            device=each.device,
            direction=each.direction.value,
            internal=each.internal,
            remote=each.remote_number,
            name=each.remote_name,
            outcome=each.outcome.value if each.outcome else None,
            ended_by=each.ended_by.value if each.ended_by else None,
            queue=each.queue,
            redirecting=each.redirecting_id,
            consultation=each.consultation_of is not None,
            durations=(each.ring_s, each.queue_s, each.talk_s, each.hold_s),
        )
        for each in ordered
    ]


def differences(simulated: list[Row], recorded: list[Row]) -> list[str]:
    """What does not agree, in words; empty when all does. Order among calls that begin together does not matter."""
    left = list(recorded)
    found: list[str] = []
    for row in simulated:
        match = next((each for each in left if row.same(each)), None)
        if match is None:
            found.append(f"only simulated: {row}")
        else:
            left.remove(match)
    return found + [f"only recorded:  {row}" for row in left]
