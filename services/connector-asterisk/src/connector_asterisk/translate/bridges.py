"""Who talks with whom: bridges, the calls that meet in them, hold."""

from cti_model.calls import ConnectionState, DeviceKind
from cti_model.events import Conferenced, Held, InformationChanged, Retrieved, TransferKind, Transferred

from connector_asterisk.channels import CallBox, Channel, State
from connector_asterisk.translate.answer import established
from connector_asterisk.translate.ending import end_if_empty
from connector_asterisk.translate.features import waits_by_feature
from connector_asterisk.translate.turn import WAITING, Turn, channel_of


def bridge_enter(turn: Turn) -> None:
    """A channel joins a bridge. Those in a holding bridge (parked) only wait: they do not hear each other."""
    channel = channel_of(turn)
    bridge = turn.event.get("BridgeUniqueid")
    if channel is None or not bridge:
        return
    if turn.event.get("BridgeTechnology") == "holding_bridge":
        turn.state.leave(channel)
        return
    swapped = turn.state.channels.get(turn.event.get("SwapUniqueid"))
    together(turn, turn.state.enter(channel, bridge), swapped)


def conference_join(turn: Turn) -> None:
    """A channel joins a conference. Asterisk 11 says only this; later versions tell the bridge too, before it."""
    channel, conference = channel_of(turn), turn.event.get("Conference") or turn.event.get("Meetme")
    if channel is not None and conference and not turn.event.get("BridgeUniqueid"):
        together(turn, turn.state.enter(channel, f"conference:{conference}"), None)


def conference_leave(turn: Turn) -> None:
    """A channel leaves a conference."""
    channel = channel_of(turn)
    if channel is not None and channel.bridge.startswith("conference:"):
        turn.state.leave(channel)


def bridge_leave(turn: Turn) -> None:
    """A channel leaves its bridge."""
    channel = channel_of(turn)
    if channel is not None and channel.bridge == turn.event.get("BridgeUniqueid"):
        turn.state.leave(channel)


def bridge_11(turn: Turn) -> None:
    """Asterisk 11 links and unlinks a talk again and again; only another pair means anything."""
    event = turn.event
    if event.get("Bridgestate") != "Link":
        return
    first = turn.state.channels.get(event.get("Uniqueid1"))
    second = turn.state.channels.get(event.get("Uniqueid2"))
    if first is None or second is None or (first.bridge and first.bridge == second.bridge):
        return
    bridge = f"{first.uid}+{second.uid}"
    turn.state.enter(first, bridge)
    together(turn, turn.state.enter(second, bridge), None)


def together(turn: Turn, members: list[Channel], swapped: Channel | None) -> None:
    """Those in one bridge talk: join their calls, and whoever still waits is answered."""
    present = [each for each in members if not each.pseudo and each.box is not None and each.box.call.alive]
    if len(present) < 2:
        return
    if len({id(each.box) for each in present}) > 1:
        swapped = swapped or next((each.handed_by for each in present if each.handed_by is not None), None)
        merge(turn, present, swapped)
    for each in present:
        connection = each.connection
        if connection is not None and each.box is not None and connection.state in WAITING:
            established(turn, each, each.box)


def merge(turn: Turn, present: list[Channel], swapped: Channel | None, to: CallBox | None = None) -> None:
    """Bring channels of several calls into the oldest of these calls; `swapped` passed its place on."""
    boxes = {id(each.box): each.box for each in present if each.box is not None}
    survivor = to or min(boxes.values(), key=lambda box: (box.call.started_at, box.call.call_id))
    transferer = _transferer(turn.state, survivor, swapped)
    for box in boxes.values():
        if box is survivor:
            continue
        moving = [each for each in present if each.box is box]
        move(turn, moving, present, box, survivor, transferer)


def _transferer(state: State, survivor: CallBox, swapped: Channel | None) -> Channel | None:
    """The telephone that transferred: the leg in the surviving call of the device whose place was taken."""
    if swapped is None:
        return None
    for each in state.same_device(swapped):
        if each.box is survivor:
            each.transferred = swapped.transferred = True
            return each
    return None


def move(
    turn: Turn,
    moving: list[Channel],
    present: list[Channel],
    source: CallBox,
    target: CallBox,
    transferer: Channel | None,
) -> None:
    """Tell that channels go from one call into another, where they meet `present`; `transferer` brought it about."""
    joined = tuple(each.connection for each in moving if each.connection is not None)
    ids = tuple(each.connection_id for each in joined)
    if not ids:
        return
    merged_into = target.call.call_id
    if transferer is not None:
        number = turn.state.party(transferer).number
        to = next((each.device.number or each.party.number for each in joined), "")
        if joined[0].device.kind is not DeviceKind.EXTENSION:
            to = joined[0].party.number
        arrived = Transferred(
            kind=TransferKind.ATTENDED, to=to, by=transferer.connection_id, by_number=number, joined=joined
        )
        left = Transferred(kind=TransferKind.ATTENDED, to=to, by_number=number, departed=ids, merged_into=merged_into)
        turn.say(target, arrived, transferer)
        turn.say(source, left, transferer)
    else:
        connected = tuple(each.connection_id for each in present if each.connection_id)
        turn.say(target, Conferenced(joined=joined, connected=connected), moving[0])
        turn.say(source, Conferenced(departed=ids, merged_into=merged_into), moving[0])
    for each in moving:
        each.box = target
    turn.say(target, InformationChanged(native_ids=source.call.native_ids))
    end_if_empty(turn, source)


def hold(turn: Turn) -> None:
    """A telephone puts its side on hold; repeats change nothing."""
    if turn.event.get("Status") == "Off":  # Asterisk 11 says both in one event
        unhold(turn)
        return
    channel = channel_of(turn)
    connection = channel.connection if channel is not None else None
    if channel is None or waits_by_feature(turn, channel):
        return
    if channel.box and connection and connection.state is ConnectionState.CONNECTED:
        turn.say(channel.box, Held(connection_id=connection.connection_id), channel)


def unhold(turn: Turn) -> None:
    """A telephone takes its side off hold."""
    channel = channel_of(turn)
    connection = channel.connection if channel is not None else None
    if channel is not None and channel.box and connection and connection.state is ConnectionState.HELD:
        turn.say(channel.box, Retrieved(connection_id=connection.connection_id), channel)
