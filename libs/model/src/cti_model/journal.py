"""What the journal adds about a call: facts for other services, never part of the call's own state."""

from datetime import datetime

from msgspec import Struct

from cti_model.directory import Candidate
from cti_model.events import Origin

MOST_CANDIDATES = 10
"""Of one identification: they are in each later message about the call's view."""


class JournalFact(Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type"):
    """Base of what the journal tells. `connection_id` names the row of the Calls section."""

    connection_id: str


class Identified(JournalFact, frozen=True, tag="identified"):
    """The other party of a row was found in the directory: whoever may have `number`, the likeliest first.

    `contact_id` and `name` are the first one's, whatever kind it is of. `device` is the row's extension. Once for each
    row, number and set of candidates; a number that nobody has is not told. A row's number can change (a transfer):
    what was told of another number is not true of it any more.
    """

    contact_id: str
    name: str = ""
    number: str = ""
    device: str = ""
    candidates: tuple[Candidate, ...] = ()


class Saved(JournalFact, frozen=True, tag="saved"):
    """A user's first row of a call was written: from now on it can be read. Once for each call and user; a row
    that moves to another call with its connection is not told again.
    """

    user: str


class Linked(JournalFact, frozen=True, tag="linked"):
    """A user wrote about a row. `version` counts the changes; note and links themselves are read from the journal.

    `result` as it is now; `links`: the kinds of links that were set, taken away or changed (`contact`, `account` …).
    `owners`: the users whose row it is.
    """

    user: str
    version: int
    result: str = ""
    links: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()


JournalFacts = Identified | Saved | Linked


class JournalEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One fact that the journal adds. `event_id` is the same at each repeat.

    `origin`: `reconciled` when it was found out late, as after an outage; the call may be over.
    """

    event_id: str
    occurred_at: datetime
    tenant: str
    pbx: str
    call_id: str
    fact: JournalFacts
    origin: Origin = Origin.OBSERVED

    @property
    def kind(self) -> str:
        """The event's name: the last token of its subject."""
        return str(type(self.fact).__struct_config__.tag)
