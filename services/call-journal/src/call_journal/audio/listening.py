"""Who may hear what, and where it comes from."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import asyncpg
import msgspec
from cti_runtime.auth import Identity

from call_journal.audio.places import places
from call_journal.audio.sound import NotThere, Place, Recorded, Sound, Span
from call_journal.settings import JournalSettings, secret
from call_journal.store.recordings import Wanted


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """The rights and places of a site's recordings."""

    places: Mapping[str, Place] = {}
    key: bytes = msgspec.field(default_factory=lambda: secrets.token_bytes(32))
    roles: frozenset[str] = frozenset({"supervisor", "integrator", "admin"})
    own: bool = False
    link_s: int = 300
    public_url: str = ""

    def may_hear(self, identity: Identity, wanted: Wanted) -> Wanted | None:
        """The recordings asked for, narrowed to those that may be heard; None when that is none."""
        if identity.roles & self.roles:
            if identity.sees_everyone or identity.team is None:
                return wanted
            return msgspec.structs.replace(wanted, users=(*sorted(identity.team), identity.user))
        if not self.own or wanted.user not in (None, identity.user):
            return None
        return msgspec.structs.replace(wanted, user=identity.user)

    def audible(self, row: asyncpg.Record) -> bool:
        """Whether there is something to hear: it has ended, is not gone, and lies in a place that we know."""
        return row["gone_at"] is None and ended_at(row) is not None and row["pbx"] in self.places

    def type_of(self, row: asyncpg.Record) -> str | None:
        """The type of its content, as far as it can be told without opening it."""
        place = self.places.get(row["pbx"])
        return place.type_of(recorded(row)) if place is not None else None

    async def open(self, row: asyncpg.Record, span: Span | None) -> Sound:
        """Open a recording; raises `SoundError`."""
        place = self.places.get(row["pbx"])
        if place is None or row["gone_at"] is not None:
            raise NotThere("there is no such recording")
        return await place.open(recorded(row), span)


@asynccontextmanager
async def listening(settings: JournalSettings) -> AsyncIterator[Listening]:
    """What the settings say. Raises `SettingsError`."""
    async with places(settings.recordings) as found:
        yield Listening(
            places=found,
            key=secret(settings.recordings_key, settings.recordings_key_file, "recordings_key")
            or secrets.token_bytes(32),
            roles=frozenset(settings.recordings_roles),
            own=settings.recordings_own,
            link_s=settings.recordings_link_s,
            public_url=settings.public_url,
        )


def recorded(row: asyncpg.Record) -> Recorded:
    """What a place is told of a recording."""
    return Recorded(
        tenant=row["tenant"],
        pbx=row["pbx"],
        recording_id=row["recording_id"],
        native_id=row["native_id"],
        location=row["location"] or "",
    )


def ended_at(row: asyncpg.Record) -> object:
    """When a recording ended: with its call at the latest; None while it runs."""
    return row["stopped_at"] or row["stored_at"] or row["call_ended_at"]
