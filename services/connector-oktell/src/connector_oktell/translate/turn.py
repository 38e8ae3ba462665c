"""The work on one answer: whose line it is about, when it happened, and what was told so far."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cti_model.calls import Cause, Connection, Device, DeviceKind, Direction, Party
from cti_model.events import CallEvent, CallFact, Cleared, ConnectionCleared, InformationChanged, Leg, Origin
from cti_model.fold import born, tell
from cti_model.ids import call_id, connection_id

from connector_oktell.translate.lineinfo import Abonent
from connector_oktell.translate.state import Box, Desk, State

_RECORDED = timedelta(seconds=2)  # so long after a talk its recording may be listed


@dataclass
class Turn:
    """`occurred_at` is when it happened, `observed_at` when it was seen. `within`: see `cti_model.fold.tell`."""

    state: State
    occurred_at: datetime
    observed_at: datetime
    origin: Origin = Origin.OBSERVED
    within: tuple[datetime | None, datetime | None] = (None, None)
    told: list[CallEvent] = field(default_factory=list)

    def say(self, box: Box, fact: CallFact, at: datetime | None = None) -> None:
        """Tell a fact about a call."""
        native = tuple(sorted(box.chains))[:1]
        event = tell(box.call, fact, at or self.occurred_at, self.observed_at, self.origin, native, self.within)
        box.call = event.call
        self.told.append(event)

    def open(self, abonent: Abonent) -> Box:
        """Begin a call with this other side."""
        state = self.state
        chain = abonent.chain or f"{abonent.key}@{self.occurred_at.timestamp():.6f}"
        native = state.native(chain)
        call = born(
            call_id(state.tenant, state.pbx, "", native),
            state.tenant,
            state.pbx,
            self.occurred_at,
            native,
            state.features,
        )
        return state.open(call, {chain})

    def alias(self, box: Box, chain: str) -> None:
        """The call goes on under another id."""
        if chain and chain not in box.chains:
            box.chains.add(chain)
            self.say(box, InformationChanged(native_ids=(chain,)))

    def own_leg(self, desk: Desk, box: Box, direction: Direction, far: Abonent, redirecting: str = "") -> Leg:
        """The operator's part; the one that is there already, or a new one."""
        device = Device(desk.device, DeviceKind.EXTENSION)
        party = Party(number=desk.device, name=desk.name)
        remote = Party(number=far.number or desk.goal, name=far.name)
        known, internal = box.extension(desk.device), not far.external
        if not far.number:
            internal = desk.goal in self.state.numbers
        return self._leg(box, known, device, direction, party, remote, internal, redirecting)

    def far_leg(self, desk: Desk, box: Box, direction: Direction, far: Abonent) -> Leg:
        """The other side's part; the one that is there already, or a new one."""
        party = Party(number=far.number, name=far.name)
        remote = Party(number=desk.device, name=desk.name)
        return self._leg(box, box.far(far, desk.device), far.device, direction, party, remote, not far.external, "")

    def _leg(
        self,
        box: Box,
        known: Connection | None,
        device: Device,
        direction: Direction,
        party: Party,
        remote: Party,
        internal: bool,
        redirecting: str,
    ) -> Leg:
        if known is not None:
            return leg_of(known)
        who = party.number or device.number
        before = sum(each.device.number == device.number for each in (*box.call.connections, *box.call.left))
        native = f"{box.call.call_id}/{device.kind}/{who}/{before}"
        return Leg(
            connection_id=connection_id(self.state.tenant, self.state.pbx, "", native),
            device=device,
            direction=direction,
            party=party,
            remote=remote,
            internal=internal,
            redirecting_id=redirecting,
        )

    def clear(self, box: Box, connection: Connection, cause: Cause, by: str, at: datetime | None = None) -> None:
        """Tell that a part of a call ended, and with the last one the call."""
        self.say(box, ConnectionCleared(connection_id=connection.connection_id, cause=cause, released_by=by), at)
        desk = self.state.desks.get(connection.device.number)
        if self.state.records and desk is not None and connection.answered_at is not None:
            desk.wants(box, connection.connection_id, self.observed_at + _RECORDED)
        if not box.living():
            self.say(box, Cleared(cause=cause), at)
            self.state.close(box)


def leg_of(known: Connection) -> Leg:
    """The part that is there already."""
    return Leg(
        connection_id=known.connection_id,
        device=known.device,
        direction=known.direction,
        party=known.party,
        remote=known.remote,
        internal=known.internal,
    )
