"""From a NATS request to what the telephones do: the whole service, a real NATS, an Asterisk that behaves, over TCP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from connector_asterisk.app import serve
from connector_asterisk.settings import AsteriskSettings
from cti_connector.testing import DEADLINE_S, Site, serving
from cti_model.calls import Command, Connection, ConnectionState
from cti_model.commands import CommandOutcome, CommandResult, ErrorCode
from cti_model.events import Transferred
from cti_simulators.asterisk.exchange.plan import Manager
from cti_simulators.asterisk.exchange.server import AsteriskServer

DIALECTS = ["22", "13", "11"]


def allowed(here: Site[AsteriskServer], device: str) -> set[Command]:
    """What the device's newest connection allows now."""
    return set(here.living(device)[-1].allowed) if here.living(device) else set()


@asynccontextmanager
async def site(nats_url: str, dialect: str, **settings) -> AsyncIterator[Site[AsteriskServer]]:
    here = Site(AsteriskServer(dialect, {"cti": Manager("s3cret")}, speed=4), "asterisk")
    async with here.opened(nats_url):
        wanted = AsteriskSettings(
            nats_url=nats_url,
            port=here.pbx.port,
            secret="s3cret",
            protocol="PJSIP" if dialect == "22" else "SIP",
            originate_context="internal",
            **settings,
        )
        async with serving("connector-asterisk", lambda runtime: serve(wanted, runtime)):
            await here.linked("101")
            yield here


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_call_from_the_first_click_to_a_transfer(nats_url, dialect):
    async with site(nats_url, dialect, hold_by="notify") as here:
        asked = await here.ask(Command.MAKE_CALL, to="102")
        assert asked.outcome is CommandOutcome.OBSERVED, asked
        assert asked.connection_id == (await here.state("101", ConnectionState.ALERTING)).connection_id
        await here.people("101 answers; 102 rings; 102 answers after 500ms")
        await here.state("102", ConnectionState.CONNECTED)
        offered = (Command.CLEAR, Command.HOLD, Command.CONSULT, Command.SEND_DIGITS)
        mine = await here.state("101", ConnectionState.CONNECTED, *offered)
        about = {"connection_id": mine.connection_id}

        for verb, more in ((Command.SEND_DIGITS, {"digits": "12#"}), (Command.MUTE, {}), (Command.UNMUTE, {})):
            assert (await here.ask(verb, **about, **more)).outcome is CommandOutcome.OBSERVED, verb
        assert (await here.ask(Command.START_RECORDING, recording_id="r1", **about)).outcome is CommandOutcome.OBSERVED
        await here.until(lambda: here.living("101")[-1].recordings == ("r1",))
        assert (await here.ask(Command.STOP_RECORDING, **about)).outcome is CommandOutcome.OBSERVED

        assert (await here.ask(Command.HOLD, **about)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.HELD, Command.RETRIEVE)
        assert (await here.ask(Command.RETRIEVE, **about)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)

        consulted = await here.ask(Command.CONSULT, to="103", **about)
        assert consulted.outcome is CommandOutcome.OBSERVED, consulted
        await here.state("101", ConnectionState.ALERTING, Command.CANCEL_TRANSFER)  # known as such before it is lifted
        await here.people("101 answers; 103 rings; 103 answers after 500ms")
        await here.until(lambda: Command.COMPLETE_TRANSFER in here.living("101")[-1].allowed)
        done = await here.ask(Command.COMPLETE_TRANSFER, connection_id=consulted.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done

        def transferred() -> bool:
            left = here.living("102") + here.living("103")
            return not here.living("101") and [each.state for each in left] == [ConnectionState.CONNECTED] * 2

        await here.until(lambda: transferred() and arrived(here))
        assert [(fact.by_number, fact.to) for fact in arrived(here)] == [("101", "103")]
        await here.people("102 hangs up; wait until quiet")
        await here.until(lambda: not here.living("102"))


def arrived(here: Site[AsteriskServer]) -> list[Transferred]:
    """The transfers that joined two calls."""
    return [event.fact for event in here.events if isinstance(event.fact, Transferred) and event.fact.joined]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_an_incoming_call_answered_transferred_and_parked(nats_url, dialect):
    async with site(nats_url, dialect, answer_by="notify") as here:
        await here.people('trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings')
        ringing = await here.state("101", ConnectionState.ALERTING, Command.ANSWER)
        answered = await here.ask(Command.ANSWER, connection_id=ringing.connection_id)
        assert answered.outcome is CommandOutcome.OBSERVED, answered
        mine = await here.state("101", ConnectionState.CONNECTED, Command.BLIND_TRANSFER)
        passed = await here.ask(Command.BLIND_TRANSFER, connection_id=mine.connection_id, to="102")
        assert passed.outcome is CommandOutcome.OBSERVED, passed
        await here.people("102 rings; 102 answers after 500ms")
        theirs = await here.state("102", ConnectionState.CONNECTED, Command.PARK)
        parked = await here.ask(Command.PARK, device="102", connection_id=theirs.connection_id)
        assert (parked.outcome, parked.details) == (CommandOutcome.OBSERVED, {"slot": "701"}), parked
        await here.people("103 retrieves parked 701 after 500ms")
        last = await here.state("103", ConnectionState.CONNECTED)
        cleared = await here.ask(Command.CLEAR, device="103", connection_id=last.connection_id)
        assert cleared.outcome is CommandOutcome.OBSERVED, cleared
        await here.until(lambda: not here.living("103"))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_two_identical_requests_ring_once(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        first, second = await asyncio.gather(
            here.ask(Command.MAKE_CALL, command_id="same", to="102"),
            here.ask(Command.MAKE_CALL, command_id="same", to="102"),
        )
        assert first == second
        assert await here.ask(Command.MAKE_CALL, command_id="same", to="102") == first
        await here.people("101 declines; wait until quiet")
        await here.until(lambda: here.events and not here.events[-1].call.alive and len(here.outcomes) >= 3)
        assert len({event.call.call_id for event in here.events}) == 1
        assert here.outcomes == [("make_call", "accepted"), ("make_call", "sent"), ("make_call", "observed")]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_rejected_call_was_ended_by_its_user(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        await here.people("102 calls 101; 101 rings")
        ringing = await here.state("101", ConnectionState.ALERTING)
        assert (await here.ask(Command.CLEAR, connection_id=ringing.connection_id)).outcome is CommandOutcome.OBSERVED
        await here.until(lambda: here.events[-1].kind == "cleared")
        ended = here.events[-1].call.connection(ringing.connection_id)
        assert (ended.outcome, ended.ended_by) == ("rejected", "self")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_what_a_supervisor_ends_was_not_ended_by_the_operator(nats_url, dialect):
    scenes = [
        ("102 calls 101; 101 rings; 101 answers after 500ms", ConnectionState.CONNECTED, "answered"),
        ("102 calls 101; 101 rings", ConnectionState.ALERTING, "missed"),
        ("101 calls 102; 102 rings", ConnectionState.INITIATED, "cancelled"),
    ]
    async with site(nats_url, dialect) as here:
        for scene, state, outcome in scenes:
            await here.people(scene)
            theirs = await here.state("101", state)
            about = {"device": "104", "connection_id": theirs.connection_id}
            assert (await here.ask(Command.CLEAR, **about)).error is ErrorCode.FORBIDDEN
            done = await here.ask(Command.CLEAR, roles=("supervisor",), **about)
            assert done.outcome is CommandOutcome.OBSERVED, done
            await here.until(lambda: here.events[-1].kind == "cleared" and not here.living("101"))
            ended = here.events[-1].call
            assert {each.ended_by for each in ended.connections} == {"system"}
            mine = ended.connection(theirs.connection_id)
            assert mine is not None
            assert mine.outcome == outcome


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_queues_and_agents(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        agent = {"device": "103"}
        assert (await here.ask(Command.QUEUE_LOGIN, queue="support", **agent)).outcome is CommandOutcome.OBSERVED
        await here.ask(Command.SET_AGENT_STATE, agent_state="lunch", **agent)
        told = await here.ask(Command.QUERY_AGENT, **agent)
        support = next(each for each in told.memberships if each.queue == "support")
        assert (support.paused, support.dynamic) == (True, True)
        await here.ask(Command.SET_AGENT_STATE, agent_state="available", **agent)
        assert (await here.ask(Command.QUEUE_LOGOUT, queue="support", **agent)).outcome is CommandOutcome.OBSERVED
        refused = await here.ask(Command.QUEUE_LOGIN, queue="nosuch", **agent)
        assert (refused.outcome, refused.error) == (CommandOutcome.FAILED, ErrorCode.REFUSED)
        assert {outcome for verb, outcome in here.outcomes if verb == "query_agent"} == set()


async def test_a_command_that_the_link_swallows_is_unknown(nats_url):
    async with site(nats_url, "22", ping_interval_s=0.2, ping_deadline_s=2) as here:
        here.pbx.deafen()
        result = await here.ask(Command.MAKE_CALL, to="102")
        assert (result.outcome, result.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)
        again = await here.ask(Command.MAKE_CALL, command_id=result.command_id, to="102")
        assert again == result
    assert not here.events, "nothing rang, and nothing was sent a second time"


async def test_without_a_link_nothing_is_sent(nats_url):
    async with site(nats_url, "22") as here:
        await here.pbx.stop()
        async with asyncio.timeout(DEADLINE_S):
            while True:
                result = await here.ask(Command.MAKE_CALL, to="102")
                if result.error is ErrorCode.NOT_CONNECTED:
                    break
        assert result.outcome is CommandOutcome.FAILED


async def consulting(here: Site[AsteriskServer]) -> tuple[Connection, CommandResult]:
    """101 talks to somebody outside and consults 102."""
    await here.people('trunk 79161234567 "Ivan Petrov" calls 74950000101 as c1; 101 rings; 101 answers after 500ms')
    first = await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
    consulted = await here.ask(Command.CONSULT, connection_id=first.connection_id, to="102")
    assert consulted.outcome is CommandOutcome.OBSERVED, consulted
    return first, consulted


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_consultation_that_is_cancelled(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        first, _ = await consulting(here)
        await here.people("101 answers; 102 rings")
        await here.state("102", ConnectionState.ALERTING)
        await here.until(lambda: Command.CANCEL_TRANSFER in here.living("101")[-1].allowed)
        done = await here.ask(Command.CANCEL_TRANSFER, connection_id=first.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done
        await here.until(lambda: not here.living("102") and len(here.living("101")) == 1)
        assert here.living("101")[0].connection_id == first.connection_id


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_consultation_that_becomes_a_conference(nats_url, dialect):
    async with site(nats_url, dialect, conference_extension="3001") as here:
        _, consulted = await consulting(here)
        await here.people("101 answers; 102 rings; 102 answers after 500ms")
        await here.until(lambda: Command.CONFERENCE in here.living("101")[-1].allowed)
        done = await here.ask(Command.CONFERENCE, connection_id=consulted.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done

        def inside() -> set[str]:
            return {each.person for each in here.pbx.exchange.pbx.channels.values() if each.exten == "3001"}

        await here.until(lambda: len(here.living("101")) == 1 and inside() == {"101", "102", "c1"})


@pytest.mark.parametrize(
    ("dialect", "verb"),
    [
        *((dialect, Command.COMPLETE_TRANSFER) for dialect in DIALECTS),
        *((dialect, Command.CANCEL_TRANSFER) for dialect in DIALECTS),
    ],
)
async def test_asterisks_own_attended_transfer(nats_url, dialect, verb):
    async with site(nats_url, dialect, consult_by="atxfer") as here:
        first, _ = await consulting(here)
        await here.people("102 rings")
        await here.until(lambda: {Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER} <= allowed(here, "101"))
        await here.people("102 answers after 500ms")
        await here.state("102", ConnectionState.CONNECTED)
        await here.until(lambda: {Command.COMPLETE_TRANSFER, Command.CANCEL_TRANSFER} <= allowed(here, "101"))
        done = await here.ask(verb, connection_id=first.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done
        left = "101" if verb is Command.CANCEL_TRANSFER else "102"
        people = {"101", "102"} - {left}
        await here.until(lambda: here.living(left) and not any(here.living(each) for each in people))
        await here.until(lambda: Command.COMPLETE_TRANSFER not in allowed(here, left))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_asterisks_own_attended_transfer_completed_while_it_rings(nats_url, dialect):
    async with site(nats_url, dialect, consult_by="atxfer") as here:
        first, _ = await consulting(here)
        await here.people("102 rings")
        await here.until(lambda: Command.COMPLETE_TRANSFER in allowed(here, "101"))
        done = await here.ask(Command.COMPLETE_TRANSFER, connection_id=first.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done
        await here.until(lambda: not here.living("101"))
        await here.state("102", ConnectionState.ALERTING)
        await here.people("102 answers")
        await here.state("102", ConnectionState.CONNECTED)
        (passed_on,) = [event.fact for event in here.events if isinstance(event.fact, Transferred)]
        assert (passed_on.by_number, passed_on.to) == ("101", "102")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_consultation_that_the_operator_typed_is_completed_by_command(nats_url, dialect):
    """Whatever way of consulting is configured for commands."""
    async with site(nats_url, dialect) as here:
        await here.people("trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 500ms")
        first = await here.state("101", ConnectionState.CONNECTED)
        await here.people("101 sends *2 after 1s; 101 sends 102 after 1s; 102 rings; 102 answers after 1s")
        await here.state("102", ConnectionState.CONNECTED)
        done = await here.ask(Command.COMPLETE_TRANSFER, connection_id=first.connection_id)
        assert done.outcome is CommandOutcome.OBSERVED, done
        await here.until(lambda: here.living("102") and not here.living("101"))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("how", [{}, {"pickup_extension": "*8{extension}"}], ids=["PickupChan", "*8"])
async def test_a_pickup(nats_url, dialect, how):
    async with site(nats_url, dialect, **how) as here:
        await here.people('trunk 79161234567 "Ivan Petrov" calls 74950000102; 102 rings')
        await here.state("102", ConnectionState.ALERTING)
        asked = asyncio.create_task(here.ask(Command.PICKUP, to="102"))
        await here.state("101", ConnectionState.ALERTING)
        await here.people("101 answers after 500ms")
        taken = await asked
        assert taken.outcome is CommandOutcome.OBSERVED, taken
        await here.until(lambda: not here.living("102"))
        await here.state("101", ConnectionState.CONNECTED)
        await here.until(lambda: here.living("101")[-1].remote.number == "79161234567")
        await here.people("79161234567 hangs up; wait until quiet")
        await here.until(lambda: here.events[-1].kind == "cleared" and not here.living("101"))
        ended = here.events[-1].call.connections
        assert {each.device.number: each.outcome for each in ended} == {
            "trunk": "answered",
            "101": "answered",
            "102": "answered_elsewhere",
        }


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_pickup_of_who_gives_up_meanwhile_fails_at_once(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        await here.people('trunk 79161234567 "Ivan Petrov" calls 74950000102; 102 rings')
        await here.state("102", ConnectionState.ALERTING)
        asked = asyncio.create_task(here.ask(Command.PICKUP, to="102"))
        await here.state("101", ConnectionState.ALERTING)
        await here.people("79161234567 hangs up")
        await here.until(lambda: not here.living("102"))
        given_up = await asked
        assert (given_up.outcome, given_up.error) == (CommandOutcome.FAILED, ErrorCode.NO_EFFECT), given_up
        assert here.living("101")[-1].state is ConnectionState.ALERTING, "nobody waited for this telephone"


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_our_recording_stops_and_the_companys_own_goes_on(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        await here.people("101 calls 102; 102 rings; 102 answers after 500ms")
        mine = await here.state("101", ConnectionState.CONNECTED)
        channel = here.pbx.exchange.pbx.phones["101"].legs[0]
        channel.monitors["0xc0"] = "/var/spool/asterisk/monitor/company.wav"
        about = {"connection_id": mine.connection_id}
        assert (await here.ask(Command.START_RECORDING, recording_id="r1", **about)).outcome is CommandOutcome.OBSERVED
        assert (await here.ask(Command.START_RECORDING, recording_id="r2", **about)).error is ErrorCode.WRONG_STATE
        assert len(channel.monitors) == 2, "one of ours is enough"
        await here.until(lambda: Command.STOP_RECORDING in allowed(here, "101"))
        assert (await here.ask(Command.STOP_RECORDING, **about)).outcome is CommandOutcome.OBSERVED
        assert list(channel.monitors) == ["0xc0"]
        await here.until(lambda: Command.START_RECORDING in allowed(here, "101"))


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_supervisor_listens_and_nobody_else(nats_url, dialect):
    async with site(nats_url, dialect) as here:
        await here.people("101 calls 102; 102 rings; 102 answers after 500ms")
        theirs = await here.state("102", ConnectionState.CONNECTED)
        about = {"device": "103", "connection_id": theirs.connection_id}
        refused = await here.ask(Command.LISTEN, **about)
        assert (refused.outcome, refused.error) == (CommandOutcome.FAILED, ErrorCode.FORBIDDEN)
        pbx = here.pbx.exchange.pbx
        for verb, options in ((Command.LISTEN, "qES"), (Command.WHISPER, "qESw"), (Command.BARGE, "qESB")):
            asked = await here.ask(verb, roles=("supervisor",), **about)
            assert asked.outcome is CommandOutcome.OBSERVED, asked
            await here.people("103 rings; 103 answers after 500ms")
            await here.until(lambda: any(each.app == "ChanSpy" for each in pbx.channels.values()))
            (spy,) = [each for each in pbx.channels.values() if each.app == "ChanSpy"]
            assert spy.app_data.startswith(("PJSIP/102-", "SIP/102-"))
            assert spy.app_data.partition(",")[2] == options
            assert {each.device.number for each in here.living("102") + here.living("101")} == {"101", "102"}
            await here.people("103 hangs up after 500ms")
            await here.until(lambda: not here.living("103"))
        refused = await here.ask(Command.WHISPER, **about)
        assert refused.error is ErrorCode.FORBIDDEN
