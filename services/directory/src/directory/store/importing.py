"""Rows of an import into the tables, a batch in a transaction, each change with its audit."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Generic, Protocol, TypeVar

from cti_store import Connection, Pool
from msgspec import Struct

from directory.identify import Rules
from directory.imports import Bad, Layout, Parser
from directory.store.directory import Change
from directory.store.errors import DirectoryError
from directory.store.numbering import rules_of

_BATCH = 500
MOST_LISTED = 10_000


class Numbered(Protocol):
    """A row of a file."""

    @property
    def line(self) -> int:
        """Where it began."""


R = TypeVar("R", bound=Numbered)
Lend = Callable[[], AbstractAsyncContextManager[Connection]]
"""A connection for a while."""


class Kind(Struct, Generic[R], frozen=True):
    """What is imported. `known`: what is there already of some rows, locked. `put`: stores one row beside that, and
    says `created`, `updated` or `unchanged`; raises `DirectoryError`.
    """

    layout: Layout[R]
    known: Callable[[Connection, str, Sequence[R]], Awaitable[dict[Any, Any]]]
    put: Callable[[Connection, Change, R, Rules, dict[Any, Any]], Awaitable[str]]


class Report(Struct, kw_only=True):
    """What became of an import's lines. `bad` are listed up to 10 000; `bad_lines` counts them all.

    `dry_run`: nothing was stored; the rest says what would have become of them.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad_lines: int = 0
    bad: list[Bad] = []
    dry_run: bool = False

    def refuse(self, line: int, problem: str) -> None:
        """Note a line that is left out."""
        self.bad_lines += 1
        if len(self.bad) < MOST_LISTED:
            self.bad.append(Bad(line, problem))


async def load(
    pool: Pool, change: Change, pieces: AsyncIterator[bytes], defaults: Rules, kind: Kind[R], *, dry_run: bool = False
) -> Report:
    """Import a file that comes in pieces; memory does not grow with it.

    A line that is wrong is left out and told. Importing the same again changes nothing. Raises `BadHeader`, and what
    asyncpg raises: then the batches before are stored, and the whole file may be imported again. With `dry_run` all is
    done in one transaction and taken back: what it has looked at waits for it meanwhile.
    """
    report, parser, batch = Report(dry_run=dry_run), Parser(kind.layout), list[R]()
    rules = await rules_of(pool, change.tenant, defaults)
    # Whoever sends slowly keeps no connection from others, but for a trial.
    async with _trial(pool) if dry_run else nullcontext(pool.acquire) as lend:
        async for piece in pieces:
            for found in parser.feed(piece):
                _sort(found, batch, report)
                if len(batch) >= _BATCH:
                    await _put(lend, change, batch, rules, report, kind)
                    batch.clear()
        for found in parser.end():
            _sort(found, batch, report)
        await _put(lend, change, batch, rules, report, kind)
    report.bad.sort(key=lambda each: each.line)
    return report


@asynccontextmanager
async def _trial(pool: Pool) -> AsyncIterator[Lend]:
    """Always the same connection, and in the end nothing was done."""
    async with pool.acquire() as connection:
        trying = connection.transaction()
        await trying.start()
        try:
            yield lambda: nullcontext(connection)
        finally:
            await trying.rollback()


def _sort(found: R | Bad, batch: list[R], report: Report) -> None:
    if isinstance(found, Bad):
        report.refuse(found.line, found.problem)
    else:
        batch.append(found)


async def _put(lend: Lend, change: Change, rows: Sequence[R], rules: Rules, report: Report, kind: Kind[R]) -> None:
    if not rows:
        return
    async with lend() as connection, connection.transaction():
        # Two imports of the same rows at once would both create them.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"import {change.tenant}")
        known = await kind.known(connection, change.tenant, rows)
        for row in rows:
            try:
                async with connection.transaction():  # a savepoint: one line's failure is its own
                    outcome = await kind.put(connection, change, row, rules, known)
            except DirectoryError as error:
                report.refuse(row.line, str(error))
            else:
                setattr(report, outcome, getattr(report, outcome) + 1)
