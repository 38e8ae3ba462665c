"""What is known of one Asterisk over all connections to it: calls and agents, kept up by frames and snapshots. Pure."""

from collections.abc import Iterable
from datetime import datetime

from cti_connector.session import Reconciled, Turn
from cti_model.agents import Agent
from cti_model.calls import Call
from cti_model.events import CallEvent, Origin

from connector_asterisk.agents import Agents, reconcile_agents, tick, translate_agents
from connector_asterisk.autopause import auto_pause
from connector_asterisk.catchup import CatchUp
from connector_asterisk.channels import State
from connector_asterisk.reconcile import lost, reconcile
from connector_asterisk.restore import restore
from connector_asterisk.snapshot import CHANNELS, Collector, Snapshot
from connector_asterisk.translate import settle, translate
from connector_asterisk.wire import Frame, encode

_DEVICES = "devices-"


class Picture:
    """The translator's state, the agents', and one comparison at a time."""

    def __init__(self, state: State, agents: Agents | None = None, *, auto_pause: bool = False) -> None:
        self.state = state
        self.agents = agents or Agents(state.tenant, state.pbx, state.naming)
        self._pauses = auto_pause
        self._paused = 0
        self._heard_at: datetime | None = None
        self._round: _Round | None = None
        self._list_channels = CHANNELS

    def restore(self, calls: Iterable[Call], agents: Iterable[Agent]) -> None:
        """Go on with what the bus knows."""
        restore(self.state, calls)
        self.agents.restore(agents)

    @property
    def unsettled(self) -> bool:
        """Whether something waits for more frames of one action."""
        return bool(self.state.endings or self.state.pending)

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
        if self._heard_at is not None:
            lost(self.state, self._heard_at)

    def take(self, frame: Frame, at: datetime, turn: Turn) -> None:
        """What an event, or an answer to `ask`, means."""
        asked = self._round
        if asked is not None and asked.owns(frame):
            self._listed(asked, frame, at, turn)
        elif not frame.is_response:
            listed = frame.get("ActionID").startswith(_DEVICES)
            turn.agents += translate_agents(self.agents, frame, at, Origin.RECONCILED if listed else Origin.OBSERVED)
        if asked is not None:
            told = asked.feed(frame, at)
            if asked.snapshot is not None:
                self._compared(asked, asked.snapshot, told, turn)
        else:
            told = [] if frame.is_response else translate(self.state, frame, at)
        self._tell(told, turn)

    def quiet(self, at: datetime, turn: Turn) -> None:
        """Time has passed."""
        self._tell(settle(self.state, at), turn)
        turn.agents += tick(self.agents, at)

    def ask(self, number: int) -> bytes:
        """The questions of one comparison. After frames were missed, what comes meanwhile waits for its end."""
        behind = self.state.blind or self.state.sure_at is None
        asked = self._round = _Round(self.state, number, self._list_channels, behind=behind)
        devices = encode("DeviceStateList", f"{_DEVICES}{number}")  # 11 does not know it
        return devices + b"".join(encode(action, action_id, headers) for action, action_id, headers in asked.actions)

    def _listed(self, asked: "_Round", frame: Frame, at: datetime, turn: Turn) -> None:
        if frame.name == "QueueMember":
            asked.members.append(frame)
        elif frame.name == "QueueStatusComplete":
            # At once: what happens to members from here on comes after the list.
            events = reconcile_agents(self.agents, asked.members, at)
            turn.agents += events
            asked.differences += len(events)

    def _compared(self, asked: "_Round", snapshot: Snapshot, told: list[CallEvent], turn: Turn) -> None:
        self._round = None
        if self._list_channels in snapshot.absent:
            self._list_channels = "Status"  # refused for want of rights: the next round asks in the other way
        found = sum(event.origin is Origin.RECONCILED for event in told)
        turn.reconciled = Reconciled(asked.number, asked.differences + found)

    def _tell(self, told: list[CallEvent], turn: Turn) -> None:
        turn.events += told
        if self._pauses and told:
            for action, headers in auto_pause(self.state, self.agents, told):
                self._paused += 1
                turn.send += encode(action, f"autopause-{self._paused}", headers)


class _Round:
    """One comparison: its number, the queue members that were listed in it, and how many differences were told so far.

    `behind`: frames were missed before it, so that others wait until it is over. `snapshot`: set when it is.
    """

    def __init__(self, state: State, number: int, channels: str, *, behind: bool) -> None:
        self.number = number
        self.members: list[Frame] = []
        self.differences = 0
        self.snapshot: Snapshot | None = None
        self._state = state
        self._catch_up = CatchUp(state, number, channels) if behind else None
        self._collector = Collector(channels)  # of a round that nobody has to wait for
        self.actions = self._collector.actions(number) if self._catch_up is None else self._catch_up.actions

    def owns(self, frame: Frame) -> bool:
        """Whether a frame answers this round."""
        return (self._catch_up or self._collector).owns(frame)

    def feed(self, frame: Frame, at: datetime) -> list[CallEvent]:
        """Take a frame, an answer or not; the events that it leads to."""
        if self._catch_up is not None:
            told = self._catch_up.feed(frame, at)
            self.snapshot = self._catch_up.snapshot
            return told
        ours = self._collector.owns(frame)
        self.snapshot = self._collector.feed(frame)
        if self.snapshot is not None:
            return reconcile(self._state, self.snapshot, at)
        return [] if ours or frame.is_response else translate(self._state, frame, at)
