"""Who called whom, read from a list of channels alone. Pure.

A channel that Asterisk dialled runs no dialplan: its application is `AppDial` (by Dial), `AppQueue` (by a queue) or
`AppDial2` (by an Originate). Who had it dialled is not in the list; 13 and later tie a call's channels by Linkedid,
Asterisk 11 does not.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from connector_asterisk.items import SnapshotChannel
from connector_asterisk.naming import is_pseudo as _pseudo_technology
from connector_asterisk.naming import whole

DIALS: Final = 4
RINGS: Final = 5
UP: Final = 6

_SURE = 8  # what speaks for a caller: more than all lesser hints together
_BY_APPLICATION = {"AppDial": "Dial", "AppQueue": "Queue"}


def is_pseudo(item: SnapshotChannel) -> bool:
    """Whether a channel is plumbing inside Asterisk, not a telephone."""
    return _pseudo_technology(item.name.partition("/")[0])


def is_called(item: SnapshotChannel) -> bool:
    """Whether a channel was dialled by another one."""
    return item.application in _BY_APPLICATION


def is_prompted(item: SnapshotChannel) -> bool:
    """Whether an Originate rings or rang this channel, which was given the dialled number as its own caller id."""
    if item.application == "AppDial2" and item.state != UP:
        return True
    return not is_called(item) and item.caller.number == item.connected.number != ""


def runs_dialplan(half: SnapshotChannel) -> bool:
    """Whether the first half of a Local channel goes through the dialplan itself, as only an Originate lets it."""
    return half.application not in ("", "AppDial2") and not is_called(half)


def is_application(item: SnapshotChannel) -> bool:
    """Whether an answered channel runs an application that nobody dialled, as of an Originate that names one."""
    looks_for_somebody = item.application in ("", "Dial", "Queue", "AppDial2") or is_called(item)
    return item.state == UP and not looks_for_somebody and item.exten in ("", "s")


class Kinship:
    """The channels of one list, to be asked who called whom. Each is looked for among those of its Linkedid only."""

    def __init__(self, items: Iterable[SnapshotChannel]) -> None:
        self._by_name: dict[str, SnapshotChannel] = {}
        self._callers: dict[str, list[SnapshotChannel]] = {}
        self._pseudo: dict[str, list[SnapshotChannel]] = {}
        self._members: dict[str, list[SnapshotChannel]] = {}
        self._by_bridge: dict[str, list[SnapshotChannel]] = {}
        self._found: dict[str, SnapshotChannel | None] = {}
        self._sizes: dict[str, int] = {}
        for item in items:
            self._by_name[item.name] = item
            if item.bridge_id:
                self._sizes[item.bridge_id] = self._sizes.get(item.bridge_id, 0) + 1
            if is_pseudo(item):
                self._pseudo.setdefault(item.linkedid, []).append(item)
            elif not is_called(item) and item.state in (DIALS, UP):
                self._callers.setdefault(item.linkedid, []).append(item)
                self._by_bridge.setdefault(item.bridge_id, []).append(item)
            if item.application == "AppQueue" and item.state == UP:
                self._members.setdefault(item.linkedid, []).append(item)

    def caller_of(self, item: SnapshotChannel) -> SnapshotChannel | None:
        """The telephone that had a called channel dialled; None where no channel of the list fits.

        By what speaks most for it: they talk with each other, or it runs the application that dials this endpoint.
        Without Linkedids one of these, or the number that the called telephone shows, has to fit.
        """
        if item.uid not in self._found:
            self._found[item.uid] = None  # so that a ring of Local channels comes to an end
            self._found[item.uid] = self._best(item) or self._through_local(item) or self._only_caller(item)
        return self._found[item.uid]

    def _best(self, item: SnapshotChannel) -> SnapshotChannel | None:
        partners = self._by_bridge.get(item.bridge_id, []) if item.bridge_id else []
        among = [each for each in partners if each.linkedid == item.linkedid] or self._callers.get(item.linkedid, [])
        best, most = None, 0
        for other in among:
            apart = other.uid == item.uid or self._talks_elsewhere(other, item)
            points = 0 if apart else _fit(item, other) + (1 if item.linkedid else 0)
            if points > most:
                best, most = other, points
        return best

    def _talks_elsewhere(self, other: SnapshotChannel, item: SnapshotChannel) -> bool:
        """Whether a caller talks with somebody else, so that nothing rings for it (a Linkedid would tell for sure)."""
        rings = not item.linkedid and item.state != UP
        return rings and other.bridge_id != item.bridge_id and self._sizes.get(other.bridge_id, 0) > 1

    def _through_local(self, item: SnapshotChannel) -> SnapshotChannel | None:
        """The caller behind a Local channel: its second half dialled this one, its first half was called by it.

        The first half of one that an Originate made runs the dialplan in the name of the telephone that it rang.
        """
        for half in self._halves_dialling(item):
            first = self._other_half(half)
            if half.name.endswith(";1"):
                return half
            if first is not None and not runs_dialplan(first):
                return self.caller_of(first)
        return None

    def _halves_dialling(self, item: SnapshotChannel) -> Iterator[SnapshotChannel]:
        for half in self._pseudo.get(item.linkedid, ()):
            if half.uid != item.uid and half.name[-2:] in (";1", ";2") and _fit(item, half) >= _SURE:
                yield half

    def _other_half(self, half: SnapshotChannel) -> SnapshotChannel | None:
        return self._by_name.get(half.name[:-1] + ("2" if half.name.endswith("1") else "1"))

    def _only_caller(self, item: SnapshotChannel) -> SnapshotChannel | None:
        """The caller in a queue, where there is but one and its member's telephone does not show a number yet."""
        if item.application != "AppQueue" or item.linkedid or item.connected.number:
            return None
        callers = [each for each in self._callers.get("", ()) if each.application == "Queue" and not each.bridge_id]
        return callers[0] if len(callers) == 1 else None

    def prompted_through(self, item: SnapshotChannel) -> tuple[SnapshotChannel, SnapshotChannel] | None:
        """The halves of the Local channel by way of which an Originate rings or rang this channel."""
        for second in self._halves_dialling(item):
            first = self._other_half(second)
            if first is not None and second.name.endswith(";2") and (is_prompted(first) or runs_dialplan(first)):
                return first, second
        return None

    def queue_of(self, item: SnapshotChannel) -> str:
        """The queue that a channel waits in, where only the list of channels can tell; empty for none.

        It runs Queue and talks with nobody, and no telephone that the queue called for it is up.
        """
        if item.application != "Queue" or item.bridge_id:
            return ""
        members = self._members.get(item.linkedid, ())
        return "" if any(item.linkedid or _fit(each, item) for each in members) else queue_named(item)


def _fit(item: SnapshotChannel, other: SnapshotChannel) -> int:
    if item.bridge_id and item.bridge_id == other.bridge_id:
        return 2 * _SURE
    if other.state == UP and item.state == UP and not item.linkedid and item.bridge_id and other.bridge_id:
        return 0  # each talks with somebody else
    points = _SURE if _dials(other, item) else 0
    if item.connected.number and item.connected.number == other.caller.number:
        points += 4
    if points and other.exten and other.exten == item.caller.number:
        points += 1
    if points and other.application == _BY_APPLICATION.get(item.application):
        points += 2
    return points


def _dials(caller: SnapshotChannel, item: SnapshotChannel) -> bool:
    """Whether the arguments of the caller's Dial name the endpoint: `SIP/101&SIP/102,20` or `PJSIP/8495@trunk,30`."""
    if caller.application != "Dial" or item.application != "AppDial":
        return False
    technology, _, rest = item.name.partition("/")
    endpoint = rest.rpartition("-")[0] or rest
    for target in caller.data.partition(",")[0].split("&"):
        kind, _, where = target.partition("/")
        if kind == technology and endpoint in (where, *where.split("/"), *where.split("@")):
            return True
    return False


def rings_for(caller: SnapshotChannel, item: SnapshotChannel) -> bool:
    """Whether a channel dials another itself, not by way of a Local channel."""
    return _dials(caller, item) or (caller.application == "Queue" and item.application == "AppQueue")


def counted(uid: str) -> int:
    """The counter in an Uniqueid, which goes up with each channel of one life of Asterisk."""
    return whole(uid.rpartition(".")[2]) or 0


def queue_named(item: SnapshotChannel) -> str:
    """The queue that the channel's Queue application serves."""
    return item.data.partition(",")[0] if item.application == "Queue" else ""
