"""The channels that are alive in what was sent so far, and Asterisk's list of them. Pure."""

from collections.abc import Iterable
from typing import Final

_FOLLOWED: Final = frozenset(
    b"Newchannel Newstate NewCallerid NewConnectedLine NewAccountCode Newexten Rename "
    b"BridgeEnter BridgeLeave Bridge DialBegin DialEnd Hangup".split()
)
_NEW_LIST: Final = (
    *("Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum"),
    *("ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority", "Uniqueid", "Linkedid"),
    *("Application", "ApplicationData"),
)
# Asterisk 11: the name in the list, and the one in the events where it differs.
_OLD_LIST: Final = (
    *(("Channel", ""), ("UniqueID", "Uniqueid"), ("Context", ""), ("Extension", "Exten"), ("Priority", "")),
    *(("ChannelState", ""), ("ChannelStateDesc", ""), ("Application", ""), ("ApplicationData", "")),
    *(("CallerIDnum", "CallerIDNum"), ("CallerIDname", "CallerIDName"), ("ConnectedLineNum", "")),
    ("ConnectedLineName", ""),
)
Headers = dict[str, bytes]


def headers(block: bytes) -> Headers:
    """The headers of a block; of those that repeat the first one."""
    found: Headers = {}
    for line in block.split(b"\r\n"):
        key, colon, value = line.partition(b":")
        if colon:
            found.setdefault(key.strip().decode("utf-8", "replace"), value.strip())
    return found


class LiveChannels:
    """Follows the stream; its list is what `CoreShowChannels` answers. Order: that of birth."""

    def __init__(self) -> None:
        self._channels: dict[bytes, Headers] = {}
        self._born: dict[bytes, float] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def see(self, block: bytes, at: float) -> None:
        """A block was sent at `at` (epoch seconds)."""
        name = block[7 : block.find(b"\r\n")]
        if name not in _FOLLOWED:
            return
        told = headers(block)
        uniqueid = told.get("Uniqueid", b"")
        if name == b"Newchannel":
            self._channels[uniqueid] = {}
            self._born[uniqueid] = at
        if name == b"Hangup":
            self.forget([uniqueid])
        elif name == b"Bridge":
            self._join(told)
        elif uniqueid in self._channels:
            self._change(self._channels[uniqueid], name, told)

    def forget(self, uniqueids: Iterable[bytes]) -> None:
        """These channels are gone (or never were)."""
        for uniqueid in uniqueids:
            self._channels.pop(uniqueid, None)
            self._born.pop(uniqueid, None)

    def listing(self, now: float, *, old: bool) -> list[bytes]:
        """One `CoreShowChannel` for each, without `Event`, `ActionID` and the empty line. `old`: as Asterisk 11."""
        return [self._old(channel, now) if old else self._new(channel, now) for channel in self._channels]

    def _change(self, channel: Headers, name: bytes, told: Headers) -> None:
        if name == b"Rename":
            channel["Channel"] = told.get("Newname", b"")
            return
        for key in (*_NEW_LIST, "AppData"):
            if key in told:
                channel["ApplicationData" if key == "AppData" else key] = told[key]
        if name == b"BridgeEnter":
            channel["BridgeId"] = told.get("BridgeUniqueid", b"")
        elif name == b"BridgeLeave":
            channel["BridgeId"] = b""

    def _join(self, told: Headers) -> None:
        """Asterisk 11's `Bridge`: two channels talk, or no longer."""
        linked = told.get("Bridgestate") == b"Link"
        for one, other in (("1", "2"), ("2", "1")):
            channel = self._channels.get(told.get("Uniqueid" + one, b""))
            if channel is not None:
                channel["BridgedChannel"] = told.get("Channel" + other, b"") if linked else b""
                channel["BridgedUniqueID"] = told.get("Uniqueid" + other, b"") if linked else b""

    def _new(self, uniqueid: bytes, now: float) -> bytes:
        channel = self._channels[uniqueid]
        lines = [(key, channel.get(key, b"")) for key in _NEW_LIST]
        return _block([*lines, ("Duration", self._age(uniqueid, now)), ("BridgeId", channel.get("BridgeId", b""))])

    def _old(self, uniqueid: bytes, now: float) -> bytes:
        channel = self._channels[uniqueid]
        lines = [(key, channel.get(source or key, b"")) for key, source in _OLD_LIST]
        lines += [("Duration", self._age(uniqueid, now)), ("AccountCode", channel.get("AccountCode", b""))]
        return _block(lines + [(key, channel.get(key, b"")) for key in ("BridgedChannel", "BridgedUniqueID")])

    def _age(self, uniqueid: bytes, now: float) -> bytes:
        seconds = max(0, int(now - self._born[uniqueid]))
        return b"%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)


def _block(lines: list[tuple[str, bytes]]) -> bytes:
    return b"\r\n".join(key.encode() + b": " + value for key, value in lines)
