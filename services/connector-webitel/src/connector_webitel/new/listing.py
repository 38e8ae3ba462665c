"""What one operator's link asks and hears of their calls as a whole: the subscription, and the lists."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cti_connector.session import LinkLost, LinkRefused, Reconciled, Refusal, Turn

from connector_webitel.new.actions.faults import FORGOTTEN, meaning
from connector_webitel.new.lists import Lists
from connector_webitel.new.questions import Ask
from connector_webitel.new.state import State
from connector_webitel.new.wire import Fault, Reply

Refused = Callable[[str, str], None]
"""Takes which question of our own the engine refused, and its reason."""

_SUBSCRIBE: Final = "subscribe_call"
_LIST: Final = "call_by_user"
_WRONG_TOKEN: Final = 401
_WHY: Final = {_WRONG_TOKEN: Refusal.WRONG_PASSWORD, 412: Refusal.LICENCE}
_BUSY: Final = 429
_ENGINES_OWN: Final = 500  # a fault from here on says nothing of the user, and is over soon


class Listing:
    """`ready`: whether call events come. `heard`: when each operator was last heard, by device.

    `before`: since when nobody may have heard this one, where we never did. `begun`: what to ask whenever the
    subscription was made. `refused`: hears of refused questions.
    """

    def __init__(
        self,
        state: State,
        device: str,
        ask: Ask,
        heard: dict[str, datetime],
        *,
        before: datetime | None,
        begun: Callable[[], bytes],
        refused: Refused,
    ) -> None:
        self._seats = state.seats
        self._device = device
        self._ask = ask
        self._since = heard.get(device)
        self._unheard_since = self._since or before
        self._begun = begun
        self._refused = refused
        self.lists = Lists(state, device)
        self.ready = False

    def subscribe(self) -> bytes:
        """Ask for call events; the answer has the first list."""
        return self._ask(_SUBSCRIBE, None, self._subscribed)

    def ask_for(self, number: int, action: str = _LIST) -> bytes:
        """Ask for the calls; `subscribe_call` has them too, where the engine refuses to list them."""

        def answered(reply: Reply, at: datetime, turn: Turn) -> None:
            if reply.fault is None:
                self._listed(reply, number, at, turn)
                return
            self._go_on_without("list", reply.fault)
            if action == _LIST:
                turn.send += self.ask_for(number, _SUBSCRIBE)
            else:  # it answers, so the link is alive, though nothing was compared
                turn.reconciled = Reconciled(number, 0)

        return self._ask(action, None, answered)

    def over(self) -> None:
        """The link is."""
        if self.ready:
            self._seats.lost(self._device)

    def _subscribed(self, reply: Reply, at: datetime, turn: Turn) -> None:
        if reply.fault is not None and not self.ready:
            raise not_let_in("call events refused", reply.fault)
        if reply.fault is not None:
            self._go_on_without("subscription", reply.fault)
            return
        if self.ready:
            turn.events += self.lists.renewed(reply.data, at)
        else:
            self.ready = True
            self._seats.connected(self._device)
            turn.events += self.lists.first(reply.data, self._since, self._unheard_since, at)
        turn.send += self._begun()

    def _listed(self, reply: Reply, number: int, at: datetime, turn: Turn) -> None:
        """A list that differs: the engine may have lost its binding to our events. It does not notice, nor tell."""
        told, differs = self.lists.later(reply.data, at)
        turn.events += told
        turn.reconciled = Reconciled(number, len(told))
        if differs:
            turn.send += self.subscribe()

    def _go_on_without(self, what: str, fault: Fault) -> None:
        """One refused question is no reason to cut the link; that the engine forgot who we are is."""
        if fault.id in FORGOTTEN or fault.code == _WRONG_TOKEN:
            raise LinkLost(f"{what} refused: {fault}")
        self._refused(what, str(fault))


def not_let_in(what: str, fault: Fault) -> LinkLost:
    """One that restarts, or has too much to do, will let them in soon: that is no refusal, which would wait long."""
    text = f"{what}: {meaning(fault)[1]}"
    if fault.code >= _ENGINES_OWN or fault.code == _BUSY:
        return LinkLost(text)
    licence = fault.id.endswith("permissions.license")
    return LinkRefused(text, Refusal.LICENCE if licence else _WHY.get(fault.code, Refusal.OTHER))
