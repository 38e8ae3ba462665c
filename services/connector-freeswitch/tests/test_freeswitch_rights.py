"""A directory user of the event socket (`userauth`) who may hear and ask what the page says, and no more; or less."""

import asyncio

import pytest
from connector_freeswitch.app import serve
from connector_freeswitch.settings import FreeSwitchSettings
from cti_connector.testing import DEADLINE_S, serving
from cti_freeswitch.translate import CUSTOM, WANTED
from cti_model.agents import AgentState
from cti_model.calls import Command, ConnectionState
from cti_model.commands import CommandOutcome, ErrorCode
from cti_simulators.freeswitch.faults import User
from cti_simulators.freeswitch.server import FreeSwitchServer
from pydantic import ValidationError

from .freeswitch_site import site

NAME = "cti@demo.local"
EVENTS = frozenset({*WANTED, "CUSTOM", *CUSTOM, "BACKGROUND_JOB"})
READS = frozenset({"echo", "show", "uuid_dump", "callcenter_config"})
TALK = "101 calls 102; 102 rings; 102 answers"


def user(events: frozenset[str] = EVENTS, api: frozenset[str] = READS) -> dict[str, User]:
    return {NAME: User("pw:with@signs", events, api)}


async def test_a_user_who_may_hear_and_ask_what_is_needed_sees_everything(nats_url):
    async with site(nats_url, users=user(), user=NAME, password="pw:with@signs") as here:
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.HOLD)
        denied = await here.ask(Command.HOLD, connection_id=mine.connection_id)
        assert (denied.error, denied.message) == (ErrorCode.REFUSED, "permission denied")
        await here.people("101 hangs up")
        await here.over()


async def test_a_user_who_may_also_hold_does(nats_url):
    async with site(nats_url, users=user(api=READS | {"uuid_hold"}), user=NAME, password="pw:with@signs") as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.HOLD)
        assert (await here.ask(Command.HOLD, connection_id=mine.connection_id)).outcome is CommandOutcome.OBSERVED


async def test_a_user_who_may_ask_nothing_still_hears_the_calls(nats_url):
    async with site(nats_url, users=user(api=frozenset({"echo"})), user=NAME, password="pw:with@signs") as here:
        await here.people(TALK + "; 101 hangs up")
        await here.over()


@pytest.mark.parametrize(
    ("password", "events", "said"),
    [("wrong", EVENTS, "invalid"), ("pw:with@signs", EVENTS - {"fifo::info"}, "these events are not allowed")],
)
async def test_who_may_not_log_in_or_hear_is_told_by_health(nats_url, password, events, said):
    pbx = FreeSwitchServer("s3cret", users=user(events))
    await pbx.start()
    settings = FreeSwitchSettings(
        nats_url=nats_url, port=pbx.port, user=NAME, password=password, pbx=f"few{len(events)}", refused_wait_s=60
    )
    try:
        service = serving("connector-freeswitch", lambda runtime: serve(settings, runtime))
        async with service as health, asyncio.timeout(DEADLINE_S):
            while said not in str(health.failures(live=False)):
                await asyncio.sleep(0.02)
    finally:
        await pbx.stop()


def test_a_user_without_a_domain_is_a_mistake_that_freeswitch_would_call_a_wrong_password():
    with pytest.raises(ValidationError, match="user"):
        FreeSwitchSettings(user="cti")
    assert FreeSwitchSettings(user=NAME).user == NAME
