"""Calls of several ages, and what is left of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from call_journal.retain import retain
from call_journal.settings import JournalSettings
from call_journal.telemetry import metrics
from call_journal.verify import verify
from opentelemetry import metrics as otel

from .telling import inbound, journalled

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)


MEASURED = metrics(otel.get_meter("test"))


BERLIN = ZoneInfo("Europe/Berlin")


TABLES = ("call", "call_record", "connection", "segment", "recording", "call_event", "annotation", "annotation_log",
          "recording_access")  # fmt: skip


AGES = {"c-1": 1, "c-40": 40, "c-80": 80, "c-200": 200}


def settings(**how) -> JournalSettings:
    return JournalSettings(auth="off", **how)


async def calls(pool, tenant="replay", prefix=""):
    """Calls of several ages in days, recorded and with a note; one that never ended."""
    for call, age in AGES.items():
        name = f"{prefix}{call}"
        await journalled(pool, inbound(name, NOW - timedelta(days=age), recording=f"rec-{name}", tenant=tenant))
        for table in ("annotation", "annotation_log"):
            await pool.execute(
                f"INSERT INTO {table} VALUES ($1, $2, 1, 'n', 'r', '101', now())", tenant, f"{name}-phone"
            )
        await pool.execute(
            "INSERT INTO recording_access (tenant, recording, call_id, user_id, granted_by, how, began_at, last_at, "
            "requests) SELECT tenant, recording, call_id, 'u', 'u', 'token', now(), now(), 1 FROM recording "
            "WHERE tenant = $1 AND call_id = $2",
            *(tenant, name),
        )
    living = inbound(f"{prefix}living", NOW - timedelta(days=300), recording=None, tenant=tenant)[:4]
    await journalled(pool, living)


async def present(pool, table="call", tenant="replay"):
    column = "call_id" if table not in ("annotation", "annotation_log") else "replace(connection_id, '-phone', '')"
    query = f"SELECT DISTINCT {column} AS id FROM {table} WHERE tenant = $1 ORDER BY 1"
    return [row["id"] for row in await pool.fetch(query, tenant)]


async def retained(pool, places=None, now=NOW, dry_run=False, tenants=None, **how):
    return await retain(pool, tenants, settings(**how).kept, places or {}, MEASURED, now, dry_run=dry_run)


async def checked(pool):
    pages = [page async for page in verify(pool)]
    found = sorted(call for page in pages for _, call in page.incomplete)
    return [str(each) for page in pages for each in page.differences], found
