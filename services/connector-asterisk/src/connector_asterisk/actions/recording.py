"""Commands about recordings: Asterisk's MixMonitor."""

from typing import Final

from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode

from connector_asterisk.actions.plan import Ask, Plan
from connector_asterisk.legs import Channel
from connector_asterisk.translate.information import start, stop
from connector_asterisk.translate.turn import Turn
from connector_asterisk.wire import Frame

_VARIABLE: Final = "CTI_MIXMONITOR_ID"


def start_recording(ask: Ask) -> Plan:
    """Record both sides into a file of the recording's name."""
    channel, _, _ = ask.own()
    recording = ask.request.recording_id or ask.request.command_id
    file = ask.options.recording_file.replace("{recording_id}", recording)
    # The option makes Asterisk tell the monitor's own id, so that stopping it leaves the company's own recording alone.
    headers = (("Channel", channel.name), ("File", file), ("Options", f"i({_VARIABLE})"))

    channel.ordered[file] = recording  # an event may come before the answer, and knows nothing of us

    def tell(turn: Turn, response: Frame) -> None:
        channel.monitors[recording] = response.get("MixMonitorID")
        if recording not in channel.recordings:
            channel.named = start(turn, channel, recording)

    return Plan((("MixMonitor", headers),), accepted=tell, refused=lambda: _forget(channel, file))


def _forget(channel: Channel, file: str) -> None:
    channel.ordered.pop(file, None)


def stop_recording(ask: Ask) -> Plan:
    """Stop a recording that we started: the one that is named, else the newest."""
    channel, _, _ = ask.own()
    recording = ask.request.recording_id or next(reversed(channel.monitors), "")
    if recording not in channel.monitors:
        raise CommandRefused(ErrorCode.NOT_FOUND, "no such recording of ours")
    monitor = channel.monitors[recording]
    headers = (("Channel", channel.name), *((("MixMonitorID", monitor),) if monitor else ()))

    channel.stopping = recording

    def tell(turn: Turn, _: Frame) -> None:
        channel.monitors.pop(recording, None)
        stop(turn, channel, recording)

    def refused() -> None:
        channel.stopping = ""

    return Plan((("StopMixMonitor", headers),), accepted=tell, refused=refused)


RECORDING: Final = {
    Command.START_RECORDING: start_recording,
    Command.STOP_RECORDING: stop_recording,
}
