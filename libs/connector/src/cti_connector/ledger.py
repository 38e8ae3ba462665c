"""The memory of commands: which ids were accepted, and what became of them. In NATS, so that it outlives a leader."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from typing import Final

import msgspec
from cti_bus import Bucket, Bus, KeyConflict, NoAnswer
from cti_model.commands import CommandRequest, CommandResult, unknown
from msgspec import Struct
from msgspec.structs import replace

_LOOK_AGAIN_S: Final = 0.2
_GRACE_S: Final = 3.0  # after its deadline a living leader has surely written how a command ended


class Entry(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One command id. `result` is None until the command has ended. `owner` carries it out, until `over_at` (epoch)."""

    request: CommandRequest
    digest: str
    owner: str
    over_at: float
    result: CommandResult | None = None


class Ledger:
    """The accepted commands of one PBX. Methods raise `cti_bus.NoAnswer` when NATS is away."""

    def __init__(self, bus: Bus, tenant: str, pbx: str, owner: str, *, clock: Callable[[], float] = time.time) -> None:
        self._bucket = Bucket(bus, "cti_commands")
        self._prefix = f"{tenant}.{pbx}."
        self._owner = owner
        self._clock = clock
        self._revisions: dict[str, int] = {}
        self._unsure: set[str] = set()  # ids whose storing was not acknowledged: it may be there, and nothing was sent

    async def accept(self, request: CommandRequest) -> Entry | None:
        """Store that we carry it out, and return None; or return what is stored under this id already."""
        over_at = self._clock() + request.deadline_s + _GRACE_S
        entry = Entry(request=request, digest=digest(request), owner=self._owner, over_at=over_at)
        value, name = msgspec.json.encode(entry), request.command_id
        key = self._prefix + name
        while True:
            try:
                self._revisions[name] = await self._bucket.create(key, value)
            except NoAnswer:
                self._unsure.add(name)
                raise
            except KeyConflict:
                stored = await self._bucket.get(key)
                if stored is None:
                    continue  # it expired between the two
                there = msgspec.json.decode(stored.value, type=Entry)
                if name not in self._unsure or there.result is not None or there.digest != entry.digest:
                    return there
                self._revisions[name] = await self._bucket.update(key, value, stored.revision)
            self._unsure.discard(name)
            return None

    async def ended(self, request: CommandRequest, result: CommandResult) -> CommandResult:
        """Store how it ended; returns what is stored, which is another's word if it took over in the meantime."""
        entry = Entry(request=request, digest=digest(request), owner=self._owner, over_at=0.0)
        said = await self._end(entry, result, self._revisions.get(request.command_id, 0))
        self._revisions.pop(request.command_id, None)
        return said

    async def outcome_of(self, entry: Entry) -> tuple[CommandResult, bool]:
        """How a command of another leader ended, and whether it was left to us to say so.

        Waits until that leader tells, or until its time is over: then it is gone, and nobody knows.
        """
        key = self._prefix + entry.request.command_id
        while True:
            stored = await self._bucket.get(key)
            now = entry if stored is None else msgspec.json.decode(stored.value, type=Entry)
            if now.result is not None:
                return now.result, False
            if self._clock() >= now.over_at or stored is None:
                lost = unknown(now.request, "the connector that carried it out ended before it told")
                said = await self._end(now, lost, stored.revision if stored else 0)
                return said, said == lost
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def left_behind(self) -> list[Entry]:
        """The commands that others accepted and did not end."""
        entries = [
            msgspec.json.decode(stored.value, type=Entry) async for stored in self._bucket.entries(self._prefix + "*")
        ]
        return [each for each in entries if each.result is None and each.owner != self._owner]

    async def _end(self, entry: Entry, result: CommandResult, revision: int) -> CommandResult:
        key = self._prefix + entry.request.command_id
        try:
            await self._bucket.update(key, msgspec.json.encode(replace(entry, result=result)), revision)
        except KeyConflict:
            stored = await self._bucket.get(key)
            other = msgspec.json.decode(stored.value, type=Entry).result if stored else None
            return other or result
        return result


def digest(request: CommandRequest) -> str:
    """What makes two requests of one id the same: everything but how long to wait and who vouches for it."""
    same = replace(request, deadline_s=15.0, roles=())
    return hashlib.sha256(msgspec.json.encode(same)).hexdigest()
