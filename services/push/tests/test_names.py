"""Users of the directory see calls of their extensions, and who the other party is, over a real NATS and WebSocket."""

import msgspec
from cti_bus import Bucket, Bus, Publisher
from cti_model import subjects
from cti_model.agents import Agent, AgentEvent, AgentEventKind, AgentState
from cti_model.directory import Candidate, ExtensionEntry, Match, Ownership, SubscriberKind
from cti_model.envelope import encode_agent, encode_journal
from cti_model.events import Origin
from cti_model.journal import Identified, JournalEvent, Saved

from .client import Dial
from .conftest import TENANT, recorded

CALL = recorded("g2_inbound_utf8_name")
ROW = CALL[1].call.connections[-1].connection_id
NUMBER = "+79031112233"


def told(fact: Identified | Saved) -> JournalEvent:
    call = CALL[1].call
    return JournalEvent(
        event_id=repr(fact),
        occurred_at=CALL[1].occurred_at,
        tenant=TENANT,
        pbx=call.pbx,
        call_id=call.call_id,
        fact=fact,
    )


async def give(bus: Bus, *users: str) -> None:
    """The directory says that the telephone 101 is these users'."""
    owners = tuple(Ownership(user=user, pbx="asterisk", extension="101") for user in users)
    entry = msgspec.json.encode(ExtensionEntry(pbx="asterisk", extension="101", owners=owners))
    await Bucket(bus, "cti_directory").put(subjects.directory_extension(TENANT, "asterisk", "101"), entry)


async def test_an_agents_telephone_that_is_given_away_leaves_with_its_state(pushing, tell, bus):
    await give(bus, "ann")
    agent = Agent(tenant=TENANT, pbx="asterisk", device="101", version=1, state=AgentState.READY)
    signed_in = AgentEvent(
        event_id="a1",
        occurred_at=CALL[0].occurred_at,
        observed_at=CALL[0].observed_at,
        origin=Origin.OBSERVED,
        kind=AgentEventKind.STATE_CHANGED,
        previous=AgentState.LOGGED_OUT,
        current=AgentState.READY,
        agent=agent,
    )
    async with pushing() as port, Publisher(bus) as publisher:
        (ann, _), (bob, before) = [await Dial(port)(user) for user in ("ann", "bob")]
        message = encode_agent(signed_in)
        await publisher.publish(message.subject, message.body, message.headers, message.message_id)
        await publisher.flush()
        assert (await ann.next())["view"]["agents"][0]["state"] == "ready"
        await give(bus, "bob")
        gone, got = await ann.next(), await bob.next()
        assert ("agents" in gone["view"], got["view"]["agents"][0]["state"]) == (False, "ready")
        assert (got["epoch"], got["version"]) == (before["epoch"], 1)
        # A call that began at the telephone now is the new user's.
        await tell(CALL[:2])
        assert (await bob.next())["view"]["calls"][0]["device"] == "101"


async def test_those_who_share_a_telephone_see_who_rings(pushing, tell, bus):
    await give(bus, "ann", "bob")
    ivan = Candidate(
        id="ivan",
        kind=SubscriberKind.CONTACT,
        name="Ivan",
        number=NUMBER,
        match=Match.E164,
        matched_digits=11,
        photo_url="https://crm.example/ivan.jpg",
    )
    named = Identified(connection_id=ROW, contact_id="ivan", name="Ivan", number=NUMBER, candidates=(ivan,))
    async with pushing(users={"eve": ["101"]}) as port, Publisher(bus) as publisher:
        dial = Dial(port)
        clients = [(await dial(user))[0] for user in ("ann", "bob")]
        nobody = [(await dial(user))[1] for user in ("eve", "101")]
        await tell(CALL[:2])
        await publisher.publish(subjects.journal(TENANT, "asterisk", CALL[1].call.call_id, "identified"), b"{")
        for event in (told(named), told(Saved(connection_id=ROW, user="bob"))):
            message = encode_journal(event)
            await publisher.publish(message.subject, message.body, message.headers, message.message_id)
        await publisher.flush()
        await tell(CALL[2:3])
        for client, wanted in zip(clients, ("callInfoChanged", "callSaved"), strict=True):
            events: list[dict] = []
            while not events or events[-1]["name"] != "commutationStarted":
                update = await client.next()
                events += update["events"]
            assert wanted in [each["name"] for each in events]
            (call,) = update["view"]["calls"]
            assert (call["party"]["name"], call["party"]["candidates"][0]["id"]) == ("Ivan", "ivan")
            assert call["party"]["candidates"][0]["photo_url"] == ivan.photo_url
            assert call.get("database_id", "") == (ROW if wanted == "callSaved" else "")
        assert [each["version"] for each in nobody] == [0, 0]
        assert [(await dial(user))[1]["version"] for user in ("eve", "101")] == [0, 0], "the directory knows better"
