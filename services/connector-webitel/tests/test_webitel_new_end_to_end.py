"""The whole service over WebSockets and a real NATS: Webitel's engine of today, operators whom the directory has."""

import asyncio

from cti_connector.testing import DEADLINE_S
from cti_model.calls import Cause, ConnectionState
from cti_model.events import Origin
from cti_model.records import all_records
from cti_simulators.webitel.new import token_of

from .webitel_new_site import site

RINGS = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings'


async def test_an_incoming_call_is_held_and_passed_on_after_a_consultation(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers; 101 holds; 101 retrieves after 200ms; 101 consults 102 after 200ms")
        await here.people("102 rings; 102 answers; 101 completes transfer after 200ms")
        await here.until(lambda: not here.living("101"))
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("102 hangs up")
        events = await here.over(2)
        assert {"held", "retrieved", "transferred"} <= {event.kind for event in events}
        rows = {(row.device, row.direction): row for row in all_records(events)}
        assert {key: row.outcome for key, row in rows.items()} == dict.fromkeys(rows, "answered")
        assert set(rows) == {("101", "in"), ("101", "out"), ("102", "in")}
        assert (rows["101", "in"].redirecting_id, rows["102", "in"].redirecting_id) == ("101", "101")
        assert rows["101", "out"].consultation_of == rows["102", "in"].call_id


async def test_what_happens_while_the_links_are_away_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.away("101 holds; 103 calls 102; 102 rings; 102 answers")
        await here.state("101", ConnectionState.HELD)
        answered = await here.state("103", ConnectionState.CONNECTED)
        leg = next(each for each in here.pbx.house.switch.legs.values() if each.user == "103")
        assert answered.answered_at is not None
        assert abs(answered.answered_at.timestamp() - leg.answered / 1e6) < 0.002  # Webitel's own instant
        await here.away("79161234567 hangs up")
        await here.until(lambda: not here.living("101"))
        ended = next(event for event in here.events if event.kind == "connection_cleared")
        assert (ended.origin, ended.fact.cause) == (Origin.RECONCILED, Cause.LOST)
        assert ended.not_before is not None
        await here.people("102 hangs up")
        await here.over(2)


async def test_a_wrong_token_is_told_and_a_new_one_is_tried_at_once(nats_url):
    async with site(nats_url, wrong=("102",)) as here:
        await here.until(lambda: here.admissions.get("102") == "wrong_password")
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        await here.employ("102", token_of("102"), "c/2")
        await here.until(lambda: here.admissions.get("102") == "admitted")
        await here.people("79161234567 hangs up")
        await here.over()


async def test_events_twice_out_of_order_and_between_rubbish_make_the_same_call(nats_url):
    async with site(nats_url) as here:
        faults = here.pbx.faults
        faults.repeat = faults.swap = faults.nul = faults.garble = True
        await here.people(f"{RINGS}; 101 answers after 100ms; 101 holds after 100ms; 101 retrieves after 100ms")
        await here.people("79161234567 hangs up after 100ms")
        events = await here.over()
        kinds = [event.kind for event in events]
        assert [kinds.count(kind) for kind in ("delivered", "held", "retrieved", "connection_cleared")] == [2, 1, 1, 1]


async def test_events_that_stop_without_a_sign_are_noticed_by_the_lists(nats_url):
    async with site(nats_url, snapshot_interval_s=1) as here:
        here.pbx.forget_bindings()
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        async with asyncio.timeout(DEADLINE_S):
            await here.pbx.until(lambda: 11 in here.pbx.house.bound)
        await here.people("101 holds")
        held = next(event for event in [*here.events] if event.kind == "established")
        assert held.origin is Origin.RECONCILED
        await here.state("101", ConnectionState.HELD)
        await here.people("79161234567 hangs up")
        await here.over()


async def test_a_caller_whose_call_was_over_and_who_is_sent_to_another_operator_after_a_restart_has_another_call(
    nats_url,
):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        caller = next(each for each in here.pbx.house.switch.legs.values() if not each.user)
        await here.people("101 transfers to 3000")  # an announcement: nobody here hears of them any more
        [former] = {event.call.call_id for event in await here.over()}
        await here.stop()
        await here.start()
        here.pbx.house.switch.blind(caller, "102")
        here.pbx.pump()
        await here.people("102 answers")
        await here.state("102", ConnectionState.CONNECTED)
        await here.people("102 hangs up")
        events = await here.over(2)
        assert {event.call.call_id for event in events} > {former}


async def test_a_call_goes_on_for_an_operator_whose_link_was_away_when_the_other_one_left(nats_url):
    async with site(nats_url) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.deaf = True
        next(link for session, link in here.pbx.connections.items() if session.user.number == "102").cut()
        await here.until(lambda: len(here.pbx.connections) == 2)
        await here.people("101 consults 102; 102 rings; 102 answers; 101 completes transfer after 200ms")
        await here.until(lambda: not here.living("101"))
        await here.people("103 calls 3000; 103 hangs up after 3s")
        [consulted] = here.living("102")
        here.pbx.faults.deaf = False
        async with asyncio.timeout(DEADLINE_S):
            await here.pbx.clients(3)
        await here.people("102 holds after 200ms")
        held = await here.state("102", ConnectionState.HELD)
        assert held.connection_id == consulted.connection_id
        await here.people("102 hangs up")
        await here.over(3)


async def test_a_call_of_an_operator_whose_token_expired_is_over_for_us_though_nobody_else_is_signed_in(nats_url):
    async with site(nats_url, wrong=("102", "103")) as here:
        await here.people(f"{RINGS}; 101 answers")
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.revoke("101")
        here.pbx.expire("101")
        await here.until(lambda: here.admissions.get("101") == "wrong_password")
        [event] = {each.call.call_id: each for each in await here.over()}.values()
        assert event.kind == "cleared"
