"""Operators as agents: what a status, the state of a queue's call, and their telephone make of them together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from connector_webitel.new.agents import Agents
from connector_webitel.new.state import State
from connector_webitel.new.translate import translate
from cti_model.agents import AgentEvent, AgentEventKind, AgentState
from cti_model.events import Origin

AT = datetime(2025, 11, 20, 9, 6, 40, tzinfo=UTC)
AGENT = {"type": "user", "number": "101", "name": "Agent", "id": "12"}


def ms(seconds: float) -> int:
    return int((AT + timedelta(seconds=seconds)).timestamp() * 1000)


class Told:
    """One agent of Webitel's, number 4, at 101; what was told of them."""

    def __init__(self, **session: Any) -> None:
        self.agents = Agents("acme", "webitel")
        self.events: list[AgentEvent] = []
        self.seconds = 0
        waiting = [{"channel": "call", "state": "waiting", "joined_at": ms(0)}]
        said = {"agent_id": 4, "status": "online", "last_status_change": ms(0), "channels": waiting}
        self.events += self.agents.session("101", said | session, AT)

    def status(self, status: str, **more: Any) -> None:
        self.seconds += 1
        said = {"agent_id": 4, "status": status, "timestamp": ms(self.seconds), **more}
        self.events += self.agents.status("101", said, AT + timedelta(seconds=self.seconds))

    def channel(self, status: str, **more: Any) -> None:
        self.seconds += 1
        said = {"channel": "call", "attempt_id": 77, "status": status, "timestamp": ms(self.seconds), **more}
        self.events += self.agents.channel("101", said, AT + timedelta(seconds=self.seconds))

    @property
    def states(self) -> list[AgentState]:
        return [each.current for each in self.events]


def test_a_status_is_told_with_its_reason_and_instant():
    told = Told()
    assert told.events[0].kind is AgentEventKind.CALL_CENTRE_CHANGED
    assert told.events[0].origin is Origin.RECONCILED
    told.status("pause", status_payload="Lunch")
    assert (told.events[-1].current, told.events[-1].reason) == (AgentState.NOT_READY, "Lunch")
    assert told.events[-1].occurred_at == AT + timedelta(seconds=1)
    told.status("break_out")
    assert (told.events[-1].current, told.events[-1].reason) == (AgentState.NOT_READY, "break_out")
    told.status("offline")
    assert told.events[-1].kind is AgentEventKind.CALL_CENTRE_CHANGED
    assert told.states == [AgentState.READY, AgentState.NOT_READY, AgentState.NOT_READY, AgentState.LOGGED_OUT]


def test_a_queues_call_from_its_offer_to_the_end_of_what_follows_it():
    told = Told()
    for each in ("distribute", "offering", "answered", "bridged"):
        told.channel(each)
    told.channel("processing", processing={"timeout": ms(60), "sec": 30, "renewal_sec": 15})
    part = told.events[-1].agent.queues[0]
    assert part.wrap_up_until == AT + timedelta(seconds=60)
    told.channel("waiting")
    assert told.states == [
        AgentState.READY,
        AgentState.BUSY,
        AgentState.BUSY,
        AgentState.AFTER_CALL,
        AgentState.READY,
    ]
    assert told.events[-1].agent.queues[0].wrap_up_until is None


def test_a_missed_call_keeps_an_agent_away_for_a_while():
    told = Told()
    told.channel("offering")
    told.channel("missed", missed={"timeout": ms(30)})
    assert (told.events[-1].current, told.events[-1].reason) == (AgentState.NOT_READY, "missed")
    told.channel("waiting")
    assert told.states[-1] is AgentState.READY


def test_a_pause_that_was_taken_in_a_call_follows_when_the_call_is_finished():
    told = Told()
    told.channel("bridged")
    told.status("pause", status_payload="Lunch")
    assert told.states[-1] is AgentState.BUSY
    told.channel("wrap_time", wrap_time={"timeout": ms(70)})
    assert told.states[-1] is AgentState.AFTER_CALL
    told.channel("waiting")
    assert (told.events[-1].current, told.events[-1].reason) == (AgentState.NOT_READY, "Lunch")


def test_a_call_of_their_own_keeps_an_agent_busy():
    told, state = Told(), State("acme", "webitel")
    call = {"id": "c1", "event": "ringing", "timestamp": str(ms(1)), "data": {"direction": "outbound", "from": AGENT}}
    translate(state, "101", {"call": call}, AT)
    told.events += told.agents.phone("101", state.legs.values(), AT)
    assert told.states[-1] is AgentState.BUSY
    told.events += told.agents.phone("101", [], AT)
    assert told.states[-1] is AgentState.READY


def test_late_words_and_those_about_others_change_nothing():
    told = Told()
    told.status("pause", status_payload="Lunch")
    before = list(told.events)
    told.events += told.agents.status("101", {"agent_id": 4, "status": "online", "timestamp": ms(0.5)}, AT)
    told.status("offline", agent_id=5)
    told.channel("bridged", channel="chat")
    assert told.events == before


def test_an_answer_that_is_older_than_an_event_does_not_undo_it():
    told = Told()
    told.status("pause", status_payload="Lunch")
    told.channel("bridged")
    stale = [{"channel": "call", "state": "waiting", "joined_at": ms(0)}]
    said = {"agent_id": 4, "status": "online", "last_status_change": ms(0), "channels": stale}
    assert told.agents.session("101", said, AT + timedelta(seconds=9)) == []
    assert told.agents.standings["101"].status == "pause"


def test_a_new_leader_learns_from_the_tasks_until_when_a_call_is_finished():
    before = Told()
    before.channel("bridged")
    after = Agents("acme", "webitel")
    after.restore([before.events[-1].agent])
    processing = [{"channel": "call", "state": "processing", "joined_at": ms(5)}]
    assert after.session("101", {"agent_id": 4, "status": "online", "channels": processing}, AT) == []
    task = {"channel": "call", "attempt_id": 77, "processing_timeout_at": ms(60), "processing_renewal_sec": 15}
    [event] = after.tasks("101", [task], AT)
    assert (event.previous, event.current) == (AgentState.BUSY, AgentState.AFTER_CALL)
    assert event.agent.queues[0].wrap_up_until == AT + timedelta(seconds=60)
    assert (after.standings["101"].attempt, after.standings["101"].renewal_s) == (77, 15)


def test_who_is_an_agent_no_more_is_outside():
    told = Told()
    [event] = told.agents.none("101", AT)
    assert event.current is AgentState.LOGGED_OUT
    assert told.agents.none("102", AT) == []


def test_who_fills_in_a_form_or_passes_a_queues_call_on_is_not_free():
    told = Told()
    told.channel("transfer")
    told.channel("form")
    told.channel("waiting")
    assert told.states == [AgentState.READY, AgentState.BUSY, AgentState.AFTER_CALL, AgentState.READY]
