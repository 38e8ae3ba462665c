"""`trunkline replay` of both generations: found by their names, whose frame it is, and each fact with its frame."""

import json
from importlib.metadata import entry_points
from typing import Any

import pytest

CUSTOMER = {"type": "dest", "number": "380501112233", "name": "Ivan", "id": ""}


def pipeline(name: str) -> Any:
    [found] = entry_points(group="trunkline.pbx", name=name)
    return found.load()


def user(number: str, id_: str) -> dict[str, str]:
    return {"type": "user", "number": number, "name": f"Agent {number}", "id": id_}


def event(second: int, user_id: str, uid: str, name: str, **data: Any) -> tuple[float, bytes]:
    stamp = str(1763630000000 + second * 1000)
    call = {"id": uid, "event": name, "timestamp": stamp, "user_id": user_id, "app_id": "fs-1", "data": data}
    frame = {"event": "call", "data": {"call": call}, "seq": second}
    return 1763630000.0 + second, json.dumps(frame).encode() + b"\n"


def incoming(number: str, id_: str, parent: str) -> dict[str, Any]:
    return {
        "direction": "inbound",
        "destination": "0800",
        "parent_id": parent,
        "from": CUSTOMER,
        "to": user(number, id_),
    }


NEW = [
    (1763630000.0, b'{"status":"OK","seq_reply":1}\n\0\0\0\0\n'),
    event(1, "12", "c1", "ringing", **incoming("101", "12", "a")),
    event(2, "13", "c2", "ringing", **incoming("102", "13", "b")),
    event(3, "13", "c2", "active"),
    event(4, "12", "c1", "hangup", cause="NO_ANSWER"),
    event(9, "13", "c2", "hangup", cause="NORMAL_CLEARING", hangup_by="A"),
]


def rows(name: str, chunks: Any, emit: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in pipeline(name)(chunks, emit)]


def test_the_new_generation_tells_two_operators_apart_on_one_recording():
    records = rows("webitel", NEW, "records")
    assert [(each["device"], each["outcome"]) for each in records] == [("101", "missed"), ("102", "answered")]
    assert len(rows("webitel", NEW, "calls")) == 2


def test_an_explanation_names_the_frame_and_whose_it_is():
    explained = rows("webitel", NEW, "explain")
    answered = next(each for each in explained if each["fact"] == "established" and each["device"] == "102")
    assert (answered["frame"]["operator"], answered["frame"]["event"]) == ("102", "active")
    assert answered["frame"]["number"] == 4
    assert explained[-1]["fact"] == "cleared"
    assert explained[-1]["frame"] is None


def test_a_list_of_calls_in_a_recording_tells_whose_they_are():
    item = incoming("101", "12", "a") | {"id": "c1", "app_id": "fs-1", "state": "active"}
    item |= {"created_at": 1763629990000, "answered_at": 1763629995000, "hangup_at": 0}
    reply = {"status": "OK", "seq_reply": 2, "data": {"items": [item]}}
    end = event(9, "12", "c1", "hangup", cause="NORMAL_CLEARING")
    [row] = rows("webitel", [(1763630000.0, json.dumps(reply).encode() + b"\n"), end], "records")
    assert (row["device"], row["outcome"]) == ("101", "answered")


@pytest.mark.parametrize("name", ["webitel", "webitel-old"])
def test_what_is_no_recording_is_refused(name: str):
    with pytest.raises(ValueError, match="no frame"):
        list(pipeline(name)([(0.0, b"GET / HTTP/1.1\n")], "records"))
    with pytest.raises(ValueError, match="not Webitel's frames"):
        list(pipeline(name)([(0.0, bytes(17 << 20))], "records"))


def test_the_old_generation_is_explained_by_its_frames():
    head = {"webitel-event-name": "call", "Channel-Presence-ID": "101@demo.local", "Unique-ID": "leg"}
    names = {"Caller-Caller-ID-Number": "380501112233", "Caller-Destination-Number": "101"}
    head |= names | {"Call-Direction": "outbound", "Channel-Call-UUID": "leg", "Answer-State": "ringing"}
    frames = [
        {**head, "Event-Name": "CHANNEL_CREATE", "Channel-Call-State": "DOWN"},
        {**head, "Event-Name": "CHANNEL_CALLSTATE", "Channel-Call-State": "RINGING"},
        {**head, "Event-Name": "CHANNEL_HANGUP", "variable_hangup_cause": "NO_ANSWER", "Channel-Call-State": "HANGUP"},
    ]
    chunks = [(1763630000.0 + number, json.dumps(each).encode() + b"\n") for number, each in enumerate(frames)]
    rang = next(each for each in rows("webitel-old", chunks, "explain") if each["fact"] == "delivered")
    assert rang["frame"]["Unique-ID"] == "leg"
    assert rang["frame"]["kind"] == "call"
