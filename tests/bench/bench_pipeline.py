"""AMI frames per second through the connector's whole pipeline on one core: parse, translate, encode, publish.

First without servers, over the recordings of Asterisk 11, 13 and 22 in the portions that were recorded; a baseline is
what panoramisk takes for parsing and dispatching them, since its work ends where the translator's begins. Then with a
real NATS: the connector's own listener, outbox and sender (each event fenced by its call and acknowledged,
the index of living calls kept), this process pinned to one core, the server beside it; the baseline is the same
without publishing.
"""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from connector_asterisk.replay import events_of
from connector_asterisk.translate import WANTED
from connector_asterisk.wire import Decoder
from cti_bus import Bucket, Publisher, connect, ensure
from cti_connector.live import BUCKET
from cti_connector.outbox import Outbox
from cti_connector.publisher import BusListener
from cti_connector.sender import Sender
from cti_connector.telemetry import metrics
from cti_model.envelope import encode_call
from cti_simulators.traces import Trace, find_traces, load_trace
from opentelemetry import metrics as otel

from tests.bench.bench_wire import panoramisk
from tests.bench.calls import TRACES, BusyLine, frames_in, gathered
from tests.bench.rows import Row, medians, medians_of, row, scaled
from tests.bench.servers import nats

ROUNDS = 2  # panoramisk takes seconds for each
CALLS = 500
WINDOW = 2000  # messages on their way, as the connector's settings have it
OUTBOX = 1_000_000  # messages in memory: the bench does not wait for a socket
_SERVER_STOPS = "v_restart_mid_call"  # panoramisk hangs up there and is not measured to the end


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    return [*_pure(scale), *asyncio.run(_with_nats(scale))]


def _pure(scale: float) -> list[Row]:
    paths = [path for path in find_traces(TRACES) if not path.name.startswith(_SERVER_STOPS)]
    traces = [load_trace(path) for path in paths[: scaled(len(paths), scale)]]
    portions = [[chunk.data for chunk in trace.chunks] for trace in traces]
    frames = sum(b"".join(each).count(b"\r\n\r\n") for each in portions)
    seconds = medians(
        {
            "whole": partial(_each, _encode_all, traces),
            "parsed": partial(_each, _parse_all, portions),
            "theirs": partial(_each, panoramisk, portions),
        },
        scaled(ROUNDS, scale),
    )
    what, value = "recorded AMI parsed, translated, encoded", frames / seconds["whole"]
    return [
        row("pipeline", what, "frames/s", value, frames / seconds["theirs"], "panoramisk parsing and dispatching"),
        row("pipeline", what, "frames/s", value, frames / seconds["parsed"], "our codec parsing"),
    ]


def _each(work: Callable[[Any], object], items: Iterable[object]) -> None:
    for item in items:
        work(item)


def _encode_all(trace: Trace) -> None:
    for event in events_of((chunk.t, chunk.data) for chunk in trace.chunks):
        encode_call(event)


def _parse_all(portions: list[bytes]) -> None:
    decoder = Decoder(WANTED)
    for data in portions:
        decoder.feed(data)


async def _with_nats(scale: float) -> list[Row]:
    calls = scaled(CALLS, scale)
    lines = itertools.count()
    frames: list[int] = []

    def line() -> list[tuple[float, bytes]]:
        made = gathered(BusyLine(calls, first=next(lines) * calls, lanes=50))
        frames.append(frames_in(made))
        return made

    with nats() as url:
        async with await connect(url, "bench") as bus, Publisher(bus, window=WINDOW) as publisher:
            await ensure(bus)

            async def published(_: int) -> float:
                return await _publish(line(), publisher, Bucket(bus, BUCKET))

            async def kept(_: int) -> float:
                return _encode(line())

            with one_core():
                seconds = await medians_of({"published": published, "kept": kept}, scaled(ROUNDS, scale))
            stored = publisher.counters
    if stored.acked != stored.published or not stored.acked:
        raise AssertionError(f"not all was stored: {stored}")
    each = sum(frames) / len(frames)
    return [
        row(
            "pipeline",
            "AMI to acknowledged events in NATS, on one core",
            "frames/s",
            each / seconds["published"],
            each / seconds["kept"],
            "the same without publishing",
        )
    ]


async def _publish(line: list[tuple[float, bytes]], publisher: Publisher, index: Bucket) -> float:
    """The seconds from the first byte to the last ack, in a connector that leads."""
    measured = metrics(otel.get_meter("bench"))
    outbox = Outbox(memory=OUTBOX)
    listener = BusListener(outbox, "bench", "asterisk", "bench", measured)
    sender = Sender(publisher, index, outbox, measured, "asterisk", frozenset())
    sending = asyncio.create_task(sender.run())
    try:
        began = time.perf_counter()
        for event in events_of(line):
            listener.events([event])
            await asyncio.sleep(0)  # where a connector reads its socket
        await sender.finish()
        return time.perf_counter() - began
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


def _encode(line: list[tuple[float, bytes]]) -> float:
    """The seconds of the same up to the message that could be published."""
    began = time.perf_counter()
    for event in events_of(line):
        encode_call(event)
    return time.perf_counter() - began


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """This process on one core, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
