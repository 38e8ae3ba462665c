"""The simulated new engine without I/O: what users and agents ask of it, and what follows."""

import json
import random
from http import HTTPStatus

import pytest
from cti_simulators.scenario import parse, perform
from cti_simulators.webitel.new import QueuePlan, rest
from cti_simulators.webitel.new.house import House
from cti_simulators.webitel.new.plan import Plan, standard, token_of
from cti_simulators.webitel.new.session import EngineSession

BOOT = 1_795_169_000.0


class Engine:
    """A house with the sockets of some users; `told` by user, newest last."""

    def __init__(self, *users: str, plan: Plan | None = None) -> None:
        self.house = House(BOOT, random.Random(7), plan)
        self.sockets = {each: EngineSession(self.house) for each in users}
        self.told: dict[str, list[dict]] = {each: [] for each in users}
        for each in users:
            self.ask(each, "authentication_challenge", token=token_of(each))
            self.ask(each, "subscribe_call")
            self.ask(each, "cc_agent_subscribe_status", agent_id=int(each) - 100)

    def ask(self, user: str, action: str, **data):
        request = {"seq": 1, "action": action, "data": data}
        frames = self.sockets[user].receive(json.dumps(request)).frames
        self.hear()
        reply = json.loads(frames[-1])
        return reply.get("data", {}) if reply["status"] == "OK" else reply["error"]["id"]

    def people(self, text: str) -> None:
        perform(parse(text), self.house.people)
        self.hear()

    def hear(self) -> None:
        said = self.house.said()
        for user, socket in self.sockets.items():
            self.told[user] += map(json.loads, socket.hear(said))

    def calls(self, user: str) -> list[tuple[str, dict]]:
        found = [each["data"]["call"] for each in self.told[user] if each["event"] == "call"]
        return [(each["event"], each["data"]) for each in found]

    def events(self, user: str) -> list[str]:
        return [event for event, _ in self.calls(user) if event != "progress"]

    def leg(self, user: str) -> dict:
        """The user's newest leg, as a command names it."""
        legs = [each.uid for each in self.house.switch.legs.values() if each.user == user]
        return {"id": legs[-1], "app_id": "fs-1"}


def test_a_call_from_the_click_to_the_end():
    engine = Engine("101")
    asked = engine.ask("101", "call_invite", destination="102", params={"variables": {"crm_id": 7}})
    engine.people("102 rings; 102 answers")
    mine = engine.leg("101")
    assert mine["id"] == asked["id"]
    for action, more in (
        ("hold", {}),
        ("hold", {}),
        ("unhold", {}),
        ("dtmf", {"dtmf": "57"}),
        ("mute", {"mute": True}),
    ):
        assert engine.ask("101", f"call_{action}", **mine, **more) == {}
    engine.ask("101", "call_set_params", id=mine["id"], variables={"crm_id": "8"})
    engine.ask("101", "call_hangup", **mine)
    assert engine.events("101") == ["ringing", "active", "bridge", "hold", "active", "dtmf", "update", "hangup"]
    told = dict(engine.calls("101"))
    assert (told["ringing"]["payload"], told["ringing"]["originate"]) == ({"crm_id": "7"}, True)
    assert told["ringing"]["params"]["autoAnswer"] == "true"
    assert (told["dtmf"]["digit"], told["update"]["payload"]) == ("5", {"crm_id": "8"})
    assert told["bridge"]["to"]["number"] == "102"
    assert told["hangup"]["hangup_by"] == "A"


def test_an_attended_transfer_names_the_far_ends_crosswise():
    engine = Engine("101", "103")
    engine.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers')
    first = engine.leg("101")
    engine.ask("101", "call_hold", **first)
    second = engine.ask("101", "call_invite", destination="103", params={"disableAutoAnswer": True})
    engine.people("101 rings")
    assert engine.ask("101", "call_bridge", from_id=first["id"], to_id=second["id"]) == "external.bridge_call.app_error"
    engine.people("101 answers; 103 rings; 103 answers")
    consulted = engine.leg("103")["id"]
    [customer] = [each.uid for each in engine.house.switch.legs.values() if not each.user]
    assert engine.ask("101", "call_bridge", from_id=first["id"], to_id=second["id"]) == {}
    ends = [data for event, data in engine.calls("101") if event == "hangup"]
    assert [(each.get("transfer_from"), each.get("transfer_to")) for each in ends] == [
        (consulted, None),
        (None, customer),
    ]
    assert len(engine.house.switch.legs) == 2


def test_a_blind_transfer_moves_the_other_end_and_the_list_tells_where_to():
    engine = Engine("101", "102")
    engine.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers')
    mine = engine.leg("101")
    assert engine.ask("101", "call_blind_transfer", id=mine["id"], destination="102") == {}
    assert engine.events("101")[-1] == "hangup"
    assert engine.events("102") == ["ringing"]
    engine.people("79161234567 hangs up; wait 2s")
    asked = {"user_id": ["11"], "created_at.from": ["1"]}
    past = rest.get(engine.house, "/api/calls/history", asked, token_of("104"))
    [row] = [each for each in json.loads(past[1])["items"] if each["user"] and each["user"]["id"] == "11"]
    assert (row["id"], row["blind_transfer"], row["cause"]) == (mine["id"], "102", "NORMAL_CLEARING")


@pytest.mark.parametrize(
    ("action", "data", "id"),
    [
        ("call_invite", {}, "api.websocket_handler.invalid_param.app_error"),
        ("call_hold", {"id": "x"}, "api.websocket_handler.invalid_param.app_error"),
        ("call_hold", {"id": "x", "app_id": "fs-1"}, {}),
        ("call_hangup", {"id": "x", "app_id": "fs-1"}, {}),
        ("call_bridge", {"from_id": "x", "to_id": "y"}, "store.sql_call.get_bridge_info.app_error"),
        ("call_eavesdrop", {"id": "x"}, "api.context.permissions.app_error"),
        ("cc_reporting", {"attempt_id": 1}, "app.queue.attempt.not_found"),
        ("cc_agent_pause", {"agent_id": 99}, "store.sql_agent.get.app_error"),
    ],
)
def test_what_cannot_be(action, data, id):
    assert Engine("101").ask("101", action, **data) == id


def test_a_busy_telephone_refuses_the_click():
    engine = Engine("101")
    engine.people("101 is busy")
    assert engine.ask("101", "call_invite", destination="102") == "external.new_call.app_error"


def test_a_supervisor_listens_until_the_call_ends():
    engine = Engine("101", "104")
    engine.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 101 answers')
    mine = engine.leg("101")
    spy = engine.ask("104", "call_eavesdrop", id=mine["id"], listenA=True, listenB=True)
    engine.people("wait 1s")
    assert engine.events("104") == ["ringing", "active", "eavesdrop"]
    assert next(data for event, data in engine.calls("101") if event == "eavesdrop")["type"] == "joined"
    engine.ask("104", "call_eavesdrop_state", id=spy["id"], state="conference")
    engine.people("79161234567 hangs up")
    assert engine.events("104")[-2:] == ["eavesdrop", "hangup"]
    assert not engine.house.switch.legs


def agent_events(engine: Engine, user: str) -> list[str]:
    return [each["data"]["status"] for each in engine.told[user] if each["event"] in ("agent_status", "channel")]


def test_an_agent_takes_a_call_of_a_queue_and_reports():
    queue = QueuePlan(5, "support", "74950000200", ("101", "102"), reporting=True)
    engine = Engine("101", plan=Plan(standard().users, (queue,)))
    engine.people('trunk 79161234567 "Ivan" calls 74950000200 as c1; wait 1s')
    assert engine.ask("101", "cc_agent_session")["status"] == "offline"
    engine.ask("101", "cc_agent_online", agent_id=1, channels=["call"], on_demand=False)
    offered = next(each["data"] for each in engine.told["101"] if each["event"] == "channel")
    attempt = {"attempt_id": offered["attempt_id"]}
    assert (offered["distribute"]["queue_name"], offered["distribute"]["has_reporting"]) == ("support", True)
    rung = dict(engine.calls("101"))["ringing"]
    assert (rung["queue"]["queue_name"], rung["queue"]["attempt_id"]) == ("support", str(offered["attempt_id"]))
    engine.ask("101", "cc_agent_task_accept", agent_id=1, **attempt, app_id="cc-1")
    engine.people("79161234567 hangs up after 3s")
    [task] = engine.ask("101", "cc_agent_tasks", agent_id=1)["items"]
    [item] = engine.ask("101", "call_by_user")["items"]
    assert (task["state"], item["task"]["attempt_id"], item["hangup_at"] > 0) == ("processing", *attempt.values(), True)
    engine.ask("101", "cc_renewal", **attempt, renewal_sec=15)
    engine.ask("101", "cc_reporting", **attempt, success=True)
    told = ["online", "distribute", "offering", "answered", "bridged", "processing", "processing", "waiting"]
    assert agent_events(engine, "101") == told
    assert engine.events("101") == ["ringing", "active", "hangup"]


def test_an_agent_who_lets_a_call_pass_rests_and_the_next_one_is_offered_it():
    engine = Engine("101", "102")
    for number in (1, 2):
        engine.ask(f"10{number}", "cc_agent_online", agent_id=number, channels=["call"], on_demand=False)
    engine.people('trunk 79161234567 "Ivan" calls 74950000200 as c1; 101 rings; 101 declines; 102 rings; 102 answers')
    assert agent_events(engine, "101") == ["online", "distribute", "offering", "missed"]
    engine.people("102 hangs up after 2s; wait 10s")
    assert agent_events(engine, "102")[3:] == ["answered", "bridged", "wrap_time", "waiting"]
    assert agent_events(engine, "101")[-1] == "waiting"
    engine.ask("101", "cc_agent_pause", agent_id=1, payload="Lunch")
    engine.ask("102", "cc_agent_offline", agent_id=2)
    engine.people('trunk 79161234568 "Eve" calls 74950000200 as c2; wait 1s; c2 hangs up')
    assert (agent_events(engine, "101")[-1], agent_events(engine, "102")[-1]) == ("pause", "offline")


def test_rest_reads_calls_history_and_recordings():
    engine = Engine("101")
    engine.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings')
    token = token_of("101")
    active = json.loads(rest.get(engine.house, "/api/calls/active", {"user_id": ["11"]}, token)[1])["items"]
    assert [(each["user"]["id"], each["created_at"], each["answered_at"]) for each in active] == [
        ("11", str(int(BOOT * 1000)), "0")
    ]
    engine.people(
        "79161234567 hangs up after 1s; 101 calls 102; 102 rings; 102 answers; 102 hangs up after 2s; wait 2s"
    )
    query = {"user_id": ["11"], "created_at.from": [str(int(BOOT * 1000))]}
    page = json.loads(rest.get(engine.house, "/api/calls/history", query | {"size": ["1"]}, token)[1])
    assert page["next"]
    past = json.loads(rest.get(engine.house, "/api/calls/history", query, token)[1])["items"]
    newest, missed = [each for each in past if each["user"] and each["user"]["id"] == "11"]
    [file] = newest["files"]
    assert rest.get(engine.house, f"/api/storage/file/{file['id']}/download", {}, token)[2] == "audio/wav"
    assert engine.ask("101", "call_recordings", id=newest["id"]) == {"file_id": int(file["id"])}
    assert (missed["cause"], missed["sip_code"], missed["bridged_at"]) == ("ORIGINATOR_CANCEL", 487, "0")
    assert rest.get(engine.house, "/api/calls/history", {}, "wrong")[0] is HTTPStatus.UNAUTHORIZED
    assert rest.get(engine.house, "/api/storage/file/77/download", {}, token)[0] is HTTPStatus.NOT_FOUND


def test_the_history_filters_as_the_engine_does():
    engine = Engine("101")
    engine.people('trunk 79161234567 "Ivan" calls 74950000101 as c1; 101 rings; 79161234567 hangs up after 1s; wait 9s')
    now = int(engine.house.switch.now * 1000)

    def past(**query: object) -> list[dict]:
        asked = {name.replace("__", "."): [str(value)] for name, value in query.items()}
        status, body, _ = rest.get(engine.house, "/api/calls/history", asked, token_of("101"))
        return json.loads(body)["items"] if status is HTTPStatus.OK else []

    assert past(user_id=11) == []  # it wants to know of when
    both = past(user_id=11, stored_at__from=now)  # the end is not given: the beginning does not count
    assert {each["user"] and each["user"]["id"] for each in both} == {"11", None}  # with the leg that called
    assert past(user_id=11, stored_at__from=now, stored_at__to=now + 1) == []
    assert len(past(user_id=11, stored_at__from=now - 9000, stored_at__to=now)) == 2
    assert past(user_id=12, created_at__from=1) == []
    assert "hold" not in both[0]  # unless it is asked for
    assert past(created_at__from=1, fields="hold")[0] == {"hold": None}
