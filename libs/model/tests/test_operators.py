"""An operator's own log-in at a PBX: as an event, and as an error in the user's view."""

from datetime import UTC, datetime, timedelta

import pytest
from cti_model import subjects
from cti_model.envelope import BadEnvelope, decode_operator, encode_operator
from cti_model.operators import OperatorEvent, OperatorEventKind, Refusal, operator_event
from cti_model.view import CtiEventName, UserView, project_operator

T0 = datetime(2026, 1, 1, 10, tzinfo=UTC)
EMPTY = UserView(tenant="t", user="ann")


def event(kind: OperatorEventKind, after_s: int = 0, reason: Refusal | None = None, pbx: str = "p") -> OperatorEvent:
    at = T0 + timedelta(seconds=after_s)
    return operator_event("t", pbx, "ann", "101", kind, at, reason=reason, detail="no", credential="c/1")


REFUSED = event(OperatorEventKind.REFUSED, reason=Refusal.IN_USE)


def test_it_goes_through_an_envelope_under_its_users_subject():
    message = encode_operator(REFUSED)
    assert decode_operator(message.body) == REFUSED
    assert message.subject == "cti.t.operator.p.ann.refused"
    assert subjects.is_operator(message.subject)
    assert message.headers["ce-type"] == "trunkline.operator.refused"
    assert event(OperatorEventKind.REFUSED, 1, Refusal.IN_USE).event_id != REFUSED.event_id
    with pytest.raises(BadEnvelope):
        decode_operator(b"{}")


def test_a_refusal_is_an_error_once_until_it_is_another():
    view, told = project_operator(EMPTY, REFUSED)
    assert [(each.name, each.error) for each in told] == [(CtiEventName.ERROR, view.errors[0])]
    assert (view.errors[0].reason, view.errors[0].since, view.errors[0].message) == (Refusal.IN_USE, T0, "no")
    again, silence = project_operator(view, event(OperatorEventKind.REFUSED, 60, Refusal.IN_USE))
    assert (again, silence) == (view, ())
    other, told = project_operator(view, event(OperatorEventKind.REFUSED, 90, Refusal.LICENCE))
    assert [each.reason for each in other.errors] == [Refusal.LICENCE]
    assert len(told) == 1


@pytest.mark.parametrize("kind", [OperatorEventKind.ADMITTED, OperatorEventKind.RELEASED])
def test_it_goes_when_it_is_mended_or_wanted_no_more(kind):
    view, _ = project_operator(EMPTY, REFUSED)
    both, _ = project_operator(view, event(OperatorEventKind.REFUSED, 1, Refusal.OTHER, pbx="q"))
    assert [each.pbx for each in both.errors] == ["p", "q"]
    after, told = project_operator(both, event(kind, 2))
    assert [each.pbx for each in after.errors] == ["q"]
    assert told == ()
    assert project_operator(EMPTY, event(kind, 3)) == (EMPTY, ())
