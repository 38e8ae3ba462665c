"""Make a recorded call a new one: other ids, today's clock, the same story. Pure.

Asterisk's ids are `<second of birth>.<n>` (channels), UUIDs (bridges, SIP dialogues) and `-0000002a` behind the names
of channels. `n` and the number behind names are counters of the whole server; one `Ids` is such a server.
"""

import re
import uuid
from collections.abc import Callable, Set
from datetime import UTC, datetime
from typing import Final

_TOKEN: Final = re.compile(
    rb"^(?P<stamp>(?:Timestamp|SentNTP): )(?P<at>\d{10}\.\d+)"
    rb"|^(?P<second>(?:LastCall|LastPause|LoginTime|ExpirationTime): )(?P<whole>\d{10})\b"
    rb"|(?<![\d.])(?P<uniqueid>(?P<born>1\d{9})\.\d{1,9})(?![\d.])"
    rb"|(?<![0-9a-f-])(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?![0-9a-f-])"
    rb"|(?<=-)(?P<suffix>[0-9a-f]{8})(?![0-9a-f-])"
    rb"|(?P<instant>(?<!\d)20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})(?=\+0000)"
    rb"|(?P<local>(?<!\d)20\d\d-\d\d-\d\d \d\d:\d\d:\d\d)",
    re.MULTILINE,
)
_TELEPHONE: Final = re.compile(rb"(?<![0-9A-Za-z.])(?<!Cause: )10([1-4])(?![0-9A-Za-z])")  # not within an id
_NAME_ENDS: Final = re.compile(rb"[\s,;&|!\"]")
_LONGEST_NAME: Final = 80  # AST_CHANNEL_NAME of Asterisk


class Ids:
    """Hands out ids as one running server does: counters that never repeat. `run`: unique among servers."""

    def __init__(self, run: str) -> None:
        self._bridges = uuid.uuid5(uuid.NAMESPACE_OID, run)
        self._uniqueids = 0
        self._names = 0
        self._uuids = 0

    def uniqueid(self, born: float) -> bytes:
        """The next channel's Uniqueid."""
        self._uniqueids += 1
        return b"%d.%d" % (int(born), self._uniqueids)

    def suffix(self) -> bytes:
        """The next number behind a channel's name."""
        self._names = (self._names + 1) & 0xFFFFFFFF
        return b"%08x" % self._names

    def uuid(self) -> bytes:
        """The next bridge."""
        self._uuids += 1
        return str(uuid.uuid5(self._bridges, str(self._uuids))).encode()


class Restamp:
    """One replay's mapping of ids and instants: bytes to bytes.

    The same old id always becomes the same new one, two old ones never become one, and no id is shared with another
    replay on the same `Ids`. `moved` takes a recorded epoch second to the one at which it happens now. Recorded local
    times are UTC; durations stay as they were recorded.
    """

    def __init__(self, ids: Ids, moved: Callable[[float], float]) -> None:
        self._ids = ids
        self._moved = moved
        self._new: dict[tuple[str, bytes], bytes] = {}

    @property
    def uniqueids(self) -> Set[bytes]:
        """The new Uniqueids of this replay so far."""
        return {new for (kind, _), new in self._new.items() if kind == "uniqueid"}

    def __call__(self, data: bytes) -> bytes:
        """Whole lines with this replay's ids and instants."""
        return _TOKEN.sub(self._replace, data)

    def _replace(self, match: re.Match[bytes]) -> bytes:
        old, kind = match[0], match.lastgroup
        if kind == "at":
            return match["stamp"] + f"{self._moved(float(match['at'])):.6f}".encode()
        if kind == "whole":
            return match["second"] + b"%d" % self._moved(int(match["whole"]))
        if kind == "instant":
            return self._instant(old).isoformat(timespec="milliseconds").encode()
        if kind == "local":
            return self._instant(old).isoformat(" ", timespec="seconds").encode()
        if match["suffix"] is not None:
            return self._known("suffix", old, self._ids.suffix) if _in_channel_name(match) else old
        if match["uuid"] is not None:
            return self._known("uuid", old, self._ids.uuid)
        return self._known("uniqueid", old, lambda: self._ids.uniqueid(self._moved(int(match["born"]))))

    def _instant(self, text: bytes) -> datetime:
        then = datetime.fromisoformat(text.decode()).replace(tzinfo=UTC).timestamp()
        return datetime.fromtimestamp(self._moved(then), UTC).replace(tzinfo=None)

    def _known(self, kind: str, old: bytes, make: Callable[[], bytes]) -> bytes:
        new = self._new.get((kind, old))
        if new is None:
            new = self._new[kind, old] = make()
        return new


def on_floor(data: bytes, floor: int) -> bytes:
    """The same on other telephones: 101–104 become 111–114 on floor 1, 121–124 on floor 2; floor 0 changes nothing.

    Recordings that go on at once on different floors share no telephone, as no two people share one.
    """
    return _TELEPHONE.sub(b"1%d\\1" % floor, data) if floor else data


def _in_channel_name(match: re.Match[bytes]) -> bool:
    """Whether eight hex digits behind a `-` end a `Technology/...-` and not some other word."""
    before = match.string[max(0, match.start() - _LONGEST_NAME) : match.start()]
    word = _NAME_ENDS.split(before)[-1]
    return b"/" in word
