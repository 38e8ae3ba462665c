"""Hold, which shows on the holding side alone."""

from typing import Final

from cti_model.calls import ConnectionState
from cti_model.events import Held, Retrieved

from cti_freeswitch.channels import Channel, Waiting
from cti_freeswitch.translate.turn import Turn, channel_of

UNHOLD: Final = "unhold"


def hold(turn: Turn) -> None:
    """A telephone puts its side on hold."""
    channel = channel_of(turn)
    connection = channel.connection if channel is not None else None
    if channel is None or channel.box is None or connection is None:
        return
    channel.soon.pop(UNHOLD, None)
    if connection.state is ConnectionState.CONNECTED:
        turn.say(channel.box, Held(connection_id=channel.connection_id), channel)


def unhold(turn: Turn) -> None:
    """A telephone takes its side off hold. Told a little later: a held leg that is replaced says so as it ends."""
    channel = channel_of(turn)
    if channel is not None and channel.connection_id and channel.gone_at is None:
        turn.state.hint(channel, UNHOLD, Waiting(channel, turn.occurred_at, turn.observed_at, turn.event))


def retrieved(turn: Turn, channel: Channel) -> None:
    """Tell an end of hold."""
    connection = channel.connection
    if channel.box is not None and connection is not None and connection.state is ConnectionState.HELD:
        turn.say(channel.box, Retrieved(connection_id=channel.connection_id), channel)
