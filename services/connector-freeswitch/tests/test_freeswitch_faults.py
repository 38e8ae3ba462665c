"""An event socket that misbehaves: cut in mid-frame, late, silent, refusing, saying goodbye; and one behind TLS."""

import asyncio
from pathlib import Path

import pytest
from connector_freeswitch.app import serve
from connector_freeswitch.settings import FreeSwitchSettings
from cti_connector.testing import DEADLINE_S, Site, certified, presenting, serving
from cti_model.agents import AgentState
from cti_model.calls import Cause, Command, ConnectionState
from cti_model.commands import CommandOutcome, ErrorCode
from cti_model.events import Origin
from cti_simulators.freeswitch.server import FreeSwitchServer

from .freeswitch_site import site

TALK = "101 calls 102; 102 rings; 102 answers"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    return certified(tmp_path_factory.mktemp("front") / "front.pem")


async def test_behind_a_tls_front(nats_url, certificate):
    async with site(nats_url, presenting(certificate), tls=True, tls_ca_file=certificate) as here:
        await here.people(TALK + "; 101 hangs up")
        events = await here.over()
        assert {"originated", "delivered", "established", "cleared"} <= {event.kind for event in events}


async def talks_on(here: Site[FreeSwitchServer], began: int) -> None:
    """The link is up again, the call that went on meanwhile is known to be over, and a new one is heard of."""
    await here.until(lambda: not any(here.living(device) for device in ("101", "102")))
    await here.people("103 calls 104; 104 rings; 104 answers; 103 hangs up")
    await here.over(began + 1)


@pytest.mark.parametrize("how", ["in mid-frame", "with notice", "after lingering"])
async def test_a_connection_that_ends_is_made_again(nats_url, how):
    async with site(nats_url) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        if how == "in mid-frame":
            here.pbx.faults.cut_next = True
            await here.people("101 hangs up")
        elif how == "with notice":
            here.pbx.dismiss_clients()
            await here.people("101 hangs up")
        else:
            here.pbx.dismiss_clients(linger=True)
            await here.people("101 holds")
            await here.state("101", ConnectionState.HELD)  # heard while it lingers
            here.pbx.drop_clients()
            await here.people("102 hangs up")
        await talks_on(here, 1)


async def test_calls_of_a_freeswitch_that_is_started_anew_are_lost_and_its_new_ones_are_not(nats_url):
    async with site(nats_url) as here:
        here.pbx.switch.say("HEARTBEAT")
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.restart()
        await here.over(1)
        assert {each.fact.cause for each in here.events if each.kind == "connection_cleared"} == {Cause.LOST}
        await here.people("103 calls 104; 104 rings; 104 answers")
        talking = await here.state("103", ConnectionState.CONNECTED)
        here.pbx.switch.say("HEARTBEAT")
        await here.people("103 holds")
        held = await here.state("103", ConnectionState.HELD)
        assert held.connection_id == talking.connection_id
        await here.people("103 hangs up")
        await here.over(2)


async def test_lost_events_are_found_by_the_next_comparison(nats_url):
    async with site(nats_url, snapshot_interval_s=0.5) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.lose = 100
        await here.people("101 hangs up")
        await here.over()
        here.pbx.faults.lose = 0
        await talks_on(here, 1)


async def test_who_waits_and_who_pauses_while_nobody_listens_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.until(lambda: here.stands("101", AgentState.READY))
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("101 pauses queue support")
        await here.people('trunk 79161234567 "Ivan" calls 74950000200 as c1')
        here.pbx.faults.deaf = False
        await here.until(lambda: here.stands("101", AgentState.NOT_READY))
        caller = await here.state("trunk", ConnectionState.QUEUED)
        assert caller.queue == "support"
        assert any(event.origin is Origin.RECONCILED and event.kind == "queued" for event in here.events)
        await here.people("101 unpauses queue support; 101 rings; 101 answers; 101 hangs up")
        await here.over()


async def test_who_meets_or_waits_while_nobody_listens_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("101 calls 3001; 102 calls 3001; 103 calls 5100")
        here.pbx.faults.deaf = False
        waiting = await here.state("103", ConnectionState.QUEUED)
        assert waiting.queue == "sales"
        await here.state("101", ConnectionState.CONNECTED)
        await here.state("102", ConnectionState.CONNECTED)

        def together() -> bool:
            newest = {event.call.call_id: event.call for event in here.events}
            devices = [{each.device.number for each in call.connections if each.alive} for call in newest.values()]
            return {"101", "102"} in devices

        await here.until(together)
        await here.people("101 hangs up; 102 hangs up; 103 hangs up")
        await here.over(2)


async def test_who_waits_in_a_slot_while_nobody_listens_is_told_afterwards(nats_url):
    async with site(nats_url) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.faults.deaf = True
        here.pbx.drop_clients()
        await here.people("102 transfers to 700")
        here.pbx.faults.deaf = False
        waiting = await here.state("101", ConnectionState.QUEUED)
        assert [each.fact.slot for each in here.events if each.kind == "parked"] == ["701"]
        await here.people("103 calls 701")
        taken = await here.state("101", ConnectionState.CONNECTED)
        assert taken.connection_id == waiting.connection_id
        await here.people("103 hangs up")
        await here.over()


async def test_commands_that_are_late_silent_or_refused(nats_url):
    async with site(nats_url) as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.HOLD)
        about = {"connection_id": mine.connection_id}
        here.pbx.faults.errors["uuid_hold"] = "-ERR Operation Failed\n"
        refused = await here.ask(Command.HOLD, **about)
        assert (refused.error, refused.message) == (ErrorCode.REFUSED, "Operation Failed")
        here.pbx.faults.errors.clear()
        here.pbx.faults.denied |= {"uuid_hold", "echo", "callcenter_config"}
        denied = await here.ask(Command.HOLD, **about)
        assert (denied.error, denied.message) == (ErrorCode.REFUSED, "permission denied")
        here.pbx.faults.denied.remove("uuid_hold")
        here.pbx.faults.delay_s = 0.3
        assert (await here.ask(Command.HOLD, **about)).outcome is CommandOutcome.OBSERVED
        here.pbx.faults.silent.add("uuid_audio")
        await here.until(lambda: Command.RETRIEVE in here.living("101")[-1].allowed)
        assert (await here.ask(Command.RETRIEVE, **about)).outcome is CommandOutcome.OBSERVED
        await here.state("101", ConnectionState.CONNECTED, Command.MUTE)
        nobody_knows = await here.ask(Command.MUTE, **about, deadline_s=1.0)
        assert (nobody_knows.outcome, nobody_knows.error) == (CommandOutcome.UNKNOWN, ErrorCode.LOST)


async def test_an_address_that_the_acl_does_not_know_is_told_by_health(nats_url):
    pbx = FreeSwitchServer("s3cret")
    await pbx.start()
    pbx.faults.rude = True
    settings = FreeSwitchSettings(nats_url=nats_url, port=pbx.port, password="s3cret", pbx="rude", refused_wait_s=0.1)
    try:
        service = serving("connector-freeswitch", lambda runtime: serve(settings, runtime))
        async with service as health, asyncio.timeout(DEADLINE_S):
            while "this address is not allowed" not in str(health.failures(live=False)):
                await asyncio.sleep(0.02)
            pbx.faults.rude = False
            await pbx.clients()
    finally:
        await pbx.stop()
