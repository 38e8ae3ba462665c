"""The calls that meet where channels are joined: answers, transfers, pickups, and one call out of several."""

from typing import Final

from cti_model.calls import Cause, Connection, ConnectionState, DeviceKind, Direction
from cti_model.events import Conferenced, Diverted, InformationChanged, TransferKind, Transferred, Unparked
from msgspec.structs import replace

from cti_freeswitch.channels import CallBox, Channel, Waiting
from cti_freeswitch.translate.begin import established
from cti_freeswitch.translate.ending import end_if_empty
from cti_freeswitch.translate.passing import EXIT
from cti_freeswitch.translate.turn import Turn, is_extension

THREE: Final = "three-way"


def together(turn: Turn, members: list[Channel]) -> None:
    """Those who talk with each other are in one call, and whoever still waits is answered."""
    present = [each for each in members if each.box is not None and each.box.call.alive and each.connection is not None]
    if len(present) < 2:
        return
    if len({id(each.box) for each in present}) > 1 and not _picks_up(turn, present):
        _merge(turn, present)
    else:
        hands_over(turn, present)
    _unpark(turn, present)
    _hint_at_three(turn, present)
    for each in sorted(present, key=_calls):
        established(turn, each, () if _calls(each) else _callers(each, present))


def _callers(called: Channel, present: list[Channel]) -> tuple[str, ...]:
    """Who talks with an answering telephone: who called it, or consults it."""
    connection = called.connection
    by = connection.consulted_by if connection is not None else ""
    there = (each for each in present if each is not called and (_calls(each) or each.connection_id == by))
    return tuple(each.connection_id for each in there)


def _calls(channel: Channel) -> bool:
    connection = channel.connection
    return connection is not None and connection.direction is Direction.OUT


def _merge(turn: Turn, present: list[Channel]) -> None:
    """Bring channels of several calls into the oldest of these calls."""
    boxes = {id(each.box): each.box for each in present if each.box is not None}
    survivor = min(boxes.values(), key=lambda box: (box.call.started_at, box.call.call_id))
    for box in boxes.values():
        if box is not survivor:
            moving = [each for each in present if each.box is box]
            _move(turn, moving, present, box, survivor)


def _move(turn: Turn, moving: list[Channel], present: list[Channel], source: CallBox, target: CallBox) -> None:
    joined = tuple(each.connection for each in moving if each.connection is not None)
    ids = tuple(each.connection_id for each in joined)
    merged_into = target.call.call_id
    transferer = _transferer(turn, present, source, target)
    if transferer is not None:
        number = turn.state.party(transferer).number
        to = _reached(joined[0])
        arrived = Transferred(
            kind=TransferKind.ATTENDED, to=to, by=transferer.connection_id, by_number=number, joined=joined
        )
        left = Transferred(kind=TransferKind.ATTENDED, to=to, by_number=number, departed=ids, merged_into=merged_into)
        turn.say(target, arrived, transferer)
        turn.say(source, left, transferer)
    else:
        connected = tuple(each.connection_id for each in present)
        turn.say(target, Conferenced(joined=joined, connected=connected), moving[0])
        turn.say(source, Conferenced(departed=ids, merged_into=merged_into), moving[0])
    for each in moving:
        each.box = target
    turn.say(target, InformationChanged(native_ids=source.call.native_ids))
    end_if_empty(turn, source)


def _reached(connection: Connection) -> str:
    if connection.device.kind is DeviceKind.EXTENSION:
        return connection.device.number
    return connection.party.number


def _transferer(turn: Turn, present: list[Channel], source: CallBox, target: CallBox) -> Channel | None:
    """The telephone that had both calls and leaves them to the others: its leg in the surviving call."""
    state = turn.state
    legs = [state.behind(target.call, each.connection_id) for each in target.call.connections]
    for mine in legs:
        if mine is None or mine in present or mine.box is not target or not is_extension(turn, mine):
            continue
        others = [each for each in state.same_device(mine) if each.box is source and each not in present]
        if others:
            for each in (mine, *others):
                each.transferred = True
            return mine
    return None


def hands_over(turn: Turn, present: list[Channel]) -> None:
    """Within one call: whom a telephone consulted by `att_xfer` has the call now, without it."""
    for each in present:
        box, connection = each.box, each.connection
        if box is None or connection is None or not connection.consulted_by:
            continue
        holder = turn.state.behind(box.call, connection.consulted_by)
        if holder is None or holder in present or holder.transferred or holder.box is not box:
            continue
        holder.transferred = True
        to, number = turn.state.party(each).number, turn.state.party(holder).number
        fact = Transferred(kind=TransferKind.ATTENDED, to=to, by=holder.connection_id, by_number=number)
        turn.say(box, fact, holder)


def _hint_at_three(turn: Turn, present: list[Channel]) -> None:
    """Who consulted talks with who waited again. Where the third does not end, it hears both and speaks with them."""
    for each in present:
        for third in each.dials:
            if third.up and third not in present and _consulted_there(third):
                turn.state.hint(third, THREE, Waiting(third, turn.occurred_at, turn.observed_at, turn.event))


def all_three_talk(turn: Turn, third: Channel) -> None:
    """Tell that whom an `att_xfer` consulted is in the talk (`0`, from source: `three_way`, without a bridge)."""
    mine, connection = third.originator, third.connection
    other = mine.peer if mine is not None else None
    if mine is None or other is None or connection is None or third.box is None or not _consulted_there(third):
        return
    if other is not third and mine.talks and other.box is mine.box and third.gone_at is None:
        everybody = (mine.connection_id, other.connection_id, third.connection_id)
        turn.say(third.box, Conferenced(joined=(replace(connection, consulted_by=""),), connected=everybody), third)


def _consulted_there(third: Channel) -> bool:
    """Whether a telephone that was consulted within this call has nobody of its own to talk with."""
    connection, mine = third.connection, third.originator
    if mine is None or mine.box is not third.box or connection is None or not connection.alive:
        return False
    return connection.consulted_by == mine.connection_id != "" and third.peer in (None, mine)


def _picks_up(turn: Turn, present: list[Channel]) -> bool:
    """Whether one of two took the call that another telephone rings for; then it is told."""
    if len(present) != 2:
        return False
    for waiter, picker in (present, present[::-1]):
        rung = next((each for each in waiter.dials if _rings(each)), None)
        mine, source, box = picker.connection, picker.box, waiter.box
        if rung is None or mine is None or source is None or box is None or mine.direction is not Direction.OUT:
            continue
        was = rung.connection
        if was is None:
            continue
        rung.picked_up = True
        joined = replace(mine, direction=Direction.IN, remote=was.remote, internal=was.internal, queue=was.queue)
        number = turn.state.party(picker).number
        fact = Diverted(connection_id=was.connection_id, to=number, cause=Cause.ANSWERED_ELSEWHERE, joined=(joined,))
        turn.say(box, fact, picker)
        turn.say(source, Conferenced(departed=(mine.connection_id,), merged_into=box.call.call_id), picker)
        picker.box = box
        turn.say(box, InformationChanged(native_ids=source.call.native_ids))
        end_if_empty(turn, source)
        return True
    return False


def _rings(channel: Channel) -> bool:
    connection = channel.connection
    return connection is not None and connection.state is ConnectionState.ALERTING


def _unpark(turn: Turn, present: list[Channel]) -> None:
    for each in present:
        if each.parked and each.box is not None:
            turn.say(each.box, Unparked(connection_id=each.connection_id, slot=each.parked), each)
        each.parked = ""
        each.soon.pop(EXIT, None)
