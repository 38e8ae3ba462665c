"""The executor on a real NATS: each id is carried out once, and answered truly, whoever dies in between."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec
import pytest
from cti_bus import Bucket, Bus, NoAnswer, Publisher, connect, ensure, listen
from cti_connector.commands import Executor
from cti_connector.ledger import Entry, digest
from cti_connector.telemetry import metrics
from cti_devstack.nats import NatsServer
from cti_model.calls import Command
from cti_model.commands import CommandEvent, CommandOutcome, CommandRequest, CommandResult, ErrorCode
from cti_model.envelope import decode_outcome, decode_result, encode_request
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

DEADLINE_S = 60.0


class Phone:
    """Stands for the PBX: rings when told, and answers when the test lets it."""

    def __init__(self, outcome: CommandOutcome = CommandOutcome.OBSERVED) -> None:
        self.rung: list[str] = []
        self.rings = asyncio.Event()
        self.lifted = asyncio.Event()
        self.outcome = outcome

    async def perform(self, request: CommandRequest, told: Callable[[CommandResult], None]) -> CommandResult:
        self.rung.append(request.command_id)
        self.rings.set()
        told(CommandResult(command_id=request.command_id, outcome=CommandOutcome.SENT))
        await self.lifted.wait()
        return CommandResult(command_id=request.command_id, outcome=self.outcome, call_id="call-1")


class Heard:
    """The outcome events that passed."""

    def __init__(self) -> None:
        self.told: list[CommandEvent] = []
        self.changed = asyncio.Event()

    def hear(self, heard) -> None:
        self.told.append(decode_outcome(heard.body))
        self.changed.set()

    @property
    def outcomes(self) -> list[str]:
        return [event.kind for event in self.told]

    async def until(self, condition) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    async with await connect(nats_url, "test") as made:
        await ensure(made)
        yield made


@pytest.fixture
async def heard(bus: Bus) -> AsyncIterator[Heard]:
    outcomes = Heard()
    async with await listen(bus, "cti.t.command.p.>", outcomes.hear):
        yield outcomes


@asynccontextmanager
async def leading(bus: Bus, perform, **bounds) -> AsyncIterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    measured = metrics(MeterProvider(metric_readers=[reader]).get_meter("test"))
    async with Publisher(bus) as publisher:
        task = asyncio.create_task(Executor(bus, publisher, "t", "p", perform, measured, **bounds).run())
        try:
            await answering(bus)
            yield reader
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def answering(bus: Bus) -> None:
    """Until somebody answers: a request that is refused changes nothing."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            try:
                await bus.request("cti.t.cmd.p.clear", b"{}", timeout_s=1)
            except NoAnswer:
                await asyncio.sleep(0.01)
                continue
            return


def make_call(command_id: str = "c-1", **changes) -> CommandRequest:
    return CommandRequest(command_id=command_id, verb=Command.MAKE_CALL, device="101", **{"to": "102", **changes})


async def ask(bus: Bus, request: CommandRequest, timeout_s: float = DEADLINE_S) -> CommandResult:
    message = encode_request("t", "p", request, datetime.now(UTC))
    reply = await bus.request(message.subject, message.body, message.headers, timeout_s=timeout_s)
    return decode_result(reply.body)


async def test_a_command_is_carried_out_and_told(bus, heard):
    phone = Phone()
    phone.lifted.set()
    async with leading(bus, phone.perform):
        result = await ask(bus, make_call())
        await heard.until(lambda: "observed" in heard.outcomes)
    assert (result.outcome, result.call_id) == (CommandOutcome.OBSERVED, "call-1")
    assert heard.outcomes == ["accepted", "sent", "observed"]
    assert heard.told[-1].request == make_call()


async def test_the_same_request_twice_rings_once(bus, heard):
    phone = Phone()
    phone.lifted.set()
    async with leading(bus, phone.perform):
        first = await ask(bus, make_call())
        assert await ask(bus, make_call()) == first
        assert await ask(bus, make_call(deadline_s=3)) == first, "another patience is the same command"
        await heard.until(lambda: "observed" in heard.outcomes)
    assert phone.rung == ["c-1"]
    assert heard.outcomes.count("accepted") == 1


async def test_repeats_at_the_same_time_wait_for_the_one_that_runs(bus):
    phone = Phone()
    async with leading(bus, phone.perform):
        asked = [asyncio.create_task(ask(bus, make_call())) for _ in range(20)]
        await phone.rings.wait()
        phone.lifted.set()
        results = await asyncio.gather(*asked)
    assert phone.rung == ["c-1"]
    assert len({msgspec.json.encode(result) for result in results}) == 1


async def test_an_id_is_not_used_for_another_command(bus):
    phone = Phone()
    async with leading(bus, phone.perform):
        running = asyncio.create_task(ask(bus, make_call()))
        await phone.rings.wait()
        other = await ask(bus, make_call(to="103"))
        phone.lifted.set()
        await running
        later = await ask(bus, make_call(to="103"))
    assert phone.rung == ["c-1"]
    for each in (other, later):
        assert (each.outcome, each.error) == (CommandOutcome.FAILED, ErrorCode.BAD_REQUEST)


async def test_a_requester_that_goes_away_does_not_stop_the_command(bus, heard):
    phone = Phone()
    async with leading(bus, phone.perform):
        with pytest.raises(NoAnswer):
            await ask(bus, make_call(), timeout_s=0.2)
        phone.lifted.set()
        assert (await ask(bus, make_call())).outcome is CommandOutcome.OBSERVED
    assert phone.rung == ["c-1"]


async def test_after_the_leader_crashed_nobody_knows_and_nothing_is_sent_again(bus, heard):
    """The record of a dead leader is all that is left of it: a process killed between accepting and telling."""
    request = make_call(deadline_s=0.5)
    entry = Entry(request=request, digest=digest(request), owner="dead", over_at=0.0)
    await Bucket(bus, "cti_commands").create("t.p.c-1", msgspec.json.encode(entry))
    phone = Phone()
    async with leading(bus, phone.perform):
        await heard.until(lambda: "unknown" in heard.outcomes)
        repeated = await ask(bus, request)
    assert (repeated.outcome, repeated.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)
    assert phone.rung == []
    assert heard.outcomes == ["unknown"], "told once, by the successor, without being asked"


async def test_a_leader_that_hands_over_says_unknown_of_what_is_at_work(bus, heard):
    phone, successor = Phone(), Phone()
    async with leading(bus, phone.perform):
        asked = asyncio.create_task(ask(bus, make_call()))
        await phone.rings.wait()
    assert (await asked).outcome is CommandOutcome.UNKNOWN
    async with leading(bus, successor.perform):
        assert (await ask(bus, make_call())).outcome is CommandOutcome.UNKNOWN
        await heard.until(lambda: "unknown" in heard.outcomes)
    assert (phone.rung, successor.rung) == (["c-1"], [])
    assert heard.outcomes == ["accepted", "sent", "unknown"]


async def test_a_repeat_at_another_leader_waits_for_the_one_that_runs(bus):
    """Two leaders for a moment: the second finds the record of the first, and waits for its end."""
    request = make_call()
    record = Entry(request=request, digest=digest(request), owner="other", over_at=2e9 * 2)
    bucket = Bucket(bus, "cti_commands")
    revision = await bucket.create("t.p.c-1", msgspec.json.encode(record))
    phone = Phone()
    ended = CommandResult(command_id="c-1", outcome=CommandOutcome.OBSERVED, call_id="its")
    async with leading(bus, phone.perform):
        asked = asyncio.create_task(ask(bus, request))
        done, _ = await asyncio.wait([asked], timeout=0.5)
        assert not done
        await bucket.update("t.p.c-1", msgspec.json.encode(msgspec.structs.replace(record, result=ended)), revision)
        assert await asked == ended
    assert phone.rung == []


async def test_what_could_not_be_stored_may_be_asked_again_under_the_same_id(bus, monkeypatch):
    phone = Phone()
    phone.lifted.set()
    create = Bucket.create

    async def create_and_lose_the_answer(self, key, value, **more):
        monkeypatch.setattr(Bucket, "create", create)
        await create(self, key, value, **more)
        raise NoAnswer("the acknowledgement was lost")

    async with leading(bus, phone.perform):
        monkeypatch.setattr(Bucket, "create", create_and_lose_the_answer)
        first = await ask(bus, make_call())
        assert (first.outcome, first.error) == (CommandOutcome.FAILED, ErrorCode.UNAVAILABLE)
        assert (await ask(bus, make_call())).outcome is CommandOutcome.OBSERVED
        assert (await ask(bus, make_call())).outcome is CommandOutcome.OBSERVED
    assert phone.rung == ["c-1"]


async def test_a_seam_that_gives_no_result_means_unknown(bus):
    async def hang(request, told):
        await asyncio.Event().wait()

    async def break_(request, told):
        raise RuntimeError("oops")

    async with leading(bus, hang):
        assert (await ask(bus, make_call(deadline_s=0.5))).outcome is CommandOutcome.UNKNOWN
    async with leading(bus, break_):
        result = await ask(bus, make_call("c-2"))
    assert (result.outcome, result.message) == (CommandOutcome.UNKNOWN, "an error of the connector: RuntimeError")


LONG = b"a" * 100


@pytest.mark.parametrize(
    ("subject", "body", "error"),
    [
        ("make_call", b"", "bad_request"),
        ("make_call", b'{"command_id":"x","verb":"make_call","device":"101"}', "bad_request"),
        ("make_call", b'{"command_id":"x","verb":"clear","device":"101","connection_id":"k"}', "bad_request"),
        ("make_call", b'{"command_id":"x","verb":"make_call","device":"101","to":"102&SIP/900"}', "bad_request"),
        ("listen", b'{"command_id":"x","verb":"listen","device":"101","connection_id":"k"}', "forbidden"),
        ("fly", b'{"command_id":"x","verb":"fly"}', "bad_request"),
        ("make_call", b'{"command_id":"x","verb":7}', "bad_request"),
        ("make_call", b'{"verb":"make_call","device":"\xff","command_id":"x"}', "bad_request"),
        ("make_call", b'{"command_id":"' + LONG + b'","verb":"make_call","device":"101","to":"1"}', "bad_request"),
        ("make_call", b'{"command_id":7,"verb":"make_call","device":"101","to":"1"}', "bad_request"),
        ("make_call", b'{"command_id":"x","verb":"' + LONG * 200 + b'"}', "bad_request"),
        ("make_call", b'{"verb":"make_call","device":"101","to":"1"}', "bad_request"),
    ],
)
async def test_bad_requests_are_answered_counted_and_not_carried_out(bus, heard, subject, body, error):
    phone = Phone()
    async with leading(bus, phone.perform) as reader:
        reply = decode_result((await bus.request(f"cti.t.cmd.p.{subject}", body)).body)
        counted = counts(reader)
    assert (reply.outcome, reply.error.value) == (CommandOutcome.FAILED, error)
    said = re.search(rb'"command_id":"?(\w+)', body)
    assert reply.command_id == (said[1].decode() if said else "")
    assert phone.rung == []
    assert heard.told == []
    assert counted[("other" if subject == "fly" else subject, "failed", error)] >= 1


def counts(reader: InMemoryMetricReader) -> dict[tuple[str, str, str], int]:
    found = {}
    for resource in reader.get_metrics_data().resource_metrics:
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name == "trunkline.connector.commands":
                    for point in metric.data.data_points:
                        key = (point.attributes["verb"], point.attributes["outcome"], point.attributes["error"])
                        found[key] = point.value
    return found


async def test_more_than_the_bound_is_refused_not_queued(bus):
    phone = Phone()
    async with leading(bus, phone.perform, most=3):
        asked = [asyncio.create_task(ask(bus, make_call(f"c-{n}"))) for n in range(3)]
        async with asyncio.timeout(DEADLINE_S):
            while len(phone.rung) < 3:
                await asyncio.sleep(0.01)
        refused = await ask(bus, make_call("c-9"))
        phone.lifted.set()
        await asyncio.gather(*asked)
        again = await ask(bus, make_call("c-9"))
    assert (refused.outcome, refused.error) == (CommandOutcome.FAILED, ErrorCode.BUSY)
    assert again.outcome is CommandOutcome.OBSERVED, "what was refused was not accepted: the same id may come again"


async def test_a_query_is_neither_stored_nor_told(bus, heard):
    phone = Phone()
    phone.lifted.set()
    query = CommandRequest(command_id="q-1", verb=Command.SNAPSHOT, device="101")
    async with leading(bus, phone.perform):
        await ask(bus, query)
        await ask(bus, query)
        await ask(bus, make_call())
        await heard.until(lambda: "observed" in heard.outcomes)
    assert phone.rung == ["q-1", "q-1", "c-1"]
    assert {event.request.verb for event in heard.told} == {Command.MAKE_CALL}


async def test_nats_goes_away_while_a_command_runs(nats_server: NatsServer):
    async with await connect(nats_server.url, "test", reconnect_wait_s=0.05) as bus:
        await ensure(bus)
        phone = Phone()
        async with leading(bus, phone.perform):
            with pytest.raises(NoAnswer):
                await ask(bus, make_call(), timeout_s=0.3)
            await phone.rings.wait()
            nats_server.kill9()
            phone.lifted.set()
            nats_server.restart()
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    try:
                        result = await ask(bus, make_call(), timeout_s=2)
                    except NoAnswer:
                        await asyncio.sleep(0.05)
                        continue
                    break
    assert result.outcome is CommandOutcome.OBSERVED
    assert phone.rung == ["c-1"]


async def test_who_leads_is_found_by_the_services_api_and_nobody_else(bus):
    """A standby answers no commands, so it is not listed either."""
    phone = Phone()
    phone.lifted.set()
    async with leading(bus, phone.perform):
        await ask(bus, make_call())
        (stats,) = json.loads((await bus.request("$SRV.STATS.cti-connector")).body)["endpoints"]
        assert stats["subject"] == "cti.t.cmd.p.*"
        assert stats["num_requests"] >= 1
        found = json.loads((await bus.request("$SRV.PING.cti-connector")).body)
        assert found["metadata"] == {"tenant": "t", "pbx": "p"}
    with pytest.raises(NoAnswer):
        await bus.request("$SRV.PING.cti-connector")
