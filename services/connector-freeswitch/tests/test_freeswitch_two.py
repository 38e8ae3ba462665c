"""Two FreeSWITCHes of one company and one domain: each has its own calls, and its end is not the other one's."""

from cti_model.calls import ConnectionState

from .freeswitch_site import site

TALK = "101 calls 102; 102 rings; 102 answers"


async def test_the_calls_of_one_are_not_those_of_the_other(nats_url):
    async with site(nats_url, pbx="east") as east, site(nats_url, pbx="west") as west:
        await east.people(TALK)
        await west.people(TALK)
        there = await east.state("101", ConnectionState.CONNECTED)
        here = await west.state("101", ConnectionState.CONNECTED)
        assert here.connection_id != there.connection_id
        east.pbx.switch.say("HEARTBEAT")
        east.pbx.restart()
        await east.over(1)
        assert [each.connection_id for each in west.living("101")] == [here.connection_id]
        await west.people("101 hangs up")
        await west.over(1)
        assert {event.call.pbx for event in east.events} == {"east"}
        assert {event.call.pbx for event in west.events} == {"west"}
