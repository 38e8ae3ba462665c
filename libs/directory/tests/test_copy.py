"""The live copy: periods, shared extensions, and what it knows while others are away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
from cti_bus import Bucket, Bus, Seen, connect, ensure
from cti_bus.streams import DIRECTORY
from cti_directory import DirectoryCopy, by_settings, colleagues, owners_of
from cti_model import subjects
from cti_model.directory import ExtensionEntry, Ownership, UserEntry

NOON, LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
DEADLINE_S = 30.0


def owned(user: str, extension: str = "101", **period: datetime) -> Ownership:
    return Ownership(user=user, pbx="pbx", extension=extension, **period)


def extension(*owners: Ownership) -> tuple[str, bytes]:
    entry = ExtensionEntry(pbx="pbx", extension=owners[0].extension, owners=owners)
    return subjects.directory_extension("acme", "pbx", entry.extension), msgspec.json.encode(entry)


def user(id: str, name: str) -> tuple[str, bytes]:
    return subjects.directory_user("acme", id), msgspec.json.encode(
        UserEntry(id=id, name=name, photo_url=f"https://crm.example/{id}")
    )


def copied(*entries: tuple[str, bytes]) -> DirectoryCopy:
    copy = DirectoryCopy(None, "acme")  # type: ignore[arg-type] # nothing is watched
    copy.take(Seen(True, dict(entries)))
    return copy


def test_an_extension_is_whose_it_was_at_the_time():
    copy = copied(extension(owned("ann", valid_to=LATER), owned("bob", valid_from=LATER)))
    assert copy.users_of("acme", "pbx", "101", NOON) == ("ann",)
    assert copy.users_of("acme", "pbx", "101", LATER) == ("bob",)
    assert copy.users_of("acme", "pbx", "102", NOON) is None
    assert copy.users_of("other", "pbx", "101", NOON) is None
    ended = copied(extension(owned("ann", valid_to=NOON)))
    assert ended.users_of("acme", "pbx", "101", LATER) == (), "known, and nobody's then"


def test_a_shared_extension_has_several_users_and_an_unknown_one_is_as_set():
    copy = copied(extension(owned("bob"), owned("ann")), user("ann", "Ann"), user("bob", "Bob"))
    owners = owners_of(copy, by_settings({"eve": ["pbx:103", "101"], "dan": ["104"]}))
    told = [owners("acme", "pbx", each, NOON) for each in ("101", "103", "104", "105")]
    assert told == [("ann", "bob"), ("eve",), ("dan",), ("105",)]
    assert owners_of(None)("acme", "pbx", "101", NOON) == ("101",)
    found = colleagues(copy, "acme", "pbx", "101", NOON)
    assert [(each.name, each.photo_url) for each in found] == [
        ("Ann", "https://crm.example/ann"), ("Bob", "https://crm.example/bob"),
    ]  # fmt: skip
    assert colleagues(copy, "acme", "pbx", "105", NOON) == ()


def test_an_empty_bucket_is_not_an_empty_directory():
    copy = copied(user("ann", "Ann"), user("bob", "Bob"))
    copy.take(Seen(True, {}))
    assert copy.user("acme", "ann").name == "Ann"
    copy.take(Seen(True, dict([user("ann", "Anna")])))
    assert (copy.user("acme", "ann").name, copy.user("acme", "bob")) == ("Anna", None)


def test_what_is_not_understood_changes_nothing():
    copy = copied(user("ann", "Ann"))
    copy.take(Seen(False, {subjects.directory_user("acme", "ann"): b"{", "acme": b"{}", "acme.badge.1": b"{}"}))
    assert copy.user("acme", "ann").name == "Ann"


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[DirectoryCopy]:
    copy = DirectoryCopy(bus, "acme")
    task = asyncio.create_task(copy.run())
    try:
        async with asyncio.timeout(DEADLINE_S):
            await copy.loaded.wait()
        yield copy
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_it_follows_changes_through_an_outage_and_a_lost_bucket(nats_server):
    async with await connect(nats_server.url, "test") as bus:
        await ensure(bus)
        bucket = Bucket(bus, "cti_directory")
        await bucket.put(*user("ann", "Ann"))
        await bucket.put(*user("bob", "Bob"))
        await bucket.put("other.user.eve", b"{}")
        async with running(bus) as copy:
            assert copy.user("acme", "ann").name == "Ann"
            await bucket.put(*user("ann", "Anna"))
            await bucket.delete(subjects.directory_user("acme", "bob"))
            await until(lambda: copy.user("acme", "bob") is None)
            assert copy.user("acme", "ann").name == "Anna", "changes come in order"

            nats_server.stop()
            await until(lambda: not bus.is_connected)
            assert copy.user("acme", "ann").name == "Anna"
            nats_server.start()
            await bus.wait_connected()
            await told(bucket, *user("ann", "Annette"))
            await until(lambda: copy.user("acme", "ann").name == "Annette")

            await bus.js.delete_stream(DIRECTORY.name)
            await ensure(bus)
            assert copy.user("acme", "ann").name == "Annette"
            await told(bucket, *user("ann", "Anja"))
            await until(lambda: copy.user("acme", "ann").name == "Anja")


async def told(bucket: Bucket, key: str, value: bytes) -> None:
    """Put, again while the server is not ready."""
    from cti_bus import NoAnswer

    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await bucket.put(key, value)
                return
            except NoAnswer:
                await asyncio.sleep(0.05)
