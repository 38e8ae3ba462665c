"""What the README shows is what happens: its program and its commands are run, their output is compared."""

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from connector_asterisk.channels import State
from connector_asterisk.translate import SETTLE, WANTED, settle, translate
from connector_asterisk.wire import Decoder
from cti_bus import Publisher, connect, ensure
from cti_model.envelope import encode_call
from cti_model.events import CallEvent
from cti_simulators.traces import load_trace

from tests.docs.documents import ROOT, blocks, text_of

README = text_of("README.md")
CALL = ROOT / "tests/data/traces/asterisk-22/g_inbound_answered.ami.gz"
DEADLINE_S = 60


def events_of_the_demo() -> list[CallEvent]:
    """A recorded call as a connector of the tenant `demo` tells it."""
    state, decoder = State("demo", "asterisk"), Decoder(WANTED)
    events: list[CallEvent] = []
    at = datetime.fromtimestamp(0, UTC)
    for chunk in load_trace(CALL).chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            events.extend(translate(state, frame, at))
    return [*events, *settle(state, at + 2 * SETTLE)]


async def tell(url: str, events: list[CallEvent]) -> None:
    async with await connect(url, "test") as bus:
        await ensure(bus)
        async with Publisher(bus) as publisher:
            for event in events:
                message = encode_call(event)
                await publisher.publish(message.subject, message.body, message.headers, message.message_id)


@asynccontextmanager
async def running(program: Path, url: str) -> AsyncIterator[asyncio.StreamReader]:
    """The program's output while it runs; it is ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), stdout=asyncio.subprocess.PIPE, env={**os.environ, "NATS_URL": url}
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        process.kill()
        await process.wait()


async def lines(output: asyncio.StreamReader, count: int) -> list[str]:
    async with asyncio.timeout(DEADLINE_S):
        return [(await output.readline()).decode().rstrip("\n") for _ in range(count)]


async def test_the_subscriber_prints_what_is_shown_and_goes_on_after_a_restart_of_the_server(nats_server, tmp_path):
    (program,) = blocks(README, "python")
    shown = next(block for block in blocks(README, "") if "originated" in block).splitlines()
    path = tmp_path / "subscriber.py"
    path.write_text(program)
    events = events_of_the_demo()
    await tell(nats_server.url, events[:3])
    async with running(path, nats_server.url) as output:
        assert await lines(output, 3) == shown[:3]
        nats_server.restart()
        await tell(nats_server.url, events[3:])
        assert await lines(output, len(shown) - 3) == shown[3:]
    assert len(shown) == len(events)


async def test_the_replay_prints_what_is_shown():
    command = next(line for block in blocks(README, "sh") for line in block.splitlines() if "trunkline replay" in line)
    words = shlex.split(command)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / Path(words[0]).name), *words[1:], cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        output, _ = await process.communicate()
    assert process.returncode == 0
    (shown,) = blocks(README, "json")
    assert output.decode() == shown


def test_the_picture_is_there():
    assert (ROOT / "docs/panel.png").read_bytes().startswith(b"\x89PNG")
