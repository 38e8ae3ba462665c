"""What is done once a night: each tenant's old data is removed at its own hour, rows are verified at the site's.

A night that was missed (the service was down) is made up for at the next start; the first night of a new tenant is the
next one. Of several instances one does it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog
from cti_store import OUTAGE, Pool

from call_journal.audio.sound import Place
from call_journal.retain import retain
from call_journal.retention import last_night, next_night
from call_journal.settings import JournalSettings
from call_journal.store import ageing
from call_journal.store.exclusive import Busy
from call_journal.store.nights import last_done, set_done
from call_journal.telemetry import Metrics
from call_journal.verify import counted

_log = structlog.get_logger(__name__)
_LOOK_S = 600.0  # for new tenants, and clocks that were set
_AGAIN_S = 60.0
_EVERYBODY = ""
_TOLD = 20

Job = Callable[[], Awaitable[object]]


async def nights(settings: JournalSettings, places: Mapping[str, Place], metrics: Metrics) -> None:
    """Do it every night, for ever, on connections of its own. While PostgreSQL is away or another works, it waits."""
    while True:
        wait_s = _AGAIN_S
        try:
            async with asyncpg.create_pool(settings.database_url, min_size=1, max_size=3) as pool:
                wait_s = await one_look(pool, settings, places, metrics, datetime.now(UTC))
        except Busy as error:
            _log.info("night's work waits", reason=str(error))
        except OUTAGE as error:
            _log.warning("night's work waits", reason=f"{type(error).__name__}: {error}")
        except Exception as error:  # the journal itself must not stop for it
            _log.error("night's work failed", exc_info=error)
        await asyncio.sleep(wait_s)


async def one_look(
    pool: Pool, settings: JournalSettings, places: Mapping[str, Place], metrics: Metrics, now: datetime
) -> float:
    """Do what is due; seconds until the next look. Raises `Busy`."""
    nexts = [now + timedelta(seconds=_LOOK_S)]
    async with pool.acquire() as connection:
        tenants = await ageing.tenants(connection)
    jobs: list[tuple[str, str, Job]] = [
        ("retention", tenant, _retention(pool, settings, tenant, places, metrics, now)) for tenant in tenants
    ]
    jobs.append(("verify", _EVERYBODY, lambda: _verified(pool, settings, metrics, now)))
    for name, tenant, job in jobs:
        zone = settings.kept(tenant).zone
        due = last_night(now, settings.night_hour, zone)
        nexts.append(next_night(now, settings.night_hour, zone))
        known = await last_done(pool, name, tenant)
        if known is None or known < due:
            result = await job() if known is not None else None
            await set_done(pool, name, tenant, due, result)
    return max(0.0, (min(nexts) - now).total_seconds())


def _retention(
    pool: Pool,
    settings: JournalSettings,
    tenant: str,
    places: Mapping[str, Place],
    metrics: Metrics,
    now: datetime,
) -> Job:
    return lambda: retain(pool, [tenant], settings.kept, places, metrics, now)


async def _verified(pool: Pool, settings: JournalSettings, metrics: Metrics, now: datetime) -> dict[str, int]:
    """Compare rows with the archive; each difference is an error in the log, without what it says of people."""
    since = now - timedelta(hours=settings.night_verify_hours)
    found = {"calls": 0, "rows": 0, "differences": 0, "not_checkable": 0}
    async for page in counted(pool, since, metrics):
        found["calls"] += page.calls
        found["rows"] += page.rows
        found["not_checkable"] += len(page.incomplete)
        for each in page.differences:
            found["differences"] += 1
            if found["differences"] <= _TOLD:
                _log.error("row differs from the archive", table=each.table, **each.key)
    _log.info("rows verified", since=since.isoformat(), **found)
    return found
