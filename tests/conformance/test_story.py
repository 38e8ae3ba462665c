"""Each kind of recorded call in one line for people, as a person who was told of the scenario would write it."""

import pytest
from connector_asterisk.replay import events_of
from cti_model.path import Edge
from cti_model.story import WORDS, Language, story
from cti_simulators.traces import load_trace

from tests.conformance.table import TRACES
from tests.conformance.test_path import PATHS, calls_of

# One line for each call of the scenario.
STORIES = {
    "a_internal_caller_hangup": ["101 → 102 talked 3 s"],
    "b_internal_callee_hangup": ["101 → 102 talked 3 s"],
    "c_internal_no_answer": ["101 → 102 rang 10 s, missed"],
    "d_internal_busy": ["101 → 102 busy"],
    "e_internal_declined": ["101 → 102 rang 2 s, rejected"],
    "e2_outbound_failures": [
        "101 → 84950000404 failed",
        "101 → 84950000503 failed",
        "101 → 84950000486 rang 1 s, busy",
        "101 → 129 failed",
    ],
    "f_caller_cancels": ["101 → 102 rang 3 s, missed"],
    "g_inbound_answered": ["79161234567 → 101 talked 4 s"],
    "g2_inbound_utf8_name": ["+79031112233 → 101 talked 2 s"],
    "h_outbound_hold_by_operator": ["101 → 84951234567 talked 4 s, held 3 s"],
    "i_outbound_hold_by_external": ["101 → 84951234567 talked 4 s, held 3 s"],
    "j_attended_transfer": [
        "79161234567 → 101 talked 2 s, held 4 s → transferred to 102 talked 3 s",
        "101 → consulted 102 talked 2 s → joined to another call",
    ],
    "j3_attended_transfer_to_external": [
        "79161234567 → 101 talked 1 s, held 4 s → transferred to 84997654321 talked 2 s",
        "101 → consulted 84997654321 talked 2 s → joined to another call",
    ],
    "k_consultation_cancelled": ["79161234567 → 101 talked 4 s, held 5 s", "101 → consulted 102 talked 2 s"],
    "l_blind_transfer": ["79161234567 → 101 talked 2 s → transferred to 102 talked 3 s"],
    "l2_blind_transfer_no_answer": ["79161234567 → 101 talked 1 s → transferred to 102 rang 10 s, missed"],
    "m2_feature_attended": [
        "79161234567 → 101 talked 7 s → consulted 102 talked 2 s → transferred to 102 talked 2 s",
    ],
    "n1_queue_ringall": ["79161234567 → queue support 3 s → 101 rang 3 s, answered elsewhere → 102 talked 3 s"],
    "n3_queue_abandon": [
        "79161234567 → queue support 4 s, cancelled → 101 rang 4 s, abandoned → 102 rang 4 s, abandoned",
    ],
    "n7_queue_local_members": [
        "79161234567 → queue localq 2 s → 103 rang 2 s, answered elsewhere → 104 talked 3 s, held 2 s",
    ],
    "n10_queue_transfer": [
        "79161234567 → queue support 2 s → 102 rang 2 s, answered elsewhere → 101 talked 2 s"
        " → transferred to 103 talked 2 s",
    ],
    "o1_park_retrieve": [
        "79161234567 → 101 talked 2 s → parked 3 s → taken from parking by 102 talked 2 s",
        "102 → 701 → joined to another call",
    ],
    "p_confbridge": [
        "101 → joined by 102 talked 5 s → joined by 79161234567 talked 4 s",
        "102 → 3001 → joined to another call",
        "79161234567 → 74950003001 → joined to another call",
    ],
    "q2_originate_no_answer": ["101 → 84951234567 no answer"],
    "r1_redirect": ["79161234567 → 101 talked 2 s → redirected to 102 talked 2 s"],
    "r2_atxfer_action": ["79161234567 → 101 talked 5 s → consulted 102 talked 2 s → transferred to 102 talked 2 s"],
    "s2_directed_pickup": [
        "103 → 101 rang 2 s, answered elsewhere → picked up by 102 talked 2 s",
        "102 → *8101 → joined to another call",
    ],
    "t4_forward_in_dialplan": ["79161234567 → forwarded to 102 talked 2 s"],
    "y_bridge_action": [
        "101 → 102 talked 2 s → joined by 103 talked 3 s",
        "103 → 104 talked 1 s → joined to another call",
    ],
}
IN_RUSSIAN = {
    "j_attended_transfer": [
        "79161234567 → 101: разговор 2 с, удержание 4 с → перевод на 102: разговор 3 с",
        "101 → консультация с 102: разговор 2 с → соединён с другим звонком",
    ],
    "n10_queue_transfer": [
        "79161234567 → очередь support 2 с → 102: вызов 2 с, ответил другой → 101: разговор 2 с"
        " → перевод на 103: разговор 2 с",
    ],
    "o1_park_retrieve": [
        "79161234567 → 101: разговор 2 с → парковка 3 с → снят с парковки 102: разговор 2 с",
        "102 → 701 → соединён с другим звонком",
    ],
    "s2_directed_pickup": [
        "103 → 101: вызов 2 с, ответил другой → перехват 102: разговор 2 с",
        "102 → *8101 → соединён с другим звонком",
    ],
}


@pytest.mark.parametrize("scenario", STORIES)
def test_a_call_in_one_line(scenario):
    calls = calls_of(TRACES / "asterisk-22" / f"{scenario}.ami.gz")
    assert [story(call) for call in calls] == STORIES[scenario]


@pytest.mark.parametrize("scenario", IN_RUSSIAN)
def test_a_call_in_one_line_of_russian(scenario):
    calls = calls_of(TRACES / "asterisk-22" / f"{scenario}.ami.gz")
    assert [story(call, Language.RUSSIAN) for call in calls] == IN_RUSSIAN[scenario]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.name.split('.')[0]}")
def test_every_call_has_a_story_at_every_moment(path):
    for call in calls_of(path)[:50]:
        for length in range(1, len(call) + 1):
            for language in Language:
                line = story(call[:length], language)
                assert line.endswith("…") == call[length - 1].call.alive
                assert "{" not in line
                assert "None" not in line


def test_both_languages_have_a_word_for_everything():
    english, russian = WORDS[Language.ENGLISH], WORDS[Language.RUSSIAN]
    assert english.edges.keys() == russian.edges.keys()
    assert set(Edge) - english.edges.keys() == {Edge.ANSWER, Edge.CLEAR, Edge.QUEUE}, "the ordinary ways"
    assert english.outcomes.keys() == russian.outcomes.keys()


def test_no_events_no_story():
    assert story([]) == ""


def test_a_living_call_tells_what_it_knows():
    path = TRACES / "asterisk-22" / "l_blind_transfer.ami.gz"
    events = list(events_of((chunk.t, chunk.data) for chunk in load_trace(path).chunks))
    assert story(events[:3]) == "79161234567 → 101 talked 0 s → …"
    assert story(events[:6]) == "79161234567 → 101 talked 2 s → transferred to 102 → …"
