"""One connection as a conversation, without a socket: answers that come late, and events between them."""

import json
from datetime import UTC, datetime

from connector_freeswitch.actions import Options
from connector_freeswitch.picture import Picture
from connector_freeswitch.session import EventSocketSession
from cti_connector.session import Turn
from cti_freeswitch.state import State

BEGIN = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
NOTHING = json.dumps({"row_count": 0})


def leg(uid: str, user: str) -> dict[str, str]:
    headers = {"Unique-ID": uid, "Channel-Name": f"sofia/internal/{user}@d", "Channel-Presence-ID": f"{user}@d"}
    return headers | {"Call-Direction": "inbound", "Caller-Destination-Number": "102", "Channel-Call-State": "ACTIVE"}


class Line:
    """A session that is logged in, and what it told."""

    def __init__(self) -> None:
        self.picture = Picture(State("t", "p"))
        self.session = EventSocketSession(self.picture, "pw", options=Options())
        self.turns: list[Turn] = []
        for kind, reply in (("auth/request", ""), ("command/reply", "+OK"), ("command/reply", "+OK")):
            self.receive(f"Content-Type: {kind}\nReply-Text: {reply}\n\n".encode())

    def receive(self, data: bytes) -> Turn:
        self.turns.append(self.session.receive(data, BEGIN))
        return self.turns[-1]

    def answer(self, text: str) -> Turn:
        said = text.encode()
        return self.receive(b"Content-Length: %d\nContent-Type: api/response\n\n%s" % (len(said), said))

    def event(self, name: str, about: dict[str, str]) -> Turn:
        body = json.dumps({"Event-Name": name} | about).encode()
        return self.receive(b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body))

    def kinds(self) -> list[str]:
        return [event.kind for turn in self.turns for event in turn.events]

    def compare(self, listing: str) -> Turn:
        self.answer(listing)
        self.answer("-ERR callcenter_config Command not found!\n")
        return self.answer("-ERR callcenter_config Command not found!\n")


def listing(*uids: str) -> str:
    return json.dumps({"row_count": len(uids), "rows": [{"uuid": uid, "callstate": "ACTIVE"} for uid in uids]})


def test_events_between_a_question_and_its_slow_answer_wait_for_the_first_comparison_and_not_for_a_later_one():
    line = Line()
    line.session.ask_snapshot(1)
    line.event("CHANNEL_CREATE", leg("a", "101"))
    assert line.kinds() == []
    turn = line.compare(NOTHING)
    assert turn.reconciled is not None
    assert [event.kind for event in turn.events] == ["originated"]
    line.session.ask_snapshot(2)
    assert [event.kind for event in line.event("CHANNEL_CREATE", leg("b", "103")).events] == ["originated"]
    turn = line.compare(listing("a"))  # made before `b` began: it is asked for by its dump
    assert turn.send == b"api uuid_dump b json\n\n"
    turn = line.answer(json.dumps(leg("b", "103")))
    assert turn.events == []
    assert turn.reconciled is not None


def test_answers_of_a_comparison_that_another_one_replaced_are_not_taken_for_its_own():
    line = Line()
    line.session.ask_snapshot(1)
    line.compare(NOTHING)
    line.event("CHANNEL_CREATE", leg("a", "101"))
    line.session.ask_snapshot(2)
    line.session.ask_snapshot(3)
    late = line.compare(NOTHING)  # of the second, from before the call
    assert (late.reconciled, late.send, late.events) == (None, b"", [])
    turn = line.compare(listing("a"))
    assert turn.reconciled is not None
    assert (turn.reconciled.number, turn.reconciled.differences) == (3, 0)
    assert line.kinds() == ["originated"]


def test_a_ping_is_answered_in_its_turn_behind_a_slow_answer():
    line = Line()
    line.session.ask_snapshot(1)
    line.session.ping(7)
    assert line.compare(NOTHING).reconciled is not None
    assert line.session.answered_ping == 0
    line.answer("7")
    assert line.session.answered_ping == 7
