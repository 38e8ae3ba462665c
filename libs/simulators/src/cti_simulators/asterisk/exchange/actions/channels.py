"""Actions about one channel or telephone that move no call: variables, digits, recording, muting, NOTIFY."""

import re

from cti_simulators.asterisk.exchange import conferences
from cti_simulators.asterisk.exchange.actions.request import Request
from cti_simulators.asterisk.exchange.blocks import Block
from cti_simulators.asterisk.exchange.state import Channel
from cti_simulators.asterisk.exchange.talks import hang_up, set_variable

_MONITOR_ID = re.compile(r"i\((\w+)\)")


def play_dtmf(request: Request) -> list[Block]:
    """Send a digit to the telephone: nothing is told of it."""
    if not request.get("channel") or request.channel() is None:
        return request.error("Channel not found")
    if not request.get("digit"):
        return request.error("No digit specified")
    return request.success("DTMF successfully queued")


def quietly(request: Request) -> list[Block]:
    """Actions that only say yes: MuteAudio, SendText."""
    if not request.get("channel"):
        return request.error("Channel not specified")
    if request.channel() is None:
        return request.error("Channel not found.")
    return request.success("Success" if request.get("action").lower() == "sendtext" else "")


def absolute_timeout(request: Request) -> list[Block]:
    """Hang up after a time."""
    channel = request.channel()
    if not request.get("channel"):
        return request.error("No channel specified")
    if channel is None:
        return request.error("No such channel")
    seconds = request.get("timeout")
    if seconds.isdecimal() and int(seconds):
        request.pbx.later(float(seconds), lambda: hang_up(request.pbx, channel))
    return request.success("Timeout Set")


def mixmonitor(request: Request) -> list[Block]:
    """Record. The monitor's id is told where the option `i(VARIABLE)` asks for it."""
    if not request.get("channel"):
        return request.error("No channel specified")
    channel = request.channel()
    if channel is None:
        return request.error("No such channel")
    ident = f"0x{request.pbx.rng.getrandbits(44):x}"
    channel.monitors[ident] = request.get("file")
    request.pbx.tell(request.pbx.voice.mixmonitor(channel, on=True))
    asked = _MONITOR_ID.search(request.get("options"))
    if asked is None:
        return request.success()
    set_variable(request.pbx, channel, asked[1], ident)
    return request.success("", ("MixMonitorID", ident))


def stop_mixmonitor(request: Request) -> list[Block]:
    """Stop the monitor that is named, else the newest."""
    if not request.get("channel"):
        return request.error("No channel specified")
    channel = request.channel()
    if channel is None:
        return request.error("No such channel")
    ident = request.get("mixmonitorid") or next(reversed(channel.monitors), "")
    if channel.monitors.pop(ident, None) is None:
        return request.error("Could not stop monitoring channel")
    request.pbx.tell(request.pbx.voice.mixmonitor(channel, on=False))
    return request.success()


def set_var(request: Request) -> list[Block]:
    """Set a variable of a channel, or of the server."""
    if not request.get("variable"):
        return request.error("No variable specified")
    channel = request.channel()
    if request.get("channel") and channel is None:
        return request.error("No such channel")
    if channel is not None:
        set_variable(request.pbx, channel, request.get("variable"), request.get("value"))
    else:
        request.pbx.globals[request.get("variable")] = request.get("value")
    return request.success("Variable Set")


def get_var(request: Request) -> list[Block]:
    """Read one."""
    name = request.get("variable")
    if not name:
        return request.error("No variable specified")
    channel = request.channel()
    if request.get("channel") and channel is None:
        return request.error("No such channel")
    value = request.pbx.globals.get(name, "") if channel is None else _variable(channel, name)
    return request.success("", ("Variable", name), ("Value", value))


def _variable(channel: Channel, name: str) -> str:
    own = {
        "CHANNEL(linkedid)": channel.linkedid,
        "CHANNEL(uniqueid)": channel.uniqueid,
        "CHANNEL(name)": channel.name,
        "UNIQUEID": channel.uniqueid,
        "EXTEN": channel.exten,
        "CONTEXT": channel.context,
        "CALLERID(num)": channel.number,
        "CALLERID(name)": channel.caller_name,
    }
    return own.get(name, channel.variables.get(name, ""))


def conference_mute(request: Request) -> list[Block]:
    """Mute somebody in a conference, or unmute."""
    room = request.pbx.rooms.get(request.get("conference"))
    if room is None:
        return request.error("No Conference by that name found.")
    channel = request.channel()
    if channel is None or channel.uniqueid not in room.joined:
        return request.error("No Channel by that name found in Conference.")
    on = request.get("action").lower() == "confbridgemute"
    request.pbx.later(0.0, lambda: conferences.mute(request.pbx, room, channel, on=on))
    return request.success("User muted" if on else "User unmuted")


def notify(request: Request) -> list[Block]:
    """NOTIFY a telephone on the desk: `Event=talk` answers or takes back, `Event=hold` puts on hold."""
    old = request.get("action").lower() == "sipnotify"
    number = request.get("endpoint") or request.get("channel")
    within = None if old else request.channel()  # a PJSIP channel: NOTIFY within its dialog
    number = within.person if within is not None else number.removeprefix("SIP/").removeprefix("PJSIP/")
    if not number:
        return request.error("SIPNotify requires a channel name" if old else "PJSIPNotify requires an endpoint name")
    pairs = request.pairs()
    if not pairs:
        wanted = (
            "SIPNotify requires at least one variable pair" if old else "PJSIPNotify requires at least one variable"
        )
        return request.error(wanted)
    if number not in request.pbx.phones:
        return request.error("Could not create address" if old else f"Unable to retrieve endpoint {number}")
    for name, value in pairs:
        if name.lower() == "event":
            request.pbx.later(0.0, lambda value=value: request.exchange.notified(number, value))  # type: ignore[misc]
    return request.success("Notify Sent" if old else "NOTIFY sent")
