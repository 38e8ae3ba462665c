"""A live copy of the directory's users, extensions, and who has which credential, in memory."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime

import msgspec
import structlog
from cti_bus import Bucket, Bus, Seen
from cti_bus.streams import DIRECTORY
from cti_model.directory import CredentialEntry, ExtensionEntry, UserEntry

_log = structlog.get_logger(__name__)
_Entry = UserEntry | ExtensionEntry | CredentialEntry
_decode: dict[str, Callable[[bytes], _Entry]] = {
    "user": msgspec.json.Decoder(UserEntry).decode,
    "extension": msgspec.json.Decoder(ExtensionEntry).decode,
    "credential": msgspec.json.Decoder(CredentialEntry).decode,
}


class DirectoryCopy:
    """Users and extensions of one tenant, or (`*`) of all, as the directory last told them.

    `run` keeps it; `loaded` is set when it is whole for the first time, which needs NATS but not the directory. While
    either is away it answers from what it has, and so it does when the bucket was lost with NATS's volume, until the
    directory has told all of it anew. About 1 KiB for each extension. `changed` is called after each change.
    """

    def __init__(self, bus: Bus, tenant: str = "*", changed: Callable[[], None] = lambda: None) -> None:
        self._bucket = Bucket(bus, DIRECTORY.name.removeprefix("KV_"))
        self._keys = f"{tenant}.>"
        self._entries: dict[str, _Entry] = {}
        self._changed = changed
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        """Follow the bucket for ever. Raises `BusClosed`."""
        async with aclosing(self._bucket.watch(self._keys)) as watch:
            async for seen in watch:
                self.take(seen)
                self._changed()
                if not self.loaded.is_set():
                    _log.info("directory known", entries=len(self._entries))
                    self.loaded.set()

    def take(self, seen: Seen) -> None:
        """What a watch saw. A value that does not decode changes nothing."""
        if seen.whole and seen.values:
            self._entries = {key: entry for key, entry in self._entries.items() if key in seen.values}
        for key, value in seen.values.items():
            if value is None:
                self._entries.pop(key, None)
                continue
            try:
                self._entries[key] = _decode[key.split(".", 2)[1]](value)
            except (IndexError, KeyError, msgspec.MsgspecError) as error:
                _log.error("entry of the directory not understood", key=key, error=str(error))

    def users_of(self, tenant: str, pbx: str, extension: str, at: datetime) -> tuple[str, ...] | None:
        """The users who have an extension at an instant, in order of their ids; none when nobody has it then.

        None: the directory does not know the extension.
        """
        entry = self._entries.get(f"{tenant}.extension.{pbx}.{extension}")
        if not isinstance(entry, ExtensionEntry):
            return None
        return tuple(sorted({each.user for each in entry.owners if each.holds(at)}))

    def user(self, tenant: str, user_id: str) -> UserEntry | None:
        """A user; None when the directory does not know them."""
        entry = self._entries.get(f"{tenant}.user.{user_id}")
        return entry if isinstance(entry, UserEntry) else None

    def credentials(self, tenant: str, pbx: str) -> dict[str, str]:
        """Which version of a credential for a PBX each user has: users who have none are left out."""
        prefix = f"{tenant}.credential.{pbx}."
        entries = [entry for key, entry in self._entries.items() if key.startswith(prefix)]
        return {each.user: each.credential for each in entries if isinstance(each, CredentialEntry)}
