"""AMI frames per second, parsed and dispatched to handlers: this project's codec against panoramisk, in one run.

Both get the same recorded bytes (150 s of a busy Asterisk 22) in portions as a socket gives them, and call the same
kind of handler for the same event names: it reads what a CTI link needs of an event.
"""

import asyncio
from typing import Any

from connector_asterisk.translate import WANTED
from connector_asterisk.wire import Decoder, Frame
from cti_simulators.traces import load_trace
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from tests.bench.calls import TRACES, in_portions
from tests.bench.rows import Row, medians, row, scaled

TRACE = TRACES / "asterisk-22" / "x_load.ami.gz"
ROUNDS = 5
_READ = ("Uniqueid", "Linkedid", "Channel", "ChannelState", "CallerIDNum", "ConnectedLineNum")


def run(scale: float = 1.0) -> list[Row]:
    """The rows of the table."""
    portions = in_portions(b"".join(chunk.data for chunk in load_trace(TRACE).chunks))
    portions = portions[: scaled(len(portions), scale)]
    data = b"".join(portions)
    frames = data.count(b"\r\n\r\n")
    handled = {ours(portions), ours_whole(portions), panoramisk(portions)}
    if len(handled) != 1:
        raise AssertionError(f"not the same events were handled: {sorted(handled)}")
    seconds = medians(
        {
            "ours": lambda: ours(portions),
            "whole": lambda: ours_whole(portions),
            "theirs": lambda: panoramisk(portions),
        },
        scaled(ROUNDS, scale),
    )
    mine, whole, theirs = seconds["ours"], seconds["whole"], seconds["theirs"]
    against = "panoramisk"
    return [
        row("wire", "AMI parsed and dispatched", "frames/s", frames / mine, frames / theirs, against),
        row("wire", "the same, also parsing what nobody wants", "frames/s", frames / whole, frames / theirs, against),
        row("wire", "the first in bytes", "MB/s", len(data) / mine / 1e6, len(data) / theirs / 1e6, against),
    ]


def ours(portions: list[bytes]) -> int:
    """How many events were handled."""
    return _decode(portions, Decoder(WANTED))


def ours_whole(portions: list[bytes]) -> int:
    """The same by a decoder that parses every event."""
    return _decode(portions, Decoder())


def _decode(portions: list[bytes], decoder: Decoder) -> int:
    handled = 0

    def handle(frame: Frame) -> None:
        nonlocal handled
        handled += 1
        for header in _READ:
            frame.get(header)

    handlers = dict.fromkeys(WANTED, handle)
    for portion in portions:
        for frame in decoder.feed(portion):
            handler = handlers.get(frame.name)
            if handler is not None:
                handler(frame)
    return handled


def panoramisk(portions: list[bytes]) -> int:
    """The same by panoramisk."""
    handled = 0

    def handle(manager: Manager, message: Message) -> None:
        nonlocal handled
        handled += 1
        for header in _READ:
            message.get(header, "")

    loop = asyncio.new_event_loop()  # it makes a task when the server says that it is up
    manager = Manager(loop=loop)
    for name in WANTED:
        manager.register_event(name, handle)
    protocol: Any = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = manager, "utf8"
    for portion in portions:
        protocol.data_received(portion)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    return handled
