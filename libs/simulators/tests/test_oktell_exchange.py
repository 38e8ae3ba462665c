"""The simulated Oktell without sockets: what is told, what line info says, what the telephones saw."""

import random

import pytest
from cti_simulators.oktell import calls, conferences, flash
from cti_simulators.oktell.lineinfo import line_info
from cti_simulators.oktell.people import OktellExchange
from cti_simulators.oktell.state import ZERO, UserState
from cti_simulators.scenario import perform
from cti_simulators.scenario.chance import World, riot
from cti_simulators.scenario.text import parse

BOOT = 1795169000.0
CLIENT = "89271112233"


@pytest.fixture
def exchange():
    return OktellExchange(BOOT, random.Random(7))


def told(exchange, login="u101"):
    """What a user is told, flash types with their number; numbers' states left out."""
    names = []
    for event in exchange.pbx.said():
        if event.user is not None and event.user.login == login:
            kind = event.body.get("flashtypeid", event.body.get("userstateid"))
            names.append(event.name.removeprefix("phoneevent_") + (f" {kind}" if kind is not None else ""))
    return names


def info(exchange, number="101"):
    return line_info(exchange.pbx.lines[number], exchange.now)


def says(found, **wanted):
    """Whether line info has these, in itself or in its abonent."""
    both = found | found["abonent"]
    return {name: both.get(name) for name in wanted} == wanted


def play(exchange, text):
    perform(parse(text), exchange)


def doing(exchange, number):
    return [(each.doing, each.other, each.held) for each in exchange.pbx.saw if each.number == number]


def test_an_operator_calls_holds_takes_back_and_hangs_up(exchange):
    line = exchange.pbx.lines["101"]
    assert calls.autocall(exchange.pbx, line, CLIENT)
    assert told(exchange) == ["userstatechanged 5", "acmcallstarted", "linestatechanged", "ringstarted"]
    assert says(info(exchange), isringing=True, direction="acm_callback", number=CLIENT, isextline=True)
    play(exchange, "101 rings; 101 answers")
    assert told(exchange) == ["ringstopped", "linestatechanged"]
    assert says(info(exchange), isringing=False, iswaitingforanswer=True, number=CLIENT, extline=True)
    play(exchange, f"{CLIENT} rings; {CLIENT} answers after 1s")
    assert told(exchange) == ["acmcallstopped", "linestatechanged", "commstarted"]
    assert says(info(exchange), linestatestr="lsCommutated", iscommutated=True, timertalklensec=0)
    chain = info(exchange)["chainid"]
    assert flash.switch(exchange.pbx, line)
    assert told(exchange) == ["commstopped", "flashstatechanged 1", "linestatechanged"]
    held = info(exchange)
    assert says(held, linestatestr="lsHookUp", chainid=ZERO, isflashing=True, abonent={})
    assert (held["flashed"]["number"], held["flashed"]["chainid"]) == (CLIENT, chain)
    assert line.user.state == UserState.BUSY
    assert flash.switch(exchange.pbx, line)
    assert told(exchange) == ["flashstatechanged 2", "linestatechanged", "commstarted"]
    assert says(info(exchange), chainid=chain, isflashing=False, iscommutated=True)
    assert flash.abort_call(exchange.pbx, line)
    assert told(exchange) == ["commstopped", "linestatechanged", "userstatechanged 1"]
    assert says(info(exchange), chainid=ZERO, isflashing=False, abonent={})


def test_an_operator_connects_a_caller_and_the_one_consulted(exchange):
    pbx, line = exchange.pbx, exchange.pbx.lines["101"]
    play(exchange, 'trunk 79050001122 "Ivan" calls 74950000101 as c1; 101 rings')
    assert told(exchange) == ["userstatechanged 5", "linestatechanged", "ringstarted"]
    assert says(info(exchange), isringing=True, direction="", number="79050001122")
    play(exchange, "101 answers")
    assert told(exchange) == ["ringstopped", "commstarted", "linestatechanged"]
    assert calls.autocall(pbx, line, "103")
    assert told(exchange) == ["commstopped", "flashstatechanged 1", "acmcallstarted", "linestatechanged"]
    assert says(info(exchange), isflashing=True, number="103", iswaitingforanswer=True)
    play(exchange, "103 rings")
    assert says(info(exchange), userlogin="u103", username="Operator 103", iswaitingforanswer=True)
    play(exchange, "103 answers")
    assert told(exchange) == ["acmcallstopped", "linestatechanged", "commstarted"]
    assert flash.abort_call(pbx, line)
    assert told(exchange) == ["commstopped", "flashstatechanged 5", "linestatechanged", "userstatechanged 1"]
    assert says(info(exchange), chainid=ZERO, isflashing=False, abonent={})
    assert says(info(exchange, "103"), number="79050001122", iscommutated=True)
    assert doing(exchange, "103")[-1] == ("talk", "79050001122", "")


TALK = "101 calls 102; 102 rings; 102 answers after 1s\n"


@pytest.mark.parametrize(
    ("text", "who", "events"),
    [
        ("102 hangs up", "u101", ["commstopped", "linestatechanged", "userstatechanged 1"]),
        ("102 holds", "u101", ["flashstatechanged 11", "linestatechanged"]),
        ("102 holds; 102 retrieves", "u101", ["flashstatechanged 12", "linestatechanged"]),
        ("102 holds; 101 hangs up", "u102", ["flashstatechanged 4", "linestatechanged", "userstatechanged 1"]),
        ("102 holds; 102 hangs up", "u101", ["flashstatechanged 13", "linestatechanged", "userstatechanged 1"]),
        ("101 holds; 101 hangs up", "u101", ["flashstatechanged 3", "linestatechanged", "userstatechanged 1"]),
    ],
)
def test_who_is_told_of_what_happens_to_a_held_party(exchange, text, who, events):
    play(exchange, TALK)
    told(exchange)
    play(exchange, text)
    assert told(exchange, who)[-len(events) :] == events


def test_the_flash_buffer_toggles_and_aborts(exchange):
    pbx, line = exchange.pbx, exchange.pbx.lines["101"]
    play(exchange, TALK + "101 consults 103; 103 rings; 103 answers")
    told(exchange)
    assert flash.switch(pbx, line)
    assert told(exchange)[:2] == ["commstopped", "flashstatechanged 7"]
    assert says(info(exchange), number="102", iscommutated=True)
    assert info(exchange)["flashed"]["number"] == "103"
    assert flash.abort(pbx, line)
    assert says(info(exchange), number="103", iscommutated=True, isflashing=False)
    assert not pbx.lines["102"].taken


def test_an_autocall_can_call_the_other_one_first(exchange):
    pbx, line = exchange.pbx, exchange.pbx.lines["101"]
    assert calls.autocall(pbx, line, "102", abonent_first=True)
    assert says(info(exchange), isautocall=True, isringing=False)
    play(exchange, "102 rings; 102 answers")
    assert says(info(exchange), isautocall=False, isringing=True, direction="acm_callback")
    play(exchange, "101 answers")
    assert says(info(exchange), iscommutated=True)
    assert says(info(exchange, "102"), iscommutated=True)


def test_an_intercom_call_answers_itself(exchange):
    assert calls.autocall(exchange.pbx, exchange.pbx.lines["101"], "102", intercom=True)
    play(exchange, "101 answers; wait 1s")
    assert says(info(exchange, "102"), iscommutated=True)


def test_a_conference_of_a_talk_and_the_held_party(exchange):
    pbx = exchange.pbx
    play(exchange, TALK + "101 consults 103; 103 rings; 103 answers")
    room = conferences.build(pbx, pbx.lines["101"])
    assert [each.line.number for each in room.members] == ["101", "103", "102"]
    assert all(info(exchange, number)["abonent"]["conferenceid"] == room.id for number in ("101", "102", "103"))
    play(exchange, "101 hangs up")
    assert pbx.lines["103"].talks
    assert [each.line.number for each in room.members] == ["103", "102"]
    play(exchange, "102 hangs up")  # nobody is left in a conference alone
    assert exchange.quiet
    assert not pbx.rooms


def test_a_supervisor_hears_a_talk_and_can_join_it(exchange):
    pbx = exchange.pbx
    play(exchange, "102 calls 103; 103 rings; 103 answers")
    room = conferences.listen(pbx, pbx.lines["101"], pbx.users["u102"])
    play(exchange, "101 answers")
    assert room.members[0].ghost
    assert says(info(exchange, "102"), number="103", isconference=False)
    assert conferences.set_ghost_mode(pbx, room, "conference")
    assert [each.line.number for each in room.members] == ["101", "102", "103"]
    assert says(info(exchange, "102"), conferenceid=room.id)
    play(exchange, "101 hangs up; 102 hangs up")
    assert exchange.quiet


def test_what_a_ghost_hears_ends_with_the_talk(exchange):
    pbx = exchange.pbx
    play(exchange, "102 calls 103; 103 rings; 103 answers")
    conferences.listen(pbx, pbx.lines["101"], pbx.users["u102"])
    play(exchange, "101 answers; 103 hangs up")
    assert exchange.quiet


def test_a_queue_rings_all_who_are_free_and_forgets_who_leaves(exchange):
    play(exchange, "trunk 79161234567 calls 74950000200 as c1; 101 rings; 102 rings; 101 answers after 1s")
    assert not exchange.pbx.lines["102"].taken
    assert says(info(exchange), number="79161234567", iscommutated=True)
    play(exchange, "101 hangs up; 101 pauses queue support; trunk 79160000002 calls 74950000200; 102 rings")
    assert not exchange.pbx.lines["101"].taken
    play(exchange, "79160000002 hangs up; wait until quiet")


def test_a_menu_leads_on(exchange):
    play(exchange, "trunk 79161234567 calls 74950000300 as c1; c1 sends 1 after 1s; 101 rings; 101 answers; wait 1s")
    assert says(info(exchange), number="79161234567", iscommutated=True)


def test_a_call_that_rings_is_picked_up(exchange):
    play(exchange, "103 calls 101; 101 rings; 102 picks up 101 after 1s")
    assert not exchange.pbx.lines["101"].taken
    assert says(info(exchange, "102"), number="103", iscommutated=True)


def test_a_redirect_leads_elsewhere_and_who_is_off_is_not_called(exchange):
    user = exchange.pbx.users["u101"]
    user.redirects, user.redirect_to = True, "103"
    play(exchange, "102 calls 101; 103 rings; 102 hangs up")
    exchange.pbx.users["u103"].chosen = UserState.OFF
    play(exchange, "102 calls 103; wait 1s; wait until quiet")
    assert doing(exchange, "103")[-2:] == [("ring", "102", ""), ("idle", "", "")]


def test_a_transfer_before_the_answer_rings_on_for_the_caller(exchange):
    play(
        exchange,
        "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers; 101 consults 102; 102 rings\n"
        "101 completes transfer after 1s; wait 1s; 102 answers",
    )
    assert doing(exchange, "102")[-2:] == [("ring", "79161234567", ""), ("talk", "79161234567", "")]


def test_the_number_can_be_unknown_while_the_own_telephone_rings(exchange):
    calls.autocall(exchange.pbx, exchange.pbx.lines["101"], CLIENT)
    hidden = line_info(exchange.pbx.lines["101"], exchange.now, number_in_back_ring=False)
    assert hidden["abonent"]["number"] == ""
    assert hidden["chainid"] != ZERO


WORLD = World(
    telephones=("101", "102", "103", "104"),
    numbers=("101", "102", "103", "104", "200", "300", "999", CLIENT),
    dids=("74950000101", "74950000102", "74950000200", "74950000300"),
    queues=("support",),
    slots=("701",),
    keys=("1", "2", "9"),
)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_people_do_everything_ends(seed):
    """In the end all is idle, every line's last truth says so, and an idle line never had a chain."""
    exchange = OktellExchange(BOOT, random.Random(seed))
    rng = random.Random(seed)

    def looked_at():
        for line in exchange.pbx.every_line():
            found = line_info(line, exchange.now)
            assert (found["chainid"] == ZERO) is (found["abonent"] == {})
            assert found["isflashing"] is ("flashed" in found)
            if line.user is not None and line.user.registered:
                assert (line.user.state == UserState.BUSY) is line.taken
            for link in (line.current, line.flashed):
                assert link is None or (link.phase != "over" and line in (link.caller, link.called))

    riot(exchange, WORLD, rng, 120, looked_at)
    last = {each.number: each.doing for each in exchange.pbx.saw}
    assert set(last.values()) <= {"idle"}
