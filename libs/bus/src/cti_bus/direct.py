"""Reading messages out of a stream by subject, without a lasting consumer."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import msgspec
import nats.errors
from nats.aio.msg import Msg
from nats.js import errors as js_errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from cti_bus.connection import API_TIMEOUT_S, Bus
from cti_bus.errors import BusClosed, NoAnswer
from cti_bus.message import Received

_BATCH = 500
_SERVER_HEADERS = (
    "Nats-Stream",
    "Nats-Subject",
    "Nats-Sequence",
    "Nats-Time-Stamp",
    "Nats-Num-Pending",
    "Nats-Last-Sequence",
)


# How a pull that does not wait ends when there are fewer messages than asked for.
_NO_MORE = ("404", "408")


async def newest(bus: Bus, stream: str, subject: str) -> Received | None:
    """The newest message whose subject matches; None when there is none. `subject` may hold wildcards.

    Under a millisecond among 600 000 subjects. In a cluster any replica answers, so the answer may be a moment old.
    Raises `NoAnswer` when the server is away.
    """
    reply = await bus.request(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode({"last_by_subj": subject}))
    return _direct(reply.headers, reply.body)


async def newest_at_leader(bus: Bus, stream: str, subject: str) -> Received | None:
    """As `newest`, but asked of the stream's leader: what it answers is what the next publisher meets."""
    reply = await bus.request(f"$JS.API.STREAM.MSG.GET.{stream}", msgspec.json.encode({"last_by_subj": subject}))
    answer = msgspec.json.decode(reply.body)
    if "error" in answer:
        if answer["error"].get("code") == 404:
            return None
        raise NoAnswer(f"{stream}: {answer['error'].get('description')}")
    found = answer["message"]
    raw_headers = base64.b64decode(found.get("hdrs", ""))
    return Received(
        int(found["seq"]),
        found["subject"],
        _parse_headers(raw_headers),
        base64.b64decode(found.get("data", "")),
        _to_ns(found["time"]),
    )


async def stream_of(bus: Bus, subject: str) -> str:
    """The stream that stores a subject; raises `NoAnswer` when none does (yet)."""
    reply = await bus.request("$JS.API.STREAM.NAMES", msgspec.json.encode({"subject": subject}))
    names = msgspec.json.decode(reply.body).get("streams") or []
    if not names:
        raise NoAnswer(f"no stream stores {subject}")
    return str(names[0])


async def since(
    bus: Bus, stream: str, subject: str, after_seq: int = 0, *, stored_from: datetime | None = None
) -> AsyncGenerator[Received, None]:
    """Every message of a subject (wildcards allowed) stored after a stream sequence, oldest first, up to the newest.

    `stored_from`: from that instant of the server's clock on, instead.
    Fetched in batches by direct get, which costs the server no consumer. Raises `NoAnswer` when the server is away.
    """
    begin: dict[str, Any] = {"start_time": stored_from.isoformat()} if stored_from is not None else {}
    while True:
        request = {"next_by_subj": subject, "batch": _BATCH} | (begin or {"seq": after_seq + 1})
        begin = {}
        more = False
        async with aclosing(_gather(bus, stream, request)) as answers:
            async for message, pending in answers:
                after_seq = message.stream_seq
                more = pending > 0
                yield message
        if not more:
            return


async def remove(bus: Bus, stream: str, stream_seq: int) -> None:
    """Remove one message from a stream; one that is gone already is no error. Raises `NoAnswer`."""
    reply = await bus.request(f"$JS.API.STREAM.MSG.DELETE.{stream}", msgspec.json.encode({"seq": stream_seq}))
    error = msgspec.json.decode(reply.body).get("error")
    if error and (await _at(bus, stream, stream_seq)) is not None:
        raise NoAnswer(f"{stream}: message {stream_seq} cannot be removed: {error.get('description')}")


async def purge(bus: Bus, stream: str, subject: str) -> None:
    """Remove every message of a subject; none is no error. Raises `NoAnswer`."""
    reply = await bus.request(f"$JS.API.STREAM.PURGE.{stream}", msgspec.json.encode({"filter": subject}))
    error = msgspec.json.decode(reply.body).get("error")
    if error:
        raise NoAnswer(f"{stream}: {subject} cannot be purged: {error.get('description')}")


async def newest_of_each(bus: Bus, stream: str, subject: str) -> AsyncGenerator[Received, None]:
    """The newest message of each subject that matches a filter, in stream order.

    By a short-lived consumer, since direct get refuses more than 1024 subjects. What is removed meanwhile may be
    missing. Raises `NoAnswer` when the server goes away meanwhile: begin anew.
    """
    inbox = bus.client.new_inbox()
    queue: asyncio.Queue[Msg] = asyncio.Queue()

    async def put(message: Msg) -> None:
        queue.put_nowait(message)

    config = ConsumerConfig(
        name=f"snapshot-{token_hex(8)}",
        deliver_policy=DeliverPolicy.LAST_PER_SUBJECT,
        filter_subject=subject,
        ack_policy=AckPolicy.NONE,
        mem_storage=True,
        num_replicas=1,
        inactive_threshold=30.0,
    )
    try:
        subscription = await bus.client.subscribe(inbox, cb=put)
        try:
            left = (await bus.js.add_consumer(stream, config)).num_pending or 0
            while left > 0:
                asked = min(left, _BATCH)
                pull = {"batch": asked, "no_wait": True}
                await bus.client.publish(
                    f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{config.name}", msgspec.json.encode(pull), reply=inbox
                )
                for _ in range(asked):
                    async with asyncio.timeout(API_TIMEOUT_S):
                        message = await queue.get()
                    if message.subject == inbox:
                        if (message.headers or {}).get("Status") not in _NO_MORE:
                            raise NoAnswer(f"{stream}: {message.headers}")
                        left = 0
                        break
                    fields = message.reply.rsplit(".", 4)
                    left = int(fields[4])
                    yield Received(int(fields[1]), message.subject, message.headers or {}, message.data, int(fields[3]))
        finally:
            if not bus.client.is_closed:
                await subscription.unsubscribe()
            if bus.is_connected:
                await bus.client.publish(f"$JS.API.CONSUMER.DELETE.{stream}.{config.name}", b"")
    except (TimeoutError, nats.errors.Error, js_errors.ServiceUnavailableError) as error:
        raise NoAnswer(f"{stream}: reading the newest of each subject was cut off: {error}") from error


async def _at(bus: Bus, stream: str, stream_seq: int) -> Received | None:
    """The message with this sequence."""
    reply = await bus.request(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode({"seq": stream_seq}))
    return _direct(reply.headers, reply.body)


async def _gather(bus: Bus, stream: str, request: Mapping[str, Any]) -> AsyncGenerator[tuple[Received, int], None]:
    """The answers to one batched direct get: message and how many are left after it."""
    inbox = bus.client.new_inbox()
    queue: asyncio.Queue[Msg] = asyncio.Queue()

    async def put(message: Msg) -> None:
        queue.put_nowait(message)

    try:
        subscription = await bus.client.subscribe(inbox, cb=put)
        try:
            await bus.client.publish(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode(request), reply=inbox)
            while True:
                async with asyncio.timeout(API_TIMEOUT_S):
                    answer = await queue.get()
                message = _direct(answer.headers or {}, answer.data)
                if message is None:
                    return
                yield message, int((answer.headers or {}).get("Nats-Num-Pending", "0"))
        finally:
            if not bus.client.is_closed:
                await subscription.unsubscribe()
    except (TimeoutError, nats.errors.OutboundBufferLimitError) as error:
        raise NoAnswer(f"{stream}: direct get was not answered") from error
    except nats.errors.ConnectionClosedError as error:
        raise BusClosed(f"connection {bus.name} is closed") from error


def _direct(headers: Mapping[str, str], body: bytes) -> Received | None:
    """One answer of the direct get API; None when it ends a batch or nothing was found."""
    status = headers.get("Status")
    if status in ("204", "404"):
        return None
    if status is not None:
        raise NoAnswer(f"direct get: {status} {headers.get('Description', '')}")
    own = {name: value for name, value in headers.items() if name not in _SERVER_HEADERS}
    return Received(
        int(headers["Nats-Sequence"]), headers["Nats-Subject"], own, body, _to_ns(headers["Nats-Time-Stamp"])
    )


def _parse_headers(raw: bytes) -> dict[str, str]:
    """The headers of a stored message, given as the bytes of the wire protocol."""
    result: dict[str, str] = {}
    for line in raw.split(b"\r\n")[1:]:
        name, separator, value = line.partition(b":")
        if separator:
            result[name.strip().decode()] = value.strip().decode("utf-8", "replace")
    return result


def _to_ns(stamp: str) -> int:
    """RFC 3339 with up to nine decimals to nanoseconds since 1970."""
    whole, _, rest = stamp.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 1_000_000_000 + int((rest + "000000000")[:9])
