"""The questions of one comparison, and their answers: the list of channels, then dumps of what is in doubt. Pure.

A service account compares all that it knows; a user only their own channels and who is at the far end of them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import doubtful
from cti_freeswitch.snapshot import Snapshot, dump
from cti_freeswitch.state import State

from connector_webitel.old.agents import listed, seated, tiers
from connector_webitel.old.picture import Seat
from connector_webitel.old.translate.legs import implied
from connector_webitel.old.wire import Request, Response

_GONE = "No such channel"
_AGREE: Final = timedelta(seconds=2)
"""Clocks that differ by less are taken for one: an answer may be on its way so long."""
_INSTANTS: Final = tuple(
    f"{leg}-Channel-{name}"
    for leg in ("Caller", "Other-Leg")
    for name in ("Created-Time", "Progress-Time", "Progress-Media-Time", "Answered-Time", "Bridged-Time", "Last-Hold")
)


class _Row(msgspec.Struct):
    uuid: str
    callstate: str = ""
    presence_id: str = ""


class _Rows(msgspec.Struct):
    row_count: int = 0
    rows: list[_Row] = []


_rows = msgspec.json.Decoder(_Rows)


class Round:
    """One comparison. `ask` first; then `answered` for each answer, in any order; `snapshot` is set when all is there.

    A channel that the list lacks is asked for once more, by its dump: its end may have been on the way. Where the list
    is refused there is nothing to compare, and all stays as it is.
    """

    def __init__(self, seat: Seat, number: int) -> None:
        self._seat = seat
        self.number = number
        self.snapshot: Snapshot | None = None
        self._state: State = seat.picture.state
        self._alive: dict[str, str] = {}
        self._dumps: dict[str, Event] = {}
        self._absent: set[str] = set()
        self._unknown: set[str] = set()
        self._asked: set[str] = set()
        self._waiting = 0
        self._agents: list[dict[str, str]] | None = None

    def ask(self) -> list[Request]:
        """The first questions. `login` again: whoever logs the user out on another socket has muted this one, too."""
        about = {"domain": self._seat.domain}
        own = [Request("login"), Request("cc tier from user")] if self._seat.account else []
        first = [Request("show_channel", about), Request("api account list", about), *own]
        self._waiting = len(first)
        return first

    def answered(self, request: Request, response: Response, at: datetime) -> list[Request]:
        """Take an answer that came at `at`; the questions that follow from it."""
        self._waiting -= 1
        more: list[str] = []
        if request.name == "show_channel":
            more = self._listed(response)
        elif request.name == "channel_dump":
            more = self._dumped(str(request.args["uuid"]), response, at)
        elif request.name == "cc tier from user":
            if response.ok:
                seated(self._seat.picture.agents, self._seat.account, response.text)
        elif request.name == "api account list":
            self._agents = listed(response.text, self._seat.domain) if response.ok else None
        more = [uid for uid in dict.fromkeys(more) if uid not in self._asked]
        self._asked.update(more)
        self._waiting += len(more)
        if not self._waiting:
            self._complete()
        return [Request("channel_dump", {"uuid": uid}) for uid in more]

    def _listed(self, response: Response) -> list[str]:
        try:
            rows = _rows.decode(response.text.encode()).rows
        except (msgspec.DecodeError, msgspec.ValidationError):
            return []
        self._alive = {row.uuid: row.callstate for row in rows}
        account = self._seat.account
        if not account:
            return doubtful(self._state, self._alive)
        mine = [row.uuid for row in rows if row.presence_id == account and row.uuid not in self._state.ended]
        known = [
            each.uid for each in self._state.channels.values() if each.presence == account and each.gone_at is None
        ]
        library = self._seat.picture.own.library(account)
        missing = [uid for uid in known if uid not in self._alive]
        return [*(uid for uid in mine if self._seat.blind or uid not in known or not library.knows(uid)), *missing]

    def _dumped(self, uid: str, response: Response, at: datetime) -> list[str]:
        event = dump(response.text) if response.ok else None
        if event is None:
            (self._absent if _GONE in response.text else self._unknown).add(uid)
            return []
        self._dumps[uid] = by_our_clock(event, at) if self._seat.account else event
        far, account = event.get("Other-Leg-Unique-ID"), self._seat.account
        wanted = event.get("Channel-Presence-ID") == account if account else far not in self._alive
        return [far] if far and wanted else []  # a trunk's channel is in no list of the domain's

    def _complete(self) -> None:
        picture = self._seat.picture
        for event in tuple(self._dumps.values()):
            far = event.get("Other-Leg-Unique-ID")
            channel = picture.state.find(far)
            over = far in picture.state.ended or (channel is not None and channel.gone_at is not None)
            if far in self._unknown and not over:
                known = channel is not None and bool(channel.connection_id)
                self._dumps[far] = implied(event, far, picture.state.naming, self._seat.domain, known=known)
        rows = tiers(picture.agents, self._agents) if self._agents is not None else []
        alive: Mapping[str, Any] = self._alive
        self.snapshot = Snapshot(alive, self._dumps, frozenset(self._absent), self._agents, rows)


def by_our_clock(dump: Event, at: datetime) -> Event:
    """A dump that came at `at` with its instants by our clock: a user's other events carry none but ours.

    A dump says when it was made, by FreeSWITCH's clock (inferred: as every event does); one that does not is left.
    """
    ahead = dump.at - at if dump.at is not None else timedelta()
    if abs(ahead) < _AGREE:
        return dump
    off = ahead // timedelta(microseconds=1)
    told = {name: dump.get(name) for name in _INSTANTS}
    return Event(dump.changed({name: str(int(us) - off) for name, us in told.items() if us.isdecimal() and int(us)}))
