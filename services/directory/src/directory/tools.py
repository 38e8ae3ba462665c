"""What is done by hand beside the running service: import a file, seal secrets anew, read numbers anew."""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
from cti_model import subjects
from cti_runtime import SettingsError, load_settings
from cti_runtime.settings import stray_lines
from cti_store import Pool, opened

from directory.imports import BadHeader
from directory.settings import NAME, DirectorySettings
from directory.store.directory import Change
from directory.store.importing import load
from directory.store.importing_subscribers import SUBSCRIBERS_FILE
from directory.store.importing_users import USERS_FILE
from directory.store.migrate import migrate
from directory.store.numbering import renumber, rules_of
from directory.store.secrets import seal_anew
from directory.vault import BadSecret

COMMANDS = ("import", "rotate", "renumber")
_PIECE_BYTES = 65_536


def main(arguments: Sequence[str]) -> int:
    """Run a command; 0 good, 1 something was wrong (it says what), 2 used or configured wrongly."""
    given = parser().parse_args(arguments)
    try:
        # Who may write into the database needs no token.
        settings = load_settings(DirectorySettings, NAME, given.config, auth="off")
        for line in stray_lines(DirectorySettings, NAME):
            print(line, file=sys.stderr)
        return asyncio.run(_run(given, settings, subjects.token(given.tenant or settings.tenant)))
    except SettingsError as error:
        for problem in error.problems:
            print(f"{NAME}: {problem}", file=sys.stderr)
        return 2
    except (BadHeader, BadSecret, subjects.BadToken, OSError, asyncpg.PostgresError) as error:
        print(f"directory {given.command}: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m directory", description="The directory, by hand.")
    commands = made.add_subparsers(dest="command", required=True)
    helps = {
        "import": "import contacts, accounts and employees, or users, from CSV; - is stdin",
        "rotate": "seal all secrets with the newest key",
        "renumber": "compute E.164 of all stored numbers anew, after a change of region",
    }
    for name in COMMANDS:
        command = commands.add_parser(name, help=helps[name])
        command.add_argument("--config", metavar="FILE", help=f"TOML file with a table [{NAME}]")
        command.add_argument("--tenant", help="the company; that of the settings when not given")
        if name == "import":
            command.add_argument("file", metavar="FILE", type=Path)
            command.add_argument("--users", action="store_true", help="the file holds users and their telephones")
            command.add_argument("--dry-run", action="store_true", help="store nothing, only say what is wrong")
    return made


async def _run(given: argparse.Namespace, settings: DirectorySettings, tenant: str) -> int:
    await migrate(settings.database_url)
    async with opened(settings.database_url, most=2) as pool:
        if given.command == "import":
            return await _import(pool, given, settings, tenant)
        if given.command == "rotate":
            print(f"{await seal_anew(pool, settings.vault())} secrets sealed anew")
        else:
            changed = await renumber(pool, tenant, await rules_of(pool, tenant, settings.rules))
            print(f"{changed} numbers changed")
        return 0


async def _import(pool: Pool, given: argparse.Namespace, settings: DirectorySettings, tenant: str) -> int:
    change, pieces, dry_run = Change(tenant, "import"), _pieces(given.file), given.dry_run
    if given.users:
        report = await load(pool, change, pieces, settings.rules, USERS_FILE, dry_run=dry_run)
    else:
        report = await load(pool, change, pieces, settings.rules, SUBSCRIBERS_FILE, dry_run=dry_run)
    for bad in report.bad:
        print(f"{given.file}:{bad.line}: {bad.problem}", file=sys.stderr)
    print(f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, {report.bad_lines} bad")
    return 1 if report.bad_lines else 0


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    opened = sys.stdin.buffer if str(path) == "-" else await asyncio.to_thread(path.open, "rb")
    with opened as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
