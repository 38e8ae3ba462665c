"""Leaders of the projector: they come and go, and every user hears every version once."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cti_devstack.process import Child
from cti_directory import owners_of
from hypothesis import given, settings
from hypothesis import strategies as st
from push.projector.partition import WHOLE, Partition, begins_after, partitions
from push.projector.step import step
from push.projector.views import Views

from .client import Client, Dial
from .conftest import TENANT, accepts, recorded, until

BY_NUMBER = owners_of(None)
CALL = recorded("j_attended_transfer")
USERS = ("101", "102")


async def quiet(client: Client) -> list[int]:
    """Read until the user's calls are over; the versions that came."""
    versions: list[int] = []
    while True:
        update = await client.next()
        versions.append(update["version"])
        if not update["view"].get("calls") and len(versions) > 3:
            return versions


def whole(versions: Iterable[int]) -> None:
    found = list(versions)
    assert found == list(range(1, len(found) + 1))


@given(st.integers(1, 64), st.text(max_size=20))
def test_a_user_belongs_to_one_partition(of, user):
    assert sum(each.holds(user) for each in partitions(of)) == 1


def test_a_site_with_one_partition_has_the_lease_and_label_that_it_always_had():
    assert (WHOLE.lease_key("t"), WHOLE.label) == ("push-projector.t", "0/1")
    assert Partition(2, 4).lease_key("t") == "push-projector.t.2of4"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_whatever_the_number_of_partitions_was_nobody_is_left_out(numbers, data):
    """Leaders of changing numbers of partitions, each cut off somewhere: at the end all heard everything once."""
    events = list(enumerate(CALL, 1))
    latest: dict = {}
    newest: dict[str, tuple[str, int]] = {}
    heard: dict[str, list[int]] = {}

    def project(partition: Partition, until_seq: int, batch: int) -> None:
        complete = begins_after(newest.values(), partition)
        mine = Views(each for user, each in latest.items() if partition.holds(user))
        for at in range(complete, until_seq, batch):
            for seq, event in events[at : min(at + batch, until_seq)]:
                for update in step(mine, event, seq, BY_NUMBER, "life", partition.holds):
                    user = update.view.user
                    mine[user] = latest[user] = update
                    newest[user] = (partition.label, at)
                    heard.setdefault(user, []).append(update.version)

    for of in numbers:
        for partition in partitions(of):
            project(partition, data.draw(st.integers(0, len(events))), data.draw(st.integers(1, 5)))
    for partition in partitions(numbers[-1]):
        project(partition, len(events), 2)
    for user, versions in heard.items():
        assert versions == list(range(1, latest[user].version + 1)), user
    alone = Views()
    for seq, event in events:
        for each in step(alone, event, seq, BY_NUMBER, "life"):
            alone[each.view.user] = each
    assert latest == alone


async def test_a_projector_that_lost_its_lease_in_an_outage_goes_on_by_itself(pushing, tell, nats_server, caplog):
    async with pushing(lease_ttl_s=2) as port:
        client, _ = await Dial(port)()
        half = len(CALL) // 2
        await tell(CALL[:half])
        seen = (await client.next())["version"]
        await asyncio.to_thread(nats_server.stop)
        await until(lambda: any("push-projector" in each.message and "lost" in each.message for each in caplog.records))
        await asyncio.to_thread(nats_server.start)
        await tell(CALL[half:])
        whole([*range(1, seen + 1), *await quiet(client)])


@pytest.mark.parametrize("shares", [1, 3])
async def test_a_socket_at_either_instance_sees_everything_whoever_leads(pushing, tell, shares):
    options = {"lease_ttl_s": 2, "projector_partitions": shares}
    async with pushing(**options) as second:
        async with pushing(**options) as first:
            near = [(await Dial(first)(user))[0] for user in USERS]
            far = [(await Dial(second)(user))[0] for user in USERS]
            await tell(CALL[: len(CALL) // 2])
            for one, other in zip(near, far, strict=True):
                assert await one.next() == await other.next()
        # One is gone; whatever it led is led by the other.
        await tell(CALL[len(CALL) // 2 :])
        for client in far:
            await quiet(client)
            whole(each["version"] for each in client.frames if each["type"] == "update")


@asynccontextmanager
async def process_of_its_own(nats_url: str, key_file: Path, port: int, folder: Path) -> AsyncIterator[Child]:
    environment = {
        "TRUNKLINE_NATS_URL": nats_url,
        "TRUNKLINE_TENANT": TENANT,
        "TRUNKLINE_PUSH_JWT_KEY_FILE": str(key_file),
        "TRUNKLINE_PUSH_JWT_ISSUER": "test",
        "TRUNKLINE_PUSH_HTTP_PORT": str(port),
        "TRUNKLINE_PUSH_LEASE_TTL_S": "2",
    }
    child = Child("push", [sys.executable, "-m", "push"], folder / "push.log", {**os.environ, **environment})
    child.start()
    try:
        await until(lambda: accepts(port), 60.0)
        yield child
    finally:
        await asyncio.to_thread(child.stop, signal.SIGTERM, 15.0)


async def test_a_killed_leader_is_followed_within_seconds(pushing, tell, nats_url, key_file, free_port, tmp_path):
    port = free_port()
    async with process_of_its_own(nats_url, key_file, port, tmp_path) as leader:
        await until(lambda: "projecting" in (tmp_path / "push.log").read_text())
        async with pushing(lease_ttl_s=2) as second:
            near, _ = await Dial(port)()
            far, _ = await Dial(second)()
            half = len(CALL) // 2
            await tell(CALL[:half])
            assert await near.next() == await far.next()
            leader.kill9()
            await tell(CALL[half:])
            await quiet(far)
            whole(each["version"] for each in far.frames if each["type"] == "update")
            assert (await near.closed())[0] in (0, 1006)
