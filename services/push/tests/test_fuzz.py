"""Whatever a client sends: it is answered or closed with a code of ours, and others do not notice."""

import asyncio
import json
from contextlib import suppress

import pytest
from cti_model.calls import Command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from push.gateway.closing import Close
from push.gateway.coding import BadFrame, decode, decode_command
from websockets.exceptions import ConnectionClosed

from .client import Dial
from .conftest import DEADLINE_S, frame, token

_KINDS = ["hello", "pong", "command", "renew", "presence", "watch", "unwatch", "welcome", "", "x"]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
_NAMES = [
    "id", "verb", "token", "cursor", "users", "all", "state", "connection_id", "to", "digits", "queue", "reason",
    "agent_state", "device", "pbx", "other_connection_id", "recording_id",
]  # fmt: skip
OBJECTS = st.builds(
    lambda kind, fields: {"type": kind, **fields},
    st.sampled_from(_KINDS),
    st.dictionaries(st.sampled_from(_NAMES), _VALUES | st.sampled_from([each.value for each in Command]), max_size=6),
)
FRAMES = st.one_of(
    OBJECTS.map(json.dumps),
    st.text(max_size=200),
    st.binary(max_size=200),
    OBJECTS.map(json.dumps).flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at])),
    st.integers(1, 3000).map(lambda depth: '{"type":' + "[" * depth),
)


@settings(max_examples=400, deadline=None)
@given(FRAMES)
def test_a_frame_is_one_of_ours_or_bad(data):
    with suppress(BadFrame):
        decode(data)


@settings(max_examples=200, deadline=None)
@given(FRAMES)
def test_so_is_a_command_by_http(data):
    with suppress(BadFrame):
        decode_command(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))


async def test_a_worker_outlives_every_frame(pushing, bus):
    """Many clients that talk nonsense, signed in or not, beside one that is well-behaved and stays."""
    async with pushing(frames_per_s=1000, commands_per_s=1000, commands_burst=1000, user_connections=500) as port:
        good, _ = await Dial(port)("104")
        loop = asyncio.get_running_loop()

        async def one(frames: list[str | bytes], signed_in: bool) -> None:
            client = await Dial(port).raw()
            try:
                if signed_in:
                    await client.say(
                        "hello", token=token("103", roles=["supervisor", "integrator"], grants=["command:*"])
                    )
                for data in frames:
                    await client.socket.send(data)
                async with asyncio.timeout(0.05):
                    while True:
                        await client.socket.recv()
            except TimeoutError:
                await client.socket.close()
            except ConnectionClosed:
                code = client.socket.close_code
                assert code in {int(each) for each in Close} - {Close.UNAVAILABLE}, client.socket.close_reason

        @settings(
            max_examples=60,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        )
        @given(st.lists(FRAMES.filter(_encodable), min_size=1, max_size=5), st.booleans())
        def attack(frames: list[str | bytes], signed_in: bool) -> None:
            asyncio.run_coroutine_threadsafe(one(frames, signed_in), loop).result(DEADLINE_S)

        await asyncio.to_thread(attack)
        await good.say("command", id="still-there", verb="query_agent")
        assert (await good.next("result"))["id"] == "still-there"


def _encodable(data: str | bytes) -> bool:
    if isinstance(data, bytes):
        return True
    try:
        data.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("data", ["[" * 100_000, '{"type":"watch","users":' + "[" * 20_000, "9" * 60_000])
def test_deep_and_long(data):
    with pytest.raises(BadFrame):
        decode(data)


async def test_a_binary_frame_is_answered(pushing):
    async with pushing() as port:
        client, _ = await Dial(port)()
        await client.socket.send(b'{"type": "presence", "state": "idle"}')
        await client.socket.send(b"\xff\xfe")
        assert (await client.next("error"))["code"] == "bad_frame"
        assert frame(b"{}") == {}
