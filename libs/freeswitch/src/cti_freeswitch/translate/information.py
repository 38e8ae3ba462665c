"""What is said about a call besides its course: digits, recordings.

A recording's id is its file; where files are asked for (`Reading.file_wait`), that of its channel, which all have who
speak of it.
"""

from cti_model.events import DigitsEntered, RecordingStarted, RecordingStopped, RecordingStored

from cti_freeswitch.channels import Channel
from cti_freeswitch.state import Awaited
from cti_freeswitch.translate.turn import Turn, channel_of


def digit(turn: Turn) -> None:
    """A telephone sent a digit."""
    channel, entered = channel_of(turn), turn.event.get("DTMF-Digit")
    if channel is not None and channel.box is not None and channel.connection_id and entered:
        turn.say(channel.box, DigitsEntered(connection_id=channel.connection_id, digits=entered), channel)


def record_start(turn: Turn) -> None:
    """A recording of a channel began. Its id is that of the command that asked for it, else its file."""
    channel = channel_of(turn)
    if channel is None or channel.box is None or not channel.connection_id or not turn.state.reading.recordings:
        return
    recording = _id_of(turn, channel)
    if recording and recording not in channel.recordings:
        channel.recordings.append(recording)
        channel.recorded = True
        fact = RecordingStarted(connection_id=channel.connection_id, recording_id=recording)
        turn.say(channel.box, fact, channel)


def record_stop(turn: Turn) -> None:
    """A recording of a channel ended, and its file is there, or on its way to where it is asked for."""
    channel = channel_of(turn)
    if channel is not None:
        _stops(turn, channel, _id_of(turn, channel), turn.event.get("Record-File-Path"))


def recordings_end(turn: Turn, channel: Channel) -> None:
    """The end of a channel ends its recordings, where nothing else told it; then their file may be asked for."""
    files = {recording: file for file, recording in channel.ordered.items()}
    for recording in tuple(channel.recordings):
        _stops(turn, channel, recording, files.get(recording, recording))
    await_file(turn, channel)


def await_file(turn: Turn, channel: Channel) -> None:
    """A channel is over: ask for a file of it where there may be one. A dialplan records the channel that runs it."""
    box, asks = channel.box, turn.state.reading.asks_for_files
    runs_dialplan = not channel.dialled_for or bool(channel.moved_by)
    if asks and box is not None and channel.connection_id and (channel.recorded or (channel.up and runs_dialplan)):
        turn.state.awaited.setdefault(channel.uid, Awaited(box, channel.connection_id))


def _id_of(turn: Turn, channel: Channel) -> str:
    file = turn.event.get("Record-File-Path")
    return channel.uid if turn.state.reading.asks_for_files else channel.ordered.get(file, file)


def _stops(turn: Turn, channel: Channel, recording: str, file: str) -> None:
    if recording not in channel.recordings or channel.box is None:
        return
    channel.recordings.remove(recording)
    stopped = RecordingStopped(connection_id=channel.connection_id, recording_id=recording)
    turn.say(channel.box, stopped, channel)
    if not turn.state.reading.asks_for_files:
        stored = RecordingStored(connection_id=channel.connection_id, recording_id=recording, location=file)
        turn.say(channel.box, stored, channel)
