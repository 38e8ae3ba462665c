"""What is done with each column that holds text when somebody is erased. By the names of columns, in every table.

A test walks the schema: a new column has to be placed here. One that is not is masked.
"""

from enum import StrEnum

from cti_model.calls import Call
from cti_model.events import CallFact
from cti_model.journal import JournalEvent

from call_journal.project.archived import Born


class Treatment(StrEnum):
    """`keep`: ids of ours and words of ours, which name nobody. `mask`: pseudonyms in place of what names somebody.
    `name`: goes in calls with an erased number. `free`: what people wrote, the same. `word`: goes if it holds a name.
    `digits`: of the masked number. `reference`: what leads to the person elsewhere; goes like a name.
    """

    KEEP = "keep"
    MASK = "mask"
    NAME = "name"
    FREE = "free"
    WORD = "word"
    DIGITS = "digits"
    REFERENCE = "reference"


_NAMES: dict[Treatment, tuple[str, ...]] = {
    Treatment.KEEP: (
        *("tenant", "call_id", "connection_id", "event_id", "message_id", "recording", "one", "other"),
        *("consultation_of", "merged_into", "pbx", "direction", "outcome", "cause", "ended_by", "began_by"),
        *("device_kind", "kind", "origin", "consumer", "stream", "life", "how", "reason", "job", "agent_state"),
    ),
    Treatment.MASK: (
        *("dialled", "queue", "state", "user_id", "device", "remote_number", "redirecting_id", "redirection_id"),
        *("number", "native_ids", "fact", "born", "recording_id", "native_id", "location"),
        *("changed_by", "granted_by", "event", "shared_with", "users", "candidates"),
    ),
    Treatment.NAME: ("remote_name", "name"),
    Treatment.FREE: ("note",),
    Treatment.WORD: ("result",),
    Treatment.DIGITS: ("remote_digits",),
    Treatment.REFERENCE: ("contact_id", "account_id", "employee_id", "links"),
}
TREATMENTS = {name: treatment for treatment, names in _NAMES.items() for name in names}
JSON_TYPES: dict[tuple[str, str], object] = {
    ("call", "state"): Call,
    ("call_event", "fact"): CallFact,
    ("call_event", "born"): Born,
    ("journal_outbox", "event"): JournalEvent,
}
"""What stands in a column of JSON, so that it is written as it was: without what is not said."""
DROPPED = frozenset({"identification"})
"""Tables whose rows go as a whole: they say nothing but who somebody is."""
APART = frozenset({"erased", "erased_call", "erasure", "night", "position", "journal_version", "recording_gone"})
"""Tables that name nobody: the log and the digests of erasures, and our own books."""
