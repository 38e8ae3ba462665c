"""What is said about a call besides its course: digits, recordings."""

from cti_model.events import DigitsEntered, RecordingStarted, RecordingStopped, RecordingStored

from cti_freeswitch.channels import Channel
from cti_freeswitch.translate.turn import Turn, channel_of


def digit(turn: Turn) -> None:
    """A telephone sent a digit."""
    channel, entered = channel_of(turn), turn.event.get("DTMF-Digit")
    if channel is not None and channel.box is not None and channel.connection_id and entered:
        turn.say(channel.box, DigitsEntered(connection_id=channel.connection_id, digits=entered), channel)


def record_start(turn: Turn) -> None:
    """A recording of a channel began. Its id is that of the command that asked for it, else its file."""
    channel, file = channel_of(turn), turn.event.get("Record-File-Path")
    if channel is None or channel.box is None or not channel.connection_id or not turn.state.reading.recordings:
        return
    recording = channel.ordered.get(file, file)
    if recording and recording not in channel.recordings:
        channel.recordings.append(recording)
        fact = RecordingStarted(connection_id=channel.connection_id, recording_id=recording)
        turn.say(channel.box, fact, channel)


def record_stop(turn: Turn) -> None:
    """A recording of a channel ended, and its file is there."""
    channel, file = channel_of(turn), turn.event.get("Record-File-Path")
    if channel is not None:
        _stops(turn, channel, channel.ordered.get(file, file), file)


def recordings_end(turn: Turn, channel: Channel) -> None:
    """The end of a channel ends its recordings, where nothing else told it."""
    files = {recording: file for file, recording in channel.ordered.items()}
    for recording in tuple(channel.recordings):
        _stops(turn, channel, recording, files.get(recording, recording))


def _stops(turn: Turn, channel: Channel, recording: str, file: str) -> None:
    if recording not in channel.recordings or channel.box is None:
        return
    channel.recordings.remove(recording)
    stopped = RecordingStopped(connection_id=channel.connection_id, recording_id=recording)
    turn.say(channel.box, stopped, channel)
    stored = RecordingStored(connection_id=channel.connection_id, recording_id=recording, location=file)
    turn.say(channel.box, stored, channel)
