"""A message of the events' stream as the event that it tells."""

import structlog
from cti_bus import Park, Received
from cti_model import subjects
from cti_model.envelope import BadEnvelope, decode_agent, decode_call, decode_journal, decode_operator

from push.projector.step import Event

_log = structlog.get_logger(__name__)


def wanted(tenant: str) -> list[str]:
    """The subjects of the events that views are made of."""
    return [
        subjects.calls_of_tenant(tenant),
        subjects.agents_of_tenant(tenant),
        subjects.operators_of_tenant(tenant),
        subjects.journal_of_tenant(tenant),
    ]


def event_of(received: Received) -> Event | None:
    """What it says. Raises `Park` when a call or agent event cannot be read.

    None for what is not understood of the journal or of a log-in: it costs a word, and no call.
    """
    if subjects.is_journal(received.subject) or subjects.is_operator(received.subject):
        try:
            known = decode_journal if subjects.is_journal(received.subject) else decode_operator
            return known(received.body)
        except BadEnvelope as error:
            _log.error("not understood", subject=received.subject, error=str(error))
            return None
    try:
        return decode_agent(received.body) if subjects.is_agent(received.subject) else decode_call(received.body)
    except BadEnvelope as error:
        raise Park(str(error), received) from error
