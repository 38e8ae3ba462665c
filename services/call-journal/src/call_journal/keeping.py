"""`python -m call_journal retain` and `forget`: what is kept, and what is not, by hand."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from getpass import getuser

import msgspec
from cti_store import Pool
from opentelemetry import metrics as otel

from call_journal.audio.places import places
from call_journal.privacy.forget import forget
from call_journal.privacy.person import Person
from call_journal.privacy.proof import check
from call_journal.retain import retain
from call_journal.settings import JournalSettings, secret
from call_journal.telemetry import metrics

GOOD, DIFFERENT = 0, 1


def add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", since: Callable[[str], datetime]
) -> None:
    """The parsers of both."""
    old = commands.add_parser("retain", help="remove what is older than the settings keep")
    old.add_argument("--dry-run", action="store_true", help="only count")
    old.add_argument("--tenant", action="append", metavar="NAME", help="only of this one; may be repeated")
    old.set_defaults(command=_retain)
    person = commands.add_parser("forget", help="erase one person, with proof")
    person.add_argument("--tenant", metavar="NAME", help="whose journal; not given: the tenant of the settings")
    who = person.add_mutually_exclusive_group(required=True)
    who.add_argument(
        "--number", action="append", default=[], help="a telephone number, in any notation; may be repeated"
    )
    who.add_argument("--contact", default="", metavar="ID", help="a contact, with the numbers it was recognised by")
    who.add_argument(
        "--user",
        action="append",
        default=[],
        metavar="ID",
        help="a user's id or extension; may be repeated",
    )
    person.add_argument("--since", type=since, metavar="WHEN", help="only calls that began then or later")
    person.add_argument("--verify", action="store_true", help="change nothing: look whether anything is left")
    person.add_argument("--by", default="", metavar="WHO", help="who asked for it, for the log; not given: this login")
    person.set_defaults(command=_forget)
    for each in (old, person):
        each.add_argument("--config", metavar="FILE", help="TOML file, as the service has it")


async def _retain(parsed: argparse.Namespace, settings: JournalSettings, pool: Pool) -> int:
    async with places(settings.recordings) as found:
        measured = metrics(otel.get_meter("call_journal"))
        told = await retain(
            pool, parsed.tenant, settings.kept, found, measured, datetime.now(UTC), dry_run=parsed.dry_run
        )
    for each in told:
        print(msgspec.json.encode(each).decode())
    return DIFFERENT if any(each.failed for each in told) else GOOD


async def _forget(parsed: argparse.Namespace, settings: JournalSettings, pool: Pool) -> int:
    person = Person(numbers=tuple(parsed.number), contact=parsed.contact, users=tuple(parsed.user), since=parsed.since)
    tenant = parsed.tenant or settings.tenant
    key = secret(settings.erasure_key, settings.erasure_key_file, "erasure_key")
    if parsed.verify:
        checked = await check(pool, key, tenant, person)
        _print(checked)
        return DIFFERENT if checked.remaining or checked.broken else GOOD
    async with places(settings.recordings) as found:
        by = parsed.by or f"login {getuser()}"
        proof = await forget(pool, key, tenant, person, by, found, datetime.now(UTC))
    _print(proof)
    if proof.left:
        print("delete the recordings in `left` by hand: they are named nowhere else", file=sys.stderr)
    return DIFFERENT if proof.remaining or proof.left else GOOD


def _print(what: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(what), indent=1).decode())
