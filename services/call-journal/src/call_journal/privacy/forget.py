"""Erasing one person, and proving it.

    1  what names them is remembered as digests; from then on the journal writes nothing of them
    2  all tables are read for calls that name them; sound of these calls is deleted
    3  pseudonyms take their place, in each call in one transaction: statistics stay what they were
    4  all tables are read again; what is found is told in the proof
    5  the proof is written into the log, without what it proves

Ended anywhere, it can be asked for again and does the rest.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from cti_store import Connection, Pool

from call_journal.audio.listening import recorded
from call_journal.audio.sound import Place, SoundError
from call_journal.privacy.masking import Mask
from call_journal.privacy.matching import Matcher, Subject
from call_journal.privacy.person import Person, as_erased, subjects_of
from call_journal.privacy.proof import Left, Proof, logged, names, remaining
from call_journal.store import beside, erasing, erasures, masks
from call_journal.store.exclusive import exclusive
from call_journal.store.recordings import mark_gone

_PAGE = 50  # calls: the journal waits while they are changed, some milliseconds


async def forget(
    pool: Pool, key: bytes, tenant: str, person: Person, asked_by: str, places: Mapping[str, Place], now: datetime
) -> Proof:
    """Erase a person from all calls that began until now. Raises `NoKey`, `ValueError`, `exclusive.Busy`."""
    async with exclusive(pool) as connection:
        subjects = await subjects_of(connection, tenant, person, key)
        proof = Proof(tenant=tenant, at=now)
        matcher = await _remembered(connection, key, tenant, subjects, person, now)
        calls = await _calls(connection, tenant, subjects, matcher)
        proof.calls = len(calls)
        for at in range(0, len(calls), _PAGE):
            page = calls[at : at + _PAGE]
            if not person.users:
                await _silence(connection, proof, page, places)
            async with connection.transaction():
                await _mask(connection, proof, page, matcher, whole=not person.users)
        await _sweep(connection, proof, subjects, matcher)
        await beside.drop_left(connection)
        proof.remaining = await remaining(connection, tenant, subjects, matcher)
        return await logged(connection, key, proof, person, subjects, asked_by)


async def _remembered(
    connection: Connection, key: bytes, tenant: str, subjects: Iterable[Subject], person: Person, now: datetime
) -> Matcher:
    """Remember them, so that every transaction of the journal from now on knows it."""
    erased = []
    await masks.matchers(connection, key)  # the key must be the one of those before
    async with connection.transaction():
        for each in subjects:
            pseudonym = await erasures.free_pseudonym(connection, tenant)
            erased.append(
                await masks.add(connection, tenant, key, as_erased(key, tenant, each, pseudonym, person, now))
            )
    async with connection.transaction():
        await erasing.hold_journal(connection)  # a transaction that did not know it yet has ended when we get here
    return Matcher(key, tenant, erased)


async def _calls(connection: Connection, tenant: str, subjects: list[Subject], matcher: Matcher) -> list[str]:
    """The calls that name them and began when they are erased; every table is asked."""
    found: set[str] = set()
    pattern = erasing.pattern_of(subjects)
    async with connection.transaction():
        for table in await erasing.described(connection):
            if "call_id" not in table.all_names:
                continue
            async for row in erasing.naming(connection, table, tenant, pattern):
                if row["call_id"] not in found and names(table, row, matcher):
                    found.add(row["call_id"])
    began = await erasing.began_at(connection, tenant, found)
    return sorted(each for each in found if each not in began or matcher.covers(began[each]))


async def _silence(connection: Connection, proof: Proof, calls: list[str], places: Mapping[str, Place]) -> None:
    """Delete the sound of calls. What an erasure that was cut off could not delete is told again."""
    for row in await erasing.recordings_of(connection, proof.tenant, calls):
        wanted = recorded(row)
        place = places.get(row["pbx"])
        reason = "its place does not delete" if place is not None else "nobody told where it lies"
        if place is not None and place.deletes:
            try:
                await place.remove(wanted)
                reason = ""
            except SoundError as error:
                reason = str(error)
        if reason:
            proof.left.append(Left(wanted.pbx, wanted.recording_id, wanted.location, reason))
        else:
            proof.recordings += 1
        await mark_gone(connection, proof.tenant, [row["recording"]], "erased")


async def _mask(connection: Connection, proof: Proof, calls: list[str], matcher: Matcher, *, whole: bool) -> None:
    """Replace in some calls what names somebody, in every table."""
    await erasing.hold_journal(connection)
    began = await erasing.began_at(connection, proof.tenant, calls)
    found = {call: Mask(matcher, began.get(call, proof.at), whole=whole) for call in calls}
    tables = await erasing.described(connection)
    by_call = [(table, row) for table in tables if table.of_calls == "call_id"
               for row in await erasing.rows_of(connection, table, proof.tenant, calls)]  # fmt: skip
    for table, row in by_call:
        found[row["call_id"]].look(erasing.texts_of(table, row))
    owner = {row["connection_id"]: row["call_id"] for table, row in by_call if table.name == "call_record"}
    by_connection = [(table, row) for table in tables if table.of_calls == "connection_id"
                     for row in await erasing.rows_of(connection, table, proof.tenant, list(owner))]  # fmt: skip
    for table, row in by_call:
        await _change(connection, proof, table, row, found[row["call_id"]])
    for table, row in by_connection:
        await _change(connection, proof, table, row, found[owner[row["connection_id"]]])
    await erasures.mark_calls(connection, proof.tenant, calls, whole)


async def _change(connection: Connection, proof: Proof, table: erasing.Described, row: erasing.Row, mask: Mask) -> None:
    if await erasing.mask_row(connection, table, row, mask):
        proof.rows[table.name] = proof.rows.get(table.name, 0) + 1


async def _sweep(connection: Connection, proof: Proof, subjects: list[Subject], matcher: Matcher) -> None:
    """Replace what names somebody where no call does: in notes about others, and in what waits to be published."""
    pattern = erasing.pattern_of(subjects)
    for table in await erasing.described(connection):
        if table.of_calls == "call_id":
            continue
        async with connection.transaction():
            rows = [row async for row in erasing.naming(connection, table, proof.tenant, pattern)]
            for row in rows:
                await _change(connection, proof, table, row, Mask(matcher, proof.at))
