"""How a call goes from one telephone to another: transfer, pickup, parking."""

from cti_model.calls import Cause, Direction
from cti_model.events import Conferenced, Diverted, InformationChanged, Parked, TransferKind, Transferred, Unparked
from msgspec.structs import replace

from connector_asterisk.channels import HANDED_OVER, Channel, telephones_beyond
from connector_asterisk.translate.answer import established
from connector_asterisk.translate.blond import hands_over, ringing_for
from connector_asterisk.translate.bridges import merge, together
from connector_asterisk.translate.ending import end_if_empty
from connector_asterisk.translate.features import passes_on
from connector_asterisk.translate.turn import Turn, channel_of


def blind_transfer(turn: Turn) -> None:
    """Asterisk 13 and 22: a telephone passed its call on, by REFER, feature code or a manager."""
    transferer = channel_of(turn, "Transferer")
    if transferer is not None:
        passes_on(turn, transferer, turn.event.get("Extension"))


def transfer_11(turn: Turn) -> None:
    """Asterisk 11: the same, and attended transfers, which `Masquerade` then carries out."""
    transferer = channel_of(turn)
    if transferer is None:
        return
    if turn.event.get("TransferType") == "Blind":
        passes_on(turn, transferer, turn.event.get("TransferExten"))
    else:
        transferer.transferred = True
        second = turn.state.channels.get(turn.event.get("TargetUniqueid"))
        if second is not None:
            second.transferred = True


def attended_transfer(turn: Turn) -> None:
    """Asterisk 13 and 22: two calls of one telephone become one without it."""
    if turn.event.get("Result") not in ("", "Success"):
        return
    first = channel_of(turn, "OrigTransferer")
    second = channel_of(turn, "SecondTransferer")
    told = first is not None and first.transferred
    transferee, target = channel_of(turn, "Transferee"), channel_of(turn, "TransferTarget")
    if first is not None and second is not None and not told and hands_over(turn, first, second, transferee):
        return
    for each in (first, second):
        if each is not None:
            each.transferred = True
    pair = [each for each in (transferee, target) if each is not None and each.connection_id and each.box is not None]
    if len(pair) == 2 and pair[0].box is not pair[1].box:
        merge(turn, pair, second)
    elif first is not None and first is second and not told and transferee is not None:
        _hands_over(turn, first, transferee)


def _hands_over(turn: Turn, transferer: Channel, transferee: Channel) -> None:
    """A telephone with one line leaves: whom it consulted by a feature code, through a Local channel, has the call."""
    beyond = telephones_beyond(transferer)
    target = next((each for each in beyond if each.box is transferer.box and each is not transferee), None)
    if transferer.box is None or target is None:
        return
    transferer.transferred = True
    fact = Transferred(
        kind=TransferKind.ATTENDED,
        to=turn.state.party(target).number,
        by=transferer.connection_id,
        by_number=turn.state.party(transferer).number,
    )
    turn.say(transferer.box, fact, transferer, transferer.asked_at)


def masquerade(turn: Turn) -> None:
    """Asterisk 11: the telephone `Clone` takes the place of `Original` (attended transfer, pickup, bridge action)."""
    names = turn.state.names
    clone, original = names.get(turn.event.get("Clone")), names.get(turn.event.get("Original"))
    if clone is None or original is None or original.replaced:
        return
    original.replaced = True
    if original.technology == HANDED_OVER:
        for other in telephones_beyond(clone):
            if not other.transferred:
                _hands_over(turn, other, clone)
    turn.state.swap(clone, original)
    renumbered(turn, clone)
    if original.connection is not None and ringing_for(clone):  # it was swapped: they rang for `original`
        _goes_on_dialling(turn, clone, original)
        return
    if _rings(original) and clone.connection is not None:
        _picks_up(turn, clone, original)
        return
    members = turn.state.bridges.get(clone.bridge, [])
    together(turn, members, original)


def _rings(channel: Channel) -> bool:
    connection = channel.connection
    incoming = connection is not None and connection.direction is Direction.IN and not connection.talking
    return incoming and not channel.up


def _goes_on_dialling(turn: Turn, clone: Channel, original: Channel) -> None:
    """A telephone is put in the place of one that dials: that one transferred while it rang."""
    first = next((each for each in turn.state.same_device(original) if each.box is clone.box), None)
    original.dials, clone.dials = clone.dials, original.dials
    if first is not None:
        hands_over(turn, first, original, clone)


def renumbered(turn: Turn, channel: Channel) -> None:
    """Tell under which Uniqueid a telephone goes on, for who takes the call over from the bus."""
    if channel.box is not None and channel.connection_id:
        fact = InformationChanged(connection_id=channel.connection_id, native_ids=(channel.uid,))
        turn.say(channel.box, fact, channel)


def pickup(turn: Turn) -> None:
    """A telephone takes the call that another rings for."""
    picker, target = channel_of(turn), channel_of(turn, "Target")
    if picker is not None and target is not None and turn.event.get("Uniqueid"):
        _picks_up(turn, picker, target)


def _picks_up(turn: Turn, picker: Channel, target: Channel) -> None:
    """`picker` takes the call that `target` rings for: for its user it is an incoming call of that caller."""
    box, was = target.box, target.connection
    mine, source = picker.connection, picker.box
    target.picked_up = True
    if box is None or was is None or mine is None or source is None or source is box:
        return
    joined = replace(mine, direction=Direction.IN, remote=was.remote, internal=was.internal, queue=was.queue)
    number = turn.state.party(picker).number
    fact = Diverted(connection_id=was.connection_id, to=number, cause=Cause.ANSWERED_ELSEWHERE, joined=(joined,))
    turn.say(box, fact, picker)
    gone = Conferenced(departed=(mine.connection_id,), merged_into=box.call.call_id)
    turn.say(source, gone, picker)
    picker.box = box
    picker.dialled_by = picker.dialled_by or target.dialled_by
    turn.say(box, InformationChanged(native_ids=source.call.native_ids))
    end_if_empty(turn, source)
    if picker.up:
        established(turn, picker, box)


def parked(turn: Turn) -> None:
    """A call waits in a parking slot."""
    channel = channel_of(turn, "Parkee") or channel_of(turn)
    slot = turn.event.get("ParkingSpace") or turn.event.get("Exten")
    if channel is None or channel.box is None:
        return
    by = turn.event.get("ParkerDialString").rpartition("/")[2]
    for other in telephones_beyond(channel):
        other.parked = other.box is channel.box
        by = by or (turn.state.party(other).number if other.parked else "")
    turn.say(channel.box, Parked(connection_id=channel.connection_id, slot=slot, by=by), channel)


def unparked(turn: Turn) -> None:
    """A parked call was taken back, or its time ran out."""
    channel = channel_of(turn, "Parkee") or channel_of(turn)
    if channel is not None and channel.box is not None:
        slot = turn.event.get("ParkingSpace") or turn.event.get("Exten")
        timed_out = "imeOut" in turn.event.name
        turn.say(channel.box, Unparked(connection_id=channel.connection_id, slot=slot, timed_out=timed_out), channel)
