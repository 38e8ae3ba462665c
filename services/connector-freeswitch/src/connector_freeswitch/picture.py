"""What is known of one FreeSWITCH over all connections to it: calls and agents, kept up by events. Pure."""

from collections.abc import Iterable
from datetime import datetime

from cti_connector.session import Reconciled, Turn
from cti_freeswitch.agents import Agents, reconcile_agents, tick, translate_agents, use_telephones
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import lost, reconcile
from cti_freeswitch.restore import restore
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_model.agents import Agent
from cti_model.calls import Call
from cti_model.events import CallEvent, Origin

from connector_freeswitch.snapshot import Round


class Picture:
    """The translator's state, the agents', and one comparison at a time.

    After a log-in events wait for the comparison, so that they meet a state that knows its channels.
    """

    def __init__(self, state: State, agents: Agents | None = None) -> None:
        self.state = state
        self.agents = agents or Agents(state.tenant, state.pbx, state.naming)
        self._heard_at: datetime | None = None
        self._round: Round | None = None
        self._behind: list[tuple[Event, datetime]] = []

    def restore(self, calls: Iterable[Call], agents: Iterable[Agent]) -> None:
        """Go on with what the bus knows."""
        restore(self.state, calls)
        for box in self.state.boxes.values():
            self.agents.telephones.see(box.call)
        self.agents.restore(agents)

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more events of one action."""
        return self.state.unsettled

    @property
    def next_at(self) -> datetime | None:
        """When a wrap-up ends."""
        return self.agents.next_at

    def hears(self, at: datetime) -> None:
        """Bytes came."""
        self._heard_at = at

    def connection_lost(self) -> None:
        """A connection is over: what it asked is not answered, and what happens from now on is not seen."""
        self._round = None
        self._behind = []
        if self._heard_at is not None:
            lost(self.state, self._heard_at)

    def take(self, event: Event, at: datetime, turn: Turn) -> None:
        """What an event means."""
        turn.agents += translate_agents(self.agents, event, at)
        if self._waits:
            self._behind.append((event, at))
        else:
            self._tell(translate(self.state, event, at), turn)

    def _tell(self, events: list[CallEvent], turn: Turn) -> None:
        """Call events, and what they mean for agents."""
        turn.events += events
        turn.agents += use_telephones(self.agents, events)

    @property
    def _waits(self) -> bool:
        return self.state.blind or self.state.sure_at is None

    def quiet(self, at: datetime, turn: Turn) -> None:
        """Time has passed."""
        if not self._waits:
            self._tell(settle(self.state, at), turn)
        turn.agents += tick(self.agents, at)

    def ask(self, number: int) -> list[str]:
        """The first questions of one comparison, as API commands."""
        self._round = Round(self.state, number)
        return self._round.questions

    def answered(self, number: int, text: str, at: datetime, turn: Turn) -> list[str]:
        """The answer to the oldest open question of a comparison; more questions that follow from it.

        What was asked for a comparison that another one took the place of is nothing.
        """
        asked = self._round
        if asked is None or asked.number != number:
            return []
        more = asked.answered(text)
        if asked.snapshot is not None:
            self._round = None
            told = reconcile(self.state, asked.snapshot, at)
            for event in told:
                self.agents.telephones.see(event.call)
            agents = reconcile_agents(self.agents, asked.snapshot.agents, asked.snapshot.tiers, at)
            agents += use_telephones(self.agents, told)  # news where mod_callcenter did not answer
            found = sum(event.origin is Origin.RECONCILED for event in told)
            turn.events += told
            turn.agents += agents
            turn.reconciled = Reconciled(asked.number, found + len(agents))
            for behind, observed_at in self._behind:
                self._tell(translate(self.state, behind, observed_at), turn)
            self._behind = []
        return more
