"""What is published stays what it was: generated documents, and messages written by earlier versions."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from connector_asterisk.replay import events_of
from cti_model.envelope import BadEnvelope, decode_call, decode_link
from cti_model.schema import files, json_schemas
from cti_model.subjects import BadToken, call, calls_of, event_of_calls, parse_call, user
from cti_simulators.traces import load_trace

ROOT = Path(__file__).parents[3]
OLD = Path(__file__).parent / "recorded_messages.jsonl"


@pytest.mark.parametrize("path", sorted(files()))
def test_generated_documents_are_what_the_types_say(path):
    assert (ROOT / "docs" / path).read_text(encoding="utf-8") == files()[path], "run `make docs`"


def test_messages_of_earlier_versions_still_decode():
    lines = OLD.read_bytes().splitlines()
    kinds = {decode_call(line).kind for line in lines}
    assert {"originated", "delivered", "established", "held", "retrieved", "transferred", "cleared"} <= kinds


def test_what_we_send_fits_its_schema():
    trace = load_trace(ROOT / "tests/data/traces/asterisk-22/j_attended_transfer.ami.gz")
    validator = jsonschema.Draft202012Validator(json_schemas()["CallEvent.json"])
    for event in events_of((chunk.t, chunk.data) for chunk in trace.chunks):
        validator.validate(json.loads(msgspec.json.encode(event)))


def test_bounds_are_absent_where_it_was_seen():
    line = json.loads(OLD.read_bytes().splitlines()[0])
    seen = decode_call(json.dumps(line).encode())
    assert (seen.not_before, seen.not_after) == (None, None)
    assert {"not_before", "not_after"}.isdisjoint(json.loads(msgspec.json.encode(seen)))
    line["not_before"] = "2026-11-20T10:04:20Z"
    unseen = decode_call(json.dumps(line).encode())
    assert unseen.not_before is not None
    assert unseen.not_before < unseen.occurred_at
    assert decode_call(msgspec.json.encode(unseen)) == unseen


def test_a_newer_message_with_unknown_fields_is_read():
    line = json.loads(OLD.read_bytes().splitlines()[0])
    line["added_later"] = line["call"]["added_later"] = {"x": 1}
    assert decode_call(json.dumps(line).encode()).kind == "originated"


DEEP = b'{"unknown": ' + b"[" * 100_000


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"event_id": 1}', b"\xff\xfe", b'{"fact": {"type": "nonsense"}}', DEEP]
)
def test_nonsense_is_refused_in_words(body):
    with pytest.raises(BadEnvelope, match="not a call event"):
        decode_call(body)
    with pytest.raises(BadEnvelope, match="not a link event"):
        decode_link(body)


def test_subjects():
    assert call("demo", "pbx1", "c-1", "held") == "cti.demo.call.pbx1.c-1.held"
    assert calls_of("demo", "pbx1", "c-1") == "cti.demo.call.pbx1.c-1.>"
    assert event_of_calls("demo", "pbx1", "cleared") == "cti.demo.call.pbx1.*.cleared"
    assert parse_call("cti.demo.call.pbx1.c-1.held").call_id == "c-1"


@pytest.mark.parametrize("value", ["", "a.b", "a b", "*", ">", "a\nb", "a\n", "x" * 129])
def test_a_subject_cannot_be_broken_by_a_value(value):
    with pytest.raises(BadToken):
        user("demo", value)


def test_only_call_subjects_parse():
    with pytest.raises(BadToken):
        parse_call("cti.demo.link.pbx1.connected")
