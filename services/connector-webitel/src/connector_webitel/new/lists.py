"""What one operator's lists of calls tell, one after the other on one connection. Pure but for `ask`."""

from collections.abc import Callable
from datetime import datetime

from cti_model.events import CallEvent

from connector_webitel.new.snapshot import compare, legs_of, listed
from connector_webitel.new.state import State
from connector_webitel.new.wire import Fields

Ask = Callable[[datetime, datetime], None]
"""Hears from when until when nobody heard an operator: what ended meanwhile is to be read elsewhere."""


class Lists:
    """The replies to `subscribe_call` and `call_by_user`, compared with what was told of the operator's legs.

    A list lags the events by a write: a leg has ended that is missing twice, or was not seen on this connection at all.
    `ask`: where what ended unheard can be asked about; until that is answered it is not said to be lost.
    """

    def __init__(self, state: State, device: str) -> None:
        self._state = state
        self._device = device
        self._doubted = legs_of(state, device)  # who has not been seen on this connection yet
        self._agreed: datetime | None = None  # when a list last agreed with what was told
        self._asked_about: set[str] = set()
        self.ask: Ask | None = None

    def first(
        self, reply: Fields, heard: datetime | None, unheard_since: datetime | None, at: datetime
    ) -> list[CallEvent]:
        """The first list. `heard`: when the operator was last heard; `unheard_since`: since when perhaps nobody did."""
        if unheard_since is not None:
            self._ask_about(self._unlisted(reply), unheard_since, at)
        self._agreed = at
        return self._compared(reply, heard, at)

    def renewed(self, reply: Fields, at: datetime) -> list[CallEvent]:
        """The list that comes with a subscription that was made anew: too soon after another one to be a second."""
        told = compare(self._state, self._device, reply, (), None, at)
        self._doubted = legs_of(self._state, self._device) - listed(reply)
        return told

    def later(self, reply: Fields, at: datetime) -> tuple[list[CallEvent], bool]:
        """Any other list; and whether it differs, so that events must have been missed."""
        missing = self._unlisted(reply)
        if self.ask is not None:
            self._state.awaited |= missing
        told = self._compared(reply, self._agreed, at)
        differs = bool(told or missing)
        if differs and self._agreed is not None:
            self._ask_about(missing, self._agreed, at)
        elif not differs and not self._doubted:
            self._agreed = at
        return told, differs

    def _unlisted(self, reply: Fields) -> set[str]:
        """The operator's legs that have ended unheard, and were not asked about."""
        return self._doubted - listed(reply) - self._asked_about

    def _ask_about(self, missing: set[str], since: datetime, at: datetime) -> None:
        if self.ask is not None:
            self._asked_about |= missing
            self._state.ask(self._device, missing)
            self.ask(since, at)

    def _compared(self, reply: Fields, since: datetime | None, at: datetime) -> list[CallEvent]:
        told = compare(self._state, self._device, reply, self._doubted, since, at)
        self._doubted = legs_of(self._state, self._device) - listed(reply)
        self._asked_about &= self._doubted
        return told
