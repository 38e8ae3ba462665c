"""Recordings of the old Webitel engine: it is asked for the files of calls that are over, and the journal has them."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from call_journal.project import recordings
from connector_webitel.old.recordings import abandoned
from cti_model.events import RecordingStored
from cti_model.fold import refold
from cti_model.records import all_records
from cti_simulators.scenario import parse, perform
from cti_simulators.scenario.chance import riot

from tests.scenarios.cases import CASES, scenario
from tests.scenarios.test_freeswitch_chance import WORLD
from tests.scenarios.webitel_old import USERS
from tests.scenarios.webitel_old_stage import Stage

WAYS = pytest.mark.parametrize("users", [(), USERS], ids=["domain", "each user"])
TALK = "trunk 79161234567 calls 74950000101 as c1; 101 rings; 101 answers after 1s; c1 hangs up after 3s"
LATER = "wait 60s"


def played(stage: Stage, text: str) -> Stage:
    perform(parse(text), stage)
    return stage


def kept(stage: Stage) -> list[recordings.RecordingRow]:
    known: dict[recordings.Key, recordings.RecordingRow] = {}
    for number, each in enumerate(stage.events):
        recordings.take(known, number, each)
    return [*known.values()]


def lawful(stage: Stage) -> None:
    for call in stage.calls():
        told = [each for each in stage.events if each.call.call_id == call.call_id]
        assert [each.call.version for each in told] == list(range(1, len(told) + 1))
        assert refold(told) == call
        assert not call.alive


@WAYS
def test_the_recording_of_a_talk_is_told_before_its_call_is_over_and_once(users):
    stage = played(Stage(users), f"{TALK}; {LATER}")
    [stored] = stage.of("recording_stored")
    [cleared] = stage.of("cleared")
    assert isinstance(stored.fact, RecordingStored)
    assert stored.call.version < cleared.call.version
    [uid] = stage.archive.files
    assert (stored.fact.recording_id, stored.fact.location) == (uid, uid)
    [row] = kept(stage)
    assert (row.location, row.native_id, row.device) == (uid, uid, stored.call.connections[0].device.number)
    assert (row.started_at, row.stopped_at) == (None, None)  # nobody told
    assert stage.links_asked() == [uid]
    assert cleared.occurred_at == cleared.call.connections[0].ended_at  # the wait is no part of the call
    lawful(stage)


@WAYS
def test_begin_and_end_are_told_where_the_filter_lets_them_through(users):
    stage = Stage(users)
    stage.engine.passes_recordings = True
    if not users:
        stage.link()  # subscribes now
    played(stage, f"101 calls 102; 102 rings; 102 answers after 1s; 101 hangs up after 3s; {LATER}")
    kinds = [each.kind for each in stage.events if each.kind.startswith("recording")]
    assert kinds == ["recording_started", "recording_stopped", "recording_stored"]
    [row] = kept(stage)
    assert row.started_at is not None
    assert row.stopped_at is not None
    assert 2.9 < (row.stopped_at - row.started_at).total_seconds() < 3.1
    assert [row.location] == list(stage.archive.files)
    lawful(stage)


@WAYS
@pytest.mark.parametrize("said", ["refused", "unknown", "not there"])
def test_without_a_file_the_call_is_over_all_the_same(users, said):
    stage = Stage(users)
    if said == "unknown":
        stage.engine.unknown.add("cdr_get_record_link")
    for each in stage.engine.users.accounts.values():
        each.hears = said != "refused"
    stage.archive.recording = False
    played(stage, f"{TALK}; {LATER}; {TALK.replace('c1', 'c2')}; {LATER}")
    assert stage.of("recording_stored") == []
    lawful(stage)
    assert len(stage.of("cleared")) == 2
    if said == "not there":
        assert stage.refusals == []
        assert len(stage.links_asked()) > 2
    else:
        why = "-ERR: Permission denied!" if said == "refused" else "cdr_get_record_link - not found."
        asked = [sum(name.startswith("cdr") for name, _ in each.asked) for each in stage.wires.values()]
        assert asked == [1] * (len(users) or 1)  # once over each link, and not again so soon
        assert stage.refusals == [why for _ in asked]


@WAYS
def test_a_link_that_was_refused_asks_again_after_ten_minutes(users):
    stage = Stage(users)
    accounts = stage.engine.users.accounts.values()
    for each in accounts:
        each.hears = False
    played(stage, f"{TALK}; {LATER}")
    for each in accounts:
        each.hears = True
    played(stage, f"{TALK.replace('c1', 'c2')}; {LATER}")
    assert stage.of("recording_stored") == []
    played(stage, f"wait 480s; {TALK.replace('c1', 'c3')}; {LATER}")
    assert len(stage.of("recording_stored")) == 1
    lawful(stage)


def test_a_refused_link_leaves_it_to_another():
    stage = Stage(("101", "102"))
    stage.engine.users.accounts["101"].hears = False
    played(stage, f"101 calls 102; 102 rings; 102 answers after 1s; 101 hangs up after 3s; {LATER}")
    assert len(stage.of("recording_stored")) == 1


@WAYS
def test_a_file_that_is_handed_over_late_is_asked_for_again(users):
    stage = Stage(users)
    stage.archive.upload_s = 7.0
    played(stage, f"{TALK}; {LATER}")
    assert len(stage.of("recording_stored")) == 1
    assert len(stage.links_asked()) == 3
    lawful(stage)


@WAYS
def test_an_error_that_passes_is_no_refusal(users):
    stage = Stage(users)
    stage.engine.failing = "no primary found in replicaset"
    played(stage, f"{TALK}; wait 4s")
    assert stage.links_asked()
    stage.engine.failing = ""
    played(stage, LATER)
    assert len(stage.of("recording_stored")) == 1
    assert set(stage.refusals) == {"-ERR: no primary found in replicaset"}
    lawful(stage)


def test_answers_in_another_order_belong_to_their_own_calls():
    stage = Stage()
    stage.late.add("cdr_get_record_link")
    second = TALK.replace("c1", "c2").replace("79161234567", "79160000000").replace("101", "102")
    played(stage, f"{TALK}; {second}; wait 3s")
    assert stage.of("recording_stored") == []
    stage.answer_late()
    played(stage, LATER)
    stored = stage.of("recording_stored")
    assert {each.fact.location for each in stored} == set(stage.archive.files)
    for each in stored:
        assert each.fact.location in each.call.native_ids
    lawful(stage)


@WAYS
def test_what_waits_is_asked_again_after_a_cut_and_by_a_standby(users):
    for over in ("cut", "takeover"):
        stage = Stage(users)
        stage.late.add("cdr_get_record_link")
        played(stage, f"{TALK}; wait 4s")
        assert stage.links_asked()
        assert stage.of("cleared") == []
        stage.late.clear()
        if over == "takeover":
            stage.take_over()
        else:
            for each in users or ("",):
                stage.cut(each)
            played(stage, "wait 40s")  # longer than the call waits
            for each in users or ("",):
                stage.link(each)
        played(stage, LATER)
        assert len(stage.of("recording_stored")) == 1, over
        lawful(stage)


def test_a_standby_ends_what_a_leader_could_not():
    stage = Stage()
    stage.archive.recording = False
    played(stage, f"{TALK}; wait 1s")
    assert stage.of("cleared") == []
    stage.take_over()
    played(stage, LATER)
    lawful(stage)


@WAYS
def test_links_that_come_and_go_do_not_keep_a_call_for_ever(users):
    stage = Stage(users)
    stage.archive.recording = False
    played(stage, TALK)
    for _ in range(15):
        stage.cut(users[-1] if users else "")
        stage.link(users[-1] if users else "")
        played(stage, "wait 4s")
    lawful(stage)


def test_what_nobody_is_signed_in_for_is_given_up_in_the_end():
    stage = Stage(("101",))
    stage.late.add("cdr_get_record_link")
    played(stage, f"{TALK}; wait 4s")
    stage.cut("101")
    began = datetime.fromtimestamp(stage.now, UTC)
    assert abandoned(stage.picture.state, began + timedelta(seconds=60)) == []  # a link may still come back
    [event] = abandoned(stage.picture.state, began + timedelta(seconds=80))
    assert event.kind == "cleared"
    assert event.occurred_at == max(each.ended_at for each in event.call.connections)
    stage.events.append(event)
    lawful(stage)


def test_nothing_is_asked_for_a_call_without_a_talk_nor_where_it_is_not_wanted():
    for records, story in (
        (True, f"101 calls 102; 102 rings; 101 hangs up after 2s; {LATER}"),
        (False, f"{TALK}; {LATER}"),
    ):
        stage = played(Stage(records=records), story)
        assert stage.links_asked() == []
        lawful(stage)


@WAYS
@pytest.mark.parametrize(
    "case", ["g_inbound_answered", "l_blind_transfer", "j_attended_transfer", "n10_queue_transfer"]
)
def test_records_of_a_case_are_the_same_with_recordings(users, case):
    rows = []
    for records in (False, True):
        stage = Stage(users, records=records)
        perform(scenario(CASES[case]), stage)
        played(stage, LATER)
        rows.append(all_records(stage.events))
        lawful(stage)
        assert {row.location for row in kept(stage)} == (set(stage.archive.files) if records else set())
    assert rows[0] == rows[1]


@WAYS
@pytest.mark.parametrize("seed", range(300, 306))
def test_whatever_happens_every_call_ends_and_every_file_is_told(users, seed):
    stage = Stage(users, seed=seed)
    rng = random.Random(seed)
    stage.archive.upload_s = rng.choice((0.1, 5.0))

    def cut() -> None:
        if rng.random() < 0.05:
            again = rng.choice(users or ("",))
            stage.cut(again)
            stage.link(again)

    riot(stage, WORLD, rng, 40, cut)
    played(stage, LATER)
    lawful(stage)
    assert {row.location for row in kept(stage)} <= set(stage.archive.files)
    if not users:
        assert {row.location for row in kept(stage)} == set(stage.archive.files)


def test_no_secret_of_a_link_is_in_what_is_told():
    stage = played(Stage(), f"{TALK}; {LATER}")
    [(key, token)] = stage.archive.credentials.items()
    told = json.dumps([str(each) for each in stage.events])
    assert key not in told
    assert token not in told
