"""One link for each operator, as a source of one PBX's events."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

import structlog
from cti_model.commands import CommandRequest, CommandResult, ErrorCode, failed
from cti_model.events import CallEvent, LinkKind

from cti_connector.asked import Told
from cti_connector.conversation import LinkSettings
from cti_connector.firstparty.occupied import Occupied
from cti_connector.firstparty.operators import Operator, Operators
from cti_connector.firstparty.seat import OpenOperatorSession, Seat, SeatState
from cti_connector.firstparty.tellings import Tellings
from cti_connector.firstparty.turns import Turns
from cti_connector.link import Listener, now
from cti_connector.live import Known
from cti_connector.session import LinkRefused
from cti_connector.telemetry import Metrics
from cti_connector.transport import Open, Transport

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PoolSettings:
    """Of one PBX. `link`: the bounds of each link. `stagger_s`: seconds between two log-ins, whosoever they are."""

    tenant: str
    pbx: str
    link: LinkSettings
    stagger_s: float = 0.1


class Pool:
    """Keeps a link for each operator who is to be signed in. Implements `cti_connector.host.Source`.

    Each link connects, is watched and comes back by itself. A refused log-in is tried again after the wait of its
    reason or when its credential changes, whichever is first, also by the next leader; it is told as an event of the
    operator. An operator who is wanted no more stays while their device has a call. The link of the PBX counts as up
    while any operator is let in.
    """

    def __init__(
        self,
        settings: PoolSettings,
        operators: Operators,
        opening: Open,
        open_session: OpenOperatorSession,
        listener: Listener,
        metrics: Metrics,
        known: Known,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._settings = settings
        self._operators = operators
        self._opening = opening
        self._open_session = open_session
        self._listener = listener
        self._metrics = metrics
        self._clock = clock
        self._turns = Turns(settings.stagger_s)
        self._occupied = Occupied(each.call for each in known.calls)
        self._tellings = Tellings(settings.tenant, settings.pbx, known.operators, listener, clock)
        self._lingering: set[str] = set()  # users who stay for a call only
        self._wanted: dict[str, Operator] | None = None
        self._seats: dict[str, Seat] = {}
        self._group = asyncio.TaskGroup()

    async def run(self) -> None:
        """Until cancelled; raises what the listener raises."""
        try:
            async with self._group, aclosing(self._operators.changes(self._occupied)) as changes:
                async for wanted in changes:
                    self._arrange(wanted)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            for seat in self._seats.values():
                self._count(seat.state, -1)

    def problem(self) -> str | None:
        """Why nobody is signed in who should be; one refused operator among others is no problem of the PBX."""
        if self._wanted is None:
            return "who is to be signed in is not known yet"
        seats = self._seats.values()
        if not seats or any(each.link.problem() is None for each in seats):
            return None
        return f"none of {len(seats)} operators is signed in: {next(iter(seats)).link.problem()}"

    async def command(self, request: CommandRequest, told: Told | None = None) -> CommandResult:
        """Carried out by the link of the device that acts, or whose connection is meant."""
        device = request.device or self._occupied.device_of(request.connection_id)
        seats = [each for each in self._seats.values() if each.operator.device == device]
        if not seats:
            return failed(request, ErrorCode.NOT_CONNECTED, f"nobody is signed in at the PBX as {device or 'anybody'}")
        seats.sort(key=lambda each: not each.link.connected)  # a shared telephone: whoever is let in
        return await seats[0].link.command(request, told)

    def heard(self, events: list[CallEvent]) -> None:
        """See `seat.Hall`."""
        for event in events:
            self._occupied.take(event.call)
        if self._lingering and self._wanted is not None:
            self._arrange(self._wanted.values())

    def others(self, seat: Seat) -> None:
        """See `seat.Hall`."""
        for each in self._seats.values():
            if each is not seat:
                each.link.wake()

    def moved(self, seat: Seat, state: SeatState, why: LinkRefused | str) -> None:
        """See `seat.Hall`."""
        was = self._connected
        self._stands(seat, state)
        if isinstance(why, LinkRefused):
            self._metrics.operators_refused.add(1, {"pbx": self._settings.pbx, "reason": why.reason.value})
            _log.warning("operator refused", reason=why.reason.value, error=str(why), login=seat.operator.login)
            self._tellings.refused(seat.operator, why)
        elif state is SeatState.CONNECTED:
            self._tellings.admitted(seat.operator)
        self._tell_link(was, str(why))

    def _arrange(self, wanted: Collection[Operator]) -> None:
        """Make the links those that are wanted."""
        first, self._wanted = self._wanted is None, {each.user: each for each in wanted}
        if first:
            _log.info("operators known", count=len(self._wanted))
            self._tellings.release_all_but(self._wanted)
        for user, seat in list(self._seats.items()):
            self._rearrange(seat, self._wanted.get(user))
        for user, operator in self._wanted.items():
            if user not in self._seats:
                seat = self._new_seat(operator)
                wait_s = self._tellings.still_refused_s(operator, self._settings.link.wait_after)
                self._stands(seat, SeatState.REFUSED if wait_s else SeatState.CONNECTING)
                seat.sit(self._group, wait_s=wait_s)

    def _rearrange(self, seat: Seat, operator: Operator | None) -> None:
        before = seat.operator
        self._lingering.discard(before.user)
        if operator == before:
            return
        if operator is not None and operator.device == before.device and operator.login == before.login:
            seat.operator = operator
            if seat.state is SeatState.REFUSED:
                self._stands(seat, SeatState.CONNECTING)
                seat.sit(self._group)
        elif seat.state is SeatState.CONNECTED and before.device in self._occupied:
            self._lingering.add(before.user)  # when the call is over we come here again
        elif operator is None:
            self._release(seat)
        else:
            self._forget(seat, "another log-in")
            new = self._new_seat(operator)
            self._stands(new, SeatState.CONNECTING)
            new.follow(self._group, seat)

    def _new_seat(self, operator: Operator) -> Seat:
        made = Seat(
            operator, self._settings.link, self._open, self._open_session, self._listener, self, clock=self._clock
        )
        self._seats[operator.user] = made
        self._count(made.state, 1)
        return made

    def _release(self, seat: Seat) -> None:
        seat.leave()
        self._forget(seat, "the last operator was signed out")
        self._tellings.released(seat.operator)

    def _forget(self, seat: Seat, why: str) -> None:
        was = self._connected
        del self._seats[seat.operator.user]
        self._count(seat.state, -1)
        self._tell_link(was, why)

    async def _open(self) -> Transport:
        await self._turns.take()
        return await self._opening()

    @property
    def _connected(self) -> bool:
        return any(each.state is SeatState.CONNECTED for each in self._seats.values())

    def _tell_link(self, was: bool, why: str) -> None:
        """The PBX's link is up while any operator's is."""
        if was != self._connected:
            self._listener.link(LinkKind.DISCONNECTED if was else LinkKind.CONNECTED, why)

    def _stands(self, seat: Seat, state: SeatState) -> None:
        self._count(seat.state, -1)
        seat.state = state
        self._count(state, 1)

    def _count(self, state: SeatState, by: int) -> None:
        self._metrics.operators.add(by, {"pbx": self._settings.pbx, "state": state.value})
