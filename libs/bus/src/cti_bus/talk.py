"""Plain NATS beside the streams: hearing messages as they pass, and answering requests."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from cti_bus.connection import Bus
from cti_bus.services import Discovery, Service

_log = logging.getLogger("cti_bus.talk")
_LAST_WORDS_S = 1.0


class Heard(NamedTuple):
    """A message as it passed. It has no stream sequence: the stream stores it at about the same time."""

    subject: str
    headers: Mapping[str, str]
    body: bytes


class Talk:
    """A subscription that lasts until `close`, through reconnections. What passes while NATS is away is not heard."""

    def __init__(
        self,
        bus: Bus,
        subscription: Subscription,
        work: "set[asyncio.Task[None]] | None" = None,
        discovery: Discovery | None = None,
    ) -> None:
        self._bus = bus
        self._subscription = subscription
        self._work = set() if work is None else work
        self._discovery = discovery
        self._open = True

    async def close(self) -> None:
        """Hear no more; answers that are being worked out have a second to come to their end. Repeatable."""
        if self._open and not self._bus.client.is_closed:
            await self._subscription.unsubscribe()
            if self._discovery is not None:
                await self._discovery.close()
        self._open = False
        if self._work:
            await asyncio.wait(self._work, timeout=_LAST_WORDS_S)
        for task in tuple(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def listen(bus: Bus, subject: str, hear: Callable[[Heard], None]) -> Talk:
    """Call `hear` for each message that passes, in order of arrival, at most once each.

    Subscribed at the server when it returns: read a snapshot afterwards and nothing is missed in between. After a
    reconnection (`Bus.on_reconnect`) read a snapshot again. `hear` must be quick; an error in it is logged.
    """

    async def on_message(message: Msg) -> None:
        hear(Heard(message.subject, message.headers or {}, message.data))

    subscription = await bus.client.subscribe(subject, cb=on_message)
    await bus.client.flush()
    return Talk(bus, subscription)


async def answer(
    bus: Bus,
    subject: str,
    reply: Callable[[Heard], Awaitable[bytes]],
    *,
    group: str = "",
    at_once: bool = False,
    service: Service | None = None,
) -> Talk:
    """Answer requests on a subject; of several processes with the same `group` one answers each.

    One after the other, or (`at_once`) each as soon as it comes, without a bound: then `reply` must refuse what is too
    much. When `reply` raises, the error is logged and the requester gets no answer. A `service` is found by the NATS
    services API for as long as it answers.
    """
    work: set[asyncio.Task[None]] = set()
    discovery = Discovery(bus, service, subject, group) if service is not None else None

    async def respond(message: Msg) -> None:
        began, error = time.perf_counter_ns(), ""
        try:
            body = await reply(Heard(message.subject, message.headers or {}, message.data))
        except Exception as raised:
            error = repr(raised)
            raise
        finally:
            if discovery is not None:
                discovery.count(time.perf_counter_ns() - began, error)
        if message.reply:
            await message.respond(body)

    async def on_message(message: Msg) -> None:
        if not at_once:
            await respond(message)
            return
        task = asyncio.create_task(_logged(message.subject, respond(message)))
        work.add(task)
        task.add_done_callback(work.discard)

    subscription = await bus.client.subscribe(subject, queue=group, cb=on_message)
    if discovery is not None:
        await discovery.open()
    await bus.client.flush()
    return Talk(bus, subscription, work, discovery)


async def _logged(subject: str, work: Coroutine[None, None, None]) -> None:
    """Nobody awaits the task: what went wrong in it must be said here."""
    try:
        await work
    except Exception:
        _log.exception("no answer to a request on %s", subject)
