"""What FreeSWITCH has and Asterisk has not, or tells in another way: fifos, parking by transfer, queues one by one."""

import json
import random

import pytest
from connector_freeswitch.replay import events_of
from cti_freeswitch.reading import Reading
from cti_model.calls import Outcome
from cti_model.events import CallEvent
from cti_model.records import CallRecord, all_records
from cti_simulators.freeswitch.exchange import Headers, Switch
from cti_simulators.freeswitch.people import People
from cti_simulators.freeswitch.plan import standard
from cti_simulators.scenario import perform
from msgspec.structs import replace

from tests.scenarios.cases import scenario
from tests.scenarios.freeswitch import AGENTS, BOOT

TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers after 1s\n'


def told(text: str, reading: Reading | None = None, **plan) -> list[CallEvent]:
    """What the connector makes of a scenario."""
    lines: list[str] = []

    def tell(headers: Headers) -> None:
        lines.append(json.dumps({"t": switch.now, "dir": "recv", "headers": {}, "event": headers}))

    switch = Switch(BOOT, random.Random(7), tell, plan=replace(standard(AGENTS, ("102", "101")), **plan))
    perform(scenario(text), People(switch))
    return list(events_of([(0.0, "\n".join(lines).encode())], reading=reading))


def of(events: list[CallEvent], device: str) -> list[CallRecord]:
    """The records of a telephone, in order of beginning."""
    return sorted((row for row in all_records(events) if row.device == device), key=lambda each: each.started_at)


def test_who_waits_in_a_fifo_is_taken_out_by_who_dials_in():
    events = told("101 calls 5100; 102 calls 5101 after 2s; 101 hangs up after 3s")
    (caller,), (consumer,) = of(events, "101"), of(events, "102")
    assert (caller.outcome, caller.queue, round(caller.queue_s), round(caller.talk_s)) == (
        Outcome.ANSWERED,
        "sales",
        2,
        3,
    )
    assert (consumer.outcome, round(consumer.talk_s)) == (Outcome.ANSWERED, 3)
    assert {event.call.call_id for event in events if event.call.alive} >= {caller.call_id}
    assert caller.call_id == consumer.call_id


def test_who_gives_up_in_a_fifo_has_abandoned_it_and_an_empty_one_takes_nobody():
    events = told("101 calls 5100; 101 hangs up after 4s; 102 calls 5101 after 1s")
    kinds = [event.kind for event in events]
    assert "queued" in kinds
    assert "dequeued" in kinds
    (row,) = of(events, "101")
    assert (row.queue, round(row.queue_s), round(row.talk_s)) == ("sales", 4, 0)


@pytest.mark.parametrize("number", ["", "700"])
def test_a_transfer_into_a_slot_is_parking_by_who_transferred(number):
    parking = "101 transfers to 700 after 2s; 102 retrieves parked 701 after 3s; c1 hangs up after 2s"
    events = told(TALK + parking, Reading(park_number=number))
    assert ("transferred" in {event.kind for event in events}) is not bool(number)
    (parked,) = [event for event in events if event.kind == "parked"]
    assert (parked.fact.slot, parked.fact.by) == ("701", "101")
    (unparked,) = [event for event in events if event.kind == "unparked"]
    assert unparked.fact.connection_id == parked.fact.connection_id
    (mine,), (taker,) = of(events, "101"), of(events, "102")
    assert (mine.outcome, round(mine.talk_s)) == (Outcome.ANSWERED, 2)
    assert (taker.outcome, round(taker.talk_s)) == (Outcome.ANSWERED, 2)


def test_who_hangs_up_in_a_slot_ends_the_call_and_who_dials_an_empty_slot_waits_in_it():
    events = told(TALK + "101 parks after 1s; c1 hangs up after 3s; 102 calls 701 after 1s; 102 hangs up after 2s")
    calls = {event.call.call_id: event.call for event in events}
    assert not any(call.alive for call in calls.values())
    assert "unparked" not in {event.kind for event in events}
    parked = [(event.fact.slot, event.fact.by) for event in events if event.kind == "parked"]
    assert parked == [("701", "101"), ("701", "")]


def test_a_queue_that_rings_one_after_another_offers_a_call_that_was_let_pass_to_the_next():
    events = told('trunk 79161234567 "Ivan" calls 74950000201 as c1; 102 rings; 101 rings; 101 answers after 1s\n'
                  "101 hangs up after 2s")  # fmt: skip
    (first,), (second,) = of(events, "102"), of(events, "101")
    assert (first.outcome, first.queue, round(first.ring_s)) == (Outcome.MISSED, "sales", 5)
    assert (second.outcome, second.queue, round(second.talk_s)) == (Outcome.ANSWERED, "sales", 2)
    (caller,) = [each for each in events[-1].call.connections if each.device.number == "trunk"]
    assert round(caller.tally.queue_us / 1e6) == 6


def test_who_waits_too_long_in_a_slot_rings_elsewhere():
    events = told(TALK + "101 transfers to 700 after 1s; 103 rings; 103 answers after 1s; 103 hangs up after 2s",
                  Reading(park_number="700"), slot_s=5.0, slot_orbit="103")  # fmt: skip
    (unparked,) = [event for event in events if event.kind == "unparked"]
    assert (unparked.fact.slot, unparked.fact.timed_out) == ("701", True)
    (parked,) = [event for event in events if event.kind == "parked"]
    assert round((unparked.occurred_at - parked.occurred_at).total_seconds(), 1) == 5.0
    (taker,) = of(events, "103")
    assert (taker.outcome, round(taker.ring_s), round(taker.talk_s)) == (Outcome.ANSWERED, 1, 2)


def test_who_takes_a_call_back_from_a_slot_ends_the_waiting_and_nobody_waited_too_long():
    events = told(TALK + "101 parks after 1s; 102 retrieves parked 701 after 3s; c1 hangs up after 2s")
    assert [event.fact.timed_out for event in events if event.kind == "unparked"] == [False]
