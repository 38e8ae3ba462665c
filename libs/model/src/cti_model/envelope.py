"""CloudEvents 1.0 in NATS binary mode: `ce-*` headers, JSON body."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from cti_model import subjects
from cti_model.agents import AgentEvent
from cti_model.commands import CommandEvent, CommandRefused, CommandRequest, CommandResult, ErrorCode, validated
from cti_model.events import CallEvent, LinkEvent
from cti_model.journal import JournalEvent
from cti_model.operators import OperatorEvent

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"

_encoder = msgspec.json.Encoder()
_UNREADABLE = (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError)
"""The last one: what is nested without end."""
_call_decoder = msgspec.json.Decoder(CallEvent)
_agent_decoder = msgspec.json.Decoder(AgentEvent)
_link_decoder = msgspec.json.Decoder(LinkEvent)
_operator_decoder = msgspec.json.Decoder(OperatorEvent)
_journal_decoder = msgspec.json.Decoder(JournalEvent)
_request_decoder = msgspec.json.Decoder(CommandRequest)
_result_decoder = msgspec.json.Decoder(CommandResult)
_outcome_decoder = msgspec.json.Decoder(CommandEvent)
MAX_REQUEST_BYTES = 16 * 1024
"""A request above this is refused unread: the largest honest one has less than 2 KiB."""


class BadEnvelope(ValueError):
    """A message that is not one of ours or does not decode; the text says why."""


class Message(NamedTuple):
    """A message ready to publish. `message_id` is deterministic: a repeat is swallowed by the stream."""

    subject: str
    message_id: str
    headers: dict[str, str]
    body: bytes


def encode_call(event: CallEvent) -> Message:
    """A call event as a message."""
    call = event.call
    kind = event.kind
    return _message(
        subjects.call(call.tenant, call.pbx, call.call_id, kind),
        event.event_id,
        f"trunkline.call.{kind}",
        f"/{call.tenant}/{call.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_call(body: bytes) -> CallEvent:
    """The call event in a message body; raises `BadEnvelope`."""
    try:
        return _call_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not a call event: {error}") from error


def encode_agent(event: AgentEvent) -> Message:
    """An agent event as a message."""
    agent = event.agent
    return _message(
        subjects.agent(agent.tenant, agent.pbx, agent.device, event.kind.value),
        event.event_id,
        f"trunkline.agent.{event.kind.value}",
        f"/{agent.tenant}/{agent.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_agent(body: bytes) -> AgentEvent:
    """The agent event in a message body; raises `BadEnvelope`."""
    try:
        return _agent_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not an agent event: {error}") from error


def encode_link(event: LinkEvent) -> Message:
    """A link event as a message."""
    return _message(
        subjects.link(event.tenant, event.pbx, event.kind.value),
        event.event_id,
        f"trunkline.link.{event.kind.value}",
        f"/{event.tenant}/{event.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_link(body: bytes) -> LinkEvent:
    """The link event in a message body; raises `BadEnvelope`."""
    try:
        return _link_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not a link event: {error}") from error


def encode_operator(event: OperatorEvent) -> Message:
    """An event of an operator's link as a message."""
    return _message(
        subjects.operator(event.tenant, event.pbx, event.user, event.kind.value),
        event.event_id,
        f"trunkline.operator.{event.kind.value}",
        f"/{event.tenant}/{event.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_operator(body: bytes) -> OperatorEvent:
    """The event of an operator's link in a message body; raises `BadEnvelope`."""
    try:
        return _operator_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not an operator event: {error}") from error


def encode_journal(event: JournalEvent) -> Message:
    """What the journal adds, as a message."""
    return _message(
        subjects.journal(event.tenant, event.pbx, event.call_id, event.kind),
        event.event_id,
        f"trunkline.journal.{event.kind}",
        f"/{event.tenant}/{event.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_journal(body: bytes) -> JournalEvent:
    """What the journal adds, in a message body; raises `BadEnvelope`."""
    try:
        return _journal_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not a journal event: {error}") from error


def encode_request(tenant: str, pbx: str, request: CommandRequest, at: datetime) -> Message:
    """A request as a message for `Bus.request`; the reply decodes with `decode_result`."""
    return _message(
        subjects.command(tenant, pbx, request.verb.value),
        request.command_id,
        f"trunkline.cmd.{request.verb.value}",
        f"/{tenant}/{pbx}",
        at.isoformat(),
        _encoder.encode(request),
    )


def decode_request(subject: str, body: bytes) -> CommandRequest:
    """The valid request in a message; raises `CommandRefused`.

    The subject decides about the verb (who may publish there may ask for this one): another in the body is refused.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise CommandRefused(ErrorCode.BAD_REQUEST, f"larger than {MAX_REQUEST_BYTES} bytes")
    try:
        request = _request_decoder.decode(body)
    except _UNREADABLE as error:
        raise CommandRefused(ErrorCode.BAD_REQUEST, f"not a command: {error}") from error
    if subjects.verb_of(subject) != request.verb:
        raise CommandRefused(ErrorCode.BAD_REQUEST, "the verb is not that of the subject")
    return validated(request)


def encode_result(result: CommandResult) -> bytes:
    """A result as the body of a reply."""
    return _encoder.encode(result)


def decode_result(body: bytes) -> CommandResult:
    """The result in the body of a reply; raises `BadEnvelope`."""
    try:
        return _result_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not the result of a command: {error}") from error


def encode_outcome(event: CommandEvent) -> Message:
    """A command's outcome as a message."""
    return _message(
        subjects.command_outcome(event.tenant, event.pbx, event.request.verb.value, event.kind),
        event.event_id,
        f"trunkline.command.{event.kind}",
        f"/{event.tenant}/{event.pbx}",
        event.occurred_at.isoformat(),
        _encoder.encode(event),
    )


def decode_outcome(body: bytes) -> CommandEvent:
    """The outcome in a message body; raises `BadEnvelope`."""
    try:
        return _outcome_decoder.decode(body)
    except _UNREADABLE as error:
        raise BadEnvelope(f"not the outcome of a command: {error}") from error


def _message(subject: str, message_id: str, kind: str, source: str, time: str, body: bytes) -> Message:
    headers = {
        "ce-specversion": SPEC_VERSION,
        "ce-id": message_id,
        "ce-type": kind,
        "ce-source": source,
        "ce-time": time,
        "content-type": CONTENT_TYPE,
    }
    return Message(subject, message_id, headers, body)
