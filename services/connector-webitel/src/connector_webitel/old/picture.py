"""What is known of one engine over all connections to it: calls and agents, kept up by events. Pure."""

from collections.abc import Iterable
from datetime import datetime

from cti_connector.session import Turn
from cti_freeswitch.agents import Agents, tick, translate_agents
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import lost
from cti_freeswitch.restore import restore
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_freeswitch.translate.turn import Turn as Work
from cti_model.agents import Agent
from cti_model.calls import Call
from cti_model.events import CallEvent, InformationChanged, Origin

from connector_webitel.old.agents import of_account
from connector_webitel.old.recordings import unanswered
from connector_webitel.old.translate.callbacks import Callback, Said
from connector_webitel.old.translate.domain import of_server
from connector_webitel.old.translate.own import Own
from connector_webitel.old.wire import Told


class Picture:
    """The calls and agents of one engine. All its connections share one, so that two users of a call tell one call."""

    def __init__(self, state: State, domain: str, agents: Agents | None = None) -> None:
        self.state = state
        self.domain = domain
        self.agents = agents or Agents(state.tenant, state.pbx, state.naming)
        self.own = Own(state, domain)
        self._seats: dict[str, Seat] = {}

    def restore(self, calls: Iterable[Call], agents: Iterable[Agent]) -> None:
        """Go on with what the bus knows."""
        restore(self.state, calls)
        self.agents.restore(agents)
        self.agents.reasons.clear()  # the engine tells why somebody is away, by the status itself

    def seat(self, account: str) -> "Seat":
        """The view of one account; empty for that of a service account, which hears the whole domain."""
        return self._seats.setdefault(account, Seat(self, account))

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more events of one action."""
        return bool(self.state.unsettled or self.own.waits)

    def call(self, account: str, event: Event, at: datetime) -> tuple[list[CallEvent], str]:
        """What an event of a user's own channel means; and why it means nothing, where that is a gap."""
        events, said = self.own.take(account, event)
        told = self.translate(events, at)
        told += self._aliases(event, said, at)
        told += self.translate(self.own.tick(at), at)
        missing = [each.message for each in said if each.callback is Callback.ERROR and not each.call]
        return told, missing[0] if missing else ""

    def server(self, event: Event, at: datetime, turn: Turn) -> None:
        """What a subscribed event means."""
        for found in of_server(self.state, event, self.domain):
            turn.agents += translate_agents(self.agents, found, at)
            turn.events += self.translate([found], at)

    def account(self, event: Event, at: datetime, turn: Turn) -> None:
        """What the engine tells of its users."""
        for each in of_account(self.agents, event):
            turn.agents += translate_agents(self.agents, each, at)

    def translate(self, events: Iterable[Event], at: datetime) -> list[CallEvent]:
        """The call events of FreeSWITCH's."""
        return [told for event in events for told in translate(self.state, event, at)]

    def quiet(self, at: datetime, turn: Turn) -> None:
        """Time has passed."""
        turn.events += self.translate(self.own.tick(at), at)
        if not self.state.blind:
            turn.events += settle(self.state, at)
        turn.agents += tick(self.agents, at)

    def _aliases(self, event: Event, said: Iterable[Said], at: datetime) -> list[CallEvent]:
        """The library's ids of a call are the call's too: those that it begins with, and those that it changes to."""
        channel = self.state.find(event.get("Unique-ID"))
        box = channel.box if channel is not None else None
        ids = [each.call.uuid for each in said if each.callback is Callback.NEW_CALL and each.call is not None]
        ids += [each.new_id for each in said if each.callback is Callback.UUID and each.new_id]
        new = tuple(uid for uid in ids if box is not None and uid not in box.call.native_ids)
        work = Work(self.state, event, at, Origin.OBSERVED)
        if box is not None and box.call.alive and new:
            work.say(box, InformationChanged(native_ids=new), channel)
        return work.told


class Seat:
    """One account's view. After a lost connection its events wait for the comparison, so that they meet what is known.

    `heard_at`: when the last bytes came that told all; what happened between that and the next comparison it did not
    hear, or did not understand yet.
    """

    def __init__(self, picture: Picture, account: str) -> None:
        self.picture = picture
        self.account = account
        self.heard_at: datetime | None = None
        self.blind = True
        self._behind: list[tuple[Told, datetime]] = []

    @property
    def domain(self) -> str:
        """Whose channels are listed."""
        return self.picture.domain

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more events of one action."""
        return self.picture.unsettled

    @property
    def next_at(self) -> datetime | None:
        """When a wrap-up ends."""
        return self.picture.agents.next_at

    def quiet(self, at: datetime, turn: Turn) -> None:
        """Time has passed."""
        self.picture.quiet(at, turn)

    def hears(self, at: datetime) -> None:
        """Bytes came."""
        if not self.blind:
            self.heard_at = at

    def connection_lost(self) -> None:
        """A connection is over: what happens from now on is not heard."""
        self.blind = True
        self._behind = []
        unanswered(self.picture.state)
        if not self.account and self.heard_at is not None:
            lost(self.picture.state, self.heard_at)

    def take(self, told: Told, at: datetime, turn: Turn) -> None:
        """What an event means."""
        if told.event.name == "ACCOUNT_STATUS":
            self.picture.account(told.event, at, turn)
        elif self.blind:
            self._behind.append((told, at))
        elif told.kind == "call" and self.account:
            events, gap = self.picture.call(self.account, told.event, at)
            turn.events += events
            turn.gap = turn.gap or gap
        elif told.kind == "server" and not self.account:
            self.picture.server(told.event, at, turn)

    def sees(self, at: datetime, turn: Turn) -> None:
        """The comparison was made: what waited for it is told now."""
        self.blind, behind, self._behind = False, self._behind, []
        self.heard_at = at
        for told, came_at in behind:
            self.take(told, came_at, turn)
        turn.gap = ""  # what was missing was just compared
