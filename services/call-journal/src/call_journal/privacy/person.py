"""Who is to be erased, and what names them."""

from datetime import datetime

import msgspec
from cti_store import Connection

from call_journal.privacy.matching import Erased, Kind, Subject, digest, subject_of_number
from call_journal.store import erasing


class NoKey(ValueError):
    """There is no `erasure_key`: what was erased could not be recognised when it comes again."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to be erased: by numbers, by the id of a contact (with the numbers it was recognised by), or a user by id
    and, if it names them, extension.

    `since`: only in calls that began then or later: an extension had another user before.
    """

    numbers: tuple[str, ...] = ()
    contact: str = ""
    users: tuple[str, ...] = ()
    since: datetime | None = None


async def subjects_of(connection: Connection, tenant: str, person: Person, key: bytes) -> list[Subject]:
    """All that names them. Raises `NoKey`, and `ValueError` when nothing does."""
    if not key:
        raise NoKey("erasure_key is not set")
    found = [subject_of_number(each) for each in person.numbers]
    found += [Subject(Kind.EXACT, each) for each in person.users if each]
    if person.contact:
        found.append(contact := Subject(Kind.EXACT, person.contact))
        found += [subject_of_number(each) for each in await _numbers_of(connection, tenant, contact)]
    if not found:
        raise ValueError("nobody is named: a number, a contact or a user is needed")
    return list(dict.fromkeys(found))


async def _numbers_of(connection: Connection, tenant: str, contact: Subject) -> list[str]:
    """The numbers of the rows that were recognised as a contact, wherever that is written."""
    connections: set[str] = set()
    async with connection.transaction():
        for table in await erasing.described(connection):
            if "connection_id" not in table.all_names:
                continue
            async for row in erasing.naming(connection, table, tenant, erasing.pattern_of([contact])):
                if contact.value in erasing.texts_of(table, row).values():
                    connections.add(row["connection_id"])
    return await erasing.numbers_of(connection, tenant, connections)


def as_erased(key: bytes, tenant: str, subject: Subject, pseudonym: str, person: Person, until: datetime) -> Erased:
    """A subject as it is remembered."""
    return Erased(
        digest=digest(key, tenant, subject.kind, subject.value),
        kind=subject.kind,
        whole=not person.users,
        pseudonym=pseudonym,
        since=person.since,
        until=until,
    )
