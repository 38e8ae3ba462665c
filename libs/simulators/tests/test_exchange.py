"""The exchange in its own time: what is not in any recording, and what must hold in every dialect."""

import random
import re
import tracemalloc

import pytest
from cti_simulators.asterisk.exchange.blocks import header, wire
from cti_simulators.asterisk.exchange.exchange import AsteriskExchange
from cti_simulators.asterisk.exchange.load import Traffic, stream
from cti_simulators.asterisk.exchange.plan import Control, Telephone, standard
from cti_simulators.scenario import ScenarioFailed, parse, perform
from cti_simulators.scenario.chance import World, riot
from msgspec.structs import replace

DIALECTS = pytest.mark.parametrize("dialect", ["22", "13", "11"])
INBOUND = 'trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers after 1s\n'


def played(dialect, text, plan=None):
    exchange = AsteriskExchange(dialect, 1795169000.0, random.Random(5), plan)
    perform(parse(text), exchange)
    return exchange


def names(exchange):
    return [header(each, "Event") for each in exchange.said()]


@DIALECTS
def test_the_same_seed_and_deeds_give_the_same_bytes(dialect):
    text = INBOUND + "101 transfers to 102; 102 rings; 102 answers after 1s; c1 hangs up; wait until quiet"
    first, second = (b"".join(map(wire, played(dialect, text).said())) for _ in range(2))
    assert first == second


@DIALECTS
@pytest.mark.parametrize(
    "text",
    [
        "101 holds; 101 consults 102; 102 rings; 102 answers; 101 cancels transfer; c1 hangs up",
        "101 consults 102; 102 rings; 101 hangs up; 101 retrieves; 101 hangs up",
        "101 consults 102; 102 rings; 102 declines; 101 retrieves; c1 hangs up",
        "101 holds; c1 hangs up",
        "101 parks; c1 hangs up after 1s",
        "101 parks; 101 rings; 101 answers; c1 hangs up",
        "101 parks; 101 rings; wait 40s",
        "101 transfers to 3001; 102 calls 3001; c1 hangs up after 1s; 102 hangs up",
        "101 transfers to 701",
        "101 transfers to 84951234567; 84951234567 rings; 84951234567 answers; c1 hangs up",
        "102 calls 101; 101 rings; 101 is busy; 101 hangs up",
        "102 calls 101; 101 rings; 102 hangs up; 101 hangs up",
        "101 sends 12#; c1 sends 9; c1 hangs up",
        "101 hangs up; trunk 79161234567 calls 74950000200 as c2; 101 rings; 102 picks up 101; c2 hangs up after 1s",
        "101 hangs up; trunk 79161234567 calls 74950000200 as c2; 101 rings; 101 declines; 102 declines\n"
        "101 rings; c2 hangs up",
        "101 hangs up; trunk 79161234567 calls 74950000201 as c2; 102 rings; 101 rings; 101 answers; 101 hangs up",
        "101 hangs up; 101 calls 84951234567 as e; e rings; e declines",
        "101 hangs up; 104 calls 999; 104 calls 102; 102 rings; 103 picks up; 104 hangs up after 1s",
        "101 hangs up; 104 picks up 102",
        "101 sends ##102; 102 rings; c1 hangs up",
        "101 sends ##; c1 hangs up",
        "101 sends ##999; wait 2s; c1 hangs up",
        "101 sends *2102; 102 rings; 102 answers; c1 hangs up; 101 hangs up",
        "101 sends *2102; 102 rings; c1 hangs up; 101 hangs up",
        "101 sends *2102; 102 rings; 102 declines; c1 hangs up",
        "101 sends *2102; wait 20s; c1 hangs up",
        "101 sends *2102; 102 rings; 102 answers; 102 hangs up; c1 hangs up after 1s",
        "101 sends *2102; 102 rings; 101 hangs up; wait 15s",
        "101 sends *2102; 102 rings; 101 hangs up; 102 answers; 102 hangs up after 1s",
        "101 sends *28102; 102 rings; 102 answers; 101 hangs up; 102 hangs up after 1s",
    ],
)
def test_whatever_happens_every_channel_that_was_born_is_hung_up_once(dialect, text):
    exchange = played(dialect, f"{INBOUND}{text}; wait until quiet")
    born, gone = [], []
    for block in exchange.said():
        if header(block, "Event") == "Newchannel":
            born.append(header(block, "Uniqueid"))
        elif header(block, "Event") == "Hangup":
            gone.append(header(block, "Uniqueid"))
    assert sorted(born) == sorted(gone)
    assert len(set(born)) == len(born)
    pbx = exchange.pbx
    assert not [leg for phone in pbx.phones.values() for leg in phone.legs]
    assert (pbx.outside, pbx.names, pbx.slots, pbx.rooms) == ({}, {}, {}, {})
    assert [each for each in pbx.bridges.values() if each.kind == "basic"] == []
    assert {phone.shown for phone in pbx.phones.values()} == {"NOT_INUSE"}


@DIALECTS
def test_a_consultation_whose_transferer_leaves_before_the_answer(dialect):
    from cti_simulators.asterisk.exchange import consultations

    exchange = played(dialect, INBOUND)
    consultations.consult(exchange.pbx, exchange.pbx.legs("101")[0], "internal", "102")
    perform(parse("102 rings; 101 hangs up; 102 answers after 1s; wait 1s"), exchange)
    pbx = exchange.pbx
    assert pbx.legs("101") == []
    assert pbx.outside["c1"][0].bridge is not None
    perform(parse("102 hangs up; wait until quiet"), exchange)


@DIALECTS
def test_a_number_that_leads_nowhere_makes_no_channel(dialect):
    exchange = played(dialect, "101 calls 999; trunk 79161234567 calls 70000000000 as c1")
    assert exchange.quiet
    assert exchange.said() == []


def test_a_telephone_that_is_not_plugged_in_makes_no_channel_either():
    plan = standard()
    unplugged = (*plan.telephones[:3], Telephone("104", "Operator 104", registered=False))
    exchange = played("22", "101 calls 104; wait until quiet", replace(plan, telephones=unplugged))
    born = [header(each, "Channel") for each in exchange.said() if header(each, "Event") == "Newchannel"]
    assert born == ["PJSIP/101-00000000"]


def test_a_telephone_without_remote_control_ignores_notify():
    plan = standard()
    plain = tuple(replace(each, control=Control.NONE) for each in plan.telephones)
    exchange = played("22", "102 calls 101; 101 rings", replace(plan, telephones=plain))
    exchange.said()
    exchange.notified("101", "talk")
    assert exchange.said() == []


@pytest.mark.parametrize(
    "text", ["101 answers", "101 holds", "101 hangs up", "101 completes transfer", "109 calls 101"]
)
def test_what_nobody_could_do_fails(text):
    with pytest.raises(ScenarioFailed):
        played("22", text)


def test_uniqueids_count_from_boot_and_names_too():
    exchange = played("22", "101 calls 102; 102 rings; 101 hangs up; wait until quiet")
    said = b"".join(map(wire, exchange.said())).decode()
    assert re.findall(r"Event: Newchannel.*?Uniqueid: (\S+)", said, re.DOTALL) == ["1795169000.0", "1795169000.1"]
    assert "PJSIP/101-00000000" in said


@DIALECTS
def test_traffic_keeps_many_calls_alive_and_memory_flat(dialect):
    traffic = Traffic(15.0, talk_s=10.0, telephones=700)
    alive, most, events = 0, 0, 0
    peaks = []
    tracemalloc.start()
    for at, data in stream(dialect, traffic, 60.0, classes=frozenset({"call"})):
        alive += data.count(b"Event: Newchannel\r\n") - data.count(b"Event: Hangup\r\n")
        most, events = max(most, alive), events + data.count(b"\r\n\r\n")
        if at - 1795169000 > 35 and not peaks:
            peaks.append(tracemalloc.get_traced_memory()[0])
    peaks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert most > 200
    assert events > 5_000
    assert peaks[1] < peaks[0] * 1.5


def test_the_same_seed_gives_the_same_traffic():
    traffic = Traffic(5.0, talk_s=5.0, telephones=50)
    assert list(stream("22", traffic, 20.0, seed=4)) == list(stream("22", traffic, 20.0, seed=4))
    assert list(stream("22", traffic, 20.0, seed=4)) != list(stream("22", traffic, 20.0, seed=5))


WORLD = World(
    telephones=("101", "102", "103", "104"),
    numbers=("101", "102", "103", "104", "84951234567", "84951234568", "8102", "8203", "3001", "700", "999"),
    dids=("74950000101", "74950000200", "74950000201", "74950000202", "74950000500", "74950000501", "74950003001"),
    queues=("support", "sales"),
    slots=("701", "702"),
    keys=("1", "##102", "*2103", "#72", "*2999", "##84951234567"),
)


@DIALECTS
@pytest.mark.parametrize("seed", range(12))
def test_whatever_people_do_nothing_is_left_behind(dialect, seed):
    rng = random.Random(seed)
    exchange = AsteriskExchange(dialect, 1795169000.0, rng)
    riot(exchange, WORLD, rng, 60)
    said = exchange.said()
    born = [header(each, "Uniqueid") for each in said if header(each, "Event") == "Newchannel"]
    gone = [header(each, "Uniqueid") for each in said if header(each, "Event") == "Hangup"]
    assert len(born) > 20
    assert sorted(born) == sorted(gone)
    pbx = exchange.pbx
    assert (pbx.outside, pbx.names, pbx.slots, pbx.rooms) == ({}, {}, {}, {})
    assert [each for each in pbx.bridges.values() if each.kind == "basic"] == []
    assert {phone.shown for phone in pbx.phones.values()} == {"NOT_INUSE"}
    assert [queue for queue in pbx.queues.values() if queue.waiting] == []
