"""Whoever answers is found by the NATS services API, for as long as it answers."""

import asyncio
import json

import pytest
from cti_bus import Bus, Heard, NoAnswer, Service, answer, connect, listen

DEADLINE_S = 20.0
WHO = Service(name="phone-book", endpoint="find", description="Finds numbers.", metadata={"tenant": "t"})


async def echo(heard: Heard) -> bytes:
    if heard.body == b"bad":
        raise ValueError("no such thing")
    return heard.body


async def asked(bus: Bus, subject: str) -> dict:
    return json.loads((await bus.request(subject, timeout_s=DEADLINE_S)).body)


async def test_ping_info_and_stats(bus: Bus):
    async with await answer(bus, "t.find.*", echo, group="book", service=WHO):
        for subject in ("$SRV.PING", "$SRV.PING.phone-book"):
            found = await asked(bus, subject)
            assert (found["type"], found["name"], found["metadata"]) == (
                "io.nats.micro.v1.ping_response",
                "phone-book",
                {"tenant": "t"},
            )
        info = await asked(bus, f"$SRV.INFO.phone-book.{found['id']}")
        assert info["description"] == "Finds numbers."
        assert [(each["name"], each["subject"], each["queue_group"]) for each in info["endpoints"]] == [
            ("find", "t.find.*", "book")
        ]
        assert (await bus.request("t.find.me", b"1")).body == b"1"
        with pytest.raises(NoAnswer):
            await bus.request("t.find.me", b"bad", timeout_s=0.3)
        (stats,) = (await asked(bus, "$SRV.STATS"))["endpoints"]
        assert (stats["num_requests"], stats["num_errors"]) == (2, 1)
        assert stats["last_error"] == "ValueError('no such thing')"
        assert stats["processing_time"] >= stats["average_processing_time"] > 0


async def test_who_answers_no_more_is_not_found(bus: Bus):
    async with await answer(bus, "t.find.*", echo, service=WHO):
        assert await asked(bus, "$SRV.PING")
    for subject in ("$SRV.PING", "$SRV.INFO.phone-book", "$SRV.STATS"):
        with pytest.raises(NoAnswer):
            await bus.request(subject, timeout_s=DEADLINE_S)


async def test_every_instance_is_found(bus: Bus, nats_url: str):
    found: set[str] = set()
    both = asyncio.Event()

    def hear(heard: Heard) -> None:
        found.add(json.loads(heard.body)["id"])
        if len(found) == 2:
            both.set()

    async with (
        await connect(nats_url, "other") as other,
        await answer(bus, "t.find.*", echo, group="book", service=WHO),
        await answer(other, "t.find.*", echo, group="book", service=WHO),
        await listen(bus, "inbox.here", hear),
    ):
        await bus.client.publish("$SRV.PING.phone-book", reply="inbox.here")
        await asyncio.wait_for(both.wait(), DEADLINE_S)


async def test_answers_that_take_long_do_not_keep_others_waiting(bus: Bus):
    goes_on = asyncio.Event()

    async def reply(heard: Heard) -> bytes:
        if heard.body == b"slow":
            await goes_on.wait()
        return heard.body

    async with await answer(bus, "t.find.*", reply, at_once=True, service=WHO):
        slow = asyncio.create_task(bus.request("t.find.me", b"slow", timeout_s=DEADLINE_S))
        assert (await bus.request("t.find.me", b"quick", timeout_s=DEADLINE_S)).body == b"quick"
        assert not slow.done()
        goes_on.set()
        assert (await slow).body == b"slow"


@pytest.mark.parametrize("changes", [{"name": "a b"}, {"name": ""}, {"version": "seven"}])
def test_what_nobody_could_ask_for_is_refused(changes):
    with pytest.raises(ValueError, match=r"(?i)invalid|empty"):
        Service(**{"name": "a", "endpoint": "b", **changes})
