"""What can be wrong with any simulated PBX on WebSockets; to be changed while it runs."""

from dataclasses import dataclass, field


@dataclass
class SocketFaults:
    """None by default.

    `deaf`: connections are refused. `delay_s`: of every answer; `delays_s` of a method's. `events_first`: what a method
    does is told before it is answered. `lose`: so many events are not sent.
    """

    deaf: bool = False
    delay_s: float = 0.0
    delays_s: dict[str, float] = field(default_factory=dict)
    events_first: bool = False
    lose: int = 0

    def delay_of(self, method: str) -> float:
        """Seconds until a method is answered."""
        return self.delays_s.get(method, self.delay_s)
