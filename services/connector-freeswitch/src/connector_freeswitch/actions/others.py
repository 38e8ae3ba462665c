"""Recording, supervision, and an agent's part in the queues."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from cti_connector.sight import Sight, needs, sight_of
from cti_freeswitch.supervising import AVAILABLE, EAVESDROP, QUESTIONS, overheard
from cti_model.calls import Command
from cti_model.commands import CommandRefused, ErrorCode
from cti_model.events import CallEvent, RecordingStarted, RecordingStopped

from connector_freeswitch.actions.calls import originate, rings
from connector_freeswitch.actions.plan import Ask, Plan

_LOGGED_OUT: Final = "logged_out"
_BREAK: Final = "On Break"


def start_recording(ask: Ask) -> Plan:
    """Record the connection, both sides."""
    channel, _, _ = ask.own()
    recording = ask.request.recording_id or ask.request.command_id
    file = ask.options.recording_file.replace("{recording_id}", recording)
    channel.ordered[file] = recording

    def look(events: Sequence[CallEvent]) -> Sight | None:
        started = any(isinstance(e.fact, RecordingStarted) and e.fact.recording_id == recording for e in events)
        return sight_of(channel) if started else None

    seen = needs((channel,), look)
    return Plan((f"uuid_record {channel.uid} start {file}",), seen, refused=lambda: _forget(channel.ordered, file))


def _forget(ordered: dict[str, str], file: str) -> None:
    ordered.pop(file, None)


def stop_recording(ask: Ask) -> Plan:
    """End a recording that a command of ours began: the one that is named, else the newest."""
    channel, _, _ = ask.own()
    ours = {recording: file for file, recording in channel.ordered.items() if recording in channel.recordings}
    recording = ask.request.recording_id or next(reversed(ours), "")
    if recording not in ours:
        raise CommandRefused(ErrorCode.NOT_FOUND, "no such recording of ours")

    def look(events: Sequence[CallEvent]) -> Sight | None:
        stopped = any(isinstance(e.fact, RecordingStopped) and e.fact.recording_id == recording for e in events)
        return sight_of(channel) if stopped else None

    return Plan((f"uuid_record {channel.uid} stop {ours[recording]}",), look)


def spy(ask: Ask) -> Plan:
    """The supervisor's telephone rings; lifted, it is in the call of the named connection, in the way of the verb."""
    channel, connection = overheard(ask)
    mode = tuple(f"{name}={value}" for name, value in EAVESDROP[ask.request.verb].items())
    step = originate(ask, f"&eavesdrop({channel.uid})", connection.device.number, mode)
    return Plan((step,), rings(ask))


def set_agent_state(ask: Ask) -> Plan:
    """FreeSWITCH knows one status of an agent in all queues, and no reason for a break: that is ours to remember."""
    wanted = ask.request.agent_state
    if wanted == AVAILABLE:
        return _status(ask, "Available")
    return _status(ask, "Logged Out") if wanted == _LOGGED_OUT else _status(ask, _BREAK, wanted)


def queue_pause(ask: Ask) -> Plan:
    """Send the agent no calls, in any queue."""
    return _status(ask, _BREAK, ask.request.reason)


def queue_unpause(ask: Ask) -> Plan:
    """Send it calls again."""
    return _status(ask, "Available")


def _status(ask: Ask, status: str, reason: str = "") -> Plan:
    reasons, device = ask.agents.reasons, ask.request.device
    before = reasons.get(device, "")

    def because(why: str) -> None:
        reasons.pop(device, None)
        if why:
            reasons[device] = why

    command = f"callcenter_config agent set status {ask.options.user(device)} '{status}'"
    return Plan((command,), sent=partial(because, reason), refused=partial(because, before))


def queue_login(ask: Ask) -> Plan:
    """Make the agent one of a queue (a tier), and available. The agent itself stands in FreeSWITCH's configuration."""
    user, queue = ask.options.user(ask.request.device), ask.options.queue(ask.request.queue)
    tier = f"callcenter_config tier add {queue} {user} 1 1"
    status = f"callcenter_config agent set status {user} 'Available'"
    joined = partial(ask.agents.move, ask.request.device, ask.request.queue, joins=True)
    return Plan((tier, status), done=joined, harmless=("already exist",))


def queue_logout(ask: Ask) -> Plan:
    """End that."""
    user, queue = ask.options.user(ask.request.device), ask.options.queue(ask.request.queue)
    left = partial(ask.agents.move, ask.request.device, ask.request.queue, joins=False)
    return Plan((f"callcenter_config tier del {queue} {user}",), done=left)


OTHERS: Final = {
    Command.START_RECORDING: start_recording,
    Command.STOP_RECORDING: stop_recording,
    **dict.fromkeys(EAVESDROP, spy),
    Command.SET_AGENT_STATE: set_agent_state,
    Command.QUEUE_LOGIN: queue_login,
    Command.QUEUE_LOGOUT: queue_logout,
    Command.QUEUE_PAUSE: queue_pause,
    Command.QUEUE_UNPAUSE: queue_unpause,
    **QUESTIONS,
}
