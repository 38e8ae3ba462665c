"""The projector's pure part: any restart point gives the same updates."""

from datetime import UTC, datetime, timedelta

from connector_asterisk.agents import WANTED, Agents, translate_agents
from connector_asterisk.channels import Naming
from connector_asterisk.wire import Decoder
from cti_directory import by_settings, owners_of
from cti_model.agents import AgentState
from cti_model.directory import Candidate, Match, SubscriberKind
from cti_model.journal import Identified, JournalEvent, Linked, Saved
from cti_model.operators import OperatorEventKind, Refusal, operator_event
from cti_model.view import CtiEventName
from cti_simulators.traces import load_trace
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from push.projector.step import step
from push.projector.views import Views

from .conftest import TRACES, recorded

EVENTS = [
    (seq, event)
    for seq, event in enumerate(
        [
            *recorded("j_attended_transfer"),
            *recorded("n1_queue_ringall"),
            *recorded("h2_both_hold"),
            *recorded("s2_directed_pickup"),
        ],
        1,
    )
]
BY_NUMBER = owners_of(None)


def told(events, latest=None, owners=BY_NUMBER):
    latest, updates = Views((latest or {}).values()), []
    for seq, event in events:
        for update in step(latest, event, seq, owners, "life"):
            latest[update.view.user] = update
            updates.append(update)
    return updates, latest


def test_versions_have_no_gap_and_calls_end():
    updates, latest = told(EVENTS)
    for user in ("101", "102", "103"):
        mine = [each for each in updates if each.view.user == user]
        assert [each.version for each in mine] == list(range(1, len(mine) + 1))
        assert len({each.epoch for each in mine}) == 1
        assert latest[user].view.calls == ()
    assert len({latest[user].epoch for user in latest}) == len(latest)


def test_what_each_user_hears_of_a_transfer():
    updates, _ = told(enumerate(recorded("j_attended_transfer"), 1))
    heard = {
        user: [str(event.name) for each in updates if each.view.user == user for event in each.events]
        for user in ("101", "102")
    }
    assert heard["101"] == [
        "callStarted", "currentCallChanged", "commutationStarted", "hold", "callStarted", "callInfoChanged",
        "commutationStarted", "unhold", "callFinished", "currentCallChanged", "callFinished", "currentCallChanged",
    ]  # fmt: skip
    assert heard["102"] == [
        "callStarted", "currentCallChanged", "commutationStarted", "callInfoChanged", "callInfoChanged",
        "callFinished", "currentCallChanged",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(EVENTS)), st.integers(0, 40))
def test_a_restart_that_repeats_events_tells_nobody_twice(crash_at, repeated):
    whole, _ = told(EVENTS)
    before, latest = told(EVENTS[:crash_at])
    after, _ = told(EVENTS[max(0, crash_at - repeated) :], latest)
    assert before + after == whole


@settings(max_examples=60, deadline=None)
@given(st.integers(1, len(EVENTS)), st.data())
def test_a_crash_between_two_users_of_one_event_leaves_nobody_out(crash_at, data):
    whole, _ = told(EVENTS)
    before, latest = told(EVENTS[: crash_at - 1])
    seq, event = EVENTS[crash_at - 1]
    of_this_event = step(latest, event, seq, BY_NUMBER, "life")
    stored = of_this_event[: data.draw(st.integers(0, len(of_this_event)))]
    latest.update({each.view.user: each for each in stored})
    after, _ = told(EVENTS[crash_at - 1 :], latest)
    assert sorted(map(repr, before + stored + after)) == sorted(map(repr, whole))


def test_extensions_of_one_user():
    owners = owners_of(None, by_settings({"ann": ["101", "asterisk:102"], "bob": ["other:102"]}))
    updates, _ = told(enumerate(recorded("a_internal_caller_hangup"), 1), owners=owners)
    assert {each.view.user for each in updates} == {"ann"}
    assert max(len(each.view.calls) for each in updates) == 2


def agent_events():
    """What the connector tells of a pause in a queue."""
    agents, decoder = Agents("replay", "asterisk", Naming()), Decoder(WANTED)
    for chunk in load_trace(TRACES / "n4_queue_pause.ami.gz").chunks:
        at = datetime.fromtimestamp(chunk.t, UTC)
        for frame in decoder.feed(chunk.data):
            yield from translate_agents(agents, frame, at)


def test_an_agent_sees_their_own_state_in_each_queue():
    updates, latest = told(enumerate(agent_events(), 1))
    mine = [
        (event.name, event.agent.state, event.previous) for u in updates if u.view.user == "102" for event in u.events
    ]
    assert mine[0] == (CtiEventName.CALL_CENTRE_STATE_CHANGED, AgentState.BUSY, AgentState.LOGGED_OUT)
    assert (CtiEventName.AGENT_STATE_CHANGED, AgentState.NOT_READY, AgentState.BUSY) in mine
    (agent,) = latest["102"].view.agents
    assert (agent.device, agent.state) == ("102", AgentState.READY)
    assert {each.queue for each in agent.queues} == {"support"}


def test_agents_and_calls_of_one_user_share_one_history():
    events = list(enumerate([*agent_events(), *recorded("n1_queue_ringall")], 1))
    updates, latest = told(events)
    mine = [each for each in updates if each.view.user == "102"]
    assert [each.version for each in mine] == list(range(1, len(mine) + 1))
    again, _ = told(events, latest)
    assert again == []
    assert latest["102"].view.agents


CALLER = "79161234567"
IVAN = Candidate(
    id="ivan", kind=SubscriberKind.CONTACT, name="Ivan", number=CALLER, match=Match.E164, matched_digits=11
)


def added(call, fact):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return JournalEvent(
        event_id=repr(fact), occurred_at=at, tenant=call.tenant, pbx=call.pbx, call_id=call.call_id, fact=fact
    )


def heard(updates, user):
    return [str(event.name) for each in updates if each.view.user == user for event in each.events]


def transfer_with_names():
    """101 is called by Ivan, then consults 102 and hands over; the journal says who each of them is."""
    events = recorded("j_attended_transfer")
    ringing = events[1].call.connections[-1]
    row = ringing.connection_id
    consulted = next(each.connection_id for each in events[6].call.connections if each.device.number == "102")
    named = Identified(connection_id=row, contact_id="ivan", name="Ivan", number=CALLER, candidates=(IVAN,))
    call, handed_over = events[1].call, events[6].call
    events.insert(2, added(call, named))
    events.insert(3, added(call, Saved(connection_id=row, user="101")))
    last = next(at for at, each in enumerate(events) if at > 8 and getattr(each, "kind", "") == "connection_cleared")
    events.insert(last + 1, added(handed_over, structs.replace(named, connection_id=consulted)))
    events.append(added(call, Linked(connection_id=row, user="boss", version=1, owners=("101",))))
    return list(enumerate(events, 1)), row, consulted


def test_a_call_has_a_name_and_a_row_until_it_ends_and_after_a_transfer_the_name_of_who_is_there():
    events, row, consulted = transfer_with_names()
    updates, latest = told(events)
    assert heard(updates, "101")[:4] == ["callStarted", "currentCallChanged", "callInfoChanged", "callSaved"]
    mine = [call for each in updates if each.view.user == "101" for call in each.view.calls if call.id == row]
    assert [call.party is not None for call in mine] == [False] + [True] * (len(mine) - 1)
    assert (mine[-1].party.name, mine[-1].party.candidates, mine[-1].database_id) == ("Ivan", (IVAN,), row)
    finished = [event.call for each in updates for event in each.events if event.name == CtiEventName.CALL_FINISHED]
    assert ("Ivan", row) in [(call.party and call.party.name, call.database_id) for call in finished]
    theirs = [call for each in updates if each.view.user == "102" for call in each.view.calls if call.id == consulted]
    assert [call.number for call in theirs if call.party is not None] == [CALLER]
    last = [each for each in updates if each.view.user == "101"][-1]
    assert [(event.name, event.database_id, event.call) for event in last.events] == [
        (CtiEventName.CALL_INFO_CHANGED, row, None)
    ]
    assert latest["101"].view.calls == ()


def test_what_is_identified_of_another_number_or_of_a_call_that_is_over_is_not_told():
    events = list(enumerate(recorded("g2_inbound_utf8_name"), 1))
    row = events[1][1].call.connections[-1].connection_id
    other = Identified(connection_id=row, contact_id="ivan", name="Ivan", number=CALLER, candidates=(IVAN,))
    plain, _ = told(events)
    with_other, _ = told([*events[:2], (2.5, added(events[1][1].call, other)), *events[2:]])
    right = structs.replace(other, number="+79031112233")
    late, _ = told([*events, (99, added(events[1][1].call, right))])
    assert plain == with_other == late


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(0, 20))
def test_a_restart_tells_no_name_twice(crash_at, repeated):
    events, _, _ = transfer_with_names()
    whole, _ = told(events)
    before, latest = told(events[:crash_at])
    after, _ = told(events[max(0, crash_at - repeated) :], latest)
    assert before + after == whole


def test_a_shared_extension_is_seen_by_all_of_its_users_of_the_time():
    events = list(enumerate(recorded("g2_inbound_utf8_name"), 1))
    began = events[1][1].call.connections[-1].started_at

    def owners(_tenant, _pbx, extension, at):
        if extension != "101":
            return (extension,)
        return ("ann", "bob") if at < began + timedelta(seconds=1) else ("eve",)

    updates, latest = told(events, owners=owners)
    assert {each.view.user for each in updates} == {"ann", "bob"}
    assert heard(updates, "ann") == heard(updates, "bob")
    assert latest["ann"].view.calls == latest["bob"].view.calls == ()


def test_an_extension_that_changes_hands_in_mid_call_leaves_no_ghost():
    events = list(enumerate(recorded("g2_inbound_utf8_name"), 1))
    first, latest = told(events[:3], owners=lambda *_: ("ann",))
    then, after = told(events[3:], latest, owners=lambda *_: ())
    assert heard(first, "ann") + heard(then, "ann") == heard(told(events, owners=lambda *_: ("ann",))[0], "ann")
    assert after["ann"].view.calls == ()


def test_a_refused_log_in_is_its_users_error_until_it_is_mended():
    at = datetime(2026, 1, 1, 10, tzinfo=UTC)
    refused = operator_event("t", "p", "ann", "101", OperatorEventKind.REFUSED, at, reason=Refusal.WRONG_PASSWORD)
    admitted = operator_event("t", "p", "ann", "101", OperatorEventKind.ADMITTED, at + timedelta(seconds=9))
    nobodys = structs.replace(refused, user="a b")
    updates, latest = told([(1, refused), (2, refused), (3, nobodys), (4, admitted), (5, admitted)])
    assert [(each.view.user, each.source_seq, len(each.view.errors)) for each in updates] == [
        ("ann", 1, 1),
        ("ann", 4, 0),
    ]
    assert [(event.name, event.error.reason) for event in updates[0].events] == [
        (CtiEventName.ERROR, Refusal.WRONG_PASSWORD)
    ]
    assert updates[1].events == ()
    assert latest["ann"].view.errors == ()
