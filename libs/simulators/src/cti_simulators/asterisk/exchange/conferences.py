"""Conference rooms (ConfBridge). Pure but for the `Pbx` handed in."""

from cti_simulators.asterisk.exchange.pbx import Pbx
from cti_simulators.asterisk.exchange.state import UP, Channel, Conference
from cti_simulators.asterisk.exchange.talks import enter, leave, run_app, set_state


def join(pbx: Pbx, channel: Channel) -> None:
    """The dialplan puts a channel into the room of its number."""
    run_app(pbx, channel, "Answer", priority=1)
    set_state(pbx, channel, UP)
    run_app(pbx, channel, "ConfBridge", channel.exten, priority=2)
    number = channel.exten
    room = pbx.rooms.get(number) or _open(pbx, number)
    room.joined[channel.uniqueid] = pbx.now
    channel.leave = lambda: _leave(pbx, room, channel)
    enter(pbx, room.bridge, channel)
    pbx.tell(pbx.voice.conference_of("ConfbridgeJoin", room, channel))


def mute(pbx: Pbx, room: Conference, channel: Channel, *, on: bool) -> None:
    """A manager mutes somebody."""
    room.muted ^= room.muted & {channel.uniqueid}
    if on:
        room.muted.add(channel.uniqueid)
    pbx.tell(pbx.voice.conference_of("ConfbridgeMute" if on else "ConfbridgeUnmute", room, channel))


def _open(pbx: Pbx, number: str) -> Conference:
    bridge = pbx.bridge(kind="base", technology="softmix", creator="ConfBridge", name=number)
    bridge.extra = 1
    room = pbx.rooms[number] = Conference(number, bridge)
    pbx.tell(pbx.voice.conference("ConfbridgeStart", room))
    return room


def _leave(pbx: Pbx, room: Conference, channel: Channel) -> None:
    pbx.tell(pbx.voice.conference_of("ConfbridgeLeave", room, channel))
    leave(pbx, channel)
    del room.joined[channel.uniqueid]
    room.muted.discard(channel.uniqueid)
    if room.joined:
        return
    pbx.tell(pbx.voice.conference("ConfbridgeEnd", room))
    del pbx.rooms[room.number], pbx.bridges[room.bridge.uniqueid]
    room.bridge.extra = 0
    pbx.tell(pbx.voice.bridge_destroy(room.bridge))
