"""Operators who are signed in at a PBX each by a link of their own (first-party PBXs): let in, refused, released.

As with calls and agents, the newest message of an operator is what is: `cti.<tenant>.operator.<pbx>.<user>.>`.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from cti_model.calls import microseconds
from cti_model.events import Origin
from cti_model.ids import event_id


class Refusal(StrEnum):
    """Why a PBX does not let somebody in. `in_use`: the account is signed in elsewhere. `licence`: no more may sign in.

    `not_available`: it lets nobody in yet, or the account is shut. `other`: it did not say.
    """

    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a reason
    IN_USE = "in_use"
    LICENCE = "licence"
    NOT_AVAILABLE = "not_available"
    OTHER = "other"


class OperatorEventKind(StrEnum):
    """What became of an operator's log-in. `released`: the link is no longer wanted."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    RELEASED = "released"


class OperatorEvent(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of an operator's log-in at the PBX.

    `device`: the operator's extension there. `reason` and `detail` (the PBX's words, for people): with `refused`.
    `credential`: which version of the credential was used; tells nothing of the secret.
    """

    event_id: str
    occurred_at: datetime
    tenant: str
    pbx: str
    user: str
    device: str
    kind: OperatorEventKind
    reason: Refusal | None = None
    detail: str = ""
    credential: str = ""
    origin: Origin = Origin.OBSERVED


def operator_event(
    tenant: str,
    pbx: str,
    user: str,
    device: str,
    kind: OperatorEventKind,
    at: datetime,
    *,
    reason: Refusal | None = None,
    detail: str = "",
    credential: str = "",
) -> OperatorEvent:
    """The event, with its id."""
    return OperatorEvent(
        event_id=event_id(f"operator/{tenant}/{pbx}/{user}", 0, kind.value, microseconds(at - _EPOCH)),
        occurred_at=at,
        tenant=tenant,
        pbx=pbx,
        user=user,
        device=device,
        kind=kind,
        reason=reason,
        detail=detail,
        credential=credential,
    )


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
