"""What the API answers beside the entities. The OpenAPI document is made from these."""

import msgspec
from cti_model.directory import Candidate, SubscriberKind

from directory.agent_states import AgentState
from directory.entities import AuditItem


class Candidates(msgspec.Struct, kw_only=True):
    """Who may be behind a number, the likeliest first."""

    candidates: list[Candidate]


class NameFound(msgspec.Struct, kw_only=True):
    """Somebody found by name."""

    id: str
    kind: SubscriberKind
    name: str
    job: str = ""
    department: str = ""
    type: str = ""
    city: str = ""
    account_id: str | None = None
    user_id: str | None = None
    photo_url: str = ""


class SearchResult(msgspec.Struct, kw_only=True):
    """`by_number` when the query was a number, else `by_name`, at most twenty."""

    by_name: list[NameFound] = []
    by_number: list[Candidate] = []


class AgentStates(msgspec.Struct, kw_only=True):
    """States of agents, as each kind of PBX has them."""

    items: list[AgentState]


class AuditPage(msgspec.Struct, kw_only=True):
    """Changes, newest first. `next`: hand it back as `cursor` for older ones."""

    items: list[AuditItem]
    next: str | None
