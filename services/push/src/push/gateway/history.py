"""One user's past: the snapshot, and what a returning client has missed."""

import asyncio
from collections.abc import Callable, Mapping

import msgspec
from cti_bus import Bus, newest, newest_at_leader, newest_of_each, since
from cti_bus.streams import USERS
from cti_model import subjects
from cti_model.view import UserUpdate, UserView

from push.gateway.coding import decode_update
from push.gateway.frames import Cursor
from push.projector.step import epoch_of


class Snapshot(msgspec.Struct, frozen=True):
    """Where a session begins. `missed`: the updates between the cursor and the view, oldest first, all of them or none;
    `recovered` tells which. A user without a history has version 0 of the epoch that it will have.
    """

    epoch: str
    version: int
    view: UserView
    recovered: bool
    missed: tuple[UserUpdate, ...] = ()


class History:
    """The users' histories as the stream has them. `life`: see `push.projector.lives`."""

    def __init__(self, bus: Bus, tenant: str, life: str) -> None:
        self._bus = bus
        self._tenant = tenant
        self._life = life

    async def of(self, users: Mapping[str, int]) -> dict[str, Snapshot]:
        """The newest views of these users, by user. To each the sequence that is known to exist. Raises `NoAnswer`."""
        found = await asyncio.gather(*(self.snapshot(user, None, at_least) for user, at_least in users.items()))
        return dict(zip(users, found, strict=True))

    async def all(self, seen: Callable[[str], int]) -> dict[str, Snapshot]:
        """The newest views of all users of whom anything was told, by user. `seen`: as in `of`. Raises `NoAnswer`."""
        found: dict[str, Snapshot] = {}
        behind: dict[str, int] = {}
        async for message in newest_of_each(self._bus, USERS.name, subjects.users_of(self._tenant)):
            update = decode_update(message.body)
            user = update.view.user
            if message.stream_seq < seen(user):
                behind[user] = seen(user)
            found[user] = Snapshot(update.epoch, update.version, update.view, recovered=False)
        return found | await self.of(behind)

    async def snapshot(self, user: str, cursor: Cursor | None, at_least: int = 0) -> Snapshot:
        """The newest view of a user and what a client with this cursor has missed. Raises `NoAnswer`.

        `at_least`: a stream sequence of this user that is known to exist. A replica that has not got it yet is not
        believed, or its old snapshot would be shown until something else happens.
        """
        subject = subjects.user(self._tenant, user)
        last = await newest(self._bus, USERS.name, subject)
        if last is None or last.stream_seq < at_least:
            last = await newest_at_leader(self._bus, USERS.name, subject)
        if last is None:
            epoch = epoch_of(self._tenant, user, self._life)
            view = UserView(tenant=self._tenant, user=user)
            return Snapshot(epoch, 0, view, recovered=cursor == Cursor(epoch, 0))
        update = decode_update(last.body)
        if cursor is None or cursor.epoch != update.epoch or not 0 <= cursor.version <= update.version:
            return Snapshot(update.epoch, update.version, update.view, recovered=False)
        missed: list[UserUpdate] = []
        if cursor.version < update.version:
            async for message in since(self._bus, USERS.name, subject):
                each = decode_update(message.body)
                if each.epoch == update.epoch and cursor.version < each.version <= update.version:
                    missed.append(each)
        whole = [each.version for each in missed] == list(range(cursor.version + 1, update.version + 1))
        return Snapshot(update.epoch, update.version, update.view, whole, tuple(missed) if whole else ())
