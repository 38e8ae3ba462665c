"""Who leads: one holder, handed over, lost, regained."""

import asyncio

import pytest
from cti_bus import (
    Bucket,
    Bus,
    Lease,
    connect,
    ensure,
)
from cti_bus import streams as declared

DEADLINE_S = 30.0


@pytest.fixture
async def leases(bus: Bus) -> Bus:
    await ensure(bus, specs=[declared.LEASES])
    return bus


async def test_release_hands_over_at_once(leases: Bus):
    one, two = Lease(leases, "pbx.t.p", "one", ttl_s=120), Lease(leases, "pbx.t.p", "two", ttl_s=120)
    await one.acquire()
    assert one.held
    standby = asyncio.create_task(two.acquire())
    await asyncio.sleep(0.2)
    assert not standby.done()
    await one.release()
    await asyncio.wait_for(standby, DEADLINE_S)
    assert two.held
    assert not one.held
    assert one.lost.is_set()
    assert two.revision > one.revision
    await two.release()


async def test_dead_holder_is_succeeded_and_holder_outlives_its_ttl(leases: Bus, nats_url: str):
    other = await connect(nats_url, "other")
    one, two = Lease(other, "k", "one", ttl_s=3), Lease(leases, "k", "two", ttl_s=3)
    await one.acquire()
    standby = asyncio.create_task(two.acquire())
    await asyncio.sleep(3.5)  # longer than the lease: renewal is what keeps it
    assert one.held
    assert not standby.done()
    assert one._renewer is not None
    one._renewer.cancel()  # as a process that hangs
    await asyncio.wait_for(standby, DEADLINE_S)
    assert two.held
    assert not one.held
    await two.release()
    await one.release()
    await other.close()


async def test_cut_off_holder_knows_that_it_lost(leases: Bus, nats_server):
    lease = Lease(leases, "k", "one", ttl_s=2)
    await lease.acquire()
    nats_server.freeze()
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    assert not lease.held
    nats_server.thaw()
    await lease.release()


async def test_stolen_lease_is_noticed(leases: Bus):
    lease = Lease(leases, "k", "one", ttl_s=2)
    await lease.acquire()
    await Bucket(leases, "cti_leases").put("k", b"somebody")
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    await lease.release()
    entry = await Bucket(leases, "cti_leases").get("k")
    assert entry is not None
    assert entry.value == b"somebody"


async def test_lease_survives_a_server_restart(leases: Bus, nats_server):
    lease = Lease(leases, "k", "one", ttl_s=9)
    revision = await lease.acquire()
    nats_server.kill9()
    nats_server.start()
    renewed = lease._current
    async with asyncio.timeout(DEADLINE_S):
        while lease._current == renewed:
            await asyncio.sleep(0.05)
    assert lease.held
    assert lease.revision == revision
    await lease.release()


async def test_a_lease_that_expired_while_nobody_wanted_it_is_regained(bus, nats_server):
    await ensure(bus)
    lease = Lease(bus, "regained", "one", 2)
    await lease.acquire()
    nats_server.kill9()
    await asyncio.wait_for(lease.lost.wait(), DEADLINE_S)
    nats_server.start()
    assert await asyncio.wait_for(lease.regain(), DEADLINE_S)
    assert lease.held
    await lease.release()


async def test_a_lease_that_another_took_is_not_regained(bus):
    await ensure(bus)
    one, two = Lease(bus, "taken", "one", 2), Lease(bus, "taken", "two", 2)
    await one.acquire()
    await Bucket(bus, "cti_leases").delete("taken")
    await two.acquire()
    await asyncio.wait_for(one.lost.wait(), DEADLINE_S)
    assert not await one.regain()
    assert two.held
    await two.release()
