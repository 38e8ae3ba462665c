"""From the stream to one session: a bounded mailbox, and the handover from replay to live. Without sockets."""

import asyncio
import json

import msgspec
import pytest
from push.gateway.closing import Close, SessionClosed
from push.gateway.coding import decode_update, encoded, encoded_update, encoded_watch_update, frame_of
from push.gateway.handover import Handover
from push.gateway.hub import Mailbox, Passing

from .conftest import CALL


async def test_a_mailbox_is_bounded_and_says_slow():
    box = Mailbox(max_frames=2, max_bytes=100)
    for _ in range(5):
        await box.put(Passing("101", b"x" * 10))
    assert [(await box.take()).body, (await box.take()).body] == [b"x" * 10] * 2
    with pytest.raises(SessionClosed) as raised:
        await box.take()
    assert raised.value.code is Close.SLOW
    large = Mailbox(max_frames=10, max_bytes=100)
    await large.put(Passing("101", b"x" * 60))
    await large.put(Passing("101", b"x" * 60))
    assert large.overflowed


async def test_a_burst_does_not_overflow_the_mailbox_of_one_who_reads():
    box = Mailbox(max_frames=2, max_bytes=1000)

    async def fill():
        for n in range(50):
            await box.put(Passing("101", b"%d" % n))

    filling = asyncio.create_task(fill())
    assert [(await box.take()).body for _ in range(50)] == [b"%d" % n for n in range(50)]
    await filling
    assert not box.overflowed


async def test_a_mailbox_that_is_woken_gives_nothing_once():
    box = Mailbox(max_frames=2, max_bytes=100)
    taking = asyncio.create_task(box.take())
    box.wake()
    assert await taking is None
    assert await box.take(asyncio.get_running_loop().time() + 0.01) is None


def updates():
    from cti_directory import owners_of
    from push.projector.step import step
    from push.projector.views import Views

    latest, found = Views(), []
    for seq, event in enumerate(CALL, 1):
        for update in step(latest, event, seq, owners_of(None), "life"):
            latest[update.view.user] = update
            found.append(update)
    return found


def test_handover_lets_each_update_through_once_and_in_order():
    told = updates()
    handover = Handover(told[0].epoch, told[1].version)
    assert [handover.admit(each) for each in told] == [False, False] + [True] * (len(told) - 2)
    assert not handover.admit(told[-1])
    with pytest.raises(SessionClosed) as raised:
        Handover(told[0].epoch, 0).admit(told[1])
    assert raised.value.code is Close.RESUME
    with pytest.raises(SessionClosed):
        Handover("another", 0).admit(told[0])
    assert Handover(told[0].epoch, 0).admit(told[0])


async def test_who_asks_and_never_reads_is_slow():
    box = Mailbox(max_frames=2, max_bytes=100)
    for update in updates()[:1]:
        for _ in range(4):
            box.post(frame_of(update, replay=True))
    assert box.overflowed


def test_what_is_passed_on_as_bytes_is_what_encoding_would_give():
    for update in updates():
        passing = Passing("101", msgspec.json.encode(update))
        assert decode_update(passing.body) == update
        assert json.loads(encoded_update(passing.told, replay=False).data) == json.loads(
            encoded(frame_of(update, replay=False)).data
        )
        watched = json.loads(encoded_watch_update("101", passing.told).data)
        plain = json.loads(encoded(frame_of(update, replay=False)).data)
        del plain["replay"]
        assert watched == plain | {"type": "watch_update", "user": "101"}
