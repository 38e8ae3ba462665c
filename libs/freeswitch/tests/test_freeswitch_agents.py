"""mod_callcenter's agents: a recorded shift, lists, wrap-up."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cti_freeswitch.agents import Agents, reconcile_agents, tick, translate_agents, use_telephones
from cti_freeswitch.event import Event
from cti_freeswitch.snapshot import channels, dump, table
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_model.agents import AgentState
from cti_simulators.traces import load_trace
from msgspec import json

TRACE = Path(__file__).parents[3] / "tests" / "data" / "traces" / "freeswitch-1.10" / "queue.esl.jsonl.gz"
BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
AGENTS = "name|status|state|wrap_up_time\n102@demo.local|Available|Waiting|4\n"
AGENTS += "104@demo.local|Logged Out|Waiting|4\n+OK\n"
TIERS = "queue|agent|state|level|position\nsupport@demo.local|102@demo.local|Ready|1|1\n"
TIERS += "support@demo.local|104@demo.local|Ready|1|2\n+OK\n"


S = AgentState
SHIFT = {
    # Offered and not answered, then answered; the break begins while the wrap-up lasts, and shows when that is over.
    "102": [S.BUSY, S.READY, S.BUSY, S.BUSY, S.AFTER_CALL, S.AFTER_CALL, S.NOT_READY, S.LOGGED_OUT],
    "104": [S.READY, S.BUSY, S.BUSY, S.AFTER_CALL, S.READY, S.NOT_READY, S.LOGGED_OUT],
}


def seated() -> tuple[Agents, list]:
    agents = Agents("t", "p")
    return agents, reconcile_agents(agents, table(AGENTS), table(TIERS) or [], BEGIN)


def test_a_recorded_shift():
    agents, _ = seated()
    told: dict[str, list[AgentState]] = {"102": [], "104": []}
    for line in load_trace(TRACE).chunks[0].data.splitlines():
        entry = json.decode(line)
        if "event" in entry:
            event = Event(entry["event"])
            at = event.at or BEGIN
            for each in (*tick(agents, at), *translate_agents(agents, event, at)):
                told[each.agent.device].append(each.current)
    assert told == SHIFT


def test_lists_say_who_is_where_and_again_no_news():
    agents, told = seated()
    assert {each.agent.device: each.current for each in told} == {"102": AgentState.READY, "104": AgentState.LOGGED_OUT}
    assert [part.queue for part in agents.agent("102").queues] == ["support"]
    assert reconcile_agents(agents, table(AGENTS), table(TIERS) or [], BEGIN) == []
    assert reconcile_agents(agents, None, [], BEGIN) == []


def info(action: str, **more: str) -> Event:
    names = {key.replace("__", "-"): value for key, value in more.items()}
    base = {"Event-Name": "CUSTOM", "Event-Subclass": "callcenter::info", "CC-Action": action}
    return Event(base | {"CC-Agent": "102@demo.local"} | names)


def test_wrap_up_ends_by_itself():
    agents, _ = seated()
    translate_agents(agents, info("agent-state-change", CC__Agent__State="In a queue call"), BEGIN)
    translate_agents(agents, info("bridge-agent-end"), BEGIN)
    (after,) = translate_agents(agents, info("agent-state-change", CC__Agent__State="Waiting"), BEGIN)
    assert after.current is AgentState.AFTER_CALL
    assert agents.next_at == BEGIN + timedelta(seconds=4)
    assert tick(agents, BEGIN + timedelta(seconds=3)) == []
    (ready,) = tick(agents, BEGIN + timedelta(seconds=9))
    assert (ready.current, ready.occurred_at) == (AgentState.READY, BEGIN + timedelta(seconds=4))


def test_a_wrap_up_that_began_while_nobody_listened_is_known_from_the_list():
    ended = int(BEGIN.timestamp()) - 1
    listed = f"name|status|state|wrap_up_time|last_bridge_end\n102@demo.local|Available|Waiting|4|{ended}\n+OK\n"
    agents = Agents("t", "p")
    (after,) = reconcile_agents(agents, table(listed), table(TIERS) or [], BEGIN)
    assert (after.current, agents.next_at) == (AgentState.AFTER_CALL, BEGIN + timedelta(seconds=3))
    assert reconcile_agents(agents, table(listed), table(TIERS) or [], BEGIN + timedelta(seconds=1)) == []
    (ready,) = reconcile_agents(agents, table(listed), table(TIERS) or [], BEGIN + timedelta(seconds=5))
    assert ready.current is AgentState.READY


def test_a_break_has_the_reason_that_was_asked_for_until_it_ends():
    agents, _ = seated()
    agents.reasons["102"] = "lunch"
    (paused,) = translate_agents(agents, info("agent-status-change", CC__Agent__Status="On Break"), BEGIN)
    assert (paused.current, paused.reason) == (AgentState.NOT_READY, "lunch")
    successor = Agents("t", "p")
    successor.restore([paused.agent])
    on_break = AGENTS.replace("102@demo.local|Available", "102@demo.local|On Break")
    assert reconcile_agents(successor, table(on_break), table(TIERS) or [], BEGIN)[1:] == []
    assert successor.agent("102").reason == "lunch"
    translate_agents(agents, info("agent-status-change", CC__Agent__Status="Available"), BEGIN)
    (again,) = translate_agents(agents, info("agent-status-change", CC__Agent__Status="On Break"), BEGIN)
    assert again.reason == "On Break"


def test_an_agent_on_demand_is_offered_nothing_after_a_call_until_it_waits_again():
    agents, _ = seated()
    told = translate_agents(agents, info("agent-status-change", CC__Agent__Status="Available (On Demand)"), BEGIN)
    assert told == []
    states = ("In a queue call", "Idle", "Waiting")
    told = [
        e
        for state in states
        for e in translate_agents(agents, info("agent-state-change", CC__Agent__State=state), BEGIN)
    ]
    assert [(e.current, e.reason) for e in told] == [(S.BUSY, ""), (S.NOT_READY, "Idle"), (S.READY, "")]
    listed = AGENTS.replace("102@demo.local|Available|Waiting", "102@demo.local|Available (On Demand)|Idle")
    told = reconcile_agents(agents, table(listed), table(TIERS) or [], BEGIN)
    assert [e.current for e in told] == [S.NOT_READY]
    assert reconcile_agents(agents, table(listed), table(TIERS) or [], BEGIN) == []


def test_a_tier_that_a_command_changed_is_told_at_once():
    agents, _ = seated()
    agents.move("102", "sales", joins=True)
    (joined,) = tick(agents, BEGIN)
    assert [part.queue for part in joined.agent.queues] == ["support", "sales"]
    for queue in ("sales", "support"):
        agents.move("102", queue, joins=False)
    (out,) = tick(agents, BEGIN)
    assert out.current is AgentState.LOGGED_OUT
    assert tick(agents, BEGIN) == []


def test_an_agents_contact_may_dial_one_after_another():
    listed = "name|type|contact|status|state\n102@d|callback|user/102@d|loopback/9102|On Break|Waiting\n+OK\n"
    (row,) = table(listed) or []
    assert (row["contact"], row["status"], row["state"]) == ("user/102@d|loopback/9102", "On Break", "Waiting")


def test_answers_that_are_no_lists():
    assert table("-ERR callcenter_config Command not found!\n") is None
    assert table("+OK\n") == []  # no agents: not even their names
    assert channels("-USAGE: codec|endpoint\n") is None
    assert channels('{"row_count": 0}') == {}
    assert dump("-ERR No such channel!\n") is None
    assert dump('{"Unique-ID": 7}') is None


def test_a_call_outside_the_queues_makes_an_agent_busy_as_long_as_it_lasts():
    agents, _ = seated()
    state = State("t", "p")
    leg = {"Unique-ID": "a", "Channel-Name": "sofia/internal/102@d", "Channel-Presence-ID": "102@demo.local"}
    leg |= {"Call-Direction": "inbound", "Caller-Destination-Number": "0501112233"}
    seen = []
    for name in ("CHANNEL_CREATE", "CHANNEL_ANSWER", "CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE"):
        told = translate(state, Event({"Event-Name": name, **leg}), BEGIN)
        seen += use_telephones(agents, told)
    told = settle(state, BEGIN + timedelta(seconds=1))
    seen += use_telephones(agents, told)
    assert [each.current for each in seen] == [AgentState.BUSY, AgentState.READY]
    assert use_telephones(agents, told) == []
    assert use_telephones(Agents("t", "p"), told) == []  # nobody's agent
