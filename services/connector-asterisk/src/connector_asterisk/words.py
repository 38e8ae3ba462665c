"""A fact in words, with the reason for which the translator told it."""

from cti_model.calls import Direction
from cti_model.events import (
    CallEvent,
    Cleared,
    Conferenced,
    ConnectionCleared,
    Delivered,
    Dequeued,
    DigitsEntered,
    Diverted,
    Established,
    Failed,
    Held,
    InformationChanged,
    Leg,
    Originated,
    Parked,
    Queued,
    RecordingStarted,
    RecordingStopped,
    Retrieved,
    Transferred,
    Unparked,
)

from connector_asterisk.legs import AmiEvent, Channel, locals_before, source_of


def why(event: CallEvent, channel: Channel | None, because: AmiEvent) -> str:
    """One sentence: what happened, and what told so."""
    name = channel.name if channel is not None else "the call"
    return f"{_what(event, channel, name)} ({because.name or 'no frame for a while'})"


def _what(event: CallEvent, channel: Channel | None, name: str) -> str:
    match event.fact:
        case Originated(consultation_of=parent, dialled=dialled):
            if channel is not None and channel.prompted:
                return f"{name} was rung by an Originate and is lifted: its user calls {dialled}"
            consults = ", while it talks in another call: a consultation" if parent else ""
            return f"{name} dials {dialled or 'nothing yet'}{consults}"
        case Delivered(leg=leg):
            return f"{name} rings; {_belongs(event, channel, leg)}"
        case Established(leg=leg, connected=connected):
            if leg.direction is Direction.OUT:
                return f"{name} is answered{'' if connected else ' by Asterisk itself'}"
            return f"{name} answers; {_belongs(event, channel, leg)}"
        case Failed(cause=cause):
            return f"{name} could not be reached or refused: {cause.value}"
        case ConnectionCleared(connection_id=connection, cause=cause, released_by=by):
            return f"{name} ended, {cause.value}; {_asked(event, connection, by)}"
        case Cleared(cause=cause):
            return f"nobody is in the call any more: {cause.value}"
        case Transferred(kind=kind, to=to, by_number=by):
            return f"{by or 'a manager'} passed the call on to {to}: {kind.value} transfer"
        case Conferenced(joined=joined):
            return f"{len(joined)} of another call came over" if joined else "went to another call"
        case Diverted(to=to, cause=cause):
            return f"{to} takes the call that another telephone rings for: {cause.value}"
        case other:
            return _small(other, name)


def _small(fact: object, name: str) -> str:
    match fact:
        case Held():
            return f"{name} put its side on hold"
        case Retrieved():
            return f"{name} took its side off hold"
        case Queued(queue=queue):
            return f"{name} waits in queue {queue}"
        case Dequeued(queue=queue, cause=cause):
            return f"{name} leaves queue {queue} without an agent: {cause.value}"
        case Parked(slot=slot):
            return f"{name} is parked at {slot}"
        case Unparked(slot=slot, timed_out=timed_out):
            return f"{name} leaves {slot}{', its time is over' if timed_out else ''}"
        case DigitsEntered(digits=digits):
            return f"{name} sent {digits}"
        case RecordingStarted(recording_id=recording) | RecordingStopped(recording_id=recording):
            return f"{name} {'is' if isinstance(fact, RecordingStarted) else 'is no longer'} recorded as {recording}"
        case InformationChanged(native_ids=ids) if ids:
            return f"Asterisk calls it {', '.join(ids)} now"
        case _:
            return f"more is known of {name}"


def _belongs(event: CallEvent, channel: Channel | None, leg: Leg) -> str:
    """Why a called telephone is in this call."""
    if channel is None:
        return "its channel is gone"
    if channel.prompted:
        return "an Originate rings it, so its user will be the caller"
    source = source_of(channel)
    through = [each.name for each in locals_before(channel)]
    if source is not None:
        return f"dialled by {source.name}{' through ' + through[0] if through else ''}"
    if channel.linkedid in event.call.native_ids:
        return f"its Linkedid {channel.linkedid} is the call's"
    return f"known as {leg.native_id} to the call"


def _asked(event: CallEvent, connection: str, by: str) -> str:
    if not by:
        return "no telephone asked for it"
    return "its own telephone asked" if by == connection else f"the telephone of {_number(event, by)} asked"


def _number(event: CallEvent, connection_id: str) -> str:
    connection = event.call.connection(connection_id)
    return connection.device.number if connection is not None else "another call"
