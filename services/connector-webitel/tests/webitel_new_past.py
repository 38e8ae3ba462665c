"""What REST's history says of calls, made by the test, and what was told of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_webitel.new.history import missed
from connector_webitel.new.state import State
from connector_webitel.new.translate import next_conclusion, tick
from cti_model.calls import Call
from cti_model.events import CallEvent
from cti_model.fold import refold

BEGIN = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}
INCOMING = {"direction": "inbound", "destination": "0800", "parent_id": "cust", "from": CUSTOMER, "to": AGENT}
USER = {"id": "12", "name": "Agent"}
LATER = BEGIN + timedelta(minutes=10)


def ms(second: float) -> str:
    """As REST's gateway writes it."""
    return str(int((BEGIN + timedelta(seconds=second)).timestamp() * 1000))


def item(uid: str, began: int, over: int, **more: Any) -> dict[str, Any]:
    return {
        **INCOMING,
        "user": USER,
        "id": uid,
        "created_at": ms(began),
        "answered_at": "0",
        "hangup_at": ms(over),
        **more,
    }


def history(state: State, *items: dict[str, Any]) -> list[CallEvent]:
    told = missed(state, "101", items, LATER, LATER)
    while (due := next_conclusion(state)) is not None:
        told += tick(state, due)
    return told


def calls(told: list[CallEvent]) -> list[Call]:
    last = {each.call.call_id: each.call for each in told}
    for call in last.values():
        assert refold(each for each in told if each.call.call_id == call.call_id) == call
    return list(last.values())
