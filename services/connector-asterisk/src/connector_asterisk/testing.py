"""Frames of an invented Asterisk for what the recordings do not have."""

from datetime import UTC, datetime, timedelta

from cti_model.events import CallEvent

from connector_asterisk.channels import State
from connector_asterisk.reading import Reading
from connector_asterisk.translate import settle, translate
from connector_asterisk.wire import Frame

Headers = dict[str, str]
BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def named(name: str, uid: str, linkedid: str = "") -> Headers:
    """The headers by which a frame names a channel."""
    return {"Channel": name, "Uniqueid": uid, "Linkedid": linkedid or uid}


def dest(channel: Headers) -> Headers:
    """The same as the headers of a dialled channel."""
    return {f"Dest{key}": value for key, value in channel.items()}


class Wire:
    """Sends frames to a translator of its own and keeps what it told."""

    def __init__(self, reading: Reading | None = None) -> None:
        self.state = State("t", "p", reading=reading)
        self.now = BEGIN
        self.told: list[CallEvent] = []

    def send(self, name: str, *channels: Headers, after_s: float = 0.0, **headers: str) -> list[CallEvent]:
        """One frame about these channels, so many seconds after the last; what it meant."""
        self.now += timedelta(seconds=after_s)
        for each in channels:
            headers |= each
        lines = [f"Event: {name}", *(f"{key}: {value}" for key, value in headers.items())]
        told = translate(self.state, Frame(name, "\r\n".join(lines).encode()), self.now)
        self.told += told
        return told

    def quiet(self, seconds: float = 1.0) -> list[CallEvent]:
        """Nothing comes for a while."""
        self.now += timedelta(seconds=seconds)
        told = settle(self.state, self.now)
        self.told += told
        return told

    def dials(self, channel: Headers, exten: str, after_s: float = 0.0, **headers: str) -> list[CallEvent]:
        """A telephone dials."""
        return self.send("Newchannel", channel, after_s=after_s, ChannelState="4", Exten=exten, **headers)

    def rings(self, caller: Headers, called: Headers) -> list[CallEvent]:
        """Asterisk dials a telephone for another, and it rings."""
        return [
            *self.send("Newchannel", called, ChannelState="0", Exten="s"),
            *self.send("DialBegin", caller, dest(called)),
            *self.send("Newstate", called, ChannelState="5"),
        ]

    def answers(self, caller: Headers, called: Headers, after_s: float = 1.0) -> list[CallEvent]:
        """A ringing telephone answers and talks with the caller."""
        bridge = f"bridge-{called['Uniqueid']}"
        return [
            *self.send("Newstate", called, after_s=after_s, ChannelState="6"),
            *self.send("DialEnd", caller, dest(called), DialStatus="ANSWER"),
            *self.send("Newstate", caller, ChannelState="6"),
            *self.send("BridgeEnter", called, BridgeUniqueid=bridge),
            *self.send("BridgeEnter", caller, BridgeUniqueid=bridge),
        ]

    def hang_up(self, *channels: Headers, after_s: float = 1.0) -> list[CallEvent]:
        """The first of these telephones hangs up, the others with it."""
        told = self.send("HangupRequest", channels[0], after_s=after_s)
        for channel in channels:
            told += self.send("Hangup", channel, Cause="16")
        return [*told, *self.quiet()]
