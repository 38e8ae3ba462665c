"""The gateway and the projector on a real NATS, fed with recorded calls."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import jwt
import msgspec
import pytest
from connector_asterisk.replay import events_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cti_bus import Bus, Publisher, connect, ensure
from cti_model import subjects
from cti_model.envelope import encode_call
from cti_model.events import CallEvent
from cti_runtime.health import Health
from cti_runtime.lifecycle import Runtime
from cti_simulators.traces import load_trace
from push.app import serve
from push.settings import PushSettings
from structlog.stdlib import get_logger

TRACES = Path(__file__).parents[3] / "tests" / "data" / "traces" / "asterisk-22"
KEY = Ed25519PrivateKey.generate()
TENANT = "replay"
DEADLINE_S = 60.0


def recorded(name: str) -> list[CallEvent]:
    """The events of a recorded call."""
    return list(events_of((chunk.t, chunk.data) for chunk in load_trace(TRACES / f"{name}.ami.gz").chunks))


CALL = recorded("h_outbound_hold_by_operator")
"""101 calls somebody, puts them on hold and takes them back."""


def token(user: str = "101", *, lifetime_s: float = 600, **changes: object) -> str:
    """A token that the service under test accepts."""
    claims = {
        "sub": user, "tenant": TENANT, "roles": ["operator"], "iss": "test", "aud": "trunkline",
        "exp": time.time() + lifetime_s, **changes,
    }  # fmt: skip
    return jwt.encode(claims, KEY, algorithm="EdDSA")


@pytest.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    """A connection to an empty NATS with our streams."""
    async with await connect(nats_url, "test") as made:
        await ensure(made)
        yield made


@pytest.fixture
async def tell(bus: Bus) -> AsyncIterator[Callable[[list[CallEvent]], Awaitable[None]]]:
    """Publish call events as a connector does."""
    async with Publisher(bus) as publisher:

        async def publish(events: list[CallEvent]) -> None:
            for event in events:
                message = encode_call(event)
                fence = subjects.calls_of(TENANT, event.call.pbx, event.call.call_id)
                await publisher.publish(
                    message.subject,
                    message.body,
                    message.headers,
                    message.message_id,
                    fence=fence,
                    begins=event.call.version == 1,
                )
            await publisher.flush()

        yield publish


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """The public key of the tokens."""
    path = tmp_path / "public.pem"
    path.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


Start = Callable[..., "asyncio._AsyncGeneratorContextManager[int]"]


@pytest.fixture
def pushing(nats_url: str, key_file: Path, free_port: Callable[[], int]):
    """Runs the service; gives its port."""

    @asynccontextmanager
    async def run(**changes: object) -> AsyncIterator[int]:
        port = free_port()
        values = {
            "http_port": port, "nats_url": nats_url, "tenant": TENANT, "jwt_issuer": "test", "jwt_key_file": key_file,
            **changes,
        }  # fmt: skip
        settings = PushSettings(**values)
        stopping = asyncio.Event()
        health = Health("push", stopping)
        runtime = Runtime("push", f"test-{port}", "0", health, stopping, get_logger("push"))
        task = asyncio.create_task(serve(settings, runtime))
        try:
            await until(lambda: task.done() or accepts(port))
            yield port
        finally:
            stopping.set()
            await task

    return run


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Finds ports that nobody listens on."""
    from cti_devstack.ports import free_port as find

    return find


def accepts(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    import socket

    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def until(condition: Callable[[], bool], deadline_s: float = DEADLINE_S) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(deadline_s):
        while not condition():
            await asyncio.sleep(0.02)


def frame(text: str | bytes) -> dict:
    """A frame as plain JSON."""
    found: dict = msgspec.json.decode(text)
    return found
