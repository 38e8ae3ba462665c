"""`python -m call_journal lost`: calls whose end the stream has lost, and ending them, by hand."""

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from cti_bus import Bus, Fenced, Parking, Publisher, connect
from cti_model.events import CallEvent
from cti_store import Pool

from call_journal.lost import Found, Standing, end, unknown_calls
from call_journal.settings import NAME, JournalSettings

GOOD, DIFFERENT = 0, 1
_PATIENCE_S = 10.0  # a person waits for it


def add_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", when: Callable[[str], datetime]
) -> None:
    """Its parser."""
    lost = commands.add_parser("lost", help="list calls that are alive here and that no connector knows; end them")
    lost.add_argument(
        "--before", type=when, default="24h", metavar="WHEN", help="only calls that began before; not given: 24h ago"
    )
    lost.add_argument("--tenant", action="append", default=[], metavar="NAME", help="only of this one; may be repeated")
    lost.add_argument("--end", action="store_true", help="tell on the stream that those that are lost are over")
    lost.add_argument(
        "--pbx",
        action="append",
        default=[],
        metavar="NAME",
        help="no connector leads this PBX and none ever will: its unwatched calls are lost; may be repeated",
    )
    lost.add_argument("--config", metavar="FILE", help="TOML file, as the service has it")
    lost.set_defaults(command=_lost)


async def _lost(parsed: argparse.Namespace, settings: JournalSettings, pool: Pool) -> int:
    left = 0
    async with await connect(settings.nats_url, NAME, deadline_s=_PATIENCE_S) as bus, Publisher(bus) as publisher:
        parking = Parking(bus, publisher, NAME)
        await parking.load()
        async for each in unknown_calls(pool, bus, parking.keys, parsed.before, parsed.tenant):
            given_up = each.standing is Standing.UNWATCHED and each.call.pbx in parsed.pbx
            ended = None
            if parsed.end and (given_up or each.standing is Standing.LOST):
                ended = await _ended(bus, each)
            left += ended is None
            print(msgspec.json.encode(_shown(each, ended)).decode(), flush=True)
    if left:
        print(f"{left} calls are alive here and known to no connector", file=sys.stderr)
    return DIFFERENT if left else GOOD


async def _ended(bus: Bus, found: Found) -> CallEvent | None:
    try:
        return await end(bus, found, datetime.now(UTC))
    except Fenced:
        return None  # a connector knows it after all


def _shown(found: Found, ended: CallEvent | None) -> dict[str, object]:
    call = found.call
    return {
        "tenant": call.tenant,
        "pbx": call.pbx,
        "call_id": call.call_id,
        "started_at": call.started_at,
        "told_at": found.told_at,
        "standing": found.standing,
        "ended_by": ended.event_id if ended is not None else None,
    }
