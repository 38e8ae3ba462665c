"""Milliseconds to know who is behind one of a million numbers, and to find one of half a million names.

As the service does it: the tenant's rules, the candidates, their ranking, over asyncpg to PostgreSQL on the loopback.
The baseline, in turns with it, is the least that any answer from there takes: one row by its primary key.
"""

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from cti_model.directory import Match
from directory.identify import Rules
from directory.lookup import Lookup
from directory.names import fold
from directory.store.migrate import migrate
from directory.store.planning import lookups
from directory.store.subscribers import by_name
from directory.telemetry import metrics
from opentelemetry import metrics as otel

from tests.bench.rows import Row, row, scaled
from tests.bench.servers import postgres

PEOPLE = 500_000
LOOKUPS = 1000
SCANS = 10
FIRST = [
    *("Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Захар", "Ирина"),
    *("Кирилл", "Лев", "Мария", "Никита", "Ольга", "Пётр", "Роман", "Софья", "Тимур"),
]
LAST = 20_000
_BASELINE = "SELECT raw FROM directory.communications WHERE tenant = 'bench' AND subscriber_id = $1 AND position = 0"

# 7919 has no divisor in common with 10 ** 9: so no number comes twice, and neighbours do not end alike.
_NUMBER = "'79' || lpad(((n::bigint * 2 + k) * 7919 % 1000000000)::text, 9, '0')"
_FILL = (
    "INSERT INTO directory.subscribers (tenant, id, kind, name, folded) SELECT 'bench', n::text, 'contact', "
    "($2::text[])[n % cardinality($2) + 1] || ' Фамилия' || n % $3, "
    "($4::text[])[n % cardinality($4) + 1] || ' фамилия' || n % $3 FROM generate_series(0, $1 - 1) n",
    "INSERT INTO directory.name_words SELECT tenant, unnest(string_to_array(folded, ' ')), id "
    "FROM directory.subscribers",
    f"INSERT INTO directory.communications SELECT 'bench', n::text, k, 'phone', '', number, number, reverse(number), "
    f"'+' || number FROM (SELECT n, k, {_NUMBER} AS number FROM generate_series(0, $1 - 1) n, generate_series(0, 1) k) "
    "numbered",
    "VACUUM ANALYZE",
)


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    return asyncio.run(_run(scaled(PEOPLE, scale), scaled(LOOKUPS, scale), scaled(SCANS, scale)))


async def _run(people: int, times: int, scans: int) -> list[Row]:
    with postgres() as dsn:
        await migrate(dsn)
        async with asyncpg.create_pool(dsn, min_size=1, max_size=2, command_timeout=600) as pool:
            await _fill(pool, people)
            chance = random.Random(7)
            async with lookups(dsn, 2) as once:
                lookup = Lookup(once, Rules(), metrics(otel.get_meter("bench")), None, 8)
                identified = await _identified(pool, lookup, people, times, chance)
            return identified + await _found(pool, people, times, scans, chance)


async def _fill(pool: Any, people: int) -> None:
    async with pool.acquire() as connection:
        # References are right as they are made; to look each of them up takes longer than all the rest.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_FILL[0], people, FIRST, LAST, [fold(each) for each in FIRST])
        await connection.execute(_FILL[1])
        await connection.execute(_FILL[2], people)
        await connection.execute(_FILL[3])


async def _identified(pool: Any, lookup: Lookup, people: int, lookups: int, chance: random.Random) -> list[Row]:
    async def known(_: int) -> None:
        person, which = chance.randrange(people), chance.randrange(2)
        number = f"{(person * 2 + which) * 7919 % 10**9:09}"
        found = await lookup.candidates("bench", f"8 (9{number[:2]}) {number[2:]}")
        assert found[0].id == str(person), (number, found)

    async def unknown(number: int) -> None:
        found = await lookup.candidates("bench", f"+4930{number % 10000000 + 1000000}")
        assert all(each.match is Match.SUFFIX for each in found)

    taken, baseline = await _in_turns(pool, people, lookups, chance, known)
    what = f"a number identified among {2 * people:,}"
    strangers, beside = await _in_turns(pool, people, lookups, chance, unknown)
    return [
        _row(f"{what}, median", statistics.median(taken), statistics.median(baseline)),
        _row(f"{what}, 99 of 100 within", _most(taken), _most(baseline)),
        _row(f"nobody's number among {2 * people:,}, median", statistics.median(strangers), statistics.median(beside)),
    ]


async def _found(pool: Any, people: int, lookups: int, scans: int, chance: random.Random) -> list[Row]:
    async def by_words(_: int) -> None:
        name = f"{chance.choice(FIRST)[:3]} фамилия{chance.randrange(min(LAST, people))}"
        await by_name(pool, "bench", name)

    async def by_part(_: int) -> None:
        assert await by_name(pool, "bench", f"амилия{people // 2 % LAST}")

    async def by_nothing(_: int) -> None:
        assert not await by_name(pool, "bench", "нигденет")

    found = []
    for what, work, times in (
        (f"a name found by two words among {people:,}", by_words, lookups),
        (f"a name found by the middle of a word among {people:,}", by_part, scans),
        (f"a name that is not there among {people:,}", by_nothing, scans),
    ):
        taken, baseline = await _in_turns(pool, people, times, chance, work)
        found.append(_row(f"{what}, median", statistics.median(taken), statistics.median(baseline)))
    return found


async def _in_turns(
    pool: Any, people: int, times: int, chance: random.Random, work: Callable[[int], Awaitable[None]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of the work and of the baseline, each after a tenth that warms up."""
    taken, baseline = [], []
    for number in range(-(times // 10) - 1, times):
        began = time.perf_counter()
        await work(number)
        between = time.perf_counter()
        await pool.fetchval(_BASELINE, str(chance.randrange(people)))
        if number >= 0:
            taken.append((between - began) * 1000)
            baseline.append((time.perf_counter() - between) * 1000)
    return taken, baseline


def _most(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[len(milliseconds) * 99 // 100]


def _row(what: str, value: float, baseline: float) -> Row:
    return row("directory", what, "ms", value, baseline, "one row by its primary key")
