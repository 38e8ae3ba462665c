"""Sequences and positions mean something only within one life of the stream that they count."""

import nats.errors
from nats.js import errors as js_errors

from cti_bus.connection import Bus
from cti_bus.errors import NoAnswer


async def life_of(bus: Bus, *streams: str) -> str:
    """Names these streams as they are; another name when one of them was deleted and made anew.

    Raises `NoAnswer` when one of them is not there or the server is away.
    """
    return " ".join([(await life_and_end(bus, stream))[0] for stream in streams])


async def life_and_end(bus: Bus, stream: str) -> tuple[str, int]:
    """The life of a stream and the sequence of its newest message, of one moment."""
    try:
        info = await bus.js.stream_info(stream)
    except (js_errors.Error, nats.errors.Error, TimeoutError) as error:
        raise NoAnswer(f"{stream}: {error}") from error
    return str(info.created), info.state.last_seq
