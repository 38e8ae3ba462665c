"""A user's own channels, made whole: the events of both legs, as FreeSWITCH would tell them to who hears all.

The engine tells a user of their own legs only. The far leg is known by its id and its numbers: it is told of as a
stand-in, until its own user's link tells of it. A stand-in ends when nobody who is heard of talks to it any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cti_freeswitch.channels import CallBox, Channel
from cti_freeswitch.event import Event
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_model.calls import Direction

from connector_webitel.old.translate.callbacks import Callback, Library, LibraryCall, Said, Way, other_id
from connector_webitel.old.translate.legs import bridged, dialled, ended, near, passed_on, stand_in

LINGER: Final = timedelta(milliseconds=300)
"""A far leg that was left may ring at another user's next: recorded, within 30 ms of the hang-up."""
_AS_THEY_ARE: Final = frozenset(
    {"CHANNEL_HOLD", "CHANNEL_UNHOLD", "DTMF", "CHANNEL_ANSWER", "RECORD_START", "RECORD_STOP"}
)
"""Events of a user's own leg that mean the same of FreeSWITCH's. Of recordings only where a site's filter lets them."""
_GIVES_UP: Final = ("NORMAL_CLEARING", "ORIGINATOR_CANCEL")


@dataclass
class _StandIn:
    """A far leg that is known by another's word. `alone_since`: when nobody who is heard of talked to it any more.

    `cause`: why the last one who did was hung up.
    """

    alone_since: datetime | None = None
    cause: str = ""


class Own:
    """All users' own channels of one engine. `state` is looked at only; what follows is to be translated into it."""

    def __init__(self, state: State, domain: str) -> None:
        self._state = state
        self._domain = domain
        self._libraries: dict[str, Library] = {}
        self._stand_ins: dict[str, _StandIn] = {}

    def library(self, account: str) -> Library:
        """What a user's library would know."""
        return self._libraries.setdefault(account, Library(account))

    @property
    def waits(self) -> bool:
        """Whether a stand-in may have to end by itself."""
        return any(each.alone_since is not None for each in self._stand_ins.values())

    def real(self, uid: str) -> None:
        """A channel tells of itself from now on."""
        self._stand_ins.pop(uid, None)

    def implied(self, uid: str) -> None:
        """A channel is known by another's word only."""
        self._stand_ins.setdefault(uid, _StandIn())

    def found(self, account: str, snapshot: Snapshot, left: Iterable[CallBox | None]) -> None:
        """A user's channels as a comparison found them: those are known from now on, and who is implied by them.

        `left`: calls from which a channel has vanished; whoever is left in them without being heard is implied only.
        """
        library = self.library(account)
        library.forget(uid for uid in snapshot.absent if library.knows(uid))
        for uid, event in snapshot.dumps.items():
            if event.get("Channel-Presence-ID") == account:
                library.adopt(uid, event)
                self.real(uid)
        boxes = [box for box in left if box is not None]
        for uid, channel in self._state.channels.items():
            if (uid in snapshot.dumps or channel.box in boxes) and not self._heard(uid):
                self.implied(uid)

    def _heard(self, uid: str) -> bool:
        return any(each.knows(uid) for each in self._libraries.values())

    def take(self, account: str, event: Event) -> tuple[list[Event], list[Said]]:
        """What an event of a user's own channel means for FreeSWITCH's picture, and what the library says of it."""
        library, uid = self.library(account), event.get("Unique-ID")
        known = library.knows(uid)
        said = library.hear(event)
        if event.name == "CHANNEL_CREATE" and library.knows(uid) and not known:
            return self._created(library.call_of(uid), event), said
        if not known:
            return [], said
        found: list[Event] = []
        if event.name == "CHANNEL_CALLSTATE" and _rings(event):
            found.append(near(event, "CHANNEL_PROGRESS"))
        elif event.name in _AS_THEY_ARE:
            found.append(near(event, event.name))
        if any(each.callback is Callback.BRIDGE for each in said):
            found += self._bridged(event)
        if not library.knows(uid):
            found += self._gone(event)
        return found, said

    def tick(self, now: datetime) -> list[Event]:
        """The ends of stand-ins that are alone. To be called after each event, and while `waits`."""
        found: list[Event] = []
        for uid, each in tuple(self._stand_ins.items()):
            channel = self._state.find(uid)
            if channel is None or channel.gone_at is not None:
                del self._stand_ins[uid]
            elif self._accompanied(channel):
                each.alone_since = None
            elif each.alone_since is None:
                each.alone_since = now
            elif now - each.alone_since >= LINGER:
                found += ended(uid, each.cause, each.alone_since)
        return found

    def _accompanied(self, channel: Channel) -> bool:
        around = (channel.peer, channel.originator, *channel.dials)
        return any(each is not None and self._lives(each) and each.box in (None, channel.box) for each in around)

    def _lives(self, channel: Channel) -> bool:
        """Whether a channel is heard of, and is not over. One that vanished is forgotten without an end."""
        known = self._state.find(channel.uid) is channel
        return known and channel.gone_at is None and channel.uid not in self._stand_ins

    def _created(self, call: LibraryCall, event: Event) -> list[Event]:
        self.real(event.get("Unique-ID"))
        far = _caller(event)
        if call.way is not Way.IN or not far:
            return [near(event, "CHANNEL_CREATE")]
        found: list[Event] = []
        channel = self._state.find(far)
        if channel is None or not channel.connection_id:
            self.implied(far)
            found.append(stand_in(event, far, self._state.naming, self._domain))
        elif far in self._stand_ins and channel.talks:
            found.append(passed_on(event, far))
        begins = ("CHANNEL_CREATE", "CHANNEL_PROGRESS") if _rings(event) else ("CHANNEL_CREATE",)
        return [*found, *(near(event, name, {"variable_originator": far}) for name in begins)]

    def _bridged(self, event: Event) -> list[Event]:
        """My leg talks with another one."""
        mine, far = self._state.find(event.get("Unique-ID")), other_id_now(event)
        if mine is None or not far or (event.name == "CHANNEL_STATE" and not mine.up):
            return []
        known = self._state.find(far)
        if known is not None and known.peer is mine and known.talks:
            return []
        found: list[Event] = []
        if (known is None or not known.connection_id) and far not in self._state.ended:
            self.implied(far)
            remote = mine.connection.remote.number if mine.connection is not None else ""
            found += dialled(event, far, remote, self._state.naming, self._domain)
        return [*found, bridged(event, far)]

    def _gone(self, event: Event) -> list[Event]:
        uid, cause = event.get("Unique-ID"), event.variable("hangup_cause") or event.get("Hangup-Cause")
        mine = self._state.find(uid)
        found: list[Event] = []
        if mine is not None:
            for each in (mine.peer, mine.originator):
                if each is not None and each.uid in self._stand_ins:
                    self._stand_ins[each.uid].cause = cause
            if event.variable("w_transfer_result") == "confirmed":
                found += self._handed_over(mine)
            caller = mine.originator
            if cause == "ORIGINATOR_CANCEL" and caller is not None and caller.uid in self._stand_ins and not mine.up:
                found += ended(caller.uid, cause, None)
        said = _says(mine, cause)
        return [*found, near(event, "CHANNEL_HANGUP", said), near(event, "CHANNEL_HANGUP_COMPLETE", said)]

    def _handed_over(self, mine: Channel) -> list[Event]:
        """An attended transfer was confirmed: who talked with my two legs talk with each other."""
        for other in self._state.same_device(mine):
            first, second = mine.peer, other.peer
            if other is mine or first is None or second is None or first is second or other.box is mine.box:
                continue
            if first.gone_at is None and second.gone_at is None and first.peer is not second:
                return [bridged(Event({"Unique-ID": first.uid}), second.uid)]
        return []


def _caller(event: Event) -> str:
    """Who calls: a called leg's call has the id of the calling one (recorded).

    Empty for a telephone that nobody calls: `originate` rings it, for its user to hear a talk (recorded).
    """
    call = event.get("Channel-Call-UUID")
    return other_id(event) or (call if call != event.get("Unique-ID") else "")


def _rings(event: Event) -> bool:
    """Whether a leg rings: some do before they are told of (recorded: those of Verto)."""
    return event.get("Channel-Call-State") in ("RINGING", "EARLY")


def _says(mine: Channel | None, cause: str) -> dict[str, str]:
    """Who hung up is not told. One who calls and clears before anybody answered did so: a refusal has its own cause."""
    connection = mine.connection if mine is not None else None
    if connection is None or connection.direction is Direction.IN or connection.answered_at is not None:
        return {}
    return {"variable_sip_hangup_disposition": "recv_cancel"} if cause in _GIVES_UP else {}


def other_id_now(event: Event) -> str:
    """The leg that this one talks with now."""
    return event.get("Other-Leg-Unique-ID") or event.variable("cc_member_session_uuid")
