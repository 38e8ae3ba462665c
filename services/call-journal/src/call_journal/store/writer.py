"""Write what a batch of events means, and the position, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import asyncpg
from cti_store import PATIENCE_S, Connection, Pool, given_up_after

from call_journal.project import EventRow, Rows
from call_journal.project.archived import Incomplete, retold
from call_journal.project.paths import Key, Paths
from call_journal.store import outbox
from call_journal.store.agents import AGENT
from call_journal.store.archive import archive, archived
from call_journal.store.identified import IDENTIFICATION
from call_journal.store.masks import Masks
from call_journal.store.tables import put
from call_journal.store.upsert import insert, statement

_POSITION = "SELECT stream_seq FROM position WHERE consumer = $1 AND stream = $2"
_BEGIN = """
    INSERT INTO position AS known (consumer, stream, stream_seq, life) VALUES ($1, $2, 0, $3)
    ON CONFLICT (consumer, stream) DO UPDATE SET
        life = EXCLUDED.life,
        base = known.base + CASE WHEN known.life = $3 OR known.life IS NULL AND known.stream_seq <= $4
                                 THEN 0 ELSE known.stream_seq END,
        stream_seq = CASE WHEN known.life = $3 OR known.life IS NULL AND known.stream_seq <= $4
                          THEN known.stream_seq ELSE 0 END
    RETURNING stream_seq, base
"""
_IDENTIFY = statement(IDENTIFICATION)
_AGENTS = statement(AGENT)


class Position(NamedTuple):
    """Up to where everything is written: `stream_seq` of the stream that is read, which counts from `base` on."""

    stream_seq: int
    base: int


class PositionTaken(Exception):
    """The position is `stored`, not the one we continued from: another instance wrote, or we did and were not told."""

    def __init__(self, stream: str, expected: int, stored: int) -> None:
        super().__init__(f"the journal is at {stored} of {stream}, no longer at {expected}: another instance writes")
        self.stored = stored


class Writer:
    """The journal's writing side for one stream.

    Writing a batch twice, a part of it again, or an older one late changes nothing: rows carry the stream sequence
    that they were computed from and give way only to newer ones, events are archived once by id. With `announce` each
    user's first row of a call is put into the outbox as `saved`, in the same transaction; a rebuild does without.
    `masks` take people out of the rows who were erased. After `patience_s` without an end the connection is given up.
    """

    def __init__(
        self,
        pool: Pool,
        consumer: str,
        stream: str,
        *,
        announce: bool = False,
        masks: Masks | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._pool = pool
        self._consumer = consumer
        self._stream = stream
        self._announce = announce
        self._masks = masks
        self._patience_s = patience_s
        self._months: set[tuple[int, int]] = set()

    async def position(self) -> int:
        """The stream sequence up to which everything is written; 0 before the first batch."""
        found = await self._pool.fetchval(_POSITION, self._consumer, self._stream)
        return int(found or 0)

    async def begin(self, life: str, last_seq: int) -> Position:
        """Where to go on in a stream that is named `life` and ends at `last_seq` (see `cti_bus.life_and_end`).

        In another stream than the stored one (NATS lost its volume): at its beginning, counting from what was read
        before on, so that its rows are newer than all that there are. What was stored before lives were (`life` is
        null) is taken for this stream's, unless it lies beyond its end.
        """
        row = await self._pool.fetchrow(_BEGIN, self._consumer, self._stream, life, last_seq)
        if row is None:
            raise ValueError("PostgreSQL returned no position")
        return Position(row["stream_seq"], row["base"])

    async def restore(self, paths: Paths, keys: Iterable[Key]) -> None:
        """Tell `paths` what was written of these calls. Of one that is not whole in the archive, nothing."""
        async with self._pool.acquire() as connection:
            with given_up_after(self._patience_s, connection):
                found = await archived(connection, keys)
            for _, rows in found:
                try:
                    paths.restore(event for _, event in retold(rows))
                except Incomplete:
                    continue

    async def write(self, rows: Rows, after: int, position: int) -> None:
        """Write rows that were computed from what comes after `after` up to `position`.

        Raises `PositionTaken` when the stored position is not `after`, and what asyncpg raises; then nothing is
        written.
        """
        try:
            await self._write(rows, after, position)
        except asyncpg.CheckViolationError:  # retention has dropped the month of a late event, which we had made
            self.forget_months()
            await self._write(rows, after, position)

    async def _write(self, rows: Rows, after: int, position: int) -> None:
        async with self._pool.acquire() as connection:
            with given_up_after(self._patience_s, connection):
                async with connection.transaction():
                    await self._advance(connection, after, position)
                    await self._put(connection, await self._masks.applied(connection, rows) if self._masks else rows)

    async def refuses(self, rows: Rows) -> bool:
        """Whether PostgreSQL refuses a value of these rows. Writes nothing."""
        async with self._pool.acquire() as connection:
            trial = connection.transaction()
            await trial.start()
            try:
                await self._put(connection, rows)
            except asyncpg.DataError:
                return True
            finally:
                await trial.rollback()
                self.forget_months()
        return False

    async def _put(self, connection: Connection, rows: Rows) -> None:
        await self._months_of(connection, rows.events)
        fresh = await put(connection, rows)
        if self._announce:
            await outbox.put(connection, await outbox.saved(connection, fresh))
        await insert(connection, _IDENTIFY, [IDENTIFICATION.values(row) for row in rows.identified])
        await insert(connection, _AGENTS, [AGENT.values(row) for row in rows.agents])
        await archive(connection, rows.events)

    async def _advance(self, connection: Connection, after: int, position: int) -> None:
        done = await connection.fetchval(
            """
            INSERT INTO position (consumer, stream, stream_seq) VALUES ($1, $2, $4)
            ON CONFLICT (consumer, stream) DO UPDATE SET stream_seq = EXCLUDED.stream_seq
            WHERE position.stream_seq = $3
            RETURNING stream_seq
            """,
            self._consumer,
            self._stream,
            after,
            position,
        )
        if done is None:
            raise PositionTaken(self._stream, after, await connection.fetchval(_POSITION, self._consumer, self._stream))

    async def _months_of(self, connection: Connection, events: Sequence[EventRow]) -> None:
        """Make the partitions that these events need."""
        for year, month in sorted({(each.occurred_at.year, each.occurred_at.month) for each in events} - self._months):
            first = datetime(year, month, 1, tzinfo=UTC)
            after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS call_event_{year:04d}_{month:02d} PARTITION OF call_event "
                f"FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
            )
            self._months.add((year, month))

    def forget_months(self) -> None:
        """After a rolled back transaction nothing is known of partitions."""
        self._months.clear()
