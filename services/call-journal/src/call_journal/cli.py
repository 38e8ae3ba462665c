"""`python -m call_journal verify`, `rebuild`, `retain`, `forget`, `lost`: run beside the service, on its database."""

import argparse
import asyncio
import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import asyncpg
import msgspec
from cti_bus import BusError
from cti_runtime.errors import SettingsError
from cti_runtime.logs import setup_logging
from cti_runtime.settings import load_settings, stray_lines
from cti_runtime.telemetry import setup_telemetry
from cti_store import OUTAGE, NoDatabase, Pool, opened
from opentelemetry import metrics as otel

from call_journal.ending import add_command
from call_journal.keeping import add_commands
from call_journal.rebuild import RebuildRefused, rebuild
from call_journal.settings import NAME, JournalSettings
from call_journal.store.beside import BEFORE
from call_journal.store.exclusive import Busy
from call_journal.store.masks import WrongKey
from call_journal.telemetry import Metrics, metrics
from call_journal.verify import counted

GOOD, DIFFERENT, USAGE = 0, 1, 2
_SHOWN = 20  # differences in words; all of them are in the report


def main(arguments: list[str]) -> int:
    """Run a command; exit codes: 0 good, 1 differences or a failure, 2 used wrongly."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = load_settings(JournalSettings, NAME, parsed.config, auth="off")  # nothing is served: no key needed
        for line in stray_lines(JournalSettings, NAME):
            print(line, file=sys.stderr)
        setup_logging(NAME, "warning", settings.log_format)
        telemetry = setup_telemetry(NAME, "1", f"{socket.gethostname()}-{os.getpid()}")
    except SettingsError as error:
        for problem in error.problems:
            print(f"{NAME}: {problem}", file=sys.stderr)
        return USAGE
    try:
        return asyncio.run(_run(parsed, settings))
    except (RebuildRefused, Busy, WrongKey, ValueError, NoDatabase) as error:
        print(f"{NAME}: {error}", file=sys.stderr)
    except BusError as error:
        print(f"{NAME}: NATS: {error}", file=sys.stderr)
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        why = f"no journal of this version is there ({error}); the service makes its tables when it starts"
        print(f"{NAME}: {NoDatabase(settings.database_url, why)}", file=sys.stderr)
    except (*OUTAGE, asyncpg.PostgresError) as error:
        why = f"{type(error).__name__}: {error}"
        print(f"{NAME}: {NoDatabase(settings.database_url, why)}", file=sys.stderr)
    finally:
        telemetry.shutdown()
    return DIFFERENT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="call_journal", description="Trust in the journal's rows, and their end.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser("verify", help="compute every row again from the archive and report differences")
    check.add_argument(
        "--since",
        type=_since,
        metavar="WHEN",
        help="only calls with anything since: 2026-11-20, 2026-11-20T10:00Z, 36h, 7d",
    )
    check.add_argument(
        "--repair-report", type=Path, metavar="FILE", help="write each difference as a JSON line; - stdout"
    )
    check.set_defaults(command=_verify)
    build = commands.add_parser("rebuild", help="compute all rows anew beside those in use, compare, change places")
    build.add_argument("--dry-run", action="store_true", help="only compare")
    build.set_defaults(command=_rebuild)
    add_commands(commands, _since)
    add_command(commands, _since)
    for each in (check, build):
        each.add_argument("--config", metavar="FILE", help=f"TOML file with a table [{NAME}], as the service has it")
    return parser


def _since(text: str) -> datetime:
    units = {"h": "hours", "d": "days"}
    if text[-1:] in units and text[:-1].isdecimal():
        return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, as 2026-11-20, 2026-11-20T10:00Z, 36h or 7d") from None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)


async def _run(parsed: argparse.Namespace, settings: JournalSettings) -> int:
    async with opened(settings.database_url, most=3) as pool:
        code: int = await parsed.command(parsed, settings, pool)
        return code


async def _verify(parsed: argparse.Namespace, settings: JournalSettings, pool: Pool) -> int:
    measured = metrics(otel.get_meter("call_journal"))
    if parsed.repair_report is None:
        return await _verified(parsed.since, None, pool, measured)
    if str(parsed.repair_report) == "-":
        return await _verified(parsed.since, sys.stdout, pool, measured)
    try:
        report = parsed.repair_report.open("w", encoding="utf-8")
    except OSError as error:
        raise ValueError(f"--repair-report {parsed.repair_report}: {error.strerror}") from error
    with report:
        return await _verified(parsed.since, report, pool, measured)


async def _verified(since: datetime | None, report: TextIO | None, pool: Pool, measured: Metrics) -> int:
    calls = rows = differences = incomplete = 0
    async for page in counted(pool, since, measured):
        calls, rows, incomplete = calls + page.calls, rows + page.rows, incomplete + len(page.incomplete)
        for each in page.differences:
            differences += 1
            if differences <= _SHOWN:
                print(each, file=sys.stderr)
            if report is not None:
                report.write(msgspec.json.encode(each).decode() + "\n")
    print(f"{calls} calls, {rows} rows: {differences} differences", file=sys.stderr)
    if incomplete:
        print(f"{incomplete} calls not compared: their events are not all in the archive", file=sys.stderr)
    return DIFFERENT if differences else GOOD


async def _rebuild(parsed: argparse.Namespace, settings: JournalSettings, pool: Pool) -> int:
    def tell(text: str) -> None:
        print(text, file=sys.stderr)

    built = await rebuild(pool, settings.database_url, NAME, swap=not parsed.dry_run, tell=tell)
    found = ", ".join(f"{name} {count}" for name, count in built.differences.items())
    print(f"{built.calls} calls; rows that differ: {found}", file=sys.stderr)
    if built.incomplete:
        print(f"{len(built.incomplete)} calls kept as they are: not all of their events are archived", file=sys.stderr)
    if built.swapped:
        print(f"the new tables are in use; those before are in schema {BEFORE}", file=sys.stderr)
        return GOOD
    return DIFFERENT if any(built.differences.values()) else GOOD
