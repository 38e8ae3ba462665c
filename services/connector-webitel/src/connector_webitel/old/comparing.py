"""A seat's picture against what its snapshot says: the difference as events. Pure."""

from datetime import datetime

from cti_connector.session import Reconciled, Turn
from cti_freeswitch.agents import reconcile_agents
from cti_freeswitch.reconcile import reconcile
from cti_model.events import Origin

from connector_webitel.old.picture import Seat
from connector_webitel.old.snapshot import Round


def compare(seat: Seat, asked: Round, at: datetime, turn: Turn) -> None:
    """Tell the difference, then what waited for it."""
    found, picture = asked.snapshot, seat.picture
    if found is None:
        return
    state = picture.state
    if seat.blind:
        state.sure_at, state.blind = seat.heard_at or state.sure_at, True
    left = [channel.box for uid in found.absent if (channel := state.find(uid)) is not None]
    told = reconcile(state, found, at)
    if seat.account:
        picture.own.found(seat.account, found, left)
        told += picture.translate(picture.own.tick(at), at)
    agents = reconcile_agents(picture.agents, found.agents, found.tiers, at)
    turn.events += told
    turn.agents += agents
    differences = sum(event.origin is Origin.RECONCILED for event in told) + len(agents)
    turn.reconciled = Reconciled(asked.number, differences)
    seat.sees(at, turn)
