"""Proof that somebody was erased: what was done, that nothing is left, and the log of it."""

from datetime import UTC, datetime

import msgspec
from cti_store import Connection, Pool

from call_journal.privacy.chain import Link, broken
from call_journal.privacy.masking import Mask
from call_journal.privacy.matching import Kind, Matcher, Subject, digest, key_id
from call_journal.privacy.person import Person, as_erased, subjects_of
from call_journal.store import erasing, erasures, masks
from call_journal.store.beside import BEFORE, NEXT


class Left(msgspec.Struct, frozen=True):
    """A recording whose sound still lies where it was, and why: to be deleted by hand."""

    pbx: str
    recording_id: str
    location: str
    reason: str


class Proof(msgspec.Struct, kw_only=True):
    """What was erased: `rows` changed by table, recordings deleted. `remaining`: rows by table that still name the
    person (none, if all went well). `number` and `hash` of its entry in the log. `left` is told here only.
    """

    number: int = 0
    hash: str = ""
    tenant: str
    at: datetime
    calls: int = 0
    rows: dict[str, int] = {}
    recordings: int = 0
    remaining: dict[str, int] = {}
    left: list[Left] = []


class Checked(msgspec.Struct, kw_only=True):
    """Whether nothing is left: rows by table that name the person, entries of the log about them, and whether the log
    is whole (`broken` None).
    """

    remaining: dict[str, int]
    entries: list[int]
    broken: str | None
    entries_in_log: int
    hash: str


async def check(pool: Pool, key: bytes, tenant: str, person: Person) -> Checked:
    """Look for a person in every column of every table, and at the log. Changes nothing. Raises `NoKey`,
    `ValueError`.
    """
    async with pool.acquire() as connection:
        subjects = await subjects_of(connection, tenant, person, key)
        known = await masks.matchers(connection, key)
        digests = {digest(key, tenant, each.kind, each.value) for each in subjects}
        erased = [each for each in known[tenant].erased if each.digest in digests] if tenant in known else []
        others = [as_erased(key, tenant, each, "", person, datetime.max.replace(tzinfo=UTC)) for each in subjects]
        found = {each.digest: each for each in (*others, *erased)}
        left = await remaining(connection, tenant, subjects, Matcher(key, tenant, found.values()))
        links = [_link(row) for row in await erasures.log_of(connection)]
        about = [each.number for each in links if digests & set(msgspec.json.decode(each.entry)["subjects"])]
        return Checked(
            remaining=left,
            entries=about,
            broken=broken(links),
            entries_in_log=len(links),
            hash=links[-1].hash if links else "",
        )


async def remaining(connection: Connection, tenant: str, subjects: list[Subject], matcher: Matcher) -> dict[str, int]:
    """Rows by table that name somebody, but for calls that began before or after the time for which they are erased."""
    left: dict[str, int] = {}
    pattern = erasing.pattern_of(subjects)
    async with connection.transaction():
        for table in await erasing.described(connection, (None, BEFORE, NEXT)):
            rows = [
                row["call_id"] if "call_id" in table.all_names else None
                async for row in erasing.naming(connection, table, tenant, pattern)
                if names(table, row, matcher)
            ]
            began = await erasing.began_at(connection, tenant, {each for each in rows if each is not None})
            count = sum(each is None or each not in began or matcher.covers(began[each]) for each in rows)
            if count:
                left[table.name] = left.get(table.name, 0) + count
    return left


def names(table: erasing.Described, row: erasing.Row, matcher: Matcher) -> bool:
    """Whether a row names somebody."""
    mask = Mask(matcher, matcher.until)
    mask.look(erasing.texts_of(table, row))
    return mask.touched


async def logged(
    connection: Connection, key: bytes, proof: Proof, person: Person, subjects: list[Subject], asked_by: str
) -> Proof:
    """The proof, with its entry in the log."""
    # The log keeps a digest of who asked, in its hash; a name beside it goes like everywhere.
    await erasures.hide_askers(connection, proof.tenant, person.users)
    entry = {
        "asked_by": digest(key, proof.tenant, Kind.EXACT, asked_by),
        "subjects": [digest(key, proof.tenant, each.kind, each.value) for each in subjects],
        "key_id": key_id(key),
        "since": person.since.isoformat() if person.since is not None else None,
        "calls": proof.calls,
        "rows": proof.rows,
        "recordings": proof.recordings,
        "recordings_left": len(proof.left),
        "remaining": proof.remaining,
    }
    link = await erasures.log(connection, proof.tenant, proof.at, asked_by, entry)
    proof.number, proof.hash = link.number, link.hash
    return proof


def _link(row: erasing.Row) -> Link:
    return Link(row["number"], row["entry"], row["previous"], row["hash"])
