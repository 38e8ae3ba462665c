"""The id of a message that is none."""

import pytest
from cti_model.commands import CommandRefused
from cti_model.envelope import BadEnvelope, decode_outcome, decode_request
from cti_model.sent import as_sent
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("body", "read"),
    [
        (b'{"id":"x","verb":"fly"}', "x"),
        (b'{"id":"not an id","id2":1}', "not an id"),
        (b'{"id":7}', "7"),
        (b'{"verb":[{"id":"inner"}],"id":"outer"}', "outer"),
        (b'{"id":"' + b"9" * 300 + b'"}', "9" * 256),
        (b'{"verb":"' + b"v" * 100_000 + b'","id":"x"}', "x"),
        (b'{"verb":"\xff","id":"x"}', "x"),
        ('{"id":"имя"}', "имя"),
        (b'{"id":"\xff"}', ""),
        (b'{"id":null}', ""),
        (b'{"id":true}', ""),
        (b'{"id":1.5}', ""),
        (b'{"id":["x"]}', ""),
        (b'{"id":' + b"9" * 5000 + b"}", ""),
        (b'{"a":' + b"[" * 100_000, ""),
        (b'["id","x"]', ""),
        (b'"id"', ""),
        (b'{"id":"x"', ""),
        (b"", ""),
    ],
)
def test_an_id_is_read_wherever_it_can_be(body: bytes | str, read: str):
    assert as_sent(body, "id") == read


@given(st.binary() | st.text(), st.text())
def test_nothing_breaks_it_and_what_it_reads_can_be_sent(body: bytes | str, name: str):
    as_sent(body, name).encode()


def test_what_is_no_utf8_is_refused_like_any_other_that_cannot_be_read():
    with pytest.raises(CommandRefused):
        decode_request("cti.t.cmd.p.make_call", b'{"command_id":"\xff","verb":"make_call","device":"101","to":"1"}')
    with pytest.raises(BadEnvelope):
        decode_outcome(b'{"event_id":"\xff"}')
