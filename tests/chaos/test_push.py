"""kill -9 of push in mid-call: an operator who comes back sees every version once, and then the truth."""

from pathlib import Path

import pytest

from tests.chaos import truth
from tests.chaos.traffic import USERS, Traffic
from tests.chaos.witness import Streams, Tab, everybody_was_told_once, tabs
from tests.running import Running, until

pytestmark = pytest.mark.timeout(300)
PUSH = "push"


async def all_are_back(opened: list[Tab], kills: int) -> None:
    await until(lambda: all(len(tab.welcomes) > kills for tab in opened))


async def test_a_push_killed_at_any_moment_tells_every_version_once(
    site: Running, streams: Streams, traffic: Traffic, raw: Path
) -> None:
    async with tabs(site, *USERS) as opened:
        await traffic.long.up_to(4)
        # As the n-th call event is stored: it may be unread, half told, or told.
        for kills, (number, second) in enumerate(((1, 5), (14, 7)), 1):
            wave = traffic.wave()
            await streams.calls.more(number)
            await site.kill9(PUSH)
            await traffic.long.up_to(second)  # told to nobody yet
            await site.start(PUSH)
            await wave
            await all_are_back(opened, kills)
        # As the n-th update of anybody is stored: others of the same event may not be.
        for kills, number in enumerate((1, 9), 3):
            wave = traffic.wave()
            await streams.users.more(number)
            await site.kill9(PUSH)
            await site.start(PUSH)
            await wave
            await all_are_back(opened, kills)
        # In the middle of catching up with what happened while it was dead.
        await site.kill9(PUSH)
        await traffic.wave()
        await site.start(PUSH)
        await streams.users.more(1)
        await site.kill9(PUSH)
        await site.start(PUSH)
        await traffic.long.to_the_end()

        stored = await streams.ended(traffic.calls)
        truth.is_whole(stored)
        truth.is_what_asterisk_sent(stored, raw)
        await everybody_was_told_once(streams, dict(zip(USERS, opened, strict=True)), stored)
