"""Questions over a real NATS: nobody has it, nobody answers, and how many at once."""

import asyncio
import time

import msgspec
import pytest
from cti_bus import Heard, NoAnswer, answer, connect
from cti_directory import Questions
from cti_model import subjects
from cti_model.directory import Candidate, IdentifyReply, IdentifyRequest, Match, SubscriberKind

IVAN = Candidate(
    id="c1", kind=SubscriberKind.CONTACT, name="Ivan", number="8 916", match=Match.DIGITS, matched_digits=4
)


async def test_nobody_has_it_is_told_from_nobody_answers(nats_url):
    async def reply(heard: Heard) -> bytes:
        number = msgspec.json.decode(heard.body, type=IdentifyRequest).number
        if number == "garbage":
            return b"?"
        if number == "busy":
            return msgspec.json.encode(IdentifyReply(error="too many requests at once"))
        return msgspec.json.encode(IdentifyReply(candidates=(IVAN,) if number == "8916" else ()))

    async with await connect(nats_url, "test") as bus:
        questions = Questions(bus, timeout_s=10)
        with pytest.raises(NoAnswer, match="nobody listens"):
            await questions.identify("acme", "8916")
        async with await answer(bus, subjects.ALL_IDENTIFY, reply):
            assert await questions.identify("acme", "8916") == (IVAN,)
            assert await questions.identify("acme", "8917") == ()
            with pytest.raises(NoAnswer, match="too many"):
                await questions.identify("acme", "busy")
            with pytest.raises(NoAnswer, match="do not understand"):
                await questions.identify("acme", "garbage")


async def test_who_is_slow_is_not_waited_for_and_only_so_many_are_asked_at_once(nats_url):
    asked: list[str] = []

    async def silent(heard: Heard) -> bytes:
        asked.append(msgspec.json.decode(heard.body, type=IdentifyRequest).number)
        await asyncio.Event().wait()
        raise AssertionError

    async with await connect(nats_url, "test") as bus:
        questions = Questions(bus, timeout_s=0.5, at_once=2)
        talk = await answer(bus, subjects.ALL_IDENTIFY, silent, at_once=True)
        began = time.monotonic()
        answers = await asyncio.gather(*(questions.identify("acme", str(n)) for n in range(6)), return_exceptions=True)
        assert [type(each) for each in answers] == [NoAnswer] * 6
        assert len(asked) == 2, "the others waited for their turn, within the same time"
        assert time.monotonic() - began >= 0.5
        await talk.close()
