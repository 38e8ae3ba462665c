"""What is said about a call besides its course: names, numbers, account, recordings, and data that a site chose."""

from cti_model.calls import Connection, DeviceKind, Party
from cti_model.events import InformationChanged, RecordingStarted, RecordingStopped

from connector_asterisk.channels import CallBox, Channel, box_of
from connector_asterisk.reading import RECORDING_VARIABLE
from connector_asterisk.translate.turn import Turn, channel_of

ACCOUNT = "account_code"
"""Name in `call.info` of Asterisk's account code."""


def caller_id(turn: Turn) -> None:
    """The caller id of a channel changed. A prompted telephone shows its user's goal instead: that is not its own."""
    channel = channel_of(turn)
    connection = _living(channel)
    if channel is None or connection is None or channel.prompted:
        return
    _tell(turn, channel, connection, party=_news(connection.party, turn.state.party(channel)))


def connected_line(turn: Turn) -> None:
    """What a telephone shows of the other side changed: a name found late, or a number where there was none.

    Another number is no news: who is there now follows from the other connections of the call.
    """
    channel = channel_of(turn)
    connection = _living(channel)
    if channel is None or connection is None or channel.prompted or connection.device.kind is not DeviceKind.EXTENSION:
        return
    shown = Party(number=channel.connected_number, name=channel.connected_name)
    if connection.remote.number in ("", shown.number):
        _tell(turn, channel, connection, remote=_news(connection.remote, shown))


def account_code(turn: Turn) -> None:
    """A call is charged to an account."""
    channel, account = channel_of(turn), turn.event.get("AccountCode")
    if channel is not None and channel.box is not None and account:
        _carry(turn, channel.box, channel, {ACCOUNT: account})


def variable(turn: Turn) -> None:
    """A channel variable was set; those that a site chose are carried, inherited ones (`__NAME`) under their name."""
    name, value = turn.event.get("Variable").lstrip("_"), turn.event.get("Value")
    if name not in turn.state.reading.variables:
        return
    channel = channel_of(turn)
    if channel is None:
        return
    if name in turn.state.reading.packet_info and value:
        channel.extra[name] = value
    recording = channel.ordered.get(value, value)
    if name == RECORDING_VARIABLE and turn.state.reading.recordings and value and recording not in channel.recordings:
        # Asterisk 11 and 13 say no more about a recording; 22 sends `MixMonitorStart` next, without the file.
        channel.named = start(turn, channel, recording)


def recording_started(turn: Turn) -> None:
    """MixMonitor began; its file is known when the variable told it."""
    channel = channel_of(turn)
    if channel is None or not turn.state.reading.recordings:
        return
    ordered = next((each for each in channel.ordered.values() if each not in channel.recordings), "")
    if channel.named:
        channel.named = False
    else:
        start(turn, channel, ordered or f"{channel.uid}-{len(channel.recordings) + 1}")


def recording_stopped(turn: Turn) -> None:
    """MixMonitor ended. It does not say which one: the one that a command of ours stops, else the newest."""
    channel = channel_of(turn)
    if channel is not None and channel.recordings:
        stop(turn, channel, channel.stopping or channel.recordings[-1])
        channel.stopping = ""


def recordings_end(turn: Turn, channel: Channel) -> None:
    """The end of a channel ends its recordings, which nothing else tells."""
    while channel.recordings:
        stop(turn, channel, channel.recordings[-1])


def carry_chosen(turn: Turn) -> None:
    """Bring what a site chose (`packet_info`) into the call of the frame's channel, as soon as it is in one."""
    event, state = turn.event, turn.state
    chosen = state.reading.packet_info
    for prefix in ("", "Dest"):
        channel = state.channels.get(event.get(f"{prefix}Uniqueid"))
        if channel is None:
            continue
        if not prefix and event.name != "VarSet":
            channel.extra.update({name: value for name in chosen if (value := event.get(name))})
        box = channel.box or box_of(state, channel)
        if box is not None and box.call.alive and channel.extra:
            _carry(turn, box, channel, channel.extra)
            channel.extra = {}


def _carry(turn: Turn, box: CallBox, channel: Channel, info: dict[str, str]) -> None:
    new = {name: value for name, value in info.items() if box.call.info.get(name) != value}
    if new and box.call.alive:
        turn.say(box, InformationChanged(info=new), channel)


def _living(channel: Channel | None) -> Connection | None:
    connection = channel.connection if channel is not None else None
    return connection if connection is not None and connection.alive else None


def _news(known: Party, said: Party) -> Party | None:
    """What is said that was not known yet; None if nothing."""
    new = Party(
        number=said.number if said.number != known.number else "",
        name=said.name if said.name != known.name else "",
    )
    return new if new != Party() else None


def _tell(
    turn: Turn, channel: Channel, connection: Connection, party: Party | None = None, remote: Party | None = None
) -> None:
    if channel.box is not None and (party is not None or remote is not None):
        fact = InformationChanged(connection_id=connection.connection_id, party=party, remote=remote)
        turn.say(channel.box, fact, channel)


def start(turn: Turn, channel: Channel, recording: str) -> bool:
    """Tell that a recording of a channel began; False where nobody is there to be recorded."""
    if channel.box is None or _living(channel) is None:
        return False
    channel.recordings.append(recording)
    turn.say(channel.box, RecordingStarted(connection_id=channel.connection_id, recording_id=recording), channel)
    return True


def stop(turn: Turn, channel: Channel, recording: str) -> None:
    """Tell that a recording ended; nothing when it had ended before."""
    if recording not in channel.recordings:
        return
    channel.recordings.remove(recording)
    for file in [file for file, ours in channel.ordered.items() if ours == recording]:
        del channel.ordered[file]
    if channel.box is not None and channel.box.call.alive:
        fact = RecordingStopped(connection_id=channel.connection_id, recording_id=recording)
        turn.say(channel.box, fact, channel, channel.asked_at)
