"""Calls that are alive in the journal and nowhere else: their end was in what the stream has lost.

Their end is told on the stream, as a fact that nobody saw: so all who read it know, and the archive repeats it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec
from cti_bus import Bucket, Bus, Publisher, newest_at_leader
from cti_bus.streams import EVENTS
from cti_model import subjects
from cti_model.calls import Call, Cause
from cti_model.envelope import decode_call, encode_call
from cti_model.events import CallEvent, Cleared, Origin
from cti_model.fold import tell
from cti_store import Pool

from call_journal.store.living import living


class Standing(StrEnum):
    """What can be said of a call that is alive in the journal and not in `cti_live_calls`.

    `lost`: its end will never come. `unread`: the stream has more of it than the journal has read. `parked`: the
    journal could not digest it, and the rest is set aside. `unwatched`: no connector leads its PBX now, so that
    nobody says which of its calls live.
    """

    LOST = "lost"
    UNREAD = "unread"
    PARKED = "parked"
    UNWATCHED = "unwatched"


class Found(msgspec.Struct, frozen=True):
    """A call without a connector that knows it. `told_at`: the newest that is known of it; `seq`: of its newest message
    in the stream, 0 when there is none.
    """

    call: Call
    told_at: datetime
    standing: Standing
    seq: int


async def unknown_calls(
    pool: Pool, bus: Bus, parked: frozenset[str], begun_before: datetime, tenants: Sequence[str] = ()
) -> AsyncIterator[Found]:
    """Calls of these tenants (none named: of all) that are alive in the journal and that no connector knows.

    `parked`: the calls that are set aside (`Parking.keys`). Raises `NoAnswer` while NATS is away.
    """
    index, leases = Bucket(bus, "cti_live_calls"), Bucket(bus, "cti_leases")
    led: dict[str, frozenset[str]] = {}
    for call, told_at in await living(pool, begun_before, tenants):
        key = subjects.living_call(call.tenant, call.pbx, call.call_id)
        if await index.get(key) is not None:
            continue
        if call.tenant not in led:
            led[call.tenant] = frozenset(
                [each.key async for each in leases.entries(subjects.leases_of_pbxs(call.tenant))]
            )
        newest = await newest_at_leader(bus, EVENTS.name, subjects.calls_of(call.tenant, call.pbx, call.call_id))
        if newest is not None and decode_call(newest.body).call.version > call.version:
            standing = Standing.UNREAD
        elif key in parked:
            standing = Standing.PARKED
        elif subjects.lease_of_pbx(call.tenant, call.pbx) not in led[call.tenant]:
            standing = Standing.UNWATCHED
        else:
            standing = Standing.LOST
        yield Found(call, told_at, standing, newest.stream_seq if newest is not None else 0)


async def end(bus: Bus, found: Found, now: datetime) -> CallEvent:
    """Tell that a call is over, and wait until that is stored.

    The books end with what is known last: what nobody saw is nobody's talk. Raises `Fenced` when somebody has told more
    of the call meanwhile.
    """
    call = found.call
    fact, within = Cleared(cause=Cause.LOST), (found.told_at, now)
    event = tell(call, fact, found.told_at, now, Origin.RECONCILED, within=within)
    message, fence = encode_call(event), subjects.calls_of(call.tenant, call.pbx, call.call_id)
    async with Publisher(bus) as publisher:
        publisher.claim(fence, found.seq)
        await publisher.publish(message.subject, message.body, message.headers, message.message_id, fence=fence)
    return event
