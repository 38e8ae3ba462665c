"""What is known of one Webitel over all operators' links. Their sessions share it, so that two tell one call. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from cti_model.agents import Agent
from cti_model.calls import Call, Connection, ConnectionState, DeviceKind, Direction
from cti_model.operators import OperatorEvent

from connector_webitel.new.agents import Agents
from connector_webitel.new.state import CallBox, Leg, State
from connector_webitel.new.translate.turn import LINGER

_LAGS: Final = timedelta(seconds=30)  # by so much a list may lag behind the events


class Picture:
    """The translator's state, and the operators as agents."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.agents = Agents(state.tenant, state.pbx)

    def restore(
        self, calls: Iterable[Call], agents: Iterable[Agent] = (), operators: Iterable[OperatorEvent] = ()
    ) -> None:
        """Go on with what the bus knows as alive; what it does not carry is told anew by the lists that follow."""
        self.agents.restore(agents)
        for event in operators:
            self.state.seats.hear(event)
        gone: list[str] = []
        for call in calls:
            if call.alive:
                box = CallBox(call)
                self.state.boxes[call.native_ids[0]] = box
                for each in call.connections:
                    if each.alive and each.native_ids:
                        leg = _leg(box, each)
                        self.state.legs[leg.uid] = leg
                        if leg.device:
                            self.state.seats.doubt(leg.device)
                    elif not each.alive:
                        gone += each.native_ids
                if not self.state.own(box):  # its last operator had left
                    at = max((each.changed_at for each in call.connections), default=call.started_at)
                    self.state.left[call.native_ids[0]] = (box, at, at + LINGER)

        for uid in gone:
            if uid not in self.state.legs:
                self.state.forget(uid)

    def remember(self, calls: Iterable[Call], now: datetime) -> None:
        """Calls that were told to be over: no other has their ids, and what comes late of them is theirs.

        A leg in one of them may live on, where no operator was there to tell its end. A list that has one that was told
        to be over just now lags behind.
        """
        for call in calls:
            self.state.end(call)
            at = call.ended_at or call.started_at
            for uid in dict.fromkeys(
                (call.native_ids[0], *(uid for each in call.connections for uid in each.native_ids))
            ):
                if uid not in self.state.legs:
                    self.state.forget(uid, unheard=at < now - _LAGS)


def _leg(box: CallBox, connection: Connection) -> Leg:
    others = [each for each in box.call.connections if each.alive and each is not connection]
    alone = others[0].connection_id if len(others) == 1 and others[0].talking else ""
    uid, root = connection.native_ids[-1], box.call.native_ids[0]
    return Leg(
        uid=uid,
        parent=root if connection.direction is Direction.IN and root != uid else "",
        device=connection.device.number if connection.device.kind is DeviceKind.EXTENSION else "",
        outward=connection.direction is Direction.OUT,
        # Whether it was a click-to-call is not known any more: then only a bridge tells of an answer.
        prompted=connection.direction is Direction.OUT and connection.answered_at is None,
        party=connection.party,
        remote=connection.remote,
        remote_kind="user" if connection.internal else "",
        peer=alone if connection.talking else "",
        queue=connection.queue,
        held=connection.state is ConnectionState.HELD,
        at=connection.changed_at,
        box=box,
        connection_id=connection.connection_id,
    )
