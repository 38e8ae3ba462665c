"""One leader, no call lost, no ghost: the host on a real NATS that is killed, with a PBX that is cut."""

import asyncio
import time

from cti_bus import Bucket, Lease, Publisher
from cti_connector.live import BUCKET, Known, Living, known
from cti_model import subjects
from cti_model.envelope import encode_call
from cti_model.events import LinkKind, Origin
from structlog.testing import capture_logs

from .conftest import DEADLINE_S, PBX, TENANT, begin, call_of, until


async def test_a_call_is_in_the_index_while_it_lives(hosting, pbx, stream):
    async with hosting() as host:
        await until(lambda: host.leads and host.problem() is None)
        pbx.begin("1")
        await until(lambda: has(stream, ["delivered 1"]))
        assert await stream.index() == [call_of("1")]
        pbx.end("1")
        await until(lambda: has(stream, ["delivered 1", "cleared 1"]))
        await until(lambda: emptied(stream))
    assert [each.kind for each in await stream.links()] == [LinkKind.CONNECTED, LinkKind.RECONCILED]


async def test_it_is_ready_when_it_has_compared_and_not_before(hosting, pbx):
    async with hosting() as host:
        while not pbx.asked:
            assert host.problem() is not None
            await asyncio.sleep(0)
        await until(lambda: host.problem() is None)


async def test_a_successor_goes_on_with_living_calls_and_ends_those_that_vanished(hosting, pbx, stream):
    async with hosting("one") as one, hosting("two") as two:
        await until(lambda: one.leads or two.leads)
        for each in "123":
            pbx.begin(each)
        await until(lambda: has(stream, ["delivered 1", "delivered 2", "delivered 3"]))
    pbx.end("2", unheard=True)
    pbx.begin("4", unheard=True)
    async with hosting("three") as three:
        await until(lambda: three.leads and three.problem() is None)
        pbx.end("1")
        await until(lambda: emptied(stream, but=["3", "4"]))
    told = await stream.calls()
    ends = {each.call.native_ids[0]: each.origin for each in told if each.kind == "cleared"}
    assert ends == {"2": Origin.RECONCILED, "1": Origin.OBSERVED}
    assert [each.origin for each in told if each.call.native_ids[0] == "4"] == [Origin.RECONCILED]
    assert [each.call.version for each in told if each.call.native_ids[0] == "1"] == [1, 2]


async def test_a_standby_leads_when_the_leader_stops(hosting, pbx, stream):
    async with hosting("two") as two:
        async with hosting("one") as one:
            await until(lambda: one.leads or two.leads)
            leader, standby = (one, two) if one.leads else (two, one)
            assert not standby.leads
            await until(lambda: standby.problem() is None)
        if leader is one:
            await until(lambda: two.leads)
        await until(lambda: two.problem() is None)
        pbx.begin("1")
        await until(lambda: has(stream, ["delivered 1"]))


async def test_who_lost_the_lease_steps_down_and_its_late_word_is_refused(hosting, pbx, stream, bus):
    async with hosting("one", lease_ttl_s=2) as one:
        await until(lambda: one.leads and one.problem() is None)
        pbx.begin("1")
        await until(lambda: has(stream, ["delivered 1"]))
        # Another instance leads, as after a long pause of this process: it takes the call up and ends it. The key is
        # not removed first: the host would be free to take it again before the rival does.
        lease = Lease(bus, subjects.lease_of_pbx(TENANT, PBX), "rival", 2)
        await Bucket(bus, "cti_leases").put(lease.key, lease._claim)
        async with lease, Publisher(bus) as publisher:
            first = (await stream.calls())[0]
            rival = begin(Known((Living(first.call, 0),)))().receive(b"-1\n", first.occurred_at).events[0]
            message = encode_call(rival)
            fence = subjects.calls_of(TENANT, PBX, call_of("1"))
            await publisher.publish(message.subject, message.body, message.headers, message.message_id, fence=fence)
            await publisher.flush()
            pbx.end("1")
            await until(lambda: not one.leads)
        await until(lambda: one.leads and one.problem() is None)
        pbx.begin("2")
        await until(lambda: has(stream, ["delivered 1", "cleared 1", "delivered 2"]))


async def test_a_call_that_a_rival_told_is_read_anew_and_the_others_go_on(hosting, pbx, stream, bus):
    async with hosting("one") as one:
        await until(lambda: one.leads and one.problem() is None)
        pbx.begin("1")
        pbx.begin("2")
        await until(lambda: has(stream, ["delivered 1", "delivered 2"]))
        first = (await stream.calls())[0]
        ended = begin(Known((Living(first.call, 0),)))().receive(b"-1\n", first.occurred_at).events[0]
        message = encode_call(ended)
        async with Publisher(bus) as publisher:
            fence = subjects.calls_of(TENANT, PBX, call_of("1"))
            await publisher.publish(message.subject, message.body, message.headers, message.message_id, fence=fence)
        pbx.end("1")
        pbx.end("2")
        await until(lambda: ends(stream, {"1", "2"}))
        await until(lambda: emptied(stream))
    assert len([each for each in await stream.calls() if each.kind == "cleared"]) == 2


async def test_nats_away_for_long_loses_nothing_and_keeps_each_calls_order(
    hosting, pbx, stream, bus, nats_server, tmp_path
):
    async with hosting(lease_ttl_s=2, outbox_memory=5, outbox_folder=tmp_path / "outbox", window=5) as host:
        await until(lambda: host.leads and host.problem() is None)
        pbx.begin("0")
        await until(lambda: has(stream, ["delivered 0"]))
        nats_server.kill9()
        for each in range(1, 41):
            pbx.begin(str(each))
        for each in range(0, 41, 2):
            pbx.end(str(each))
        await until(lambda: host.waiting >= 50)
        await until(lambda: not host.leads)  # longer than the lease lives: it must be regained
        assert len(pbx.clients) == 1
        nats_server.start()
        await until(lambda: ends(stream, {str(each) for each in range(0, 41, 2)}))
        await until(lambda: emptied(stream, but=[str(each) for each in range(1, 41, 2)]))
        assert host.leads
    told = await stream.kinds()
    assert sorted(told) == sorted(
        [f"delivered {each}" for each in range(41)] + [f"cleared {each}" for each in range(0, 41, 2)]
    )
    for each in range(0, 41, 2):  # the order of a call, which is what is promised
        assert told.index(f"delivered {each}") < told.index(f"cleared {each}")


async def test_a_full_outbox_gives_the_link_up_and_the_comparison_finds_the_rest(hosting, pbx, stream, nats_server):
    async with hosting(lease_ttl_s=2, outbox_memory=10, window=5) as host:
        await until(lambda: host.leads and host.problem() is None)
        pbx.begin("early")
        await until(lambda: has(stream, ["delivered early"]))
        nats_server.kill9()
        for each in range(60):
            pbx.begin(str(each))
        await until(lambda: not pbx.clients)
        pbx.end("early")
        pbx.begin("late")
        nats_server.start()
        await until(lambda: ends(stream, {"early"}))
        await until(lambda: emptied(stream, but=["late", *(str(each) for each in range(60))]))
    begun = [each.call.native_ids[0] for each in await stream.calls() if each.kind == "delivered"]
    assert sorted(begun) == sorted(["early", "late", *(str(each) for each in range(60))])
    assert any("outbox full" in each.detail for each in await stream.links())


async def test_a_gap_is_told_and_closed_by_a_comparison(hosting, pbx, stream):
    async with hosting() as host:
        await until(lambda: host.leads and host.problem() is None)
        pbx.begin("1")
        await until(lambda: has(stream, ["delivered 1"]))
        pbx.end("1", unheard=True)
        pbx.tell_of_a_gap()
        await until(lambda: ends(stream, {"1"}))
    assert [each.kind for each in await stream.links()][2:4] == [LinkKind.GAP, LinkKind.RECONCILED]


async def test_a_cut_link_comes_back_and_compares(hosting, pbx, stream):
    async with hosting() as host:
        await until(lambda: host.leads and host.problem() is None)
        pbx.begin("1")
        await until(lambda: has(stream, ["delivered 1"]))
        pbx.cut()
        pbx.end("1", unheard=True)
        await until(lambda: ends(stream, {"1"}))
        await until(lambda: host.problem() is None)


async def test_keys_that_outlived_their_call_are_removed(hosting, pbx, stream, bus):
    index = Bucket(bus, BUCKET)
    await index.put(subjects.living_call(TENANT, PBX, call_of("never told")), b"")
    async with hosting() as host:
        await until(lambda: host.leads and host.problem() is None)
        assert await stream.index() == []


async def test_a_stop_is_prompt_while_nats_is_away_at_the_beginning_of_a_term(hosting, nats_server, monkeypatch):
    """The lease was still got, then the server was gone: what is known of the calls cannot be read."""
    asked = asyncio.Event()

    async def known_of_nobody(bus, tenant, pbx):
        nats_server.kill9()
        asked.set()
        return await known(bus, tenant, pbx)

    monkeypatch.setattr("cti_connector.host.known", known_of_nobody)
    try:
        async with asyncio.timeout(DEADLINE_S):
            async with hosting() as host:
                await asked.wait()
                began = time.monotonic()
            assert not host.leads
        assert time.monotonic() - began < 5
    finally:
        nats_server.start()


async def test_a_stop_while_nats_is_away_is_bounded_and_says_what_was_not_stored(hosting, pbx, nats_server):
    try:
        async with asyncio.timeout(DEADLINE_S):
            with capture_logs() as logs:
                async with hosting(finish_s=0.2, window=1) as host:
                    await until(lambda: host.leads and host.problem() is None)
                    nats_server.kill9()
                    for each in "1234":
                        pbx.begin(each)
                    await until(lambda: host.waiting >= 2)
        (said,) = [each for each in logs if each["event"] == "not everything was stored"]
        assert said["unsent"] >= 3
    finally:
        nats_server.start()


async def has(stream, kinds):
    return await stream.kinds() == kinds


async def emptied(stream, but=()):
    return sorted(await stream.index()) == sorted(call_of(each) for each in but)


async def ends(stream, native):
    return native <= {each.call.native_ids[0] for each in await stream.calls() if each.kind == "cleared"}
