"""A recording of a PBX where each operator has a link of their own says whose each portion is."""

from datetime import UTC, datetime

from cti_connector.recorder import FileRecorder, portions, recorded

AT = datetime(2026, 1, 1, 10, tzinfo=UTC)


def test_whose_a_portion_is_stays_known(tmp_path):
    with FileRecorder(tmp_path, "board", "jsonl") as recorder:
        recorder.write(b"[1]\n", AT, "ann")
        recorder.write(b"[2]\n", AT, "bob")
        recorder.write(b"[3]\n", AT)
    found = list(portions(recorder.path))
    assert [(each.who, each.data) for each in found] == [("ann", b"[1]\n"), ("bob", b"[2]\n"), ("", b"[3]\n")]
    assert list(recorded(recorder.path)) == [(AT.timestamp(), each.data) for each in found]
