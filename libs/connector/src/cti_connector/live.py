"""What the stream knows of a PBX: its living calls, by their index, and its agents: what a new leader begins with."""

import asyncio

import structlog
from cti_bus import Bucket, Bus, NoAnswer, newest_at_leader, newest_of_each
from cti_bus.streams import EVENTS, LIVE_CALLS
from cti_model import subjects
from cti_model.agents import Agent
from cti_model.calls import Call
from cti_model.envelope import BadEnvelope, decode_agent, decode_call, decode_operator
from cti_model.operators import OperatorEvent
from msgspec import Struct

_log = structlog.get_logger(__name__)
BUCKET = LIVE_CALLS.name.removeprefix("KV_")
_AGAIN_S = 0.5


class Living(Struct, frozen=True):
    """A call that was not over when it was last told. `seq`: the stream sequence of that message."""

    call: Call
    seq: int


class Seated(Struct, frozen=True):
    """An agent as it was last told, and where."""

    agent: Agent
    seq: int


class SignedIn(Struct, frozen=True):
    """What last became of an operator's log-in, and where that was told."""

    event: OperatorEvent
    seq: int


class Known(Struct, frozen=True):
    """All that the stream knows: calls in order of beginning, agents of their devices, operators of their users."""

    calls: tuple[Living, ...] = ()
    agents: tuple[Seated, ...] = ()
    operators: tuple[SignedIn, ...] = ()


async def known(bus: Bus, tenant: str, pbx: str) -> Known:
    """What the stream knows of a PBX; waits while NATS is away.

    Keys that outlived their call (a crash between its last event and the removal) are removed.
    """
    while True:
        await bus.wait_connected()
        try:
            return Known(
                await _calls(bus, tenant, pbx), await _agents(bus, tenant, pbx), await _operators(bus, tenant, pbx)
            )
        except NoAnswer as error:
            _log.warning("living calls not read yet", reason=str(error))
            await asyncio.sleep(_AGAIN_S)


async def _calls(bus: Bus, tenant: str, pbx: str) -> tuple[Living, ...]:
    index = Bucket(bus, BUCKET)
    found: list[Living] = []
    async for entry in index.entries(f"{subjects.token(tenant)}.{subjects.token(pbx)}.*"):
        call_id = entry.key.rpartition(".")[2]
        message = await newest_at_leader(bus, EVENTS.name, subjects.calls_of(tenant, pbx, call_id))
        try:
            call = decode_call(message.body).call if message is not None else None
        except BadEnvelope as error:
            _log.error("a living call cannot be read and is left", call_id=call_id, error=str(error))
            continue
        if message is None or call is None or not call.alive:
            await index.erase(entry.key)
        else:
            found.append(Living(call, message.stream_seq))
    return tuple(sorted(found, key=lambda each: (each.call.started_at, each.call.call_id)))


async def _agents(bus: Bus, tenant: str, pbx: str) -> tuple[Seated, ...]:
    """The newest message of each agent: of its kinds of event the one that came last."""
    found: dict[str, Seated] = {}
    async for message in newest_of_each(bus, EVENTS.name, subjects.agents_of_pbx(tenant, pbx)):
        try:
            agent = decode_agent(message.body).agent
        except BadEnvelope as error:
            _log.error("an agent cannot be read and is left", subject=message.subject, error=str(error))
            continue
        before = found.get(agent.device)
        if before is None or before.seq < message.stream_seq:
            found[agent.device] = Seated(agent, message.stream_seq)
    return tuple(found[device] for device in sorted(found))


async def _operators(bus: Bus, tenant: str, pbx: str) -> tuple[SignedIn, ...]:
    """The newest message of each operator's link: of its kinds of event the one that came last."""
    found: dict[str, SignedIn] = {}
    async for message in newest_of_each(bus, EVENTS.name, subjects.operators_of_pbx(tenant, pbx)):
        try:
            event = decode_operator(message.body)
        except BadEnvelope as error:
            _log.error("an operator's log-in cannot be read and is left", subject=message.subject, error=str(error))
            continue
        before = found.get(event.user)
        if before is None or before.seq < message.stream_seq:
            found[event.user] = SignedIn(event, message.stream_seq)
    return tuple(found[user] for user in sorted(found))
