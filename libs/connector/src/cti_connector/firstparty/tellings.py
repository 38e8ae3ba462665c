"""What was told of each operator's log-in, by this leader and those before it."""

from collections.abc import Callable, Collection
from datetime import datetime

from cti_model.operators import OperatorEvent, OperatorEventKind, Refusal, operator_event

from cti_connector.firstparty.operators import Operator
from cti_connector.link import Listener
from cti_connector.live import SignedIn
from cti_connector.session import LinkRefused


class Tellings:
    """Tells of log-ins at one PBX what is news; begins with what the stream knows."""

    def __init__(
        self, tenant: str, pbx: str, known: Collection[SignedIn], listener: Listener, clock: Callable[[], datetime]
    ) -> None:
        self._tenant = tenant
        self._pbx = pbx
        self._listener = listener
        self._clock = clock
        self._told: dict[str, OperatorEvent] = {each.event.user: each.event for each in known}

    def admitted(self, operator: Operator) -> None:
        """The PBX let the operator in. A link that comes back with the same credential is no news."""
        last = self._told.get(operator.user)
        as_before = (OperatorEventKind.ADMITTED, operator.device, operator.credential)
        if last is None or (last.kind, last.device, last.credential) != as_before:
            self._tell(operator, OperatorEventKind.ADMITTED)

    def refused(self, operator: Operator, error: LinkRefused) -> None:
        """The PBX did not. Told each time: the newest one says how long not to try."""
        self._tell(operator, OperatorEventKind.REFUSED, error)

    def released(self, operator: Operator) -> None:
        """The link is wanted no more."""
        self._tell(operator, OperatorEventKind.RELEASED)

    def release_all_but(self, users: Collection[str]) -> None:
        """Of operators of a former leader who are wanted no more, nobody else would say so."""
        for last in list(self._told.values()):
            if last.kind is not OperatorEventKind.RELEASED and last.user not in users:
                self.released(Operator(last.user, last.device, "", "", last.credential))

    def still_refused_s(self, operator: Operator, wait_after: Callable[[Refusal], float]) -> float:
        """How long the last refusal still forbids to try; 0 when the credential is another, or there was none."""
        last = self._told.get(operator.user)
        if last is None or last.reason is None or last.credential != operator.credential:
            return 0.0
        passed = (self._clock() - last.occurred_at).total_seconds()
        return max(0.0, wait_after(last.reason) - passed)

    def _tell(self, operator: Operator, kind: OperatorEventKind, why: LinkRefused | None = None) -> None:
        event = operator_event(
            self._tenant,
            self._pbx,
            operator.user,
            operator.device,
            kind,
            self._clock(),
            reason=why.reason if why is not None else None,
            detail=str(why or ""),
            credential=operator.credential,
        )
        self._told[operator.user] = event
        self._listener.operator(event)
