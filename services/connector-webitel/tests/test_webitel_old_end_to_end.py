"""The old engine over a WebSocket and a real NATS: a service account for all, or each user for themselves."""

import pytest
from cti_bus import listen
from cti_connector.session import Refusal
from cti_model.agents import AgentState
from cti_model.calls import Cause, Command, ConnectionState
from cti_model.commands import ErrorCode
from cti_model.envelope import encode_call
from cti_model.events import Origin, RecordingStored

from .webitel_old_site import DOMAIN, USERS, company

TALK = 'trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers'


@pytest.mark.parametrize("users", [(), USERS], ids=["domain", "each user"])
async def test_a_call_from_the_first_click_to_a_transfer(nats_url, users):
    async with company(nats_url, users) as here:
        asked = await here.done(Command.MAKE_CALL, to="102")
        assert asked.connection_id == (await here.state("101", ConnectionState.ALERTING)).connection_id
        await here.people("101 answers; 102 rings; 102 answers")
        mine = await here.state("101", ConnectionState.CONNECTED, Command.CONSULT)
        about = {"connection_id": mine.connection_id}
        await here.done(Command.SEND_DIGITS, **about, digits="12#")
        await here.done(Command.HOLD, **about)
        await here.done(Command.RETRIEVE, **about)
        await here.done(Command.CONSULT, **about, to="103")
        await here.people("101 answers; 103 rings; 103 answers")
        consultation = await here.state("101", ConnectionState.CONNECTED, Command.COMPLETE_TRANSFER)
        await here.done(Command.COMPLETE_TRANSFER, **about, other_connection_id=consultation.connection_id)
        await here.until(lambda: not here.living("101"))
        await here.people("103 hangs up")
        events = await here.over(2)
        assert {"transferred", "held", "retrieved", "digits_entered"} <= {event.kind for event in events}
        sent = {name: args for name, args in here.pbx.seen if name.startswith("att_xfer")}
        assert sent["att_xfer2"]["extension"] == f"103@{DOMAIN}"
        assert set(sent["att_xfer_bridge"]) == {f"channel-uuid-leg-{leg}" for leg in "abcd"}


@pytest.mark.parametrize("users", [(), USERS], ids=["domain", "each user"])
async def test_transfer_to_a_number_decline_and_what_cannot_be(nats_url, users):
    async with company(nats_url, users) as here:
        await here.people(TALK)
        mine = await here.state("101", ConnectionState.CONNECTED, Command.BLIND_TRANSFER)
        about = {"connection_id": mine.connection_id}
        strange = await here.ask(Command.BLIND_TRANSFER, **about, device="102", to="103")
        assert strange.error is ErrorCode.FORBIDDEN
        assert (await here.ask(Command.PARK, **about)).error is ErrorCode.NOT_SUPPORTED
        await here.done(Command.BLIND_TRANSFER, **about, to="102")
        theirs = await here.state("102", ConnectionState.ALERTING, Command.CLEAR)
        await here.done(Command.CLEAR, device="102", connection_id=theirs.connection_id)
        events = await here.over()
        assert len({event.call.call_id for event in events}) == 1
        here.pbx.switch.busy.add("103")
        busy = await here.ask(Command.MAKE_CALL, device="103", to="102")
        assert (busy.error, "busy" in busy.message) == (ErrorCode.NO_EFFECT, True)


@pytest.mark.parametrize(("users", "ahead_s"), [((), 0.0), (USERS, 0.0), (USERS, 3600.0)])
async def test_what_happened_while_the_link_was_lost_is_told_afterwards(nats_url, users, ahead_s):
    async with company(nats_url, users, ahead_s=ahead_s) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.pbx.deaf = True
        here.pbx.drop_clients()
        await here.people("101 holds; 102 calls 103; 103 rings; 103 answers")
        here.pbx.deaf = False
        here.pbx.drop_clients()
        await here.state("101", ConnectionState.HELD)
        answered = await here.state("103", ConnectionState.CONNECTED)
        leg = next(each for each in here.pbx.switch.legs.values() if each.user == "103")
        assert answered.answered_at is not None
        off_s = abs(answered.answered_at.timestamp() - (leg.answered / 1e6 - ahead_s))
        assert off_s < (60.0 if ahead_s else 0.001)  # FreeSWITCH's own instant, where its clock is ours
        here.pbx.deaf = True
        here.pbx.drop_clients()
        await here.people("79161234567 hangs up; 103 hangs up")
        here.pbx.deaf = False
        here.pbx.drop_clients()
        events = await here.over(2)
        ends = {each.device.number for event in events for each in event.call.connections if each.cause is Cause.LOST}
        assert {"101", "102", "103"} <= ends
        assert any(event.origin is Origin.RECONCILED for event in events)


async def test_agents_by_list_event_and_command(nats_url):
    async with company(nats_url, USERS) as here:
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.done(Command.SET_AGENT_STATE, agent_state="lunch")
        await here.until(lambda: here.stands("101", AgentState.NOT_READY))
        (part,) = (await here.done(Command.QUERY_AGENT)).memberships
        assert (part.paused, part.reason) == (True, "ONBREAK lunch")
        await here.done(Command.SET_AGENT_STATE, agent_state="available")
        await here.until(lambda: here.stands("101", AgentState.READY))
        await here.done(Command.QUEUE_LOGOUT, queue="support")
        await here.until(lambda: here.stands("101", AgentState.LOGGED_OUT))


async def test_queues_by_name_where_the_agent_is_asked_itself(nats_url):
    async with company(nats_url, USERS, tiers=("101",)) as here:

        async def queues(user: str) -> set[str]:
            return {each.queue for each in (await here.done(Command.QUERY_AGENT, device=user)).memberships}

        await here.until(lambda: here.stands("101", AgentState.READY))
        assert (await queues("101"), await queues("102")) == ({"support", "sales"}, {"callcenter"})
        await here.done(Command.QUEUE_LOGOUT, queue="support")
        await here.until(lambda: here.stands("101", AgentState.LOGGED_OUT))
        await here.done(Command.QUEUE_LOGIN, queue="support")
        await here.until(lambda: here.stands("101", AgentState.READY))
        assert await queues("101") == {"support", "sales"}


async def test_broken_frames_cost_nothing_and_a_wrong_password_is_told(nats_url):
    async with company(nats_url, USERS) as here:
        here.pbx.garble = True
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        await here.people("79161234567 hangs up")
        await here.over()
        here.pbx.engine.users.accounts["102"].secret = "changed"
        here.pbx.drop_clients()
        await here.until(lambda: here.admissions.get("102") == Refusal.WRONG_PASSWORD)


async def test_the_recording_of_a_talk_is_told_and_no_frame_that_is_kept_has_a_secret(nats_url, tmp_path):
    wanted = {"records": True, "record_dir": tmp_path, "raw_to_bus": True}
    async with company(nats_url, (), wanted) as here:
        here.pbx.archive.recording = True
        raw: list[bytes] = []
        async with await listen(here.bus, "cti.demo.raw.>", lambda heard: raw.append(heard.body)):
            await here.people(f"{TALK}; 79161234567 hangs up after 200ms")
            events = await here.over()
            [stored] = [each.fact for each in events if isinstance(each.fact, RecordingStored)]
            assert [stored.location] == list(here.pbx.archive.files)
            await here.until(lambda: any(b"/api/v2/files/" in each for each in raw))
        told = b"".join(raw) + b"".join(encode_call(each).body for each in events)
        secrets = {word.encode() for pair in here.pbx.archive.credentials.items() for word in pair}
    [path] = tmp_path.glob("*.webitel")
    kept = path.read_bytes()
    assert b"/api/v2/files/" in kept
    assert secrets
    assert not [word for word in secrets if word in kept or word in told]


async def test_a_call_ends_though_its_operator_is_signed_out_with_it(nats_url):
    async with company(nats_url, ("101",)) as here:
        await here.people(TALK)
        await here.state("101", ConnectionState.CONNECTED)
        here.shift.go_home()
        await here.people("101 hangs up after 200ms")
        await here.until(lambda: here.admissions.get("101") == "released")
        await here.over()
