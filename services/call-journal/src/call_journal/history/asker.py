"""Who asks, and what of a tenant's calls they may see and write.

| role | sees | writes |
|---|---|---|
| operator | rows of their own telephones | notes, results, links of those |
| supervisor | all rows, or those of the users in the token's `team` | the same of what they see |
| integrator | all rows, but no notes | results and links; notes too when the journal is set so |
| admin | all rows | notes, results, links |

With several roles, what any of them may. Without one of these: nothing.
"""

from typing import TypeVar

import msgspec
from cti_model.directory import Role
from cti_model.questions import CallFilters
from cti_runtime.auth import Identity

from call_journal.history.errors import NotAllowed

Filters = TypeVar("Filters", bound=CallFilters)
_ROLES = frozenset(role.value for role in Role)


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks. `users`: whose rows they may see; None: everybody's. `notes`: whether they read and write notes."""

    tenant: str
    user: str
    users: frozenset[str] | None = None
    notes: bool = True

    def sees(self, *users: str) -> bool:
        """Whether a row of these users is theirs to see."""
        return self.users is None or not self.users.isdisjoint(users)

    @property
    def sees_everyone(self) -> bool:
        """Whether all rows of the tenant are theirs to see."""
        return self.users is None


def asker_of(identity: Identity, integrator_notes: bool = False) -> Asker:
    """What a token allows; raises `NotAllowed` when it holds none of our roles."""
    roles = identity.roles & _ROLES
    if not roles:
        raise NotAllowed("the token holds no role that may read calls")
    users: frozenset[str] | None = frozenset({identity.user})
    if roles & {Role.ADMIN.value, Role.INTEGRATOR.value}:
        users = None
    elif Role.SUPERVISOR.value in roles:
        users = None if identity.team is None else identity.team | {identity.user}
    notes = bool(roles - {Role.INTEGRATOR.value}) or integrator_notes
    return Asker(tenant=identity.tenant, user=identity.user, users=users, notes=notes)


def narrowed(asker: Asker, filters: Filters) -> Filters | None:
    """The filters as far as the asker may see; None when that is nothing."""
    if asker.users is None:
        return filters
    if filters.user is not None:
        return filters if filters.user in asker.users else None
    among = asker.users if filters.users is None else asker.users & set(filters.users)
    if len(among) == 1:  # one user's rows have an index in the order in which they are listed
        return msgspec.structs.replace(filters, user=next(iter(among)), users=None)
    return msgspec.structs.replace(filters, users=tuple(sorted(among))) if among else None
