"""Early media: FreeSWITCH joins the caller with a telephone that rings still (from source: `switch_ivr_bridge.c`)."""

from datetime import UTC, datetime, timedelta

import pytest
from cti_freeswitch.event import Event
from cti_freeswitch.reconcile import lost, reconcile
from cti_freeswitch.snapshot import Snapshot
from cti_freeswitch.state import State
from cti_freeswitch.translate import settle, translate
from cti_model.calls import ConnectionState, Outcome
from cti_model.events import CallEvent
from cti_model.records import all_records

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
A, B = "a", "b"


def us(second: float) -> str:
    return str(int((BEGIN.timestamp() + second) * 1_000_000))


class Line:
    """101 calls a number outside that plays its own ringing tone."""

    def __init__(self) -> None:
        self.state = State("t", "p")
        self.told: list[CallEvent] = []
        self.answered = {A: "0", B: "0"}

    def headers(self, uid: str, **more: str) -> dict[str, str]:
        other = B if uid == A else A
        rings = "ACTIVE" if self.answered[uid] != "0" else "EARLY"
        found = {"Unique-ID": uid, "Other-Leg-Unique-ID": other, "Channel-Call-State": rings}
        found |= {"Caller-Channel-Answered-Time": self.answered[uid], "Caller-Destination-Number": "0501112233"}
        if uid == A:
            found |= {"Channel-Name": "sofia/internal/101@d", "Channel-Presence-ID": "101@d"}
            found |= {"Call-Direction": "inbound"}
        else:
            found |= {
                "Channel-Name": "sofia/trunk/0501112233@d",
                "Call-Direction": "outbound",
                "variable_originator": A,
            }
        return found | {key.replace("__", "-"): value for key, value in more.items()}

    def hear(self, second: float, name: str, uid: str, **more: str) -> None:
        event = Event({"Event-Name": name, "Event-Date-Timestamp": us(second), **self.headers(uid, **more)})
        self.told += translate(self.state, event, BEGIN + timedelta(seconds=second))

    def rings(self) -> None:
        self.hear(0, "CHANNEL_CREATE", A)
        self.hear(0.1, "CHANNEL_CREATE", B)
        self.hear(1, "CHANNEL_PROGRESS_MEDIA", B)
        self.hear(1, "CHANNEL_PROGRESS_MEDIA", A)
        more = {"Bridge__A__Unique__ID": A, "Bridge__B__Unique__ID": B, "Other__Leg__Channel__Answered__Time": "0"}
        self.hear(1.1, "CHANNEL_BRIDGE", A, **more)

    def answers(self, second: float) -> None:
        for uid in (B, A):
            self.answered[uid] = us(second)
            self.hear(second, "CHANNEL_ANSWER", uid)

    def ends(self, second: float, cause: str, said: str) -> None:
        for uid in (B, A):
            self.hear(second, "CHANNEL_HANGUP", uid, Hangup__Cause=cause)
            self.hear(second, "CHANNEL_HANGUP_COMPLETE", uid, Hangup__Cause=cause, variable_sip_hangup_disposition=said)
        self.told += settle(self.state, BEGIN + timedelta(seconds=second + 1))

    @property
    def states(self) -> dict[str, ConnectionState]:
        return {each.device.number: each.state for each in self.told[-1].call.connections}

    def dumps(self, joined: str) -> Snapshot:
        times = {"Caller__Channel__Bridged__Time": joined, "Caller__Channel__Created__Time": us(0)}
        times |= {"Caller__Channel__Progress__Media__Time": us(1)}
        return Snapshot({A: "EARLY", B: "EARLY"}, {uid: Event(self.headers(uid, **times)) for uid in (A, B)})


def test_ringing_that_is_heard_is_no_talk():
    line = Line()
    line.rings()
    assert line.states == {"101": ConnectionState.INITIATED, "trunk": ConnectionState.ALERTING}
    line.answers(5)
    assert line.states == {"101": ConnectionState.CONNECTED, "trunk": ConnectionState.CONNECTED}
    line.ends(8, "NORMAL_CLEARING", "recv_bye")
    (row,) = all_records(line.told)
    assert (row.outcome, row.talk_s) == (Outcome.ANSWERED, 3.0)


@pytest.mark.parametrize(
    ("cause", "outcome"), [("USER_BUSY", Outcome.BUSY), ("NO_ANSWER", Outcome.NO_ANSWER), ("CALL_REJECTED", None)]
)
def test_who_was_heard_ringing_and_did_not_answer(cause, outcome):
    line = Line()
    line.rings()
    line.ends(9, cause, "send_refuse")
    (row,) = all_records(line.told)
    assert row.talk_s == 0
    assert row.outcome is (outcome or Outcome.REJECTED)


def test_ringing_that_is_heard_while_nobody_listens_is_told_by_the_comparison():
    line = Line()
    line.told += reconcile(line.state, line.dumps(us(1.1)), BEGIN + timedelta(seconds=3))
    assert line.states == {"101": ConnectionState.INITIATED, "trunk": ConnectionState.ALERTING}
    line.answers(5)
    assert line.states == {"101": ConnectionState.CONNECTED, "trunk": ConnectionState.CONNECTED}


def test_an_answer_that_nobody_heard_is_told_with_its_own_instant():
    line = Line()
    line.rings()
    lost(line.state, BEGIN + timedelta(seconds=3))
    line.answered = {A: us(6), B: us(5)}
    found = reconcile(line.state, line.dumps(us(1.1)), BEGIN + timedelta(seconds=9))
    line.told += found
    assert line.states == {"101": ConnectionState.CONNECTED, "trunk": ConnectionState.CONNECTED}
    assert {each.occurred_at for each in found if each.kind == "established"} == {BEGIN + timedelta(seconds=6)}
