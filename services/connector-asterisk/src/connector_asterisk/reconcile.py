"""What the translator knows against what Asterisk says is alive: the difference as ordinary events.

Promises: a state that missed nothing has no difference; running it twice adds nothing; frames that follow go on from
where it ends. Nothing is undone that cannot be known: hold is in no snapshot and stays as it is. Parts that the
snapshot lacks are left alone. Each event tells the instants between which it happened (docs/adr/0008).

The steps, in this order, since each needs the ones before it:

0. life     what is known of an earlier Asterisk is over (`connector_asterisk.translate.boot`);
1. names    Asterisk 11 lets telephones change places (`Masquerade`);
2. meet     calls that we know have become one (a transfer that we missed), while the transferer is still known;
3. vanish   what is not there any more ends;
4. appear   what we do not know begins, what rings or talks now is told (`connector_asterisk.found`);
5. meet     as 2, with those that appeared;
6. wait     (and before 4, of those that we know) who waits in a queue or a parking slot, and who does not any more.
"""

from datetime import datetime
from itertools import permutations

from cti_model.events import CallEvent, Origin

from connector_asterisk.channels import Channel, State
from connector_asterisk.estimate import changed, known_until
from connector_asterisk.found import appear
from connector_asterisk.items import SnapshotChannel
from connector_asterisk.kinship import counted, is_pseudo
from connector_asterisk.naming import endpoint_of
from connector_asterisk.search import Search, as_if
from connector_asterisk.snapshot import Snapshot
from connector_asterisk.translate.boot import started_again
from connector_asterisk.translate.bridges import together
from connector_asterisk.translate.passing import masquerade, renumbered
from connector_asterisk.translate.turn import NOTHING, Told, Turn
from connector_asterisk.vanished import nobody_left, vanish, vanished
from connector_asterisk.waits import stop_waiting, wait, wait_in_queues


def lost(state: State, at: datetime) -> None:
    """The link to Asterisk is lost; the last byte came at `at`. What happens from now on is missed."""
    if not state.blind:
        state.sure_at, state.blind = at, True
    state.ended.clear()  # no frame comes late over another connection, and the next Asterisk may use a Uniqueid again


def reconcile(state: State, snapshot: Snapshot, at: datetime, origin: Origin = Origin.RECONCILED) -> list[CallEvent]:
    """The events that bring `state` (in place) to what a snapshot says that was complete at `at`."""
    return [each.event for each in reconcile_explained(state, snapshot, at, origin)]


def reconcile_explained(state: State, snapshot: Snapshot, at: datetime, origin: Origin) -> list[Told]:
    """The same, each event with the channel that it is about."""
    turn = Turn(state, NOTHING, at, origin)
    started_again(turn, snapshot.boot)
    search = Search(turn, snapshot, at)
    if snapshot.channels is not None:
        _names(search)
        gone = [each for each in state.channels.values() if vanished(search, each)]
        _meet(search, gone, known_only=True)
        for channel in gone:
            vanish(search, channel)
        nobody_left(search)
        wait_in_queues(search)
        appear(search)
        _meet(search, [])
    wait(search)
    stop_waiting(search)
    if snapshot.channels is not None:
        state.sure_at, state.blind = at, False
    return turn.explained


def _names(search: Search) -> None:
    """Let each channel have its present name and Linkedid."""
    state = search.state
    for uid, item in search.items.items():
        channel = state.channels.get(uid)
        if channel is None:
            _renumber(search, item)
            continue
        channel.linkedid = item.linkedid or channel.linkedid
        if channel.name == item.name:
            continue
        other = state.names.get(item.name)
        taken = (
            not item.linkedid and not channel.pseudo and endpoint_of(item.name.partition("/")[2]) != channel.endpoint
        )
        if taken and other is None and (other := _restored(search, item)) is not None:
            state.rename(other, item.name)
            state.rename(channel, channel.name or f"{channel.technology}/{channel.endpoint}")
        if channel.name and other is not None and other is not channel:
            when = changed(known_until(state, channel, search.at), search.at)
            headers = {"clone": item.name, "original": channel.name}
            as_if(search.turn, masquerade, "Masquerade", when, headers)
        elif channel.pseudo and not is_pseudo(item):
            state.forget(channel)  # a telephone that we do not know took the place of a Local channel
            del state.ended[uid]
        elif taken:
            _replaced(search, channel, item)
        else:
            state.rename(channel, item.name)


def _restored(search: Search, item: SnapshotChannel) -> Channel | None:
    """The telephone of a name, where only the bus knew it (without names): its own Uniqueid is gone."""
    technology, _, rest = item.name.partition("/")
    alike = search.state.endpoints.get((technology, endpoint_of(rest)), {})
    found = [each for each in alike if not each.name and each.uid not in search.items]
    found = [each for each in found if each.number == item.caller.number] or found
    return found[0] if len(found) == 1 else None


def _replaced(search: Search, channel: Channel, item: SnapshotChannel) -> None:
    """In Asterisk 11 a telephone that we do not know took the place and the Uniqueid of one that we know: a pickup."""
    another = search.state.channel(f"{item.uid} {item.name}", item.name)  # what its own Uniqueid was nobody saw
    search.state.swap(another, channel)
    channel.picked_up = not channel.up


def _renumber(search: Search, item: SnapshotChannel) -> None:
    """Asterisk 11 parks a telephone under a new Uniqueid, or gives it that of the Local channel that rang it.

    Names repeat after a restart as well, but then the counter in the Uniqueid begins again. Of what only the bus knew a
    Uniqueid that was counted before its own is no new call.
    """
    channel = search.state.names.get(item.name)
    if item.linkedid or is_pseudo(item):
        return
    if channel is None:
        channel = _restored(search, item)
        if channel is None or counted(item.uid) > counted(channel.uid):
            return
        search.state.rename(channel, item.name)
    elif channel.uid in search.items or counted(item.uid) < counted(channel.uid):
        return
    search.state.renumber(channel, item.uid)
    changed(known_until(search.state, channel, search.at), search.at).put(search.turn)
    renumbered(search.turn, channel)


def _meet(search: Search, gone: list[Channel], *, known_only: bool = False) -> None:
    """Put channels into the bridges of the list. Those who talk with each other are in one call.

    `known_only`: only where calls that we know have met.
    """
    state = search.state
    for bridge, members in search.bridges().items():
        channels = [channel for uid in members if (channel := state.channels.get(uid)) is not None]
        if not channels or (
            all(each.bridge == bridge for each in channels) and len(state.bridges[bridge]) == len(members)
        ):
            continue
        if known_only and len({id(each.box) for each in channels if each.box is not None}) < 2:
            continue
        for each in channels:
            state.enter(each, bridge)
        since = max(known_until(state, each, search.at) for each in channels)
        changed(since, search.at).put(search.turn)
        together(search.turn, channels, _transferer(channels, gone))
    for uid, item in search.items.items():
        channel = state.channels.get(uid)
        if channel is not None and channel.bridge and not item.bridge_id and not search.knows_better(channel):
            state.leave(channel)


def _transferer(members: list[Channel], gone: list[Channel]) -> Channel | None:
    """The leg that was passed on by a telephone that is gone: it had another one in the older call of two that met."""
    boxes = {id(each.box) for each in members if each.box is not None}
    legs = [each for each in gone if id(each.box) in boxes and not each.pseudo]
    for leg, other in permutations(legs, 2):
        same = (leg.technology, leg.endpoint) == (other.technology, other.endpoint)
        if same and leg.box and other.box and leg.box.call.started_at > other.box.call.started_at:
            return leg
    return None
