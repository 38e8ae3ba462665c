"""Why the translator said what it said: each fact beside the FreeSWITCH event that it came from. For people who ask.

One JSON object a line, in the order of the facts: `at`, `call`, `version`, `fact`, `connection` and `device` where the
fact is about one, and `frame`: its `number` among the events of the recording (from 1), `event`, `sequence`
(FreeSWITCH's own number of it), and the headers that matter; null where time alone told the fact.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cti_connector.replaying import Because, Chunks
from cti_freeswitch.event import Event
from cti_freeswitch.state import State
from cti_freeswitch.translate import SETTLE, settle_explained, translate_explained
from cti_freeswitch.translate.turn import Told
from cti_model.events import CallEvent, Origin

from connector_freeswitch.recording import events_in

_SHOWN = """
Event-Subclass Unique-ID Channel-Name Call-Direction Channel-Presence-ID Channel-Call-State Caller-Caller-ID-Number
Caller-Destination-Number Other-Type Other-Leg-Unique-ID Bridge-A-Unique-ID Bridge-B-Unique-ID Hangup-Cause
variable_transfer_source variable_sip_hangup_disposition variable_verto_hangup_disposition variable_current_application
CC-Action CC-Queue CC-Agent Action Conference-Name FIFO-Action FIFO-Name DTMF-Digit Record-File-Path
"""
_HEADERS = tuple(_SHOWN.split())


def explained(chunks: Chunks) -> Iterator[tuple[CallEvent, Because]]:
    """The facts of a recording, each with the event that told it."""
    state = State("replay", "freeswitch")
    numbers: dict[int, tuple[int, Event]] = {}  # holds the events, so that no other gets the identity of one
    at = datetime.fromtimestamp(0, UTC)
    for at, event, number in events_in(chunks):
        numbers[id(event)] = (number, event)
        for told in translate_explained(state, event, at, Origin.REPLAYED):
            yield told.event, _shown(told, numbers)
    for told in settle_explained(state, at + 2 * SETTLE + timedelta(seconds=1), Origin.REPLAYED):
        yield told.event, _shown(told, numbers)


def _shown(told: Told, numbers: dict[int, tuple[int, Event]]) -> Because:
    known = numbers.get(id(told.because))
    if known is None:
        return None
    number, because = known
    shown = {name: value for name in _HEADERS if (value := because.get(name))}
    return {"number": number, "event": because.name, "sequence": because.get("Event-Sequence"), **shown}
